import type { ProcessSample } from "../protocol/model.ts";

/** A process table as a forest: every process has at most one parent in it, and following parents always ends. */
export interface Forest {
  /** Ascending pids. */
  readonly pids: readonly number[];
  readonly parents: ReadonlyMap<number, number>;
  /** Children in ascending order of their pids; no entry for a process without any. */
  readonly children: ReadonlyMap<number, readonly number[]>;
}

/**
 * @param toleranceTicks how much younger than its child a parent may look; 0 where start times are exact. A parent that is
 * younger than that is another process that was given the pid later.
 */
export function buildForest(processes: ReadonlyMap<number, ProcessSample>, toleranceTicks: number): Forest {
  const pids = [...processes.keys()].toSorted((a, b) => a - b);
  const parents = new Map<number, number>();
  for (const pid of pids) {
    const sample = processes.get(pid) as ProcessSample;
    const parent = processes.get(sample.parentPid);
    if (parent === undefined || sample.parentPid === pid) continue;
    if (parent.startTime <= sample.startTime + toleranceTicks) parents.set(pid, sample.parentPid);
  }
  breakCycles(pids, parents);
  const children = new Map<number, number[]>();
  for (const pid of pids) {
    const parent = parents.get(pid);
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return { pids, parents, children };
}

/** No kernel reports a cycle, but a table put together from several moments can hold one: its smallest pid becomes a root. */
function breakCycles(pids: readonly number[], parents: Map<number, number>): void {
  /** The walk in which a process was first met. */
  const metIn = new Map<number, number>();
  for (const start of pids) {
    let pid: number | undefined = start;
    while (pid !== undefined && !metIn.has(pid)) {
      metIn.set(pid, start);
      pid = parents.get(pid);
    }
    if (pid === undefined || metIn.get(pid) !== start) continue;
    // Met twice in one walk: a cycle through `pid`.
    let smallest = pid;
    for (let at = parents.get(pid) as number; at !== pid; at = parents.get(at) as number)
      smallest = Math.min(smallest, at);
    parents.delete(smallest);
  }
}
