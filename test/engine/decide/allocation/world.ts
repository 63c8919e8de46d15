import { createRng, exponential, lognormal, type Rng } from "../../../../src/engine/common/rng.ts";
import type { AgentPrice, AllocatedKind, MeasuredTasks, OptimizeRequest } from "../../../../src/engine/ports.ts";
import { DEFAULT_WEIGHTS } from "../../../../src/engine/protocol/optimize.ts";

export const T0 = 1_700_000_000_000;
const MEGABYTE = 1_000_000;

/** One lane of a world whose queues are really simulated, first come first served, so that its waits are the true ones. */
export interface SimulatedLane {
  readonly arrivalsPerSec: number;
  readonly tasks: number;
  /** By kind: how many agents, and the mean of their service times in seconds. */
  readonly agents: readonly { readonly count: number; readonly serviceSec: number }[];
  /** Of the logarithm of service times; left out: exponential. */
  readonly sigma?: number;
}

/** Tasks of all lanes as they would have been measured. */
export function simulatedTasks(lanes: readonly SimulatedLane[], seed: number): MeasuredTasks {
  const rng = createRng(seed);
  const rows = lanes.flatMap((lane, index) => tasksOf(lane, index, rng));
  return columns(rows, T0, Math.max(T0 + 1, ...rows.map(({ arrivedMs }) => arrivedMs)));
}

export interface TaskRowOf {
  readonly kind: number;
  readonly lane: number;
  readonly arrivedMs: number;
  readonly waitedMs: number;
  readonly ranMs: number;
}

/** Each row as an arrival, and as what was begun where somebody (`kind` is not −1) has. */
export function columns(rows: readonly TaskRowOf[], fromMs: number, toMs: number): MeasuredTasks {
  const begun = rows.filter(({ kind }) => kind !== -1);
  return {
    ...{ fromMs, toMs },
    arrivals: {
      lane: Uint8Array.from(rows, ({ lane }) => lane),
      arrivedMs: Float64Array.from(rows, ({ arrivedMs }) => arrivedMs),
      waitedMs: Float64Array.from(rows, ({ waitedMs }) => waitedMs),
    },
    services: {
      lane: Uint8Array.from(begun, ({ lane }) => lane),
      kind: Int16Array.from(begun, ({ kind }) => kind),
      ranMs: Float64Array.from(begun, ({ ranMs }) => ranMs),
    },
  };
}

/** Of tasks that were all begun: `columns` backwards. */
export function rowsOf({ arrivals, services }: MeasuredTasks): readonly TaskRowOf[] {
  const of = (column: ArrayLike<number>, row: number): number => column[row] as number;
  return [...arrivals.lane.keys()].map((row) => ({
    ...{ kind: of(services.kind, row), lane: of(arrivals.lane, row), arrivedMs: of(arrivals.arrivedMs, row) },
    ...{ waitedMs: of(arrivals.waitedMs, row), ranMs: of(services.ranMs, row) },
  }));
}

function tasksOf({ arrivalsPerSec, tasks, agents, sigma }: SimulatedLane, lane: number, rng: Rng): TaskRowOf[] {
  const free = agents.flatMap(({ count, serviceSec }, kind) =>
    Array.from({ length: count }, () => ({ kind, serviceSec, atSec: 0 })),
  );
  let nowSec = 0;
  return Array.from({ length: tasks }, () => {
    nowSec += exponential(rng, 1 / arrivalsPerSec);
    const agent = free.reduce((first, one) => (one.atSec < first.atSec ? one : first));
    const beganSec = Math.max(nowSec, agent.atSec);
    const ranSec = sigma === undefined ? exponential(rng, agent.serviceSec) : lognormal(rng, agent.serviceSec, sigma);
    agent.atSec = beganSec + ranSec;
    const waitedMs = (beganSec - nowSec) * 1_000;
    return { kind: agent.kind, lane, arrivedMs: T0 + nowSec * 1_000, waitedMs, ranMs: ranSec * 1_000 };
  });
}

export function priced(perHour: number, perBusyHour = 0): AgentPrice {
  return { kind: "known", perHour, perBusyHour };
}

export function kind(id: string, over: Partial<AllocatedKind> = {}): AllocatedKind {
  return {
    id,
    maxAgents: 40,
    // 300 to 395 MB: the 95th percentile is 390.
    peakBytes: Float64Array.from({ length: 20 }, (_, n) => (300 + 5 * n) * MEGABYTE),
    cpuCores: 0.4,
    price: priced(1),
    mostBytes: 800 * MEGABYTE,
    ...over,
  };
}

/** Two kinds, three lanes, room for some thirty agents. */
export function optimizeRequest(over: Partial<OptimizeRequest> = {}): OptimizeRequest {
  return {
    lanes: [
      { lane: "critical", minAgents: 1, servedBy: 6 },
      { lane: "standard", minAgents: 1, servedBy: 12 },
      { lane: "background", minAgents: 1, servedBy: 4 },
    ],
    kinds: [kind("small"), kind("large", { price: priced(2.5), cpuCores: 0.8 })],
    tasks: simulatedTasks(
      [
        { arrivalsPerSec: 0.3, tasks: 600, agents: lane(4, 10, 2, 5) },
        { arrivalsPerSec: 0.4, tasks: 800, agents: lane(8, 20, 4, 10), sigma: 0.8 },
        { arrivalsPerSec: 0.05, tasks: 100, agents: lane(2, 40, 2, 20) },
      ],
      1,
    ),
    limits: {
      memoryBytes: 16_000 * MEGABYTE,
      cpuCores: 8,
      cpuOvercommitRatio: 1.5,
      maxAgents: 40,
      budgetPerHour: 60,
    },
    weights: DEFAULT_WEIGHTS,
    current: null,
    population: 60,
    generations: 40,
    settle: false,
    seed: 1,
    ...over,
  };
}

function lane(small: number, smallSec: number, large: number, largeSec: number): SimulatedLane["agents"] {
  return [
    { count: small, serviceSec: smallSec },
    { count: large, serviceSec: largeSec },
  ];
}
