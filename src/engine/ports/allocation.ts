import type { Coded } from "../common/errors.ts";
import type { Lane } from "../protocol/lanes.ts";
import type {
  AllocationExpected,
  AllocationList,
  AllocationPlan,
  AllocationPreview,
  AllocationRecord,
  AllocationWish,
  ResourceLimits,
} from "../protocol/allocators.ts";
import type { Allocation } from "../protocol/optimize.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

// What swarms are given of the machine.

/** Every allocation, on disk when a call returns. @throws CodedError `store.write` */
export interface AllocationLedger {
  add(record: AllocationRecord): void;
  update(record: AllocationRecord): void;
  get(id: string): AllocationRecord | null;
  /** Newest first. */
  list(query: { readonly limit: number; readonly before?: string | undefined }): readonly AllocationRecord[];
  /** In state `acting`. */
  open(): readonly AllocationRecord[];
}

/** What has to be set for a swarm to have this allocation, and what of it cannot be set here. */
export type AllocationPlanOf = (
  swarmId: string,
  allocation: Allocation,
  support: AllocationList["support"],
) => { readonly plan: readonly ResourceLimits[]; readonly notes: readonly Coded[] };

/** What an allocation was agreed to under. */
export interface AllocationTerms {
  /** Kept beside what will be measured. */
  readonly expected?: AllocationExpected | undefined;
  /** What was in force where it is to change: refused where that is otherwise by now. */
  readonly from?: readonly ResourceLimits[] | undefined;
}

/** What swarms are given of the machine: asked about, changed, taken back. One change at a time. */
export interface AllocationsPort {
  /**
   * What it would do now. Changes nothing.
   * @throws CodedError `swarm.unknown`, `allocation.invalid`; rejects with the abort reason
   */
  preview(wish: AllocationWish, signal: AbortSignal): Promise<AllocationPreview>;
  /**
   * Resolves when it is over: `applied`, `refused` (nothing was done) or `rolledBack`. An abort takes back what was done.
   * @throws CodedError `allocation.invalid`, `allocation.busy`, `store.write` (nothing was done), `engine.stopping`
   */
  apply(plan: AllocationPlan, by: string, signal: AbortSignal, terms?: AllocationTerms): Promise<AllocationRecord>;
  /** Once begun it goes on to its end, whoever waits. @throws CodedError `allocation.*`, `store.write` (nothing was done) */
  undo(id: string, by: string, signal: AbortSignal): Promise<AllocationRecord>;
  list(query: { readonly limit: number; readonly before?: string | undefined }): AllocationList;
  /** After a start, once the configuration is in force. */
  recover(): void;
  /** Once a tick. Never throws, never waits. */
  look(): void;
}

/** Limits that are part of the configuration: set there, and read where they are in force. */
export interface ConfiguredLimits {
  /** Tasks of each lane that may run at once, as its bulkhead has it now. */
  laneCapacities(): Readonly<Record<Lane, number>>;
  /** @throws CodedError `config.*` */
  setLaneCapacities(capacities: Readonly<Partial<Record<Lane, number>>>): void;
  /** Bytes kept of each output stream of an agent that is started now; `null` for a swarm whose output cap is fixed. */
  outputBytes(swarmId: string): number | null;
  /** @throws CodedError `config.*`, `swarm.unknown` */
  setOutputBytes(swarmId: string, bytes: number): void;
}

/** Takes one agent's place by a fresh one. */
export interface RecyclePort {
  /**
   * Drains an agent that has no task; the target stays, so another takes its place. Waits until that is seen.
   * @returns `refused` with `agent.busy` for one that has a task, or that is not ready
   * @throws CodedError `agent.unknown`
   */
  recycle(agentId: string, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome>;
}
