import { setImmediate as immediate } from "node:timers/promises";
import type { Clock } from "./common/clock.ts";
import { localOffsetMs } from "./common/timeZone.ts";
import { blameFigures } from "./analyse/blame/figures.ts";
import { findBottlenecks } from "./analyse/bottlenecks/findBottlenecks.ts";
import { measureKpis } from "./analyse/kpis/measureKpis.ts";
import { profiledTasks } from "./analyse/tasks/profiledTasks.ts";
import { chooseStrategy } from "./decide/allocation/strategies.ts";
import { capacityPlan } from "./decide/capacityPlan.ts";
import { agentPrice, costOf } from "./decide/cost.ts";
import type { Footprints } from "./decide/footprints.ts";
import { predictedPlan } from "./decide/predictedPlan.ts";
import { leastSizes } from "./decide/policies/clairvoyant.ts";
import { keySeries, type KeySeriesParts } from "./keySeries.ts";
import type {
  AccountsPort,
  DecisionLedger,
  EventLedger,
  ForecastsPort,
  HeavyPort,
  Log,
  SeriesStore,
  SeriesValue,
  SwarmsPort,
  WorkRecords,
} from "./ports.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { Overview } from "./protocol/rpc.ts";
import type { GuardState } from "./protocol/tasks.ts";
import { PerformancePlans, type PerformancePlansParts } from "./performancePlans.ts";
import { ScalingPredictions } from "./scalingPredictions.ts";
import { SwarmBlame } from "./swarmBlame.ts";
import { SwarmBottlenecks } from "./swarmBottlenecks.ts";
import { SwarmCapacity } from "./swarmCapacity.ts";
import { SwarmKpis } from "./swarmKpis.ts";
import { SwarmOptimiser, type SwarmOptimiserParts } from "./swarmOptimiser.ts";
import { SwarmPatterns } from "./swarmPatterns.ts";
import { dumpStacks } from "../profiler/stacks.ts";
import { Inspector } from "../profiler/sources/inspector.ts";
import { inspectorRefusal } from "../profiler/sources/inspectorPort.ts";
import { runSession } from "../profiler/session.ts";
import { commandOf, identify } from "../profiler/sources/procTarget.ts";
import { ProfileFiles } from "./profileFiles.ts";
import { Profiling } from "./profiling.ts";
import { swarmOfProcess } from "./profiledTasks.ts";
import { SwarmReports, type SwarmReportsParts } from "./swarmReports.ts";
import { SwarmReplays, type SwarmReplaysParts } from "./swarmReplays.ts";

export interface LookBackParts extends KeySeriesParts {
  readonly series: SeriesStore;
  readonly accounts: AccountsPort;
  readonly heavy: HeavyPort;
  readonly clock: Clock;
  readonly events: EventLedger;
  readonly decisions: DecisionLedger;
  readonly footprints: Footprints;
  readonly swarms: SwarmsPort;
  readonly forecasts: ForecastsPort;
  readonly config: () => ConfigValues;
  readonly preview: PerformancePlansParts["preview"];
  readonly overview: () => Overview;
  readonly guard: () => GuardState;
  readonly networkOf: SwarmReplaysParts["networkOf"];
  readonly policies: SwarmReportsParts["policies"];
  readonly anomalies: SwarmReportsParts["anomalies"];
  readonly allocations: SwarmReportsParts["allocations"];
  readonly tasks: SwarmOptimiserParts["tasks"];
  readonly cpuCores: SwarmOptimiserParts["cpuCores"];
  readonly work: KeySeriesParts["work"] & SwarmOptimiserParts["work"] & Pick<WorkRecords, "runs">;
  /** Where profiles are kept. */
  readonly profileFolder: string;
  readonly log: Log;
  /** Processes of our own that everything rests on. */
  readonly ownPids: ReadonlySet<number>;
}

/** Joins what is asked about the stored history and what follows from it, and what of a tick is kept for that. */
export function createLookBack(parts: LookBackParts) {
  const patterns = new SwarmPatterns({ ...parts, offsetMsAt: localOffsetMs, pause: immediate });
  const replays = new SwarmReplays(parts);
  const kpis = new SwarmKpis({
    ...parts,
    pause: immediate,
    prices: () => parts.config().prices,
    costOf,
    footprintBytes: (swarmId) => parts.footprints.room(swarmId).footprint.rssBytes,
    neededSizes: leastSizes,
    measure: measureKpis,
  });
  const bottlenecks = new SwarmBottlenecks({ ...parts, pause: immediate, look: findBottlenecks });
  const cpuCount = () => parts.overview().host?.cpuCount ?? null;
  const optimiser = new SwarmOptimiser({
    ...parts,
    cpuCount,
    pause: immediate,
    prices: () => parts.config().prices,
    agentPrice,
  });
  const performancePlans = new PerformancePlans({
    ...{ bottlenecks, optimiser, choose: chooseStrategy, preview: parts.preview },
    hasPrices: () => parts.config().prices !== null,
  });
  const capacity = new SwarmCapacity({ ...parts, patterns, prices: () => parts.config().prices, plan: capacityPlan });
  const reports = new SwarmReports({ ...parts, kpis, bottlenecks, capacity, pause: immediate });
  const profiling = new Profiling({
    ...parts,
    ...{ enginePid: process.pid, swarmOf: (pid) => swarmOfProcess(parts.overview, pid) },
    tasksOf: (swarmId, sinceMs, untilMs) => {
      const log = parts.work.runs(swarmId);
      return log === null ? null : profiledTasks(swarmId, log, sinceMs, untilMs);
    },
    files: new ProfileFiles(parts.profileFolder, parts.clock, parts.log),
    profiler: {
      ...{ identify, commandOf, inspectorRefusal, runSession, dumpStacks },
      closeLeftOver: (target, port) => Inspector.closeLeftOver(target, port),
    },
  });
  void profiling.recover();
  const blame = new SwarmBlame({ ...parts, pause: immediate, makeBlame: blameFigures });
  return {
    profiling,
    blame,
    patterns,
    replays,
    predictions: new ScalingPredictions({ ...parts, plan: predictedPlan }),
    kpis,
    bottlenecks,
    optimiser,
    performancePlans,
    capacity,
    reports,
    moreSeries: (overview: Overview): readonly SeriesValue[] => keySeries(parts, overview),
    dispose: (): void => {
      patterns.dispose();
      replays.dispose();
      optimiser.dispose();
    },
  };
}
