import { type Coded, CodedError, systemErrno } from "../../common/errors.ts";
import type { Log, ManagedAgent } from "../../ports.ts";
import type { AllocationOutcome, AllocatorSupport, LimitsOf, ResourceLimits } from "../../protocol/allocators.ts";
import type { AgentGroups, Member } from "./agentGroup.ts";
import { GONE, limitsOf, mostOf, NO_IDENTITY, refused, type ResourceAllocator } from "./allocator.ts";
import { type CgroupFiles, cgroupOf, writeCgroup } from "./cgroupFiles.ts";
import { ioArguments, type IoLevel, readIoLevels } from "./ioLevel.ts";
import type { NiceSystem } from "./niceValue.ts";
import { StandingLimits } from "./standingLimits.ts";
import type { RunCommand } from "./systemCommand.ts";

type CpuLimits = LimitsOf<"cpu">;

/** What is forked while we look has its parent's value or gets it at the next pass; after these it counts as not reached. */
const PASSES = 3;
const WEIGHT_FILE = "cpu.weight";
const USUAL_WEIGHT = 100;

export interface CpuAllocatorParts {
  /** `null` where processes cannot be identified. */
  readonly groups: AgentGroups | null;
  readonly nice: NiceSystem;
  readonly cgroups: CgroupFiles;
  /** Where `ionice` is; `null` when it is not. */
  readonly ionice: string | null;
  readonly run: RunCommand;
  readonly log: Log;
}

/**
 * Who gives way to whom on the processors: the nice value of every thread of an agent's process group, the I/O level of the
 * group by `ionice`, and `cpu.weight` where the agent has a control group of its own. A higher nice value can be set by
 * anybody, and taken back only with a privilege.
 */
export class CpuAllocator implements ResourceAllocator {
  readonly id = "cpu";
  readonly #parts: CpuAllocatorParts;
  readonly #standing: StandingLimits<CpuLimits>;

