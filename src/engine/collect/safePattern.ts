import { CodedError, messageOf } from "../common/errors.ts";
import { MAX_PATTERN_LENGTH } from "../protocol/rules.ts";

/** Patterns are tried on texts of at most this length. */
export const MAX_PATTERN_INPUT = 256;
/**
 * How many ways a pattern may try to fit from one place on, as a power of two: an unbounded repetition counts 8 (256 places
 * to stop), an optional part 1, a choice the logarithm of its branches. So two unbounded repetitions and four optional parts:
 * 256³ ÷ 6 · 2⁴ ≈ 45 million steps at worst, 0.6 s measured, and only once per command line; a third `.*` would make it minutes.
 */
const MAX_BITS = 20;
const UNBOUNDED_BITS = 8;
const MAX_COUNT = 100;

/**
 * A user's regular expression, compiled if it cannot run away. JavaScript's engine backtracks, so a pattern like `(a+)+$`
 * would stop the engine for hours on one unlucky argument. Refused: look-behind and back-references, a repeated group that
 * itself repeats or chooses, more ways to fit than the bound above, counts above 100.
 * @throws CodedError `rules.pattern` with rule, field, value and problem
 */
export function compilePattern(source: string, rule: string, field: string): RegExp {
  const refuse = (problem: string): never => {
    throw new CodedError("rules.pattern", { rule, field, value: source.slice(0, MAX_PATTERN_LENGTH), problem });
  };
  if (source.length > MAX_PATTERN_LENGTH) refuse("too-long");
  let compiled: RegExp;
  try {
    compiled = new RegExp(source, "u");
  } catch (error) {
    throw new CodedError("rules.pattern", { rule, field, value: source, problem: messageOf(error) }, { cause: error });
  }
  const problem = dangerOf(source);
  if (problem !== null) refuse(problem);
  return compiled;
}

interface Group {
  /** Whether something inside repeats, may be left out, or is one of several. */
  risky: boolean;
  branches: number;
}

/** @param source a valid pattern in `u` mode */
function dangerOf(source: string): string | null {
  const whole: Group = { risky: false, branches: 1 };
  const open: Group[] = [whole];
  let bits = 0;
  /** Whether the atom just read was a group with something risky inside. */
  let riskyAtom = false;
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] as string;
    const group = open.at(-1) ?? whole;
    if (letter === "(") {
      if (/^\(\?<[=!]/.test(source.slice(at))) return "look-behind";
      open.push({ risky: false, branches: 1 });
      at += (/^\((?:\?(?:[:=!]|<[^>]*>|[a-z-]*:))?/.exec(source.slice(at))?.[0].length ?? 1) - 1;
    } else if (letter === ")") {
      open.pop();
      bits += Math.log2(group.branches);
      riskyAtom = group.risky;
      // What is risky inside is risky in the group around it, too.
      if (riskyAtom) (open.at(-1) ?? whole).risky = true;
    } else if (letter === "|") {
      group.branches++;
      group.risky = true;
    } else if (/[*+?{]/.test(letter)) {
      const { least, most, length } = repetition(source.slice(at));
      if (most > 1 && riskyAtom) return "nested-repetition";
      if (least > MAX_COUNT || (Number.isFinite(most) && most > MAX_COUNT)) return "count-too-large";
      if (most !== least) {
        bits += Number.isFinite(most) ? Math.log2(most - least + 1) : UNBOUNDED_BITS;
        group.risky = true;
      }
      at += length - 1;
    } else {
      if (letter === "\\") {
        if (/[1-9k]/.test(source[at + 1] ?? "")) return "back-reference";
        at += (/^\\(?:[pPu]\{[^}]*\}|.)/u.exec(source.slice(at))?.[0].length ?? 1) - 1;
      } else if (letter === "[") at = endOfClass(source, at);
      riskyAtom = false;
    }
  }
  return bits + Math.log2(whole.branches) > MAX_BITS ? "too-many-ways" : null;
}

/** The bounds of a repetition, and how many characters it is written with, the mark of a lazy one included. */
function repetition(text: string): { least: number; most: number; length: number } {
  const lazy = (length: number) => (text[length] === "?" ? length + 1 : length);
  if (text.startsWith("?")) return { least: 0, most: 1, length: lazy(1) };
  if (text.startsWith("*")) return { least: 0, most: Number.POSITIVE_INFINITY, length: lazy(1) };
  if (text.startsWith("+")) return { least: 1, most: Number.POSITIVE_INFINITY, length: lazy(1) };
  const [written = "{", least = "0", comma = "", most = ""] = /^\{(\d+)(,?)(\d*)\}/.exec(text) ?? [];
  const bound = comma === "" ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most);
  return { least: Number(least), most: bound, length: lazy(written.length) };
}

function endOfClass(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "]") return at;
  }
  return source.length;
}
