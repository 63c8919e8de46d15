import * as z from "zod";

/** Longer ones are refused: a rule names programs, it is no place for prose. */
export const MAX_PATTERN_LENGTH = 200;

const word = z.string().min(1).max(200);
const words = z.array(word).max(50);
const pattern = z.string().min(1).max(MAX_PATTERN_LENGTH);
const patterns = z.array(pattern).max(50);

/**
 * How one kind of agent is recognised by its command line. The rules that ship with the product have this form too.
 *
 * A process is of this kind when *one* of `executables`, `scripts`, `modules`, `packages`, `paths` names it, one of its first
 * arguments fits `require` (where given), none fits `exclude`, and neither path fits `excludePaths`.
 */
export const agentRule = z.strictObject({
  kind: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "small letters, digits and dashes, at most 40"),
  label: z.string().min(1).max(60),
  /** File names of native programs: the last part of argument 0, without `.exe`. */
  executables: words.default([]),
  /** File names of scripts run by an interpreter, just as they are called (no extension is added or taken away). */
  scripts: words.default([]),
  /** Which interpreter `scripts` are meant for; without it, any. */
  interpreter: z.enum(["node", "python"]).optional(),
  /** Modules as in `python -m NAME`. */
  modules: words.default([]),
  /** npm packages that the script lies in (`…/node_modules/NAME/…`), and names by which `npx` or `uvx` fetch it. */
  packages: words.default([]),
  /** Regular expressions on the path of the program or of the script. */
  paths: patterns.default([]),
  /** Regular expressions of which one must fit one of the first arguments. */
  require: patterns.default([]),
  /** With `require`: whether no arguments at all will do as well. */
  bare: z.boolean().default(false),
  /** Regular expressions of which none may fit one of the first arguments. */
  exclude: patterns.default([]),
  /** Regular expressions of which none may fit the path of the program or of the script. */
  excludePaths: patterns.default([]),
  /** Where the facts come from; for the reader of the rule. */
  source: z.string().max(1_000).optional(),
});
export type AgentRule = z.infer<typeof agentRule>;
/** A rule as written, with what may be left out. */
export type AgentRuleInput = z.input<typeof agentRule>;

export const agentRules = z.array(agentRule).max(100);