  constructor(parts: CpuAllocatorParts) {
    this.#parts = parts;
    this.#standing = new StandingLimits("cpu", parts.groups, parts.log, (limits, agent, signal) =>
      this.#reach(limits, agent, signal),
    );
  }

  can(): AllocatorSupport {
    if (this.#parts.groups === null) return { kind: "unsupported", reason: NO_IDENTITY };
    const means = ["nice", ...(this.#parts.ionice === null ? [] : ["ionice"]), WEIGHT_FILE];
    const lowest = this.#parts.nice.lowest();
    return {
      kind: "supported",
      means,
      notes: [
        ...(lowest > -20 ? [{ code: "allocation.niceOneWay", args: { lowest } }] : []),
        ...(this.#parts.ionice === null ? [{ code: "allocation.noIonice", args: {} }] : []),
      ],
    };
  }

  refusal(limits: ResourceLimits): Coded | null {
    const { swarmId, nice, weight, ioLevel } = limitsOf("cpu", limits);
    const { groups, ionice } = this.#parts;
    if (groups === null) return NO_IDENTITY;
    const agents = groups.agents(swarmId);
    if (ioLevel !== undefined && ionice === null) return { code: "allocation.noIonice", args: {} };
    if (weight !== undefined)
      for (const agent of agents) {
        const group = this.#cgroup(agent);
        if (group.kind === "none") return group.reason;
      }
    const lowest = this.#parts.nice.lowest();
    if (nice === undefined || nice >= lowest) return null;
    const above = agents.some((agent) => (this.#niceOf(agent) ?? nice) > nice);
    // Agents to come begin at what the keeper has, which is what we have.
    const begin = this.#parts.nice.get(0);
    return above || nice < begin ? { code: "allocation.niceRefused", args: { nice, lowest } } : null;
  }

  async read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits> {
    const { resource, swarmId, nice, weight, ioLevel } = limitsOf("cpu", limits);
    const { groups } = this.#parts;
    if (groups === null) throw new CodedError(NO_IDENTITY.code);
    const agents = groups.agents(swarmId);
    const standing = this.#standing.of(swarmId);
    const ioLevels = ioLevel === undefined ? [] : await Promise.all(agents.map((agent) => this.#io(agent, signal)));
    return {
      resource,
      swarmId,
      ...(nice === undefined
        ? {}
        : { nice: mostOf(agents.map((agent) => this.#niceOf(agent))) ?? standing?.nice ?? this.#parts.nice.get(0) }),
      ...(weight === undefined
        ? {}
        : { weight: mostOf(agents.map((agent) => this.#weightOf(agent))) ?? standing?.weight ?? USUAL_WEIGHT }),
      ...(ioLevel === undefined
        ? {}
        : { ioLevel: agents.length === 0 ? (standing?.ioLevel ?? null) : (mostOf(ioLevels) ?? null) }),
    };
  }

  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1 {
    const [a, b] = [limitsOf("cpu", from), limitsOf("cpu", to)];
    const changes = new Set([
      Math.sign((a.nice ?? 0) - (b.nice ?? 0)),
      Math.sign((b.weight ?? 0) - (a.weight ?? 0)),
      Math.sign(placeOfIo(a.ioLevel) - placeOfIo(b.ioLevel)),
    ]);
    // Takes one thing and gives another: taken for taking, which comes first.
    if (changes.has(-1)) return -1;
    return changes.has(1) ? 1 : 0;
  }

  path(_from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[] {
    return [to];
  }

  async apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const refusal = this.refusal(limits);
    return refusal === null
      ? this.#standing.setAll(limitsOf("cpu", limits), "until one fails", signal)
      : refused(refusal);
  }

  /** Agents whose nice value cannot be lowered keep it until they end; those that start from now on begin without it. */
  async undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    if (this.#parts.groups === null) return refused(NO_IDENTITY);
    return this.#standing.setAll(limitsOf("cpu", previous), "every one", signal);
  }

  /** Nobody but allocations sets it. */
  changedSince(): boolean {
    return false;
  }

  remember(limits: ResourceLimits): void {
    this.#standing.set(limitsOf("cpu", limits));
  }

  look(): void {
    this.#standing.look();
  }

  dispose(): void {
    this.#standing.dispose();
  }

  /** One agent; `null` when all of it was read to be so. */
  async #reach(limits: CpuLimits, agent: ManagedAgent, signal: AbortSignal): Promise<Coded | null> {
    const { nice, weight, ioLevel } = limits;
    if (nice !== undefined) {
      const wrong = this.#renice(agent, nice);
      if (wrong !== null) return wrong;
    }
    if (weight !== undefined) {
      const group = this.#cgroup(agent);
      if (group.kind === "none") return this.#isThere(agent) ? group.reason : GONE;
      const wrong = writeCgroup(this.#parts.cgroups, `${group.folder}/${WEIGHT_FILE}`, String(weight));
      if (wrong !== null) return wrong;
    }
    return ioLevel === undefined ? null : this.#setIo(agent, ioLevel, signal);
  }

  /** Every thread of the group, each identified in the same turn as it is set; then all are read again. */
  #renice(agent: ManagedAgent, nice: number): Coded | null {
    const { groups, nice: system } = this.#parts;
    if (groups === null) return NO_IDENTITY;
    for (let pass = 0; pass < PASSES; pass++) {
      const members = groups.members(agent);
      if (members.length === 0) return GONE;
      const others = members.flatMap((member) => this.#threadsNotAt(member, agent.pid, nice));
      if (others.length === 0) return null;
      for (const { member, thread } of others) {
        // A thread ends without its process, and its number may mean another's by now.
        if (!groups.threads(member, agent.pid).includes(thread)) continue;
        try {
          system.set(thread, nice);
        } catch (error) {
          const errno = systemErrno(error);
          if (errno === "EACCES" || errno === "EPERM")
            return { code: "allocation.niceRefused", args: { nice, lowest: system.lowest() } };
          // Ended between the two.
          if (errno !== "ESRCH") throw error;
        }
      }
    }
    return { code: "allocation.niceOtherwise", args: { pid: agent.pid, nice, now: this.#niceOf(agent) } };
  }

  #threadsNotAt(member: Member, group: number, nice: number): { readonly member: Member; readonly thread: number }[] {
    const threads = this.#parts.groups?.threads(member, group) ?? [];
    return threads.filter((thread) => (this.#nice(thread) ?? nice) !== nice).map((thread) => ({ member, thread }));
  }

  /** The whole group at once; then every process of it is read again. */
  async #setIo(agent: ManagedAgent, level: IoLevel, signal: AbortSignal): Promise<Coded | null> {
    const { groups, ionice, run } = this.#parts;
    if (groups === null) return NO_IDENTITY;
    if (ionice === null) return { code: "allocation.noIonice", args: {} };
    // The command asks by number some milliseconds after this look: the identity is read again after it as well.
    if (!this.#isThere(agent)) return GONE;
    try {
      await run(ionice, [...ioArguments(level), "-P", String(agent.pid)], signal);
      const levels = await this.#groupIo(groups, ionice, agent, signal);
      if (!this.#isThere(agent)) return GONE;
      // What was read of a pid counts while it still means that process.
      const other = levels.find(({ member, now }) => now !== level && groups.isSame(member, agent.pid));
      return other === undefined
        ? null
        : {
            code: "allocation.ioOtherwise",
            args: { pid: other.member.pid, level: String(level), now: String(other.now) },
          };
    } catch (error) {
      if (signal.aborted || !(error instanceof CodedError)) throw error;
      return this.#isThere(agent) ? error.toJSON() : GONE;
    }
  }

  /** Of all its processes. The command fails when one of them ends before it asks: then those that are left are asked. */
  async #groupIo(groups: AgentGroups, ionice: string, agent: ManagedAgent, signal: AbortSignal) {
    for (let pass = 1; ; pass++) {
      const members = groups.members(agent);
      if (members.length === 0) return [];
      const pids = members.map(({ pid }) => pid);
      try {
        const levels = await readIoLevels(this.#parts.run, ionice, pids, signal);
        return members.map((member, n) => ({ member, now: levels[n] ?? null }));
      } catch (error) {
        const isWhole = members.every((member) => groups.isSame(member, agent.pid));
        if (signal.aborted || isWhole || pass === PASSES) throw error;
      }
    }
  }

  async #io(agent: ManagedAgent, signal: AbortSignal): Promise<IoLevel> {
    const { ionice, run } = this.#parts;
    if (ionice === null || !this.#isThere(agent)) return null;
    const [level] = await readIoLevels(run, ionice, [agent.pid], signal);
    return level ?? null;
  }

  #isThere(agent: ManagedAgent): boolean {
    return this.#parts.groups?.isSame(agent, agent.pid) ?? false;
  }

  #niceOf(agent: ManagedAgent): number | null {
    return this.#isThere(agent) ? this.#nice(agent.pid) : null;
  }

  #nice(thread: number): number | null {
    try {
      return this.#parts.nice.get(thread);
    } catch (error) {
      if (systemErrno(error) === "ESRCH") return null;
      throw error;
    }
  }

  #weightOf(agent: ManagedAgent): number | null {
    const group = this.#cgroup(agent);
    const text = group.kind === "own" ? this.#parts.cgroups.read(`${group.folder}/${WEIGHT_FILE}`) : null;
    const weight = Number(text?.trim() ?? Number.NaN);
    return Number.isInteger(weight) ? weight : null;
  }

  #cgroup(agent: ManagedAgent) {
    const { groups, cgroups } = this.#parts;
    return cgroupOf(cgroups, agent.pid, () => groups?.pids(agent) ?? new Set(), WEIGHT_FILE);
  }
}

/** 0…7 as levels are; idle comes after them, and what follows the nice value counts as its middle. */
function placeOfIo(level: CpuLimits["ioLevel"]): number {
  if (level === "idle") return 8;
  return level ?? 4;
}
