import type { TaskRun } from "../../ports.ts";
import type { PathLink } from "../../protocol/profiling.ts";

/** What comes free is given away at once; later than this, something else was waited for. */
const HANDOVER_MS = 100;

export interface Batch {
  readonly submittedMs: number;
  readonly taskIds: ReadonlySet<string>;
}

type EndedRun = TaskRun & { readonly endedMs: number };

interface Found {
  readonly index: number;
  readonly why: "agent" | "place" | "retry";
}

/**
 * The chain of runs that decided when a batch was over, in the order of time: its last run, the run whose end that one waited for, and so
 * on back to the submission. The links join without a gap, so their waits and runs add up to the time from the submission to the end.
 * Where a task began without anything having ended right before, the wait is told as of unknown cause and the chain begins there.
 * @param runs of the whole swarm in the order in which they began, since the submission or from before it
 * @returns no link where no task of the batch has run
 */
export function criticalPath({ submittedMs, taskIds }: Batch, runs: readonly TaskRun[]): PathLink[] {
  const links: PathLink[] = [];
  let index = lastToEnd(taskIds, runs);
  while (index >= 0) {
    const run = runs[index] as EndedRun;
    const found = run.beganMs <= submittedMs ? null : waitedFor(runs, index, submittedMs);
    const fromMs = found === null ? submittedMs : (runs[found.index] as EndedRun).endedMs;
    const beganMs = Math.max(run.beganMs, fromMs);
    const waitMs = beganMs - fromMs;
    links.push({
      ...{ taskId: run.taskId, label: run.label, lane: run.lane, agentId: run.agentId },
      ...{ waitMs, runMs: run.endedMs - beganMs, inBatch: taskIds.has(run.taskId) },
      waitedFor: found?.why ?? (waitMs <= HANDOVER_MS ? "nothing" : "unknown"),
    });
    index = found?.index ?? -1;
  }
  return links.reverse();
}

function lastToEnd(taskIds: ReadonlySet<string>, runs: readonly TaskRun[]): number {
  let last = -1;
  runs.forEach(({ taskId, endedMs }, n) => {
    if (endedMs === null || !taskIds.has(taskId)) return;
    if (last < 0 || endedMs >= (runs[last] as EndedRun).endedMs) last = n;
  });
  return last;
}

/**
 * Which run's end let this one begin. Only runs that began before it count, so a chain of them always comes to its end.
 * 1. Its agent was busy with it until just now. 2. A place came free just now: the agents were idle, so it was its lane's or the
 * swarm's. 3. Its own run before failed, and it paused.
 */
function waitedFor(runs: readonly TaskRun[], index: number, submittedMs: number): Found | null {
  const run = runs[index] as TaskRun;
  let agent = -1;
  let place = -1;
  let own = -1;
  const isLater = (n: number, than: number) =>
    than < 0 || (runs[n] as EndedRun).endedMs > (runs[than] as EndedRun).endedMs;
  for (let n = 0; n < index; n++) {
    const { taskId, agentId, endedMs, lane } = runs[n] as TaskRun;
    if (endedMs === null || endedMs <= submittedMs || endedMs > run.beganMs) continue;
    if (taskId === run.taskId) {
      if (isLater(n, own)) own = n;
    } else if (agentId === run.agentId) {
      if (isLater(n, agent)) agent = n;
    } else {
      const isSame = lane === run.lane;
      const wasSame = place >= 0 && (runs[place] as TaskRun).lane === run.lane;
      const isNear = run.beganMs - endedMs <= HANDOVER_MS;
      if (isNear && (place < 0 || (isSame && !wasSame) || (isSame === wasSame && isLater(n, place)))) place = n;
    }
  }
  const readyMs = own < 0 ? submittedMs : (runs[own] as EndedRun).endedMs;
  const ended = (n: number) => (n < 0 ? Number.NEGATIVE_INFINITY : (runs[n] as EndedRun).endedMs);
  // Within the time of a handover of being ready it did not wait for anybody.
  if (run.beganMs - readyMs > HANDOVER_MS || ended(agent) > readyMs) {
    if (ended(agent) > readyMs && run.beganMs - ended(agent) <= HANDOVER_MS) return { index: agent, why: "agent" };
    if (ended(place) > readyMs) return { index: place, why: "place" };
  }
  return own < 0 ? null : { index: own, why: "retry" };
}
