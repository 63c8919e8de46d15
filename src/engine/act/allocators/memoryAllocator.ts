import type { Clock } from "../../common/clock.ts";
import { type Coded, CodedError, toCoded } from "../../common/errors.ts";
import type { FootprintsPort, Log, ManagedAgent, RecyclePort, SwarmsPort } from "../../ports.ts";
import type { AllocationOutcome, AllocatorSupport, LimitsOf, ResourceLimits } from "../../protocol/allocators.ts";
import type { AgentGroups } from "./agentGroup.ts";
import { confirmed, GONE, limitsOf, mostOf, NO_IDENTITY, refused, type ResourceAllocator } from "./allocator.ts";
import { type CgroupFiles, cgroupOf, wholePages, writeCgroup } from "./cgroupFiles.ts";
import { type HardLimit, hardLimitRefusal, type MemoryFacts, setHardLimit } from "./memoryLimits.ts";
import { StandingLimits } from "./standingLimits.ts";
import type { RunCommand } from "./systemCommand.ts";

type MemoryLimits = LimitsOf<"memory">;

const HIGH_FILE = "memory.high";
const HARD_LIMITS = ["dataBytes", "addressSpaceBytes"] as const;
/** The process table is read this often, and one agent at most is replaced in this time: a program that always grows too large must not keep its swarm busy with starting. */
const LOOK_MS = 15_000;
const RECYCLE_MS = 60_000;
/** An idle worker ends within half a minute, and its successor starts. */
const RECYCLE_DEADLINE_MS = 120_000;
/** A decrease is made in this many steps, each looked at. */
const DECREASE_STEPS = 3;

export interface MemoryAllocatorParts {
  /** `null` where processes cannot be identified: then nothing but admission. */
  readonly groups: AgentGroups | null;
  readonly swarms: Pick<SwarmsPort, "get">;
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly recycler: RecyclePort;
  readonly cgroups: CgroupFiles;
  /** Where `prlimit` is; `null` when it is not. */
  readonly prlimit: string | null;
  readonly run: RunCommand;
  readonly facts: MemoryFacts;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What each agent may keep resident: `memory.high` where it has a control group of its own. Elsewhere new agents are let in
 * only while the limit is left for each, and one that is idle above its limit is drained and replaced; one that has a task is
 * left alone. On top, where asked for, limits that the system enforces on each process.
 */
export class MemoryAllocator implements ResourceAllocator {
  readonly id = "memory";
  readonly #parts: MemoryAllocatorParts;
  readonly #standing: StandingLimits<MemoryLimits>;
  readonly #abort = new AbortController();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #recycledMs = Number.NEGATIVE_INFINITY;
  #recycling = false;

  constructor(parts: MemoryAllocatorParts) {
    this.#parts = parts;
    this.#standing = new StandingLimits("memory", parts.groups, parts.log, (limits, agent, signal) =>
      this.#reach(limits, agent, signal),
    );
  }

  can(): AllocatorSupport {
    const { groups, prlimit } = this.#parts;
    if (groups === null) return { kind: "supported", means: ["admission"], notes: [NO_IDENTITY] };
    const means = [HIGH_FILE, "admission", "recycling", ...(prlimit === null ? [] : ["prlimit"])];
    return { kind: "supported", means, notes: prlimit === null ? [NO_PRLIMIT] : [] };
  }

  /** What agents of a swarm may come to use each; `null` without a limit. */
  reservedBytes(swarmId: string): number | null {
    return this.#standing.of(swarmId)?.highBytes ?? null;
  }

  refusal(limits: ResourceLimits): Coded | null {
    const wanted = limitsOf("memory", limits);
    const { groups, swarms, prlimit, facts } = this.#parts;
    swarms.get(wanted.swarmId);
    const hard = HARD_LIMITS.filter((kind) => wanted[kind] !== undefined);
    if (hard.length > 0 && groups === null) return NO_IDENTITY;
    if (hard.length > 0 && prlimit === null) return NO_PRLIMIT;
    const needBytes = this.#parts.footprints.room(wanted.swarmId).footprint.rssBytes;
    for (const kind of ["highBytes", ...HARD_LIMITS] as const) {
      const limitBytes = wanted[kind] ?? null;
      if (limitBytes === null) continue;
      if (needBytes === null) return { code: "allocation.needUnknown", args: { swarmId: wanted.swarmId } };
      if (limitBytes < needBytes) return { code: "allocation.belowNeed", args: { limitBytes, needBytes } };
    }
    for (const kind of hard) {
      const bytes = wanted[kind] ?? null;
      if (bytes === null) continue;
      for (const agent of groups?.agents(wanted.swarmId) ?? [])
        for (const { pid } of groups?.members(agent) ?? []) {
          const refusal = hardLimitRefusal(facts, pid, kind, bytes);
          if (refusal !== null) return refusal;
        }
    }
    return null;
  }

