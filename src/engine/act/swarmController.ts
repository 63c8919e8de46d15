import type { Clock } from "../common/clock.ts";
import { DisposableStore, type Disposable } from "../common/disposable.ts";
import { type Coded, CodedError, messageOf, toCoded } from "../common/errors.ts";
import type { Log, ManagedAgent, ProcessReader, SpawnerPort, SwarmJournal, SwarmView } from "../ports.ts";
import type { AgentType, ScalingPolicy } from "../protocol/config.ts";
import type { SwarmActivity, SwarmMode } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { ManagedSwarm, SwarmDefinition } from "../providers/provider.ts";
import { OperatorHold } from "./operatorHold.ts";
import { StartUpTimes } from "./startUpTimes.ts";
import { chooseEnding, isEnding, nextStep } from "./sizing.ts";
import { Waiters } from "./waiters.ts";

/** One start may take this long before its answer counts as lost. */
const START_DEADLINE_MS = 15_000;
/** After this long away from its target a swarm counts as unconfirmed, whether somebody waits for it or not. */
const SETTLE_MS = 30_000;

export interface SwarmControllerParts {
  readonly swarm: ManagedSwarm;
  readonly definition: SwarmDefinition;
  readonly journal: SwarmJournal;
  readonly spawner: SpawnerPort;
  readonly processes: ProcessReader;
  readonly clock: Clock;
  readonly log: Log;
  /** A start whose answer was lost: the keeper's list has to be read again. */
  readonly onUncertain: () => void;
  /** Target, number of agents or activity are others than before: somebody may be waiting to see it. */
  readonly onShapeChange: () => void;
  /** The time of an operator's hold is over. */
  readonly onHoldEnded: () => void;
}

/**
 * Sizes one swarm: remembers the target durably, takes one step at a time towards it, and calls it reached only when the
 * processes were re-read and are there.
 */
export class SwarmController implements Disposable, SwarmView {
  readonly swarm: ManagedSwarm;
  readonly #parts: SwarmControllerParts;
  #definition: SwarmDefinition;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #waiters: Waiters;
  #target: number;
  #inFlight = false;
  #shape = "";
  #held: Coded | null = null;
  readonly #operatorHold: OperatorHold;
  readonly #startUps = new StartUpTimes();
  #change: { readonly from: number; readonly sinceMs: number; readonly sinceWallMs: number } | null = null;

