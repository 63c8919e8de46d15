import type { Coded } from "./common/errors.ts";
import type { ProcessStat } from "./common/processIdentity.ts";
import type { FootprintsPort, LeaseWorld, SwarmsPort } from "./ports.ts";
import type { ScalingPolicy } from "./protocol/config.ts";
import type { LeaseHolder } from "./protocol/leases.ts";
import type { MachinePressure, Snapshot } from "./protocol/model.ts";

type Limits = Pick<ScalingPolicy, "maxMemoryPressure" | "maxCpuPressure">;

export interface LeaseWorldParts {
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly swarms: Pick<SwarmsPort, "get">;
  readonly snapshot: () => Snapshot | null;
  readonly stat: (pid: number) => ProcessStat | null;
  /** Whether this system tells when a process began. */
  readonly tellsStarts: boolean;
  readonly isAlive: (pid: number, startTime: number) => boolean;
  /** For what is asked for without naming a swarm. */
  readonly usualLimits: Limits;
  readonly pressureAbove: (
    pressure: MachinePressure | undefined,
    limits: Limits,
  ) => { readonly resource: string; readonly pressure: number | null; readonly most: number } | null;
}

/** The machine as leases are held against it: the footprints' account of memory, and the process table. */
export function createLeaseWorld(parts: LeaseWorldParts): LeaseWorld {
  const { footprints, swarms } = parts;
  const trees = new ProcessTrees();
  return {
    room: (swarmId) => {
      const { leftBytes, footprint } = footprints.room(swarmId ?? "");
      return { leftBytes, eachBytes: swarmId === null ? null : footprint.rssBytes };
    },
    refusal: (swarmId): Coded | null => {
      const swarm = swarmId === null ? null : swarms.get(swarmId);
      if (swarm !== null && swarmId !== null && swarm.heldByOperator)
        return { code: "lease.held", args: { swarmId, untilMs: swarm.heldUntilMs } };
      const { pressure } = footprints.room(swarmId ?? "");
      const pressed = parts.pressureAbove(pressure, swarm?.scaling ?? parts.usualLimits);
      return pressed === null ? null : { code: "lease.pressure", args: { ...pressed } };
    },
    isThere: ({ pid, startTime }) => {
      if (startTime !== null) return parts.isAlive(pid, startTime);
      // Who could say when it began and does not is taken for nobody: any process of that number would do.
      return !parts.tellsStarts && hasProcess(pid);
    },
    speaksFor: (door, holder) => {
      const seen = parts.stat(door.pid);
      // Without a process table there is nothing to hold the claim against; the lease then rests on its time alone.
      if (seen === null) return !parts.tellsStarts && door.startTime === null;
      return seen.startTime === door.startTime && seen.parentPid === holder.pid;
    },
    treeBytes: (holder) => trees.bytes(parts.snapshot(), holder),
  };
}

/** Sums over process trees, by the newest snapshot; the children of each process are found once a snapshot. */
class ProcessTrees {
  #sequence = Number.NaN;
  #children = new Map<number, number[]>();

  bytes(snapshot: Snapshot | null, { pid, startTime }: LeaseHolder): number | null {
    const root = snapshot?.processes.get(pid);
    if (snapshot === null || root === undefined) return null;
    if (startTime !== null && root.startTime !== startTime) return null;
    if (snapshot.sequence !== this.#sequence) this.#index(snapshot);
    let bytes = 0;
    const open = [pid];
    const seen = new Set<number>();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      bytes += snapshot.processes.get(next)?.rssBytes ?? 0;
      open.push(...(this.#children.get(next) ?? []));
    }
    return bytes;
  }

  #index({ sequence, processes }: Snapshot): void {
    this.#sequence = sequence;
    this.#children = new Map();
    for (const [pid, { parentPid }] of processes) {
      const siblings = this.#children.get(parentPid);
      if (siblings === undefined) this.#children.set(parentPid, [pid]);
      else siblings.push(pid);
    }
  }
}

/** Where the system tells no start times: any process of that number. */
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
