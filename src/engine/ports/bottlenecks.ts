import type { BottleneckComponent, BottleneckReport } from "../protocol/bottlenecks.ts";
import type { DecisionState, HostSample, SwarmActivity } from "../protocol/model.ts";
import type { BreakerRow, LaneRow } from "../protocol/tasks.ts";

export const BOTTLENECK_MACHINE_SERIES = [
  "cpuBusyRatio",
  "cpuPressureRatio",
  "loadAverage1m",
  "memoryUsedBytes",
  "memoryPressureRatio",
  "ioPressureRatio",
  "networkReceiveBytesPerSecond",
  "networkTransmitBytesPerSecond",
  "tickMs",
] as const;

export interface BottleneckSwarm {
  readonly id: string;
  readonly provider: string;
  readonly target: number;
  /** Of commands, which come and go with their tasks, how many may run; so are the steps. */
  readonly live: number;
  readonly maxAgents: number;
  readonly activity: SwarmActivity["kind"];
  readonly hasProblem: boolean;
  /** Means of the window's steps; NaN where nothing was measured. */
  readonly demand: Float64Array;
  readonly liveSteps: Float64Array;
  readonly waiting: Float64Array;
  /** Of the window, newest first. */
  readonly decisions: readonly DecisionState["kind"][];
}

/** Everything that bottlenecks are looked for in. */
export interface BottleneckInputs {
  readonly windowMs: number;
  /** Means of the window's steps; NaN where nothing was measured. */
  readonly machine: { readonly [M in (typeof BOTTLENECK_MACHINE_SERIES)[number]]: Float64Array };
  readonly host: Pick<HostSample, "cpuCount" | "memoryCapacityBytes" | "swapTotalBytes" | "swapUsedBytes"> | null;
  readonly disk: { readonly usedBytes: number; readonly sizeBytes: number } | null;
  readonly lanes: readonly Pick<LaneRow, "lane" | "limit" | "inUse" | "queued" | "queueLimit" | "shed" | "waitP95Ms">[];
  readonly breakers: readonly Pick<BreakerRow, "id" | "state" | "failureRate" | "calls">[];
  readonly swarms: readonly BottleneckSwarm[];
  readonly engine: { readonly tickIntervalMs: number; readonly lateTicks: number };
}

/** Looks for bottlenecks when somebody asks. */
export interface BottlenecksPort {
  /** @param swarmId `null`: over all managed swarms @throws CodedError `aborted`, `store.read` */
  find(
    swarmId: string | null,
    components: readonly BottleneckComponent[],
    signal: AbortSignal,
  ): Promise<BottleneckReport>;
}
