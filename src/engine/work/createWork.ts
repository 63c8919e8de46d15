import type { Clock } from "../common/clock.ts";
import type { Coded } from "../common/errors.ts";
import type { Rng } from "../common/rng.ts";
import { uuidv7 } from "../common/uuid.ts";
import type { LeaseWorld, Log, SwarmView, TaskRunner, TaskStore } from "../ports.ts";
import type { DemoFaults, FaultTolerancePolicy } from "../protocol/faultTolerance.ts";
import { CapacityLeases } from "./capacityLeases.ts";
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
  /** What capacity for others is held against. */
  readonly leaseWorld: LeaseWorld;
  readonly bootId: string;
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
  const leases = new CapacityLeases({
    ...parts,
    guards,
    world: parts.leaseWorld,
    newId: uuidv7,
    // Places that came back are somebody's at once.
    onChange: () => guards.touch(),
  });
  return new Work({ ...parts, guards, leases, tally, queue });
}
