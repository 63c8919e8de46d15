import { type PolicyRow, REPLAY_POLICIES, type ReplayPolicyName } from "../../src/engine/protocol/replay.ts";
import type { PageComparison, ScalingNow, ScalingPageState } from "../../src/engine/protocol/scalingPage.ts";

/** States of the page "Swarm Scaling" for tests: a week of load, seen at a fixed time. */

export const T0 = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const BUCKETS = 672;
const BUCKET_MS = (7 * DAY_MS) / BUCKETS;

/** The same every time, and looks like noise. */
const noise = (index: number): number => Math.sin(index * 12.9898) * 0.5 + Math.sin(index * 78.233) * 0.4;
const load = Array.from({ length: BUCKETS }, (_, at) => {
  const day = 7 - 5 * Math.cos((2 * Math.PI * at) / 96);
  const spike = at % 200 > 150 && at % 200 < 156 ? 6 : 0;
  return at > 300 && at < 306 ? null : Math.max(0, day + noise(at) + spike);
});
const lagged = (steps: number, room: number) =>
  load.map((_, at) => Math.min(20, Math.max(2, Math.ceil((load[Math.max(0, at - steps)] ?? 7) * room))));

/** What each kind of policy would have had; one that is added to the list follows the load closely. */
const CAPACITY: Readonly<Partial<Record<ReplayPolicyName, readonly number[]>>> = {
  fixed: load.map(() => 13),
  threshold: lagged(6, 1.6),
  hpa: lagged(3, 1.45),
  adaptive: lagged(1, 1.35),
  clairvoyant: lagged(0, 1),
};

export function policy(name: string, over: Partial<PolicyRow> = {}): PolicyRow {
  return {
    ...{ name, unmet: 5_400, unmetRatio: 0.012, waitP95Sec: 31, agentHours: 1_600, actions: 240, reversals: 61 },
    ...{ utilisation: 0.71, backlog: 0 },
    ...over,
  };
}

const COSTS: Readonly<Partial<Record<ReplayPolicyName, Partial<PolicyRow>>>> = {
  fixed: {
    unmet: 9_120,
    unmetRatio: 0.0021,
    waitP95Sec: 4,
    agentHours: 2_184,
    actions: 0,
    reversals: 0,
    utilisation: 0.54,
  },
  threshold: { unmet: 61_000, unmetRatio: 0.0144, waitP95Sec: 62, agentHours: 1_912, actions: 310, reversals: 88 },
  hpa: { unmet: 31_100, unmetRatio: 0.0073, waitP95Sec: 31, agentHours: 1_724, actions: 288, reversals: 61 },
  adaptive: {
    unmet: 12_700,
    unmetRatio: 0.003,
    waitP95Sec: 9,
    agentHours: 1_569,
    actions: 201,
    reversals: 22,
    utilisation: 0.75,
  },
  clairvoyant: {
    unmet: 0,
    unmetRatio: 0,
    waitP95Sec: 0,
    agentHours: 1_176,
    actions: 480,
    reversals: 120,
    utilisation: 1,
  },
};

export const comparison: PageComparison = {
  loadSource: { source: "measured", importedRatio: 0 },
  ...{ swarmId: "docs", madeAtMs: T0 - 60_000, timeScale: 1, startUpSource: "measured" },
  basis: {
    ...{ steps: 10_080, missing: 90, stepSeconds: 60, tickSeconds: 5, minAgents: 2, maxAgents: 20 },
    ...{ startUpSeconds: 8, fixedAgents: 13, forecasts: { made: 336, ready: 301 } },
  },
  policies: REPLAY_POLICIES.map((name) => policy(name, COSTS[name])),
  series: {
    ...{ fromMs: T0 - 7 * DAY_MS, bucketMs: BUCKET_MS, load },
    capacity: REPLAY_POLICIES.map((name) => ({ name, agents: CAPACITY[name] ?? lagged(2, 1.2) })),
  },
};

export const now: ScalingNow = {
  ...{ wallMs: T0, mode: "recommend", demand: 5.7, demandSource: "measured", waitingTasks: 3 },
  ...{ live: 6, target: 8, minAgents: 2, maxAgents: 20, held: [] },
  plan: null,
  verdict: { from: 8, to: 10, reason: "Load is 0.95; 1.2 is forecast in 2 min, combined 1.1.", waits: true },
  forecast: { kind: "ready", model: "ensemble", predictedRatio: 1.2, inMs: 120_000 },
  shadow: {
    ...{ target: 10, spanMs: 18_000_000, observedMs: 18_000_000, waitAvoidedSeconds: 840 },
    ...{ agentHours: 0.6, changes: 4 },
  },
  advice: null,
};

export const full: ScalingPageState = {
  link: { kind: "connected" },
  live: true,
  swarms: [
    { id: "docs", label: "docs", timeScale: 1 },
    { id: "demo", label: "demo", timeScale: 240 },
  ],
  swarmId: "docs",
  gone: null,
  now,
  wish: { days: 7, policies: REPLAY_POLICIES },
  run: { kind: "idle" },
  comparison,
};
