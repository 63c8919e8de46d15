import type { BottleneckComponent, BottleneckKind, Evidence, EvidenceMetric } from "../engine/protocol/bottlenecks.ts";
import { bytesPerSecondText, durationText, numberText, ratioText } from "./figures.ts";

/** Bottlenecks in words. Loaded where they are shown, never at the start. */

export const COMPONENT_WORDS: Readonly<Record<BottleneckComponent, string>> = {
  cpu: "CPU",
  memory: "Memory",
  disk: "Disk",
  network: "Network",
  lanes: "Lane",
  breakers: "Breaker",
  providers: "Provider",
  "swarm-coordination": "Coordination",
};

export const KIND_WORDS: Readonly<Record<BottleneckKind, string>> = {
  utilisation: "utilisation",
  saturation: "saturation",
  errors: "errors",
};

const METRIC_WORDS: Readonly<Record<EvidenceMetric, string>> = {
  cpuBusyRatio: "busy",
  cpuPressureRatio: "waiting for a processor",
  loadPerCore: "load for each core",
  memoryUsedRatio: "used",
  memoryPressureRatio: "waiting for memory",
  swapUsedRatio: "swap used",
  diskUsedRatio: "space used",
  ioPressureRatio: "waiting for the disk",
  networkBytesPerSecond: "in and out",
  placesInUseRatio: "places in use",
  waitToDeadlineRatio: "wait (95th percentile) of the time to start",
  queuedTasks: "waiting",
  shedTasks: "shed",
  breakerShutRatio: "shut",
  failureRate: "failed",
  agentsToMostRatio: "agents of the most allowed",
  missingAgentsRatio: "wanted agents not there",
  swarmsInTroubleRatio: "swarms in trouble",
  demandToAgentsRatio: "demand of the agents there",
  waitingPerAgent: "waiting for each agent",
  tickToIntervalRatio: "tick of its interval",
  lateTicks: "late ticks",
  failedDecisionsRatio: "changes not seen or taken back",
};

/** Plain multiples read better than per cent. */
const MULTIPLES: ReadonlySet<EvidenceMetric> = new Set(["loadPerCore", "waitingPerAgent"]);

/** `busy 91% over 15 min`. */
export function evidenceText({ metric, value, unit, span, windowMs }: Evidence): string {
  const figure =
    unit === "bytesPerSecond"
      ? bytesPerSecondText(value)
      : unit === "count" || MULTIPLES.has(metric)
        ? numberText(value)
        : ratioText(value);
  const over =
    span === "window" ? ` over ${durationText(windowMs)}` : span === "engine" ? " since the engine started" : "";
  return `${METRIC_WORDS[metric]} ${figure}${value === null ? "" : over}`;
}
