import type { Clock } from "../common/clock.ts";
import type { Coded } from "../common/errors.ts";
import type { Rng } from "../common/rng.ts";
import { uuidv7 } from "../common/uuid.ts";
import type { Log, SwarmView, TaskRunner, TaskStore } from "../ports.ts";
import type { DemoFaults, FaultTolerancePolicy } from "../protocol/faultTolerance.ts";
import { Guards } from "./guards.ts";
import { TaskQueue } from "./taskQueue.ts";
import { Work } from "./work.ts";

export interface CreateWorkParts {
  readonly store: TaskStore;
  readonly policy: FaultTolerancePolicy;
  readonly runner: (swarmId: string) => TaskRunner | null;
  readonly swarms: () => readonly SwarmView[];
  readonly faults: () => DemoFaults | null;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Why a swarm takes no task now; `null` when it does. */
  readonly swarmRefusal?: (swarmId: string) => Coded | null;
}

/** Guards, queue and the front of both, joined. */
export function createWork(parts: CreateWorkParts): Work {
  const guards = new Guards(parts);
  const queue = new TaskQueue({ ...parts, guards, newId: uuidv7 });
  return new Work({ ...parts, guards, queue });
}
