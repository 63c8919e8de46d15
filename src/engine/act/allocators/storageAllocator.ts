import { readlinkSync } from "node:fs";
import type { Clock } from "../../common/clock.ts";
import { type Coded, CodedError, toCoded } from "../../common/errors.ts";
import type { ConfiguredLimits, Log } from "../../ports.ts";
import type { AllocationOutcome, AllocatorSupport, LimitsOf, ResourceLimits } from "../../protocol/allocators.ts";
import type { AgentGroups } from "./agentGroup.ts";
import { confirmed, limitsOf, NO_IDENTITY, refused, type ResourceAllocator, unconfirmed } from "./allocator.ts";
import { type DiskUse, diskUse, type DiskUseBounds } from "./diskUse.ts";

type StorageLimits = LimitsOf<"storage">;

/** A large repository with its dependencies is counted within seconds; what is larger is known to be at least so much. */
const BOUNDS: DiskUseBounds = { mostEntries: 2_000_000, mostMs: 30_000 };
const MEASURE_MS = 5 * 60_000;

export interface StorageAllocatorParts {
  /** `null` where the folder of a process cannot be read. */
  readonly groups: AgentGroups | null;
  readonly configured: Pick<ConfiguredLimits, "outputBytes" | "setOutputBytes">;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: DiskUseBounds;
  /** The working folder of a process; `null` when it may not be read. */
  readonly folderOf?: (pid: number) => string | null;
}

interface Measured {
  readonly use: DiskUse;
  readonly quotaBytes: number;
}

/**
 * How much output of agents is kept, and what their working folders may hold. A swarm above its quota takes no new tasks
 * until it is below; what runs goes on, and no file is ever removed or written here.
 */
export class StorageAllocator implements ResourceAllocator {
  readonly id = "storage";
  readonly #parts: StorageAllocatorParts;
  readonly #quotas = new Map<string, number>();
  readonly #measured = new Map<string, Measured>();
  readonly #abort = new AbortController();
  #dueMs = Number.NEGATIVE_INFINITY;
  #measuring = false;

  constructor(parts: StorageAllocatorParts) {
    this.#parts = parts;
  }

