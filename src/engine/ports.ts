/**
 * The in-process interfaces between stages. A stage implements some and receives others; `main.ts` joins them.
 * Whatever can wait takes an `AbortSignal`.
 */
export type * from "./ports/accounts.ts";
export type * from "./ports/agents.ts";
export type * from "./ports/allocation.ts";
export type * from "./ports/anomalies.ts";
export type * from "./ports/blame.ts";
export type * from "./ports/bottlenecks.ts";
export type * from "./ports/capacity.ts";
export type * from "./ports/dqn.ts";
export type * from "./ports/heavy.ts";
export type * from "./ports/history.ts";
export type * from "./ports/kpis.ts";
export type * from "./ports/leases.ts";
export type * from "./ports/log.ts";
export type * from "./ports/loop.ts";
export type * from "./ports/optimiser.ts";
export type * from "./ports/optimize.ts";
export type * from "./ports/orchestrators.ts";
export type * from "./ports/tables.ts";
export type * from "./ports/patterns.ts";
export type * from "./ports/profiling.ts";
export type * from "./ports/replay.ts";
export type * from "./ports/report.ts";
export type * from "./ports/work.ts";
export type * from "./ports/world.ts";
