import type { CapacityInputs, CapacitySwarm, LearnedGrowth } from "../../../src/engine/ports/capacity.ts";

const GB = 1_000_000_000;

export const unknownGrowth: LearnedGrowth = {
  kind: "unknown",
  reason: { code: "capacity.history", args: { haveMs: 3 * 86_400_000, neededMs: 14 * 86_400_000 } },
  high: null,
};

export function learned(perDay: number, half = 0, high: number | null = null, rises = perDay > 0): LearnedGrowth {
  return { kind: "known", high, growth: { perDay, lowPerDay: perDay - half, highPerDay: perDay + half, rises } };
}

/** 4 agents of 1 GB (p95 2 GB) and 0.5 cores (p95 1), at most 10 of them. */
export function swarmInputs(over: Partial<CapacitySwarm> = {}): CapacitySwarm {
  return {
    ...{ id: "docs", live: 4, maxAgents: 10, targetUtilisation: 0.5, demand: 2, rssBytes: 4 * GB, cpuCores: 2 },
    sizes: { rssBytes: { p50: GB, p95: 2 * GB }, cpuCores: { p50: 0.5, p95: 1 }, agents: 12 },
    learned: unknownGrowth,
    ...over,
  };
}

/** 32 GB, of which 12 are available and 20 used; 8 cores, of which 5 are busy. The reserve is 2 GB. */
export function capacityInputs(over: Partial<CapacityInputs> = {}): CapacityInputs {
  return {
    swarmId: null,
    madeAtMs: 1_700_000_600_000,
    horizonDays: 30,
    growth: { kind: "auto" },
    machine: {
      memoryCapacityBytes: 32 * GB,
      memoryAvailableBytes: 12 * GB,
      memoryUsedBytes: 20 * GB,
      cpuCapacityCores: 8,
      cpuBusyCores: 5,
      disk: { usedBytes: 40 * GB, sizeBytes: 100 * GB },
      promisedBytes: 0,
    },
    learned: { memory: unknownGrowth, cpu: unknownGrowth, disk: unknownGrowth },
    wanted: { agents: null, memoryBytes: null, cpus: null },
    swarms: [swarmInputs()],
    prices: null,
    ...over,
  };
}
