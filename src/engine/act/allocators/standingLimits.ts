import { setImmediate as nextTurn } from "node:timers/promises";
import { type Coded, messageOf, toCoded } from "../../common/errors.ts";
import type { Log, ManagedAgent } from "../../ports.ts";
import type { AllocationOutcome, Resource } from "../../protocol/allocators.ts";
import type { AgentGroups } from "./agentGroup.ts";
import { confirmed, GONE } from "./allocator.ts";

/** One agent that hangs must not keep the others from their limits. */
const REACH_DEADLINE_MS = 10_000;

/**
 * Limits of each agent of a swarm, which stand until others are set: agents that start later are found by `look` and get
 * what the others have. What cannot be set on one is told in the log once, and not tried again on that agent.
 */
export class StandingLimits<L extends { readonly swarmId: string }> {
  readonly #resource: Resource;
  readonly #groups: AgentGroups | null;
  readonly #log: Log;
  readonly #reach: (limits: L, agent: ManagedAgent, signal: AbortSignal) => Promise<Coded | null>;
  readonly #limits = new Map<string, L>();
  /** Agents that have been seen to, with the limits that they were given. */
  readonly #reached = new Map<string, L>();
  readonly #abort = new AbortController();
  #busy = false;

  constructor(
    resource: Resource,
    groups: AgentGroups | null,
    log: Log,
    reach: (limits: L, agent: ManagedAgent, signal: AbortSignal) => Promise<Coded | null>,
  ) {
    this.#resource = resource;
    this.#groups = groups;
    this.#log = log;
    this.#reach = reach;
  }

  /** Of every field the newest that was set: limits that name one field leave the others. */
  set(limits: L): void {
    this.#limits.set(limits.swarmId, { ...this.#limits.get(limits.swarmId), ...limits });
  }

  of(swarmId: string): L | null {
    return this.#limits.get(swarmId) ?? null;
  }

  all(): readonly L[] {
    return [...this.#limits.values()];
  }

  /**
   * Sets them and gives them to every agent that is there; one that ends meanwhile is no failure.
   * @param going after one agent on which they could not be confirmed: a change stops there, an undo does what it can
   */
  async setAll(limits: L, going: "until one fails" | "every one", signal: AbortSignal): Promise<AllocationOutcome> {
    signal.throwIfAborted();
    this.set(limits);
    const { swarmId } = limits;
    const agents = this.#groups?.agents(swarmId) ?? [];
    let gone = 0;
    let failure: Coded | null = null;
    for (const agent of agents) {
      const wrong = await this.#give(agent, swarmId, signal);
      if (wrong?.code === GONE.code) gone++;
      else failure ??= wrong;
      if (failure !== null && going === "until one fails") break;
    }
    if (failure !== null) return { kind: "unconfirmed", reason: failure };
    if (agents.length === gone) return confirmed({ code: "allocation.noAgents", args: { swarmId } });
    return gone === 0 ? confirmed() : confirmed({ code: "allocation.agentsGone", args: { agents: gone } });
  }

  /** @returns why it could not be confirmed, else `null` */
  async #give(agent: ManagedAgent, swarmId: string, signal: AbortSignal): Promise<Coded | null> {
    // The process table is read for each of them: others get their turn in between.
    await nextTurn();
    signal.throwIfAborted();
    const limits = this.of(swarmId);
    if (limits === null) return null;
    this.#reached.set(agent.id, limits);
    return this.#reach(limits, agent, signal);
  }

  /** Once a tick: agents that came since, one after the other, in the background. */
  look(): void {
    if (this.#busy || this.#groups === null) return;
    const fresh: { readonly agent: ManagedAgent; readonly swarmId: string }[] = [];
    const there = new Set<string>();
    for (const [swarmId, limits] of this.#limits)
      for (const agent of this.#agents(swarmId)) {
        there.add(agent.id);
        if (this.#reached.get(agent.id) !== limits) fresh.push({ agent, swarmId });
      }
    for (const id of this.#reached.keys()) if (!there.has(id)) this.#reached.delete(id);
    if (fresh.length === 0) return;
    this.#busy = true;
    void this.#reachAll(fresh).finally(() => (this.#busy = false));
  }

  dispose(): void {
    this.#abort.abort();
  }

  async #reachAll(fresh: readonly { readonly agent: ManagedAgent; readonly swarmId: string }[]): Promise<void> {
    for (const { agent, swarmId } of fresh) {
      if (this.#abort.signal.aborted) return;
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(REACH_DEADLINE_MS)]);
      try {
        const wrong = await this.#give(agent, swarmId, signal);
        if (wrong !== null) this.#tell(agent, wrong);
      } catch (error) {
        if (!this.#abort.signal.aborted) this.#tell(agent, toCoded(error));
      }
    }
  }

  #tell({ pid }: ManagedAgent, reason: Coded): void {
    this.#log.warn("allocation.agentNotReached", { resource: this.#resource, pid, code: reason.code });
  }

  /** A swarm that is configured no more has none. */
  #agents(swarmId: string): readonly ManagedAgent[] {
    try {
      return this.#groups?.agents(swarmId) ?? [];
    } catch (error) {
      this.#log.debug("allocation.swarmGone", { swarmId, reason: messageOf(error) });
      this.#limits.delete(swarmId);
      return [];
    }
  }
}
