/**
 * The contract of the command line: the flags of every verb and the one JSON value that `--json` prints. Keys of the
 * flag objects are the flags as typed. `VERB --schema` prints both as JSON Schema.
 *
 * Fields may be added to an output; none is renamed, removed or given another meaning. `null` means unknown.
 */
export { type CliError, cliError, type CliOutcome, exitCode, type ExitCode } from "./cli/parts.ts";
export * from "./cli/actions.ts";
export * from "./cli/allocations.ts";
export * from "./cli/backtest.ts";
export * from "./cli/anomalies.ts";
export * from "./cli/blame.ts";
export * from "./cli/bottlenecks.ts";
export * from "./cli/capacity.ts";
export * from "./cli/config.ts";
export * from "./cli/data.ts";
export * from "./cli/decisions.ts";
export * from "./cli/doors.ts";
export * from "./cli/engine.ts";
export * from "./cli/forecast.ts";
export * from "./cli/guard.ts";
export * from "./cli/history.ts";
export * from "./cli/import.ts";
export * from "./cli/kpis.ts";
export * from "./cli/metrics.ts";
export * from "./cli/orchestrated.ts";
export * from "./cli/patterns.ts";
export * from "./cli/performanceReport.ts";
export * from "./cli/policy.ts";
export * from "./cli/profile.ts";
export * from "./cli/profiles.ts";
export * from "./cli/replay.ts";
export * from "./cli/status.ts";
export * from "./cli/table.ts";
export * from "./cli/tasks.ts";
