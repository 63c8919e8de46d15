import type { MetricFacts } from "../../../../src/engine/serve/doors/metric.ts";
import type { BreakerRow, GuardState, LaneRow } from "../../../../src/engine/protocol/tasks.ts";
import { forecastSample, managedSample, NOW_MS, observedSample, overviewSample } from "../../../cli/samples.ts";

export const lane = (changes: Partial<LaneRow> = {}): LaneRow => ({
  lane: "standard",
  gate: "open",
  capacity: 20,
  limit: 20,
  queueLimit: 100,
  adaptive: false,
  inUse: 3,
  queued: 7,
  shed: 2,
  waitP50Ms: 400,
  waitP95Ms: null,
  utilisation: 0.15,
  breakerId: "lane:standard",
  running: [],
  waiting: [],
  ...changes,
});

export const breaker = (changes: Partial<BreakerRow> = {}): BreakerRow => ({
  id: "swarm:demo",
  label: "Demo swarm",
  of: "swarm",
  state: { kind: "closed" },
  revision: 1,
  calls: 40,
  failures: 2,
  slow: 0,
  failureRate: 0.05,
  slowRate: null,
  consecutiveFailures: 0,
  failureThreshold: 5,
  recoveryMs: 60_000,
  adaptive: false,
  opens: 1,
  ...changes,
});

export const guardSample = (changes: Partial<GuardState> = {}): GuardState => ({
  wallMs: NOW_MS,
  lanes: [lane(), lane({ lane: "critical", breakerId: "lane:critical" })],
  breakers: [breaker(), breaker({ id: "lane:standard", of: "lane" })],
  faults: null,
  ...changes,
});

export function factsSample(changes: Partial<MetricFacts> = {}): MetricFacts {
  return {
    overview: overviewSample({ swarms: [managedSample(), observedSample()] }),
    guard: guardSample(),
    forecast: () => forecastSample(12),
    tasks: () => ({ done: 24, failed: 1, faultDone: 0, faultFailed: 0 }),
    decisions: [{ swarmId: "demo", made: new Map([["scaler", 3]]), ended: new Map([["confirmed", 2]]) }],
    doors: { wallMs: NOW_MS, http: { kind: "off" }, otlp: { kind: "off" } },
    agentSeries: false,
    ...changes,
  };
}
