import type { Clock } from "../common/clock.ts";
import type { TaskRecord } from "../ports.ts";
import type { DemoFaults } from "../protocol/faultTolerance.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { LeaseRow } from "../protocol/leases.ts";
import {
  type BreakerRow,
  type BreakerStateRow,
  type GuardState,
  LANE_TASKS_SHOWN,
  type LaneRow,
  type TaskRow,
} from "../protocol/tasks.ts";
import type { GuardedBreaker, GuardedLane, Guards } from "./guards.ts";
import type { TaskBook } from "./taskBook.ts";

/** Breakers and lanes as shown, at one moment. */
export function guardState(
  guards: Guards,
  book: TaskBook,
  clock: Clock,
  labelOfSwarm: (swarmId: string) => string,
  faults: DemoFaults | null,
  leasesOf: (lane: Lane) => readonly LeaseRow[],
): GuardState {
  const wallMs = clock.wallMs();
  // Guards count monotonic time; who looks at them knows the wall clock only.
  const toWall = (monotonicMs: number) => Math.round(wallMs + monotonicMs - clock.monotonicMs());
  return {
    wallMs,
    lanes: guards.lanes().map((lane) => ({
      ...laneRow(lane, book, guards.policy.lanes[lane.lane].adaptive),
      leases: leasesOf(lane.lane),
    })),
    breakers: guards.breakers().map((breaker) => breakerRow(breaker, guards, toWall, labelOfSwarm)),
    faults,
  };
}

function laneRow({ lane, bulkhead, gate, breaker }: GuardedLane, book: TaskBook, adaptive: boolean): LaneRow {
  const metrics = bulkhead.metrics();
  const waiting = bulkhead.waiting(LANE_TASKS_SHOWN).flatMap((id) => {
    const task = book.get(id);
    return task === undefined ? [] : [taskRow(task.record)];
  });
  const delayed = delayedIn(book, lane);
  return {
    lane,
    gate,
    capacity: metrics.capacity,
    limit: metrics.limit,
    queueLimit: metrics.queueLimit,
    adaptive,
    inUse: metrics.inUse,
    queued: metrics.queued + delayed.length,
    shed: metrics.shed,
    waitP50Ms: metrics.waitP50Ms,
    waitP95Ms: metrics.waitP95Ms,
    utilisation: metrics.utilisation,
    breakerId: breaker.id,
    running: book
      .runningIn(lane)
      .map(({ record }) => taskRow(record))
      .slice(0, LANE_TASKS_SHOWN),
    waiting: [...waiting, ...delayed.map(taskRow)].slice(0, LANE_TASKS_SHOWN),
  };
}

/** Retries whose time has not come: they wait, and are not in the lane's queue yet. */
function delayedIn(book: TaskBook, lane: Lane): readonly TaskRecord[] {
  return book
    .delayed()
    .filter(({ record }) => record.lane === lane)
    .map(({ record }) => record);
}

export function breakerRow(
  { id, breaker, revision, forcedBy }: GuardedBreaker,
  guards: Guards,
  toWall: (monotonicMs: number) => number,
  labelOfSwarm: (swarmId: string) => string,
): BreakerRow {
  const metrics = breaker.metrics();
  const ofLane = id.startsWith("lane:");
  const name = id.slice(id.indexOf(":") + 1);
  return {
    id,
    label: ofLane ? name : labelOfSwarm(name),
    of: ofLane ? "lane" : "swarm",
    state: stateRow(breaker.state, toWall, guards.policy.breaker.successThreshold, forcedBy ?? ""),
    revision,
    calls: metrics.calls,
    failures: metrics.failures,
    slow: metrics.slow,
    failureRate: metrics.failureRate,
    slowRate: metrics.slowRate,
    consecutiveFailures: metrics.consecutiveFailures,
    failureThreshold: metrics.thresholdNow,
    recoveryMs: metrics.recoveryMsNow,
    adaptive: guards.policy.breaker.adaptive.enabled,
    opens: metrics.opens,
  };
}

function stateRow(
  state: GuardedBreaker["breaker"]["state"],
  toWall: (monotonicMs: number) => number,
  needed: number,
  by: string,
): BreakerStateRow {
  switch (state.kind) {
    case "closed":
      return { kind: "closed" };
    case "open":
      return { kind: "open", sinceMs: toWall(state.sinceMs), untilMs: toWall(state.untilMs), reason: state.reason };
    case "halfOpen": {
      const { sinceMs, inUse, successes } = state;
      return { kind: "halfOpen", sinceMs: toWall(sinceMs), inUse, successes, needed };
    }
    case "forcedOpen":
    case "metricsOnly":
      return { kind: state.kind, sinceMs: toWall(state.sinceMs), by };
  }
}

/** Without what is the queue's own business. */
export function taskRow({ deaths: _deaths, ...row }: TaskRecord): TaskRow {
  return row;
}