  can(): AllocatorSupport {
    const means = ["outputCap", ...(this.#parts.groups === null ? [] : ["quota"])];
    return { kind: "supported", means, notes: this.#parts.groups === null ? [NO_IDENTITY] : [] };
  }

  /** Why a swarm takes no new task now: its folders hold more than their quota. `null` when it does. */
  outputRefusal(swarmId: string): Coded | null {
    const measured = this.#measured.get(swarmId);
    if (measured === undefined || measured.use.bytes <= measured.quotaBytes) return null;
    const { use, quotaBytes } = measured;
    return { code: "allocation.overQuota", args: { swarmId, usedBytes: use.bytes, quotaBytes } };
  }

  refusal(limits: ResourceLimits): Coded | null {
    const { swarmId, outputBytes, workspaceBytes } = limitsOf("storage", limits);
    if (workspaceBytes != null && this.#parts.groups === null) return NO_IDENTITY;
    if (outputBytes === undefined) return null;
    const now = this.#parts.configured.outputBytes(swarmId);
    return now === null ? { code: "allocation.outputFixed", args: { swarmId } } : null;
  }

  async read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits> {
    signal.throwIfAborted();
    const { resource, swarmId, outputBytes, workspaceBytes } = limitsOf("storage", limits);
    const kept = this.#parts.configured.outputBytes(swarmId);
    if (outputBytes !== undefined && kept === null) throw new CodedError("allocation.outputFixed", { swarmId });
    return {
      ...{ resource, swarmId },
      ...(outputBytes === undefined || kept === null ? {} : { outputBytes: kept }),
      ...(workspaceBytes === undefined ? {} : { workspaceBytes: this.#quotas.get(swarmId) ?? null }),
    };
  }

  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1 {
    const [a, b] = [limitsOf("storage", from), limitsOf("storage", to)];
    const most = (bytes: number | null | undefined) => bytes ?? Number.MAX_SAFE_INTEGER;
    const changes = [
      Math.sign((b.outputBytes ?? 0) - (a.outputBytes ?? b.outputBytes ?? 0)),
      b.workspaceBytes === undefined ? 0 : Math.sign(most(b.workspaceBytes) - most(a.workspaceBytes)),
    ];
    if (changes.some((change) => change < 0)) return -1;
    return changes.some((change) => change > 0) ? 1 : 0;
  }

  path(_from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[] {
    return [to];
  }

  async apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const wanted = limitsOf("storage", limits);
    const refusal = this.refusal(wanted);
    if (refusal !== null) return refused(refusal);
    const { swarmId, workspaceBytes } = wanted;
    let notes: readonly Coded[] = [];
    if (workspaceBytes != null) {
      const use = await this.#measure(swarmId, signal);
      if (use.bytes > workspaceBytes)
        return refused({ code: "allocation.belowUse", args: { limitBytes: workspaceBytes, usedBytes: use.bytes } });
      if (!use.complete) notes = [{ code: "allocation.partlyMeasured", args: { usedBytes: use.bytes } }];
    }
    return this.#set(wanted, notes);
  }

  async undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    signal.throwIfAborted();
    return this.#set(limitsOf("storage", previous), []);
  }

  /** Nobody but allocations sets it. */
  changedSince(): boolean {
    return false;
  }

  remember(limits: ResourceLimits): void {
    const { swarmId, workspaceBytes } = limitsOf("storage", limits);
    if (workspaceBytes !== undefined) this.#quota(swarmId, workspaceBytes);
  }

  /** Measures the folders of every swarm with a quota, one swarm after the other, every few minutes. */
  look(): void {
    const now = this.#parts.clock.monotonicMs();
    if (this.#measuring || now < this.#dueMs || this.#quotas.size === 0) return;
    this.#measuring = true;
    void this.#measureAll().finally(() => {
      this.#measuring = false;
      this.#dueMs = this.#parts.clock.monotonicMs() + MEASURE_MS;
    });
  }

  dispose(): void {
    this.#abort.abort();
  }

  #set({ swarmId, outputBytes, workspaceBytes }: StorageLimits, notes: readonly Coded[]): AllocationOutcome {
    const { configured } = this.#parts;
    if (workspaceBytes !== undefined) this.#quota(swarmId, workspaceBytes);
    if (outputBytes === undefined) return confirmed(...notes);
    if (configured.outputBytes(swarmId) !== outputBytes) configured.setOutputBytes(swarmId, outputBytes);
    // What agents that run already keep was settled when they were started.
    const now = configured.outputBytes(swarmId);
    return now === outputBytes
      ? confirmed(...notes)
      : unconfirmed("allocation.limitOtherwise", { pid: null, wantedBytes: outputBytes, nowBytes: now });
  }

  #quota(swarmId: string, bytes: number | null): void {
    this.#measured.delete(swarmId);
    if (bytes === null) this.#quotas.delete(swarmId);
    else this.#quotas.set(swarmId, bytes);
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  async #measureAll(): Promise<void> {
    for (const [swarmId, quotaBytes] of this.#quotas) {
      try {
        const use = await this.#measure(swarmId, this.#abort.signal);
        // Another quota may have been set meanwhile.
        if (this.#quotas.get(swarmId) !== quotaBytes) continue;
        const wasOver = this.outputRefusal(swarmId) !== null;
        this.#measured.set(swarmId, { use, quotaBytes });
        const refusal = this.outputRefusal(swarmId);
        if (refusal !== null && !wasOver) this.#parts.log.warn("allocation.overQuota", refusal.args);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        const { code } = toCoded(error);
        this.#parts.log.warn("allocation.notMeasured", { swarmId, code });
        // Configured no more.
        if (code === "swarm.unknown") this.#quotas.delete(swarmId);
        // Not known any more: what was measured last is no reason to refuse for ever.
        this.#measured.delete(swarmId);
      }
    }
  }

  /** Below the working folders of its agents; those of agents that are gone are not looked for. */
  #measure(swarmId: string, signal: AbortSignal): Promise<DiskUse> {
    const { groups, clock, bounds = BOUNDS, folderOf = workingFolder } = this.#parts;
    const folders = new Set<string>();
    for (const agent of groups?.agents(swarmId) ?? []) {
      const folder = groups?.isSame(agent, agent.pid) === true ? folderOf(agent.pid) : null;
      if (folder !== null) folders.add(folder);
    }
    return diskUse([...folders], bounds, clock, signal);
  }
}

function workingFolder(pid: number): string | null {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    return folder.startsWith("/") && !folder.endsWith(" (deleted)") ? folder : null;
  } catch {
    // Gone, or another user's.
    return null;
  }
}