  constructor(parts: SwarmControllerParts) {
    this.#parts = parts;
    this.#waiters = new Waiters(parts.clock);
    this.swarm = parts.swarm;
    this.#definition = parts.definition;
    this.#target = Math.min(parts.journal.targets().get(parts.swarm.id) ?? 0, parts.definition.maxAgents);
    this.#operatorHold = new OperatorHold(parts.swarm.id, parts.journal, parts.clock);
    if (this.#target > 0) this.#begin(0);
    this.#owned.add(parts.swarm.onChange(() => this.reconcile()));
    this.#owned.add(parts.swarm.onUncertain(() => parts.onUncertain()));
    parts.swarm.resize(this.#target);
  }

  get definition(): SwarmDefinition {
    return this.#definition;
  }

  get id(): string {
    return this.#definition.id;
  }
  get label(): string {
    return this.#definition.label;
  }
  get demo(): boolean {
    return this.#definition.demo;
  }
  get supportOf(): string | null {
    return this.#definition.supportOf;
  }
  get mode(): SwarmMode {
    return this.#definition.mode;
  }
  get minAgents(): number {
    return this.#definition.minAgents;
  }
  get maxAgents(): number {
    return this.#definition.maxAgents;
  }
  get scaling(): ScalingPolicy {
    return this.#definition.scaling;
  }
  get heldByOperator(): boolean {
    return this.#operatorHold.isHeld;
  }
  get heldUntilMs(): number | null {
    return this.#operatorHold.untilMs;
  }
  get timeScale(): number {
    return this.#definition.timeScale;
  }
  get agentType(): AgentType {
    return this.#definition.agentType;
  }

  agents(): readonly ManagedAgent[] {
    return this.swarm.agents();
  }

  problem(): Coded | null {
    return this.swarm.startBlock()?.reason ?? null;
  }

  wouldEnd(count: number): readonly ManagedAgent[] {
    return chooseEnding(this.swarm.agents(), count);
  }

  /** A changed configuration: agents that run stay as they are, new ones and bounds follow it. */
  redefine(definition: SwarmDefinition): void {
    this.#definition = definition;
    this.swarm.redefine(definition);
    if (this.#target > definition.maxAgents) this.#aim(definition.maxAgents);
    this.reconcile();
  }

  get target(): number {
    return this.#target;
  }

  live(): number {
    return this.swarm.agents().filter((agent) => this.#parts.processes.isAlive(agent.pid, agent.startTime)).length;
  }

  set held(reason: Coded | null) {
    if (reason?.code === this.#held?.code) return;
    this.#held = reason;
    this.reconcile();
  }

  /** An operator's own hold: durable before it is in force. @throws CodedError `store.write` */
  holdByOperator(held: boolean, forMs: number | null): boolean {
    const changed = held ? this.#operatorHold.begin(forMs) : this.#operatorHold.lift();
    if (changed) this.reconcile();
    return changed;
  }

  #endHold(): void {
    try {
      if (this.#operatorHold.expire()) this.#parts.onHoldEnded();
    } catch (error) {
      // Not written, so still in force; the store says what is wrong with it, and the next look tries again.
      this.#parts.log.debug("hold.notEnded", { swarmId: this.swarm.id, reason: messageOf(error) });
    }
  }

  startUpMs(): number | null {
    return this.#startUps.medianMs();
  }

  get drainTimeoutMs(): number {
    return this.#definition.drainTimeoutMs;
  }

  /** All that are wanted are there and ready; what is left to happen is that others end. */
  onlyDrains(): boolean {
    const agents = this.swarm.agents();
    const staying = agents.filter((agent) => !isEnding(agent));
    return (
      this.agentType === "worker" &&
      !this.#inFlight &&
      staying.length < agents.length &&
      staying.length === this.#target &&
      this.#parts.spawner.counted(this.swarm.id) === agents.length &&
      staying.every(({ state, pid, startTime }) => {
        return (state === "idle" || state === "working") && this.#parts.processes.isAlive(pid, startTime);
      })
    );
  }

  /** The target a start without a number goes to. */
  startTarget(): number {
    return this.#target > 0 ? this.#target : this.definition.initialAgents;
  }

  /** Why a target would be refused, or `null`. 0 (a stop) is always allowed. */
  refusal(target: number): Coded | null {
    const { minAgents: min, maxAgents: max } = this.definition;
    if (!Number.isInteger(target) || target < 0) return { code: "scale.notANumber", args: { target } };
    if (target > max) return { code: "scale.aboveMax", args: { swarmId: this.swarm.id, target, max } };
    if (this.heldByOperator && target > this.#target)
      return { code: "scale.onHold", args: { swarmId: this.swarm.id, target } };
    if (target !== 0 && target < min) return { code: "scale.belowMin", args: { swarmId: this.swarm.id, target, min } };
    return null;
  }

  /** Sets the target and waits until it is seen, refused, superseded, or the deadline passes. The engine goes on after that. */
  async scale(target: number, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    const refusal = this.refusal(target);
    if (refusal !== null) return { kind: "refused", reason: refusal };
    this.#aim(target);
    return this.#reached(target, deadlineMs, signal);
  }

  /**
   * Takes one agent out. The target goes down by one, so that nothing takes its place, unless the swarm is at its minimum
   * or serves another one: then it is replaced.
   * @param now without waiting for its task: an operator said so
   */
  async retire(agentId: string, deadlineMs: number, signal: AbortSignal, now = false): Promise<ActionOutcome> {
    const target =
      this.supportOf === null ? Math.max(Math.min(this.minAgents, this.#target), this.#target - 1) : this.#target;
    // Before the drain: a reconciler that saw an agent leaving under the old target would start another at once.
    this.#aim(target);
    if (now) this.swarm.endAgent(agentId);
    else this.swarm.drainAgent(agentId);
    return this.#reached(target, deadlineMs, signal);
  }

  /**
   * Takes an agent's place by a fresh one: it drains, the target stays. Only one without a task, and only while another may
   * start. @throws CodedError `agent.unknown`
   */
  async recycle(agentId: string, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    const agent = this.swarm.agents().find(({ id }) => id === agentId);
    if (agent === undefined) throw new CodedError("agent.unknown", { agentId });
    if (agent.state !== "idle" || agent.task !== null)
      return { kind: "refused", reason: { code: "agent.busy", args: { agentId, pid: agent.pid } } };
    const hold = this.#hold();
    if (hold !== null) return { kind: "refused", reason: hold };
    this.swarm.drainAgent(agentId);
    return this.#reached(this.#target, deadlineMs, signal);
  }

  /** Makes a target durable, then the one in force. */
  #aim(target: number): void {
    if (target === this.#target) return;
    this.#parts.journal.setTarget(this.swarm.id, target);
    this.#parts.log.info("swarm.target", { swarmId: this.swarm.id, from: this.#target, to: target });
    this.#waiters.supersede(target, this.live());
    const from = this.#target;
    this.#target = target;
    this.swarm.resize(target);
    this.#begin(from);
  }

  #reached(target: number, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    const reached = this.#waiters.add(target, deadlineMs, signal, () => this.live());
    this.reconcile();
    return reached;
  }

  /** Looks, settles who waits, takes the next step. May be called at any time. */
  reconcile(): void {
    if (this.#abort.signal.aborted) return;
    this.#endHold();
    this.#look();
    const agents = this.swarm.agents();
    this.#startUps.look(agents, this.#parts.clock.monotonicMs());
    const shape = `${this.#target} ${agents.length} ${agents.filter(isEnding).length} ${this.activity().kind} ${this.heldByOperator} ${this.heldUntilMs}`;
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#parts.onShapeChange();
  }

  #look(): void {
    if (this.#converged()) {
      this.#change = null;
      this.#waiters.confirm(this.live());
      return;
    }
    const now = this.#parts.clock.monotonicMs();
    this.#change ??= { from: this.#target, sinceMs: now, sinceWallMs: this.#parts.clock.wallMs() };
    this.#waiters.expire(() => ({ live: this.live(), reason: this.#whyNot() }));
    if (!this.#inFlight) this.#step(now);
  }

  activity(): SwarmActivity {
    const change = this.#change;
    if (change === null) return this.#target === 0 ? { kind: "stopped" } : { kind: "steady" };
    const hold = this.#hold();
    if (hold !== null) return { kind: "held", reason: hold };
    const settleMs = SETTLE_MS + (this.onlyDrains() ? this.drainTimeoutMs : (this.startUpMs() ?? 0));
    if (this.#since(change.sinceMs) > settleMs || this.swarm.startBlock() !== null) {
      return { kind: "unconfirmed", target: this.#target, live: this.live(), reason: this.#whyNot() };
    }
    return { kind: "scaling", from: change.from, to: this.#target, sinceMs: change.sinceWallMs };
  }

  dispose(): void {
    this.#abort.abort();
    this.#waiters.end(this.live());
    this.#owned.dispose();
  }

  #step(nowMs: number): void {
    const { swarm, spawner } = this.#parts;
    const definition = this.#definition;
    const block = swarm.startBlock();
    const isCommand = definition.agentType === "command";
    const step = nextStep({
      target: this.#target,
      cap: definition.maxAgents,
      counted: spawner.counted(swarm.id),
      agents: swarm.agents(),
      // A command is started by the task it is for.
      held: isCommand || this.#hold() !== null,
      blocked: block !== null && nowMs < block.retryAtMonotonicMs,
    });
    if (step.kind === "drain") for (const id of step.agentIds) swarm.drainAgent(id);
    if (step.kind !== "start") return;
    this.#inFlight = true;
    // After a failure one try at a time, so that a broken command costs one process a try.
    const count = block === null ? step.count : 1;
    void this.#start(count).finally(() => {
      this.#inFlight = false;
      this.reconcile();
    });
  }

  async #start(count: number): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    const starts = Array.from({ length: count }, () => this.swarm.startAgent(this.definition.maxAgents, signal));
    for (const result of await Promise.allSettled(starts)) {
      if (result.status === "fulfilled") continue;
      const reason = toCoded(result.reason);
      // Anything but a plain refusal leaves open whether it runs.
      if (!(result.reason instanceof CodedError) || reason.code.startsWith("keeper.") || reason.code === "aborted")
        this.#parts.onUncertain();
    }
  }

  #converged(): boolean {
    const agents = this.swarm.agents();
    // Commands come and go with their tasks: what a size promises is that there are never more of them.
    if (this.agentType === "command")
      return !agents.some(isEnding) && this.#parts.spawner.counted(this.swarm.id) <= this.#target;
    return (
      !this.#inFlight &&
      agents.length === this.#target &&
      this.#parts.spawner.counted(this.swarm.id) === this.#target &&
      agents.every((agent) => (agent.state === "idle" || agent.state === "working") && !isEnding(agent)) &&
      this.live() === this.#target
    );
  }

  #begin(from: number): void {
    this.#change = { from, sinceMs: this.#parts.clock.monotonicMs(), sinceWallMs: this.#parts.clock.wallMs() };
  }

  #whyNot(): Coded {
    const block = this.swarm.startBlock();
    if (block !== null) return block.reason;
    const hold = this.#hold();
    if (hold !== null) return hold;
    const agents = this.swarm.agents();
    const starting = agents.filter((agent) => agent.state === "starting" || agent.state === "unresponsive").length;
    return {
      code: "scale.deadline",
      args: { live: this.live(), target: this.#target, starting, ending: agents.filter(isEnding).length },
    };
  }

  /** Why it may not grow now. */
  #hold(): Coded | null {
    return this.#held ?? (this.heldByOperator ? { code: "hold.operator", args: { untilMs: this.heldUntilMs } } : null);
  }

  #since(monotonicMs: number): number {
    return Math.round(this.#parts.clock.monotonicMs() - monotonicMs);
  }
}
