import type { Coded } from "../../common/errors.ts";
import type {
  AllocationOutcome,
  AllocatorSupport,
  LimitsOf,
  Resource,
  ResourceLimits,
} from "../../protocol/allocators.ts";

/**
 * Gives swarms of ours one resource. It acts only on agents that we started, says what it cannot do, and calls done only
 * what it has read again. Limits of another resource are a mistake of the caller: RangeError.
 */
export interface ResourceAllocator {
  readonly id: Resource;
  /** By what it limits here, or why it cannot. */
  can(): AllocatorSupport;
  /**
   * Why these limits would be refused, before anything is done; `null` when they would not.
   * @throws CodedError `swarm.unknown`
   */
  refusal(limits: ResourceLimits): Coded | null;
  /**
   * What is in force where these limits would be set, with the same fields named: setting it again is the undo.
   * @throws CodedError `swarm.unknown`; rejects with the abort reason
   */
  read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits>;
  /** −1: it takes away · 0: it leaves all as it is · 1: it gives more. What is taken is taken first. */
  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1;
  /** The values to go through, ending in `to`: a large change is not made at once. */
  path(from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[];
  /** Sets them and reads again. Rejects when aborted, and with what the system throws unforeseen. */
  apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome>;
  /** Goes back to what `read` said before, whatever `refusal` says of it. */
  undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome>;
  /** Somebody else has set it to something else since it was set to these limits. Nobody else sets most of them. */
  changedSince(limits: ResourceLimits): boolean;
  /** Limits that were set before a restart: in force for agents to come, which `look` sees. */
  remember(limits: ResourceLimits): void;
  /** Once a tick: agents that came since get what the others have. Never throws, never waits. */
  look(): void;
}

/** @throws RangeError for limits of another resource */
export function limitsOf<R extends Resource>(resource: R, limits: ResourceLimits): LimitsOf<R> {
  if (limits.resource !== resource) throw new RangeError(`limits must be of ${resource}, got ${limits.resource}`);
  return limits as LimitsOf<R>;
}

/** Where processes cannot be told apart nothing is done to any. */
export const NO_IDENTITY: Coded = { code: "allocation.noIdentity", args: {} };
export const GONE: Coded = { code: "allocation.agentGone", args: {} };

export const confirmed = (...notes: readonly Coded[]): AllocationOutcome => ({ kind: "confirmed", notes });
export const unconfirmed = (code: string, args: Coded["args"]): AllocationOutcome => ({
  kind: "unconfirmed",
  reason: { code, args },
});
export const refused = (reason: Coded): AllocationOutcome => ({ kind: "refused", reason });

/** What most of them have, the first of equals; `undefined` when none is known. */
export function mostOf<T>(values: readonly (T | null)[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  let most: T | undefined;
  for (const [value, count] of counts) if (most === undefined || count > (counts.get(most) ?? 0)) most = value;
  return most;
}
