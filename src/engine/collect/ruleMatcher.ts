import { CodedError } from "../common/errors.ts";
import { type AgentRule, agentRules } from "../protocol/rules.ts";
import type { CommandLine } from "./commandLine.ts";
import { builtInRules } from "./rules.ts";
import { compilePattern, MAX_PATTERN_INPUT } from "./safePattern.ts";
import { baseName } from "./words.ts";

/** Words after the program that `require` and `exclude` look at: options and verbs stand there, prompts later or in one piece. */
const FIRST_ARGUMENTS = 8;

export interface CompiledRule {
  readonly rule: AgentRule;
  readonly paths: readonly RegExp[];
  readonly require: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly excludePaths: readonly RegExp[];
}

/**
 * The user's rules, then ours: the user's word goes first.
 * @throws CodedError `rules.invalid` (rule, field, problem) or `rules.pattern` (rule, field, value, problem)
 */
export function compileRules(userRules: unknown = []): readonly CompiledRule[] {
  const parsed = agentRules.safeParse(userRules);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const [index, ...field] = issue?.path ?? [];
    const kind =
      Array.isArray(userRules) && typeof index === "number"
        ? (userRules as { kind?: unknown }[])[index]?.kind
        : undefined;
    throw new CodedError("rules.invalid", {
      rule: typeof kind === "string" ? kind : String(index ?? ""),
      field: field.join("."),
      problem: issue?.message ?? "",
    });
  }
  return [...parsed.data, ...agentRules.parse(builtInRules)].map(compileRule);
}

function compileRule(rule: AgentRule): CompiledRule {
  if (
    rule.executables.length + rule.scripts.length + rule.modules.length + rule.packages.length + rule.paths.length ===
    0
  ) {
    throw new CodedError("rules.invalid", { rule: rule.kind, field: "executables", problem: "names no program" });
  }
  const compile = (field: "paths" | "require" | "exclude" | "excludePaths") =>
    rule[field].map((source, index) => compilePattern(source, rule.kind, `${field}.${index}`));
  return {
    rule,
    paths: compile("paths"),
    require: compile("require"),
    exclude: compile("exclude"),
    excludePaths: compile("excludePaths"),
  };
}

/** The first rule that a command fits; `null` for everything that is no agent. Launchers and shells never are. */
export function matchRule(command: CommandLine, rules: readonly CompiledRule[]): AgentRule | null {
  if (command.form === "launcher" || command.form === "shell") return null;
  const script = command.form === "interpreter" ? command.script : null;
  const paths = [command.programPath, ...(script === null ? [] : [script])].map((path) =>
    path.replaceAll("\\", "/").slice(-MAX_PATTERN_INPUT),
  );
  const words = command.rest.slice(0, FIRST_ARGUMENTS).map((word) => word.slice(0, MAX_PATTERN_INPUT));
  for (const compiled of rules) {
    if (!isNamed(command, compiled, paths)) continue;
    if (compiled.excludePaths.some((pattern) => paths.some((path) => pattern.test(path)))) continue;
    if (compiled.exclude.some((pattern) => words.some((word) => pattern.test(word)))) continue;
    const required =
      compiled.require.length === 0 || compiled.require.some((pattern) => words.some((word) => pattern.test(word)));
    if (required || (compiled.rule.bare && command.rest.length === 0)) return compiled.rule;
  }
  return null;
}

function isNamed(command: CommandLine, { rule, paths }: CompiledRule, given: readonly string[]): boolean {
  if (paths.some((pattern) => given.some((path) => pattern.test(path)))) return true;
  if (command.form === "native") return rule.executables.includes(command.program);
  if (command.form !== "interpreter") return false;
  if (command.module !== null) return rule.modules.includes(command.module);
  if (command.script === null) return false;
  const fits = rule.interpreter === undefined || rule.interpreter === command.family;
  if (fits && rule.scripts.includes(baseName(command.script))) return true;
  const path = command.script.replaceAll("\\", "/");
  return rule.packages.some((name) => path.includes(`/node_modules/${name}/`));
}
