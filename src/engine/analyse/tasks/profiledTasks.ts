import { nearestRankOfSorted } from "../../common/statistics.ts";
import type { TaskRun, TaskRunLog } from "../../ports.ts";
import { LANES } from "../../protocol/lanes.ts";
import type { BatchPath, LaneTasks, ProfiledTasks, TaskSpread } from "../../protocol/profiling.ts";
import { criticalPath } from "./criticalPath.ts";

/** From so many on a percentile is one: of fewer than 1 ÷ (1 − share) it is the largest, whatever that is. */
const LEAST = { p50: 5, p95: 20, p99: 100 } as const;
/** A task alone has no path but itself. */
const LEAST_BATCH = 2;
const MOST_LINKS = 50;

/**
 * What the tasks of a swarm did in a while: by lane how long they waited and ran, and of the batch that took longest what decided when it
 * was over. A batch is what came by one call.
 * @param sinceMs monotonic, as the log
 */
export function profiledTasks(swarmId: string, log: TaskRunLog, sinceMs: number, untilMs: number): ProfiledTasks {
  if (!(untilMs >= sinceMs)) throw new RangeError(`untilMs must be >= sinceMs (${sinceMs}), got ${untilMs}`);
  const isWithin = (ms: number | null): ms is number => ms !== null && ms > sinceMs && ms <= untilMs;
  const began = log.runs.filter(({ beganMs }) => isWithin(beganMs));
  const ended = log.runs.filter(({ endedMs }) => isWithin(endedMs));
  const lanes = LANES.flatMap((lane): LaneTasks[] => {
    const waits = began.filter((run) => run.lane === lane).map(({ waitedMs }) => waitedMs);
    const over = ended.filter((run) => run.lane === lane);
    if (waits.length === 0 && over.length === 0) return [];
    // A run that was cut short says nothing about how long it takes.
    const whole = over.filter(({ outcome }) => outcome === "done" || outcome === "failed");
    return [
      {
        lane,
        wait: spreadOf(waits),
        run: spreadOf(whole.map((run) => (run.endedMs ?? run.beganMs) - run.beganMs)),
        done: over.filter(({ outcome }) => outcome === "done").length,
        failed: over.filter(({ outcome }) => outcome === "failed").length,
        again: over.filter(({ outcome }) => outcome === "again").length,
      },
    ];
  });
  return {
    ...{ swarmId, source: "measured", lanes },
    running: log.runs.filter(({ beganMs, endedMs }) => beganMs <= untilMs && (endedMs === null || endedMs > untilMs))
      .length,
    whole: sinceMs >= log.cutMs,
    ...batchOf(log, isWithin),
  };
}

function spreadOf(values: readonly number[]): TaskSpread {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number, least: number) => (sorted.length < least ? null : nearestRankOfSorted(sorted, share));
  return {
    count: sorted.length,
    p50Ms: at(0.5, LEAST.p50),
    p95Ms: at(0.95, LEAST.p95),
    p99Ms: at(0.99, LEAST.p99),
    mostMs: sorted.at(-1) ?? null,
  };
}

/** Of the batches that were over in the while the one that took longest. */
function batchOf(
  { runs, submissions, cutMs }: TaskRunLog,
  isWithin: (ms: number | null) => boolean,
): { readonly batches: number; readonly path: BatchPath | null } {
  const over = submissions.filter(
    ({ tasks, overMs, submittedMs }) => tasks >= LEAST_BATCH && isWithin(overMs) && submittedMs > cutMs,
  );
  const tookMs = ({ overMs, submittedMs }: (typeof over)[number]) => (overMs ?? submittedMs) - submittedMs;
  const [longest] = over.toSorted((a, b) => tookMs(b) - tookMs(a));
  if (longest === undefined) return { batches: over.length, path: null };
  const own = runs.filter(({ submission }) => submission === longest.id);
  const links = criticalPath(
    { submittedMs: longest.submittedMs, taskIds: new Set(own.map(({ taskId }) => taskId)) },
    runs,
  );
  if (links.length === 0) return { batches: over.length, path: null };
  const sum = (of: (link: (typeof links)[number]) => number) => links.reduce((total, link) => total + of(link), 0);
  return {
    batches: over.length,
    path: {
      ...{ tasks: longest.tasks, submittedAtMs: longest.submittedAtMs },
      makespanMs: sum(({ waitMs, runMs }) => waitMs + runMs),
      waitMs: sum(({ waitMs }) => waitMs),
      runMs: sum(({ runMs }) => runMs),
      agents: new Set(own.map(agentOf)).size,
      busyMs: own.reduce((total, { beganMs, endedMs }) => total + ((endedMs ?? beganMs) - beganMs), 0),
      linkCount: links.length,
      links: links.slice(-MOST_LINKS),
    },
  };
}

const agentOf = ({ agentId }: TaskRun) => agentId;
