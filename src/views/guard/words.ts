import type { LeaseRow } from "../../engine/protocol/leases.ts";
import type { BreakerRow, LaneRow, TaskRow } from "../../engine/protocol/tasks.ts";
import { bytesText, countText, durationText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { line, show } from "../show.ts";

/** The words of lanes, breakers and tasks, the same in rows, tooltips, pickers and dialogs. */

/** `paused · 5 of 5 · 41 waiting · 3 shed`. */
export function laneText({ gate, inUse, limit, capacity, queued, shed, leases = [] }: LaneRow): string {
  const parts: string[] = gate === "open" ? [] : [gate];
  parts.push(`${inUse} of ${limit}${limit < capacity ? ` (capacity ${capacity})` : ""}`);
  const leased = leasedUnits(leases);
  if (leased > 0) parts.push(`${leased} leased`);
  if (queued > 0) parts.push(`${queued} waiting`);
  if (shed > 0) parts.push(`${shed} shed`);
  return parts.join(" · ");
}

export function leasedUnits(leases: readonly LeaseRow[]): number {
  return leases.reduce((sum, { units }) => sum + units, 0);
}

/** `2 places · 1.2 GB · for 4 min more`. */
export function leaseText({ units, memoryBytes, untilMs }: LeaseRow, nowMs: number): string {
  const left = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000) * 1_000);
  const parts = [countText(units, "place")];
  if (memoryBytes !== null) parts.push(bytesText(memoryBytes));
  parts.push(left === 0 ? "over now" : `for ${durationText(left)} more`);
  return parts.join(" · ");
}

export function leaseTooltip(row: LeaseRow, nowMs: number): string {
  const { by, holder, lane, sinceMs, untilMs, memoryBytes, swarmId, id } = row;
  return [
    `Leased to ${line(by, 80)} (process ${holder.pid}): ${leaseText(row, nowMs)}`,
    `Lane ${lane}, from ${show.clock(sinceMs)} to ${show.clock(untilMs)}; ends with the process`,
    memoryBytes === null
      ? "Memory: what one takes is not known, so none is kept free"
      : `Memory kept free for it: ${bytesText(memoryBytes)} · ${swarmId === null ? "claimed" : `derived from agents of ${line(swarmId, 60)}`}`,
    `Lease ${id}`,
  ].join("\n");
}

/** `open · 7 of 20 failed · next try in 42 s`. */
export function breakerText(row: BreakerRow, nowMs: number): string {
  const { state, failures, calls } = row;
  const failed = calls === 0 ? "no calls yet" : `${failures} of ${calls} failed`;
  switch (state.kind) {
    case "closed":
      return `closed · ${failed}`;
    case "open":
      return `open · ${failed} · ${nextTry(state.untilMs, nowMs)}`;
    case "halfOpen":
      return `half-open · ${state.successes} of ${state.needed} succeeded · ${state.inUse} under way`;
    case "forcedOpen":
      return `forced open${by(state.by)}`;
    case "metricsOnly":
      return `metrics only${by(state.by)} · ${failed}`;
  }
}

/** Rounded up: it is never said to be due before it is. */
function nextTry(untilMs: number, nowMs: number): string {
  const left = untilMs - nowMs;
  return left <= 0 ? "next try now" : `next try in ${durationText(Math.ceil(left / 1000) * 1000)}`;
}

function by(who: string): string {
  return who === "" ? "" : ` by ${line(who, 40)}`;
}

/** `running 12 s · demo · attempt 2`. */
export function taskText({ state, swarmId, attempt }: TaskRow, nowMs: number): string {
  const parts = [taskStateText(state, nowMs), line(swarmId, 40)];
  if (attempt > 1) parts.push(`attempt ${attempt}`);
  return parts.join(" · ");
}

export function taskStateText(state: TaskRow["state"], nowMs: number): string {
  switch (state.kind) {
    case "waiting": {
      const pause = state.notBeforeMs === null ? 0 : state.notBeforeMs - nowMs;
      if (pause > 0) return `again in ${durationText(Math.ceil(pause / 1000) * 1000)}`;
      return state.lastFailure === null ? "waiting" : "waiting to be tried again";
    }
    case "running": {
      const since = `${durationText(Math.max(0, Math.floor((nowMs - state.sinceMs) / 1000) * 1000))}`;
      return state.cancelledBy === null ? `running ${since}` : `stopping, running ${since}`;
    }
    case "done":
      return `done in ${durationText(state.tookMs)}`;
    case "failed":
      return `failed: ${line(reasonText(state.reason), 160)}`;
    case "cancelled":
      return `cancelled${by(state.by)}`;
  }
}

export function laneTooltip(row: LaneRow): string {
  const { lane, gate, capacity, limit, queueLimit, inUse, queued, shed, waitP50Ms, waitP95Ms, utilisation } = row;
  return [
    `Lane ${lane}: ${gate === "open" ? "open" : gate === "paused" ? "paused, nothing starts" : "draining, nothing new comes in"}`,
    `${countText(inUse, "task")} running, ${limit} at once${limit < capacity ? ` (adapted to latency; capacity ${capacity})` : ""} · measured`,
    `${queued} waiting, ${queueLimit} may · measured`,
    `${shed} shed since the engine started · measured`,
    `Waited: half below ${show.duration(waitP50Ms)}, 95% below ${show.duration(waitP95Ms)} · measured, last 1,000 starts`,
    `Utilisation ${show.percent(utilisation)} · derived: running ÷ at once`,
    `Its breaker: ${row.breakerId}`,
  ].join("\n");
}

export function breakerTooltip(row: BreakerRow, nowMs: number): string {
  const { label, calls, failures, slow, failureRate, consecutiveFailures, failureThreshold, recoveryMs, opens } = row;
  const adapted = row.adaptive ? ", adapted to what it sees" : "";
  return [
    `Breaker of ${row.of === "swarm" ? "the swarm" : "the lane"} ${line(label, 60)}: ${breakerText(row, nowMs)}`,
    ...(row.state.kind === "open" ? [`Why: ${line(reasonText(row.state.reason), 300)}`] : []),
    `Window: ${countText(calls, "call")}, ${failures} failed, ${slow} slow · measured`,
    `Failure rate ${failureRate === null ? "not taken yet: too few calls" : `${show.percent(failureRate)} · derived`}`,
    `${consecutiveFailures} failed in a row; ${failureThreshold} open it${adapted}`,
    `Open for ${durationText(recoveryMs)}${adapted}, then a few tasks are tried`,
    `Opened ${countText(opens, "time")}`,
  ].join("\n");
}

export function taskTooltip(row: TaskRow, nowMs: number): string {
  const { label, lane, priority, submittedAtMs, submittedBy, attempt, maxAttempts, timeoutSeconds, state } = row;
  return [
    line(label, 200),
    `${taskText(row, nowMs)} · lane ${lane}, priority ${priority}`,
    `Submitted at ${show.clock(submittedAtMs)} by ${line(submittedBy, 60)}`,
    `Attempt ${attempt} of ${maxAttempts}; each is ended after ${durationText(timeoutSeconds * 1000)}`,
    ...(state.kind === "waiting" && state.lastFailure !== null
      ? [`Failed before: ${line(reasonText(state.lastFailure), 300)}`]
      : []),
    `Task ${row.id}`,
  ].join("\n");
}
