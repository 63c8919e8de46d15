import { CodedError, messageOf } from "../common/errors.ts";
import { MAX_PATTERN_LENGTH } from "../protocol/rules.ts";

/** Patterns are tried on texts of at most this length. */
export const MAX_PATTERN_INPUT = 256;
/** Three unbounded repetitions on 256 characters are at most 256³ ÷ 6 ≈ 3 million steps; four would be 180 million. */
const MAX_UNBOUNDED = 3;
const MAX_COUNT = 100;

/**
 * A user's regular expression, compiled if it cannot run away. JavaScript's engine backtracks, so a pattern like `(a+)+$`
 * would stop the engine for hours on one unlucky argument. Refused: look-behind and back-references, a repeated group that
 * itself repeats or chooses, more than three unbounded repetitions, counts above 100.
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

/** @param source a valid pattern in `u` mode */
function dangerOf(source: string): string | null {
  /** One entry per open group: does it repeat or choose inside? */
  const groups: { risky: boolean }[] = [];
  let unbounded = 0;
  /** Whether the atom just read was a group that repeats or chooses. */
  let riskyAtom = false;
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] as string;
    if (letter === "\\") {
      const next = source[at + 1] ?? "";
      if (/[1-9k]/.test(next)) return "back-reference";
      at++;
      riskyAtom = false;
    } else if (letter === "[") {
      at = endOfClass(source, at);
      riskyAtom = false;
    } else if (letter === "(") {
      if (source.startsWith("(?<=", at) || source.startsWith("(?<!", at)) return "look-behind";
      groups.push({ risky: false });
      const head = /^\(\?(?:[:=!]|<[^>]*>|[a-z-]*:)/u.exec(source.slice(at));
      if (head !== null) at += head[0].length - 1;
    } else if (letter === ")") {
      riskyAtom = groups.pop()?.risky ?? false;
      // What is risky inside is risky in the group around it, too.
      const outer = groups.at(-1);
      if (outer !== undefined && riskyAtom) outer.risky = true;
    } else if (letter === "|") {
      const group = groups.at(-1);
      if (group !== undefined) group.risky = true;
    } else if (letter === "*" || letter === "+" || letter === "?" || letter === "{") {
      const count = letter === "{" ? /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at)) : null;
      const most =
        letter === "?"
          ? 1
          : count === null || (count[2] === "," && count[3] === "")
            ? Number.POSITIVE_INFINITY
            : Number(count[3] || count[1]);
      if (most > 1 && riskyAtom) return "nested-repetition";
      if (most === Number.POSITIVE_INFINITY && ++unbounded > MAX_UNBOUNDED) return "too-many-repetitions";
      if (count !== null && Math.max(Number(count[1]), most === Number.POSITIVE_INFINITY ? 0 : most) > MAX_COUNT)
        return "count-too-large";
      if (count !== null) at += count[0].length - 1;
      // A lazy mark behind a repetition is no repetition of its own.
      if (source[at + 1] === "?") at++;
      if (most > 1) for (const group of groups) group.risky = true;
    } else riskyAtom = false;
  }
  return null;
}

function endOfClass(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "]") return at;
  }
  return source.length;
}
