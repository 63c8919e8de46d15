import * as z from "zod/mini";

/** Longer ones are refused: a rule names programs, it is no place for prose. */
export const MAX_PATTERN_LENGTH = 200;

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const words = z._default(z.array(text(200)).check(z.maxLength(50)), []);
const patterns = z._default(z.array(text(MAX_PATTERN_LENGTH)).check(z.maxLength(50)), []);

/**
 * How one kind of agent is recognised by its command line. The rules that ship with the product have this form too.
 *
 * A process is of this kind when *one* of `executables`, `scripts`, `modules`, `packages`, `paths` names it, one of its first
 * arguments fits `require` (where given), none fits `exclude`, and neither path fits `excludePaths`.
 */
export const agentRule = z.strictObject({
  kind: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "small letters, digits and dashes, at most 40")),
  label: text(60),
  /** File names of native programs: the last part of argument 0, without `.exe`. */
  executables: words,
  /** File names of scripts run by an interpreter, just as they are called (no extension is added or taken away). */
  scripts: words,
  /** Which interpreter `scripts` are meant for; without it, any. */
  interpreter: z.optional(z.enum(["node", "python"])),
  /** Modules as in `python -m NAME`. */
  modules: words,
  /** npm packages that the script lies in (`…/node_modules/NAME/…`), and names by which `npx` or `uvx` fetch it. */
  packages: words,
  /** Regular expressions on the path of the program or of the script. */
  paths: patterns,
  /** Regular expressions of which one must fit one of the first arguments. */
  require: patterns,
  /** With `require`: whether no arguments at all will do as well. */
  bare: z._default(z.boolean(), false),
  /** Regular expressions of which none may fit one of the first arguments. */
  exclude: patterns,
  /** Regular expressions of which none may fit the path of the program or of the script. */
  excludePaths: patterns,
  /** Where the facts come from; for the reader of the rule. */
  source: z.optional(text(1_000)),
});
export type AgentRule = z.infer<typeof agentRule>;
/** A rule as written, with what may be left out. */
export type AgentRuleInput = z.input<typeof agentRule>;

export const agentRules = z.array(agentRule).check(z.maxLength(100));