  async read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits> {
    signal.throwIfAborted();
    const { resource, swarmId, dataBytes, addressSpaceBytes } = limitsOf("memory", limits);
    const { groups, facts, swarms } = this.#parts;
    swarms.get(swarmId);
    const agents = groups?.agents(swarmId).filter((agent) => groups.isSame(agent, agent.pid)) ?? [];
    const soft = agents.map(({ pid }) => facts.softLimits(pid));
    const standing = this.#standing.of(swarmId);
    // `null` is "not known" here; no limit is "none".
    const high = mostOf(agents.map((agent) => this.#highOf(agent)));
    const data = mostOf(soft.map((one) => (one === undefined ? null : (one.data ?? "none"))));
    const space = mostOf(soft.map((one) => (one === undefined ? null : (one.addressSpace ?? "none"))));
    return {
      resource,
      swarmId,
      highBytes: standing?.highBytes ?? (high === undefined || high === "none" ? null : high),
      ...(dataBytes === undefined ? {} : { dataBytes: data === "none" ? null : (data ?? standing?.dataBytes ?? null) }),
      ...(addressSpaceBytes === undefined
        ? {}
        : { addressSpaceBytes: space === "none" ? null : (space ?? standing?.addressSpaceBytes ?? null) }),
    };
  }

  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1 {
    const [a, b] = [limitsOf("memory", from), limitsOf("memory", to)];
    const changes = new Set(
      (["highBytes", ...HARD_LIMITS] as const).map((kind) => {
        const [was, is] = [a[kind] ?? Number.POSITIVE_INFINITY, b[kind] ?? Number.POSITIVE_INFINITY];
        return is === was ? 0 : is < was ? -1 : 1;
      }),
    );
    if (changes.has(-1)) return -1;
    return changes.has(1) ? 1 : 0;
  }

  /** More at once; less in even steps of whole pages. From no limit there is nothing to go down from. */
  path(from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[] {
    const [was, is] = [limitsOf("memory", from).highBytes, limitsOf("memory", to)];
    const goal = is.highBytes;
    if (was === null || goal === null || goal >= was) return [to];
    const step = (n: number): number =>
      wholePages(this.#parts.cgroups, Math.round(was + ((goal - was) * n) / DECREASE_STEPS));
    return Array.from({ length: DECREASE_STEPS }, (_, n) => ({
      ...is,
      // The last is what was asked for, and none goes below it.
      highBytes: Math.max(goal, step(n + 1)),
    }));
  }

  async apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const refusal = this.refusal(limits);
    if (refusal !== null) return refused(refusal);
    return this.#set(limitsOf("memory", limits), "until one fails", signal);
  }

  undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    return this.#set(limitsOf("memory", previous), "every one", signal);
  }

  /** Nobody but allocations sets it. */
  changedSince(): boolean {
    return false;
  }

  remember(limits: ResourceLimits): void {
    this.#standing.set(limitsOf("memory", limits));
  }

  look(): void {
    this.#standing.look();
    const now = this.#parts.clock.monotonicMs();
    if (this.#recycling || now - this.#lookedMs < LOOK_MS || now - this.#recycledMs < RECYCLE_MS) return;
    this.#lookedMs = now;
    const agent = this.#toRecycle();
    if (agent === null) return;
    this.#recycling = true;
    this.#recycledMs = now;
    void this.#recycle(agent).finally(() => (this.#recycling = false));
  }

  dispose(): void {
    this.#abort.abort();
    this.#standing.dispose();
  }

  async #set(
    limits: MemoryLimits,
    going: "until one fails" | "every one",
    signal: AbortSignal,
  ): Promise<AllocationOutcome> {
    const { groups } = this.#parts;
    const outcome = await this.#standing.setAll(limits, going, signal);
    if (outcome.kind !== "confirmed" || limits.highBytes === null || groups === null) return outcome;
    const agents = groups.agents(limits.swarmId).filter((agent) => !this.#hasGroup(agent));
    if (agents.length === 0) return outcome;
    const over = this.#over(limits);
    const busy = over.filter(({ agent }) => !isIdle(agent)).length;
    const args = { agents: agents.length, over: over.length, busy };
    return confirmed(...outcome.notes, { code: "allocation.memoryByRecycling", args });
  }

  async #reach(limits: MemoryLimits, agent: ManagedAgent, signal: AbortSignal): Promise<Coded | null> {
    const { groups, cgroups } = this.#parts;
    if (groups === null) return null;
    const members = groups.members(agent);
    if (members.length === 0) return GONE;
    const group = cgroupOf(cgroups, agent.pid, () => new Set(members.map(({ pid }) => pid)), HIGH_FILE);
    if (group.kind === "own") {
      const { highBytes } = limits;
      const text = highBytes === null ? "max" : String(wholePages(cgroups, highBytes));
      const wrong = writeCgroup(cgroups, `${group.folder}/${HIGH_FILE}`, text);
      if (wrong !== null) return wrong;
    }
    for (const kind of HARD_LIMITS) {
      const bytes = limits[kind];
      if (bytes === undefined) continue;
      for (const member of members) {
        const wrong = await this.#setHard(agent, member.pid, kind, bytes, signal);
        if (wrong !== null) return wrong;
      }
    }
    return null;
  }

  async #setHard(
    agent: ManagedAgent,
    pid: number,
    kind: HardLimit,
    bytes: number | null,
    signal: AbortSignal,
  ): Promise<Coded | null> {
    const { groups, prlimit, run, facts } = this.#parts;
    if (prlimit === null) return NO_PRLIMIT;
    const member = groups?.members(agent).find((one) => one.pid === pid);
    // A process that has ended needs no limit; an agent that has is told.
    if (groups === null || member === undefined) return pid === agent.pid ? GONE : null;
    if (bytes !== null) {
      // One that came since the plan was looked at, or grew.
      const refusal = hardLimitRefusal(facts, pid, kind, bytes);
      if (refusal !== null) return refusal;
    }
    try {
      const wrong = await setHardLimit({ prlimit, run, facts }, pid, kind, bytes, signal);
      // What is read after the command is of the same process, or says nothing.
      return groups.isSame(member, agent.pid) ? wrong : pid === agent.pid ? GONE : null;
    } catch (error) {
      if (signal.aborted || !(error instanceof CodedError)) throw error;
      if (groups.isSame(member, agent.pid)) return error.toJSON();
      return pid === agent.pid ? GONE : null;
    }
  }

  /** The largest idle agent above its limit, of a swarm that is at rest: while one is on hold, nobody takes its place. */
  #toRecycle(): ManagedAgent | null {
    let largest: { readonly agent: ManagedAgent; readonly bytes: number } | null = null;
    for (const limits of this.#standing.all())
      for (const over of this.#over(limits))
        if (isIdle(over.agent) && this.#isAtRest(limits.swarmId) && over.bytes > (largest?.bytes ?? 0)) largest = over;
    return largest?.agent ?? null;
  }

  /** Agents above the limit that have no control group to keep them below it. */
  #over({ swarmId, highBytes }: MemoryLimits): readonly { readonly agent: ManagedAgent; readonly bytes: number }[] {
    const { groups } = this.#parts;
    if (groups === null || highBytes === null) return [];
    try {
      const agents = groups.agents(swarmId);
      const sizes = groups.rssOf(agents);
      return agents
        .map((agent) => ({ agent, bytes: sizes.get(agent.id) ?? 0 }))
        .filter(({ agent, bytes }) => bytes > highBytes && !this.#hasGroup(agent));
    } catch (error) {
      // Configured no more.
      this.#parts.log.debug("allocation.swarmGone", { swarmId, reason: toCoded(error).code });
      return [];
    }
  }

  #isAtRest(swarmId: string): boolean {
    const swarm = this.#parts.swarms.get(swarmId);
    return !swarm.heldByOperator && swarm.activity().kind === "steady";
  }

  async #recycle(agent: ManagedAgent): Promise<void> {
    const { recycler, log } = this.#parts;
    try {
      const outcome = await recycler.recycle(agent.id, RECYCLE_DEADLINE_MS, this.#abort.signal);
      log.info("allocation.recycled", { pid: agent.pid, outcome: outcome.kind });
    } catch (error) {
      // It ended by itself.
      log.info("allocation.notRecycled", { pid: agent.pid, code: toCoded(error).code });
    }
  }

  #hasGroup(agent: ManagedAgent): boolean {
    return this.#highOf(agent) !== null;
  }

  /** What its own control group says; `null` without one. */
  #highOf(agent: ManagedAgent): number | "none" | null {
    const { groups, cgroups } = this.#parts;
    const group = cgroupOf(cgroups, agent.pid, () => groups?.pids(agent) ?? new Set(), HIGH_FILE);
    const text = group.kind === "own" ? cgroups.read(`${group.folder}/${HIGH_FILE}`)?.trim() : undefined;
    if (text === undefined) return null;
    return text === "max" ? "none" : Number(text);
  }
}

const NO_PRLIMIT: Coded = { code: "allocation.noPrlimit", args: {} };

function isIdle({ state, task }: ManagedAgent): boolean {
  return state === "idle" && task === null;
}
