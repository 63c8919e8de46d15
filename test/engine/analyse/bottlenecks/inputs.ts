import {
  BOTTLENECK_MACHINE_SERIES,
  type BottleneckInputs,
  type BottleneckSwarm,
} from "../../../../src/engine/ports/bottlenecks.ts";

const STEPS = 90;
const GB = 1_000_000_000;

/** `value` in each of the first `count` steps of a quarter of an hour; the rest was not measured. */
export function steps(value: number, count = STEPS): Float64Array {
  return Float64Array.from({ length: STEPS }, (_, n) => (n < count ? value : Number.NaN));
}

type Machine = BottleneckInputs["machine"];

/** Nothing was measured but what is given. */
export function inputsOf(
  machine: Partial<Record<keyof Machine, Float64Array>> = {},
  over: Partial<Omit<BottleneckInputs, "machine">> = {},
): BottleneckInputs {
  return {
    windowMs: 900_000,
    machine: Object.fromEntries(
      BOTTLENECK_MACHINE_SERIES.map((metric) => [metric, machine[metric] ?? steps(Number.NaN)]),
    ) as Machine,
    host: { cpuCount: 4, memoryCapacityBytes: 16 * GB, swapTotalBytes: 0, swapUsedBytes: 0 },
    disk: null,
    lanes: [],
    breakers: [],
    swarms: [],
    engine: { tickIntervalMs: 1_000, lateTicks: 0 },
    ...over,
  };
}

export function swarmOf(over: Partial<BottleneckSwarm> = {}): BottleneckSwarm {
  return {
    ...{ id: "docs", provider: "local", target: 4, live: 4, maxAgents: 8, activity: "steady", hasProblem: false },
    demand: steps(2),
    liveSteps: steps(4),
    waiting: steps(0),
    decisions: [],
    ...over,
  };
}

/** A machine whose processors and standard lane are full. */
export function troubledInputs(): BottleneckInputs {
  return inputsOf(
    {
      cpuBusyRatio: steps(0.96),
      cpuPressureRatio: steps(0.55),
      memoryUsedBytes: steps(8 * GB),
      memoryPressureRatio: steps(0.01),
      ioPressureRatio: steps(0.02),
      networkReceiveBytesPerSecond: steps(1_500_000),
      networkTransmitBytesPerSecond: steps(500_000),
      tickMs: steps(12),
    },
    {
      disk: { usedBytes: 45 * GB, sizeBytes: 100 * GB },
      lanes: [{ lane: "standard", limit: 20, inUse: 19, queued: 14, queueLimit: 100, shed: 3, waitP95Ms: 90_000 }],
      breakers: [
        {
          id: "swarm:docs",
          state: {
            kind: "open",
            sinceMs: 1,
            untilMs: 2,
            reason: { code: "breaker.consecutive", args: { failures: 5 } },
          },
          failureRate: 0.3,
          calls: 40,
        },
      ],
      swarms: [swarmOf({ demand: steps(5), waiting: steps(1) })],
    },
  );
}
