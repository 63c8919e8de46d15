import type { BreakerRow, LaneRow } from "../../protocol/tasks.ts";
import { counter, gauge, type Metric } from "./metric.ts";
import { MOST_SWARMS, seconds, states } from "./readers.ts";

const BREAKER_STATES = ["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"] as const;
const GATES = ["open", "paused", "draining"] as const;

export const guardMetrics: readonly Metric[] = [
  gauge(
    "lane.capacity",
    "{task}",
    "Tasks of the lane that may run at once.",
    ofLanes((row) => row.capacity),
  ),
  gauge(
    "lane.limit",
    "{task}",
    "The same as it is in force now: less while the adaptive limit is on.",
    ofLanes((row) => row.limit),
  ),
  gauge(
    "lane.running",
    "{task}",
    "Tasks of the lane that run.",
    ofLanes((row) => row.inUse),
  ),
  gauge(
    "lane.queued",
    "{task}",
    "Tasks of the lane that wait.",
    ofLanes((row) => row.queued),
  ),
  gauge(
    "lane.queue.limit",
    "{task}",
    "Tasks of the lane that may wait; more are shed.",
    ofLanes((row) => row.queueLimit),
  ),
  counter(
    "lane.shed",
    "{task}",
    "Tasks refused for want of room since the engine started.",
    ofLanes((row) => row.shed),
  ),
  gauge(
    "lane.wait.p50",
    "s",
    "Median wait of the last 1,000 tasks that were started. Derived.",
    ofLanes((row) => seconds(row.waitP50Ms)),
  ),
  gauge(
    "lane.wait.p95",
    "s",
    "95th percentile of the wait of the last 1,000 tasks that were started. Derived.",
    ofLanes((row) => seconds(row.waitP95Ms)),
  ),
  gauge("lane.gate", "{state}", "1 for the state of the lane's gate.", ({ guard: { lanes } }) =>
    lanes.flatMap((row) => states({ lane: row.lane }, GATES, row.gate)),
  ),
  gauge("breaker.state", "{state}", "1 for the state of the circuit breaker.", ({ guard: { breakers } }) =>
    breakers.slice(0, 2 * MOST_SWARMS).flatMap((row) => states({ breaker: row.id }, BREAKER_STATES, row.state.kind)),
  ),
  gauge(
    "breaker.window.calls",
    "{call}",
    "Calls in the breaker's window.",
    ofBreakers((row) => row.calls),
  ),
  gauge(
    "breaker.window.failures",
    "{call}",
    "Of those, the ones that failed.",
    ofBreakers((row) => row.failures),
  ),
  counter(
    "breaker.openings",
    "{opening}",
    "Times that the breaker opened since the engine started.",
    ofBreakers((row) => row.opens),
  ),
];

function ofLanes(read: (row: LaneRow) => number | null | undefined): Metric["read"] {
  return ({ guard }) => guard.lanes.map((row) => ({ value: read(row), labels: { lane: row.lane } }));
}

function ofBreakers(read: (row: BreakerRow) => number | null | undefined): Metric["read"] {
  return ({ guard }) =>
    guard.breakers.slice(0, 2 * MOST_SWARMS).map((row) => ({ value: read(row), labels: { breaker: row.id } }));
}
