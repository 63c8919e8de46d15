import type { Coded } from "../common/errors.ts";
import type { KpiReport, Timeframe } from "../protocol/kpis.ts";
import type { SwarmView } from "./agents.ts";

/** Series on even steps of wall-clock time from `fromMs` on, all of one length; NaN where nothing was measured. */
export interface KpiSteps<Name extends string> {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly series: { readonly [N in Name]: Float64Array };
}

/**
 * Means of each step. `live`: of commands, which come and go with their tasks, how many may run. `rssBytes`: of agents
 * alone. `needed`: agents that one who knew the demand to come would have had. `startable`: share of the time in which a
 * task could start within its lane's deadline.
 */
export type KpiMeans = "live" | "busy" | "demand" | "rssBytes" | "forecast" | "needed" | "startable";

/** `tickMs`: the longest of each step. Tasks: how many more than at the step before. `cost`: of the step. */
export type KpiTotals = "tickMs" | "done" | "faultDone" | "faultFailed" | "cost";

/** Everything that key figures are made of, over one window. Moments are wall clock. */
export interface KpiInputs {
  readonly fromMs: number;
  readonly toMs: number;
  readonly means: KpiSteps<KpiMeans>;
  readonly totals: KpiSteps<KpiTotals>;
  /** What an agent needs, 95th percentile; `null` before enough were seen. */
  readonly footprintBytes: number | null;
  /** Why there is no cost; `null` when there is. */
  readonly costReason: Coded | null;
  /** Growth in one step: until it was seen, or given up. */
  readonly responses: readonly { readonly atMs: number; readonly elapsedMs: number }[];
  /** The objective before and after an applied plan: 95th percentile of how long tasks waited. */
  readonly impacts: readonly { readonly atMs: number; readonly beforeMs: number; readonly afterMs: number }[];
  /** Faults that are over: until the first success. */
  readonly recoveries: readonly { readonly atMs: number; readonly tookMs: number }[];
  /** Times in which a breaker was open: tasks that it held back, and runs that failed all the same. */
  readonly outages: readonly { readonly atMs: number; readonly heldBack: number; readonly failed: number }[];
}

/** Key figures of a managed swarm, made from the store when they are asked for. */
export interface KpisPort {
  /** @throws CodedError `aborted`, `store.read`, `kpi.notReady` where nothing was measured */
  report(swarm: SwarmView, timeframe: Timeframe, signal: AbortSignal): Promise<KpiReport>;
}
