import type { Clock } from "../common/clock.ts";
import type { Coded } from "../common/errors.ts";
import type { Rng } from "../common/rng.ts";
import { uuidv7 } from "../common/uuid.ts";
import type { Log, SwarmView, TaskRunner, TaskStore } from "../ports.ts";
import type { DemoFaults, FaultTolerancePolicy } from "../protocol/faultTolerance.ts";
import { Guards } from "./guards.ts";
import { TaskQueue } from "./taskQueue.ts";
import { TaskTally } from "./taskTally.ts";
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
  /** Faults that are over, for the look back. */
  readonly onEvent: (event: Coded, swarmId: string) => void;
  /** Why a swarm takes no task now; `null` when it does. */
  readonly swarmRefusal?: (swarmId: string) => Coded | null;
}

/** Guards, queue and the front of both, joined. */
export function createWork(parts: CreateWorkParts): Work {
  const guards = new Guards(parts);
  const { swarms, faults } = parts;
  // Faults are for the demo swarm and no other.
  const isDisturbed = (swarmId: string) => faults() !== null && swarms().some((s) => s.id === swarmId && s.demo);
  const tally = new TaskTally({ ...parts, isDisturbed });
  const queue = new TaskQueue({ ...parts, guards, tally, newId: uuidv7 });
  return new Work({ ...parts, guards, tally, queue });
}
