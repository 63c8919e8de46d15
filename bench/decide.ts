import { Pilot } from "../src/engine/act/pilot.ts";
import { ManualClock } from "../src/engine/common/clock.ts";
import { createRng } from "../src/engine/common/rng.ts";
import { uuidv7 } from "../src/engine/common/uuid.ts";
import { Footprints } from "../src/engine/decide/footprints.ts";
import { sizingRules } from "../src/engine/decide/sizingRules.ts";
import type { DecisionLedger, ManagedAgent, SwarmsPort, SwarmView } from "../src/engine/ports.ts";
import { scalingPolicy } from "../src/engine/protocol/config.ts";
import type { Decision, Forecast } from "../src/engine/protocol/model.ts";
import { report } from "./lib/report.ts";

/**
 * One decision for a swarm of 100 agents: the scaler with its window and a forecast of 60 points, and the pilot around
 * it, what its agents need and whether there is room for more, as once a tick in the engine. Swarm and ledger are stand-ins: what is measured is the deciding.
 */
const DECISIONS = 20_000;
const AGENTS = 100;
const T0 = 1_700_000_000_000;

const rng = createRng(1);
const clock = new ManualClock(0, T0);
const agents = Array.from({ length: AGENTS }, (_, n) => ({ id: `a${n}`, task: null }) as unknown as ManagedAgent);
let target = AGENTS;
const swarm = {
  id: "s",
  label: "s",
  mode: "auto",
  minAgents: 2,
  maxAgents: 200,
  timeScale: 1,
  scaling: scalingPolicy.parse({ cooldownSeconds: 0, scaleUpPeriodSeconds: 0 }),
  heldByOperator: false,
  get target() {
    return target;
  },
  agents: () => agents,
  live: () => target,
  onlyDrains: () => false,
  drainTimeoutMs: 600_000,
  startUpMs: () => 800,
  activity: () => ({ kind: "steady" }),
  refusal: () => null,
} as unknown as SwarmView;
const swarms = {
  list: () => [swarm],
  get: () => swarm,
  scale: async (_: string, to: number) => {
    target = to;
    return { kind: "confirmed", live: to, elapsedMs: 1 };
  },
} as unknown as SwarmsPort;
const rows = new Map<string, Decision>();
const decisions: DecisionLedger = {
  add: (decision) => void rows.set(decision.id, decision),
  update: (decision) => void rows.set(decision.id, decision),
  get: (id) => rows.get(id) ?? null,
  list: () => [],
  open: () => [],
};
const silent = () => undefined;
const footprints = new Footprints({ models: { save: () => true, load: () => null }, targetOf: () => target });
const machine = {
  memoryAvailableBytes: 64e9,
  memoryCapacityBytes: 64e9,
  cpuIdleCores: 8,
  pressure: { memory: 0, cpu: 0 },
};
const pilot = new Pilot({
  swarms,
  decisions,
  rules: sizingRules(footprints),
  tasks: () => ({ waitedMs: [], ranMs: [], failed: 0, cut: 0 }),
  pressure: () => null,
  clock,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  newId: uuidv7,
});

const times: number[] = [];
const allocations: number[] = [];
for (let n = 0; n < DECISIONS; n++) {
  clock.advance(1_000);
  const nowMs = clock.wallMs();
  const demand = AGENTS * (0.5 + 0.6 * Math.sin(n / 40)) + rng() * 20;
  const load = Math.max(0, demand);
  const forecast = {
    ready: true,
    model: "mstl",
    stepMs: 60_000,
    points: Array.from({ length: 60 }, (_, step) => ({ atMs: nowMs + step * 60_000, mean: load, lo: 0, hi: 2 * load })),
  } as unknown as Forecast;
  const reading = { monotonicMs: clock.monotonicMs(), low: load, high: load, source: "measured" as const };
  const stamp = { wallMs: nowMs, monotonicMs: clock.monotonicMs() };
  const uses = agents.map(({ id }) => ({ id, ready: true, rssBytes: 2e8 + rng() * 1e8, cpuCores: rng() }));
  const began = performance.now();
  const allocating = performance.now();
  footprints.look([{ swarmId: "s", agents: uses, ranMs: [rng() * 30_000] }], machine, stamp);
  footprints.room("s");
  allocations.push(performance.now() - allocating);
  pilot.look([{ swarmId: "s", reading, forecast }], stamp, 1_000);
  times.push(performance.now() - began);
  // What was decided gets its outcome, as between two ticks.
  if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const sorted = (values: number[]): number[] => values.slice(1_000).toSorted((a, b) => a - b);
const [decided, allocated] = [sorted(times), sorted(allocations)];
const at = (share: number, values = decided): number => values[Math.floor(values.length * share)] ?? Number.NaN;
report({ bench: "decide", name: "decision_p50", value: at(0.5), unit: "ms", better: "lower" });
report({ bench: "decide", name: "decision_p99", value: at(0.99), unit: "ms", target: 10, better: "lower" });
report({ bench: "decide", name: "allocation_p50", value: at(0.5, allocated), unit: "ms", better: "lower" });
report({
  bench: "decide",
  name: "allocation_p99",
  value: at(0.99, allocated),
  unit: "ms",
  target: 10,
  better: "lower",
});
report({ bench: "decide", name: "actions_decided", value: rows.size, unit: "decisions", better: "higher" });
