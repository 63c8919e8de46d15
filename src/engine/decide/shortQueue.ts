import type { ScalerView } from "../ports.ts";
import type { MeanLoad } from "./loadWindow.ts";

/** A queue that is gone before an agent that is started now could take anything of it. */
export interface ShortQueue extends Readonly<Record<string, number>> {
  /** Tasks that wait and could be begun. */
  readonly waiting: number;
  /** The agents there are will have done them by then. */
  readonly doneInMs: number;
  readonly startUpMs: number;
}

/**
 * Whether the agents there are will have done what waits before another one is ready:
 * `waiting · seconds a task ÷ agents < start-up`, by the 95th percentile of what tasks have taken (tasks per agent: one).
 * Only of a queue that is seen to shrink: one that does not is fed as fast as it is worked off, and is there for the new
 * agent too. `null`: it will not, or that cannot be said.
 */
export function shortQueue({ live, startUpMs, taskSeconds = null }: ScalerView, load: MeanLoad): ShortQueue | null {
  const { waiting, waitingChange } = load;
  if (waiting === null || !(waiting > 0) || waitingChange >= 0) return null;
  if (taskSeconds === null || startUpMs === null || live <= 0) return null;
  const doneInMs = Math.round((waiting * taskSeconds * 1_000) / live);
  return doneInMs < startUpMs ? { waiting: Math.ceil(waiting), doneInMs, startUpMs: Math.round(startUpMs) } : null;
}
