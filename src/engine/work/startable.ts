/** The way into one lane, as a task that is submitted now would find it. */
export interface LaneDoor {
  /** Not paused, not draining, not full. */
  readonly isOpen: boolean;
  /** Runs that the breakers of lane and swarm would let begin; may be infinite. */
  readonly permits: number;
  /** Places of the lane: all, and those that are free. */
  readonly limit: number;
  readonly free: number;
  /** Tasks that are served before it. */
  readonly ahead: number;
  /** Within this many seconds it is meant to start. */
  readonly deadlineSeconds: number;
}

export interface Servers {
  readonly agents: number;
  /** Of these, without a task. */
  readonly idle: number;
  /** 95th percentile of what a task takes; `null` before enough were seen. */
  readonly taskSeconds: number | null;
}

/**
 * Whether a task submitted now could start within its lane's deadline: at once where there is somebody idle for it and for
 * all before it; else after `(ahead + 1) · seconds a task ÷ agents that may work in the lane`. `null`: nobody knows how
 * long tasks take.
 */
export function canStart(door: LaneDoor, { agents, idle, taskSeconds }: Servers): boolean | null {
  const { isOpen, permits, limit, free, ahead, deadlineSeconds } = door;
  const servers = Math.min(agents, limit);
  if (!isOpen || permits <= 0 || servers <= 0) return false;
  if (ahead < Math.min(idle, free, permits)) return true;
  return taskSeconds === null ? null : ((ahead + 1) * taskSeconds) / servers <= deadlineSeconds;
}
