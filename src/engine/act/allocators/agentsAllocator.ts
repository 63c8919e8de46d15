import { CodedError, type Coded } from "../../common/errors.ts";
import type { FootprintsPort, SwarmsPort, SwarmView } from "../../ports.ts";
import type { AllocationOutcome, AllocatorSupport, ResourceLimits } from "../../protocol/allocators.ts";
import type { GrowthRoom } from "../../protocol/model.ts";
import type { ActionOutcome } from "../../protocol/rpc.ts";
import { confirmed, limitsOf, refused, type ResourceAllocator, unconfirmed } from "./allocator.ts";

/** Growth in steps with their pauses, and a drain, may take this long to be seen. */
const SCALE_DEADLINE_MS = 15 * 60_000;

export interface AgentsAllocatorParts {
  readonly swarms: Pick<SwarmsPort, "get" | "list">;
  /** Whether the newest change of the swarm's size was an allocation's. */
  readonly isOurs: (swarmId: string) => boolean;
  /** The pilot's: a decision like any other, with its steps, cap, holds and undo. */
  readonly scale: (
    swarmId: string,
    target: number,
    deadlineMs: number,
    signal: AbortSignal,
  ) => Promise<{ readonly outcome: ActionOutcome }>;
  readonly footprints: Pick<FootprintsPort, "room">;
  /** What each agent may come to use by a memory limit in force; `null` without one. */
  readonly reservedBytes: (swarmId: string) => number | null;
}

/** How many agents a swarm has: through the scaler's own path, with what the machine has room for looked at first. */
export class AgentsAllocator implements ResourceAllocator {
  readonly id = "agents";
  readonly #parts: AgentsAllocatorParts;

  constructor(parts: AgentsAllocatorParts) {
    this.#parts = parts;
  }

  can(): AllocatorSupport {
    return { kind: "supported", means: ["scaler"], notes: [] };
  }

  refusal(limits: ResourceLimits): Coded | null {
    const { swarmId, agents } = limitsOf("agents", limits);
    return this.#swarm(swarmId).refusal(agents);
  }

  async read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits> {
    signal.throwIfAborted();
    const { swarmId } = limitsOf("agents", limits);
    return { resource: "agents", swarmId, agents: this.#swarm(swarmId).target };
  }

  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1 {
    return Math.sign(limitsOf("agents", to).agents - limitsOf("agents", from).agents) as -1 | 0 | 1;
  }

  /** One: the scaler's path has steps of its own. */
  path(_from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[] {
    return [to];
  }

  async apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const { swarmId, agents } = limitsOf("agents", limits);
    const refusal = this.refusal(limits) ?? this.#noRoom(swarmId, agents - this.#swarm(swarmId).target);
    return refusal === null ? this.#scale(swarmId, agents, signal) : refused(refusal);
  }

  undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const { swarmId, agents } = limitsOf("agents", previous);
    return this.#scale(swarmId, agents, signal);
  }

  /** An operator or the scaler; a change of ours that was cut off on its way is still ours. */
  changedSince(limits: ResourceLimits): boolean {
    const { swarmId, agents } = limitsOf("agents", limits);
    const { swarms, isOurs } = this.#parts;
    const swarm = swarms.list().find(({ id }) => id === swarmId);
    return swarm === undefined || (swarm.target !== agents && !isOurs(swarmId));
  }

  /** The target is in the journal. */
  remember(): void {}

  /** The controller sees to it. */
  look(): void {}

  async #scale(swarmId: string, agents: number, signal: AbortSignal): Promise<AllocationOutcome> {
    signal.throwIfAborted();
    const refusal = this.#swarm(swarmId).refusal(agents);
    if (refusal !== null) return refused(refusal);
    const { outcome } = await this.#parts.scale(swarmId, agents, SCALE_DEADLINE_MS, signal);
    if (outcome.kind !== "confirmed") return outcome;
    const { target } = this.#swarm(swarmId);
    return target === agents ? confirmed() : unconfirmed("scale.superseded", { target });
  }

  /** A helper of another swarm is sized with the swarm it serves. @throws CodedError `swarm.unknown` */
  #swarm(swarmId: string): SwarmView {
    const swarm = this.#parts.swarms.get(swarmId);
    if (swarm.supportOf !== null) throw new CodedError("swarm.unknown", { swarmId, known: swarm.supportOf });
    return swarm;
  }

  #noRoom(swarmId: string, more: number): Coded | null {
    const reserved = this.#parts.reservedBytes(swarmId);
    return more <= 0 ? null : noRoom(swarmId, more, this.#parts.footprints.room(swarmId), reserved);
  }
}

/**
 * New agents are let in when what each is known to need, or may come to use, is left for all of them.
 * @param reservedBytes what each may come to use by a memory limit; `null` without one
 */
export function noRoom(swarmId: string, more: number, room: GrowthRoom, reservedBytes: number | null): Coded | null {
  const needBytes = room.footprint.rssBytes;
  const eachBytes = needBytes === null ? null : Math.max(needBytes, reservedBytes ?? 0);
  const fits =
    eachBytes === null || room.leftBytes === null || eachBytes === 0
      ? room.agents
      : Math.min(room.agents, Math.floor(room.leftBytes / eachBytes));
  if (more <= fits) return null;
  return {
    code: "allocation.noRoom",
    args: { swarmId, more, fits, leftBytes: room.leftBytes, eachBytes, basis: room.basis },
  };
}
