import { nearestRank } from "../common/statistics.ts";
import type { TaskWindow } from "../ports.ts";
import type { Coded, SwarmFigures } from "../protocol/model.ts";

/** A change of no more than this many agents, or this share of them, is one step. */
const STEP_AGENTS = 2;
const STEP_RATIO = 0.25;
/** Fewer tasks than this say nothing about waiting or errors. */
const LEAST_TASKS = 5;
/** Looks at a step before the next, at least. */
const LEAST_LOOKS = 3;

/** Worse by more than this, and the step is taken back. */
const ERROR_RISE = 0.2;
const WAIT_FACTOR = 2;
const WAIT_RISE_MS = 1_000;
const DEMAND_RISE = 1.1;
/** PSI `some` of 10 s: how far it has to have risen, and to what. */
const PRESSURE = {
  memory: { least: 0.2, rise: 0.1 },
  io: { least: 0.5, rise: 0.3 },
  cpu: { least: 0.8, rise: 0.3 },
} as const;

/**
 * The sizes to go through. A start, a stop and a small change are one step. Growth begins with a small step and doubles it
 * as each is confirmed; a shrinking takes a quarter at a time, because what it breaks shows late. Urgent growth (more work
 * than agents) is one step: waiting for the effect of a small one would lengthen the queue.
 * @throws RangeError for sizes that are no counts
 */
export function planSteps(from: number, to: number, urgent: boolean): readonly number[] {
  for (const [name, size] of [
    ["from", from],
    ["to", to],
  ] as const)
    if (!Number.isInteger(size) || size < 0) throw new RangeError(`planSteps: ${name} must be a count, got ${size}`);
  if (from === 0 || to === 0 || (urgent && to > from)) return [to];
  const steps: number[] = [];
  let size = from;
  let step = Math.max(STEP_AGENTS, Math.ceil(from * STEP_RATIO));
  while (size !== to) {
    if (to > size) {
      size = Math.min(to, size + step);
      step *= 2;
    } else size = Math.max(to, size - Math.max(STEP_AGENTS, Math.floor(size * STEP_RATIO)));
    steps.push(size);
  }
  return steps.length === 0 ? [to] : steps;
}

/** What a window of a swarm's tasks comes to. 95th percentiles by nearest rank; `null` of too few. */
export function figuresOf(
  tasks: TaskWindow,
  pressure: { readonly [K in keyof typeof PRESSURE]: { readonly someRatio10s: number } } | null,
  demand: number | null,
): SwarmFigures {
  const { waitedMs } = tasks;
  const runs = tasks.ranMs.length;
  return {
    begun: waitedMs.length,
    waitedP95Ms: waitedMs.length < LEAST_TASKS ? null : Math.round(nearestRank(waitedMs, 0.95) ?? 0),
    waitedMeanMs: meanOf(waitedMs),
    ranMeanMs: meanOf(tasks.ranMs),
    runs,
    errorRatio: runs < LEAST_TASKS ? null : tasks.failed / runs,
    demand,
    cpuPressure: pressure?.cpu.someRatio10s ?? null,
    memoryPressure: pressure?.memory.someRatio10s ?? null,
    ioPressure: pressure?.io.someRatio10s ?? null,
  };
}

function meanOf(values: readonly number[]): number | null {
  return values.length < LEAST_TASKS ? null : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

/**
 * Why the swarm is worse off after a step; `null` when it is not, or when that cannot be said. More agents can break what
 * they share (errors, memory, disk, CPU); longer waiting is held against them only when there is no more work than before.
 * Fewer agents make tasks wait. What was unknown before is judged against nothing having been wrong.
 */
export function worsened(before: SwarmFigures, after: SwarmFigures, grows: boolean): Coded | null {
  const errorsBefore = before.errorRatio ?? 0;
  if (after.errorRatio !== null && after.errorRatio > errorsBefore + ERROR_RISE)
    return { code: "plan.errors", args: { before: before.errorRatio, after: after.errorRatio } };
  const waitBefore = before.waitedP95Ms ?? 0;
  const waitsLonger = after.waitedP95Ms !== null && after.waitedP95Ms > WAIT_FACTOR * waitBefore + WAIT_RISE_MS;
  const isMoreWork = before.demand === null || after.demand === null || after.demand > before.demand * DEMAND_RISE;
  if (waitsLonger && !(grows && isMoreWork))
    return { code: "plan.waiting", args: { beforeMs: before.waitedP95Ms, afterMs: after.waitedP95Ms } };
  if (!grows) return null;
  for (const [name, was, is] of [
    ["memory", before.memoryPressure, after.memoryPressure],
    ["io", before.ioPressure, after.ioPressure],
    ["cpu", before.cpuPressure, after.cpuPressure],
  ] as const) {
    const { least, rise } = PRESSURE[name];
    if (is !== null && is >= least && is >= (was ?? 0) + rise)
      return { code: "plan.pressure", args: { resource: name, before: was, after: is } };
  }
  return null;
}

/** Whether a step has been looked at long enough: its effect shows, there is none to show, or the pause is over. */
export function isSeen(after: SwarmFigures, looks: number, elapsedMs: number, pauseMs: number): boolean {
  if (elapsedMs >= pauseMs) return true;
  if (looks < LEAST_LOOKS) return false;
  const isIdle = after.begun === 0 && after.runs === 0 && after.demand === 0;
  return isIdle || after.begun >= LEAST_TASKS || after.runs >= LEAST_TASKS;
}
