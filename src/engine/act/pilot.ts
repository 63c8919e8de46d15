import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type {
  DecisionLedger,
  Log,
  PilotPort,
  PilotReading,
  ScalerView,
  SizingRules,
  SwarmsPort,
  SwarmView,
  UndoAnswer,
  WorkPort,
} from "../ports.ts";
import type { Decision, HostSample, ScalingStatus, ShadowReport } from "../protocol/model.ts";
import type { ScaleAskAnswer } from "../protocol/agentCalls.ts";
import type { ActionOutcome, DecisionRow, ScaleResult } from "../protocol/rpc.ts";
import { DecisionBook, type NewDecision } from "./decisionBook.ts";
import { Changes } from "./changes.ts";
import { closeOpen, createTrack, type Track } from "./tracks.ts";
import { Proposals } from "./proposals.ts";
import { deadlineOf, hindranceTo, loadArgs, refusalOfWish, sizeSeen } from "./pilotViews.ts";
import { undoNotes, undoRefusal } from "./undoRefusal.ts";

export interface PilotParts {
  readonly swarms: SwarmsPort;
  readonly decisions: DecisionLedger;
  readonly rules: SizingRules;
  readonly tasks: WorkPort["window"];
  /** PSI at this moment. */
  readonly pressure: () => HostSample["pressure"];
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: (wallMs: number) => string;
  /** A swarm of an orchestrator: its decisions are written by whoever acts on it. */
  readonly isForeign?: (swarmId: string) => boolean;
}

/** The one way by which targets of swarms change: decided, written down, carried out, looked at, written down. */
export class Pilot implements PilotPort, Disposable {
  readonly #parts: PilotParts;
  readonly #book: DecisionBook;
  readonly #tracks = new Map<string, Track>();
  readonly #abort = new AbortController();
  readonly #changes: Changes;
  readonly #proposals: Proposals;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #resumed = false;
  /** A ledger that refuses is said once, not every tick. */
  #unwritable = false;

  constructor(parts: PilotParts) {
    this.#parts = parts;
    this.#book = new DecisionBook(parts.decisions, parts.clock, parts.newId, () => this.#changed.emit());
    this.#proposals = new Proposals(this.#book, parts.clock);
    this.#changes = new Changes({
      ...parts,
      book: this.#book,
      track: (swarm) => this.#track(swarm),
      known: (swarmId) => this.#tracks.get(swarmId) ?? null,
      onFailure: (error) => this.#fail(error),
    });
  }

  /** All decisions, also of swarms that somebody else acts on. */
  get book(): Pick<DecisionBook, "add" | "update"> {
    return this.#book;
  }

  look(
    readings: readonly PilotReading[],
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
    tickIntervalMs: number,
  ): void {
    this.#resume();
    this.#book.retry();
    this.#changes.look();
    for (const reading of readings) {
      const swarm = this.#parts.swarms.get(reading.swarmId);
      const track = this.#track(swarm);
      this.#noticeOthers(swarm, track, stamp.monotonicMs);
      this.#confirmLate(swarm, track);
      this.#proposals.look(swarm);
      this.#lookAt(swarm, track, reading, stamp, tickIntervalMs);
    }
  }

  #lookAt(
    swarm: SwarmView,
    track: Track,
    { reading, forecast, anomaly = null, pressureRatio = null }: PilotReading,
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
    tickIntervalMs: number,
  ): void {
    const view: ScalerView = {
      swarmId: swarm.id,
      nowMonotonicMs: stamp.monotonicMs,
      nowWallMs: stamp.wallMs,
      live: sizeSeen(swarm),
      target: swarm.target,
      minAgents: swarm.minAgents,
      maxAgents: swarm.maxAgents,
      reading,
      tickIntervalMs,
      forecast,
      anomaly,
      startUpMs: swarm.startUpMs(),
      taskSeconds: this.#parts.rules.taskSeconds(swarm.id),
      pending: swarm.agents().filter(({ state }) => state === "starting").length,
      pressureRatio,
      policy: swarm.scaling,
      timeScale: swarm.timeScale,
    };
    track.demand = reading?.low ?? null;
    const bounded = this.#parts.rules.withinRoom(track.scaler.look(view), swarm);
    const shadow = this.#lookAside(swarm, track, view);
    const verdict = shadow === null ? bounded : { ...bounded, inputs: { ...bounded.inputs, shadow } };
    const activity = swarm.activity();
    const idle = swarm.mode === "observe" || swarm.target === 0;
    const hindrance = hindranceTo(verdict.to, swarm, activity.kind, track.acting > 0);
    if (idle) track.recommendations.withdraw({ code: "decision.noLonger", args: {} });
    else if (hindrance === null && swarm.mode === "recommend") track.recommendations.look(swarm, verdict, stamp);
    else if (swarm.mode === "auto" || swarm.heldByOperator || activity.kind === "held")
      track.recommendations.withdraw(hindrance ?? { code: "decision.noLonger", args: {} });
    if (!idle && hindrance === null && swarm.mode === "auto" && verdict.to !== swarm.target) {
      const { to, reason, inputs } = verdict;
      this.#actAlone(swarm, { origin: "scaler", by: null, to, reason, inputs, undoOf: null });
    }
    const dqn = track.scaler.advice?.() ?? null;
    track.status = idle
      ? null
      : {
          from: swarm.target,
          to: hindrance === null ? verdict.to : swarm.target,
          reason: hindrance ?? verdict.reason,
          inputs: verdict.inputs,
          recommendationId: track.recommendations.pendingId,
          ...(dqn === null ? {} : { dqn }),
        };
  }

  /** What `auto` would do, where it may not. */
  #lookAside(swarm: SwarmView, track: Track, view: ScalerView): ShadowReport | null {
    const { rules, tasks } = this.#parts;
    if (swarm.mode !== "recommend" || swarm.target === 0) {
      track.shadow = null;
      return null;
    }
    const shadow = (track.shadow ??= { port: rules.newShadow(), lookedMs: view.nowMonotonicMs });
    const { ranMs } = tasks(swarm.id, shadow.lookedMs);
    shadow.lookedMs = view.nowMonotonicMs;
    const mayAct = !swarm.heldByOperator && swarm.activity().kind !== "held";
    return shadow.port.look({ view, ranMs, mayAct, withinRoom: (verdict) => rules.withinRoom(verdict, swarm) });
  }

  status(swarmId: string): ScalingStatus | null {
    return this.#tracks.get(swarmId)?.status ?? null;
  }

  async scale(
    swarmId: string,
    target: number,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
    atOnce = false,
  ): Promise<ScaleResult> {
    const swarm = this.#parts.swarms.get(swarmId);
    const from = swarm.target;
    const refusal = swarm.refusal(target);
    if (refusal !== null) return { swarmId, from, to: target, outcome: { kind: "refused", reason: refusal } };
    if (target === from)
      return {
        swarmId,
        from,
        to: target,
        outcome: await this.#parts.swarms.scale(swarmId, target, deadlineMs, signal),
      };
    const code = target === 0 ? "operator.stop" : from === 0 ? "operator.start" : "operator.scale";
    const reason = { code, args: { by } };
    const plan = atOnce ? {} : this.#changes.planFor(swarm, { to: target, inputs: null });
    const asked = { origin: "operator", by, to: target, reason, inputs: null, undoOf: null, ...plan } as const;
    return this.#changes.make(swarm, this.#begin(swarm, asked), deadlineMs, signal);
  }

  async ask(
    swarmId: string,
    target: number,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ScaleAskAnswer> {
    this.#resume();
    const swarm = this.#parts.swarms.get(swarmId);
    const track = this.#track(swarm);
    const reason = { code: "agent.asked", args: { by, ...loadArgs(track.status) } };
    const refusal = refusalOfWish(swarm, target) ?? this.#refusalOfGrowth(swarm, track, target, reason);
    if (refusal !== null) return { kind: "refused", reason: refusal };
    if (swarm.mode === "recommend") {
      const { decision, untilMs } = this.#proposals.add(swarm, target, by, reason);
      return { kind: "recommended", decisionId: decision.id, from: swarm.target, to: target, untilMs };
    }
    const hindrance = hindranceTo(target, swarm, swarm.activity().kind, track.acting > 0);
    if (hindrance !== null) return { kind: "refused", reason: hindrance };
    const plan = this.#changes.planFor(swarm, { to: target, inputs: null });
    const asked = { origin: "agent", by, to: target, reason, inputs: null, undoOf: null, ...plan } as const;
    return { kind: "done", result: await this.#changes.make(swarm, this.#begin(swarm, asked), deadlineMs, signal) };
  }

  /** What a scaler may not exceed no agent may either. */
  #refusalOfGrowth(swarm: SwarmView, { status }: Track, target: number, reason: Coded): Coded | null {
    if (target <= swarm.target) return null;
    if (status === null) return { code: "scale.notSized", args: { swarmId: swarm.id } };
    const bounded = this.#parts.rules.withinRoom({ to: target, reason, inputs: status.inputs }, swarm);
    return bounded.to < target ? bounded.reason : null;
  }

  planOf(swarmId: string, target: number): { readonly steps: readonly number[]; readonly pauseMs: number } {
    return this.#changes.planOf(this.#parts.swarms.get(swarmId), target);
  }

  async retire(
    agentId: string,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
    now = false,
  ): Promise<ActionOutcome> {
    const { swarms } = this.#parts;
    const swarm = swarms.list().find((s) => s.agents().some(({ id }) => id === agentId));
    const stop = () => swarms.stopAgent(agentId, deadlineMs, signal, now);
    const to = swarm === undefined ? 0 : Math.max(Math.min(swarm.minAgents, swarm.target), swarm.target - 1);
    // At its minimum, or as a helper of another swarm, it is replaced: no target changes.
    if (swarm === undefined || swarm.supportOf !== null || to === swarm.target) return stop();
    const reason = { code: "operator.stoppedAgent", args: { by, agentId } };
    const decision = this.#begin(swarm, { origin: "operator", by, to, reason, inputs: null, undoOf: null });
    return (await this.#changes.carryOut(swarm, decision, stop)).outcome;
  }

  async apply(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<ScaleResult> {
    const decision = this.#waiting(decisionId);
    const swarm = this.#parts.swarms.get(decision.swarmId);
    const refusal = swarm.refusal(decision.to);
    const { swarmId, from, to } = decision;
    if (refusal !== null) return { swarmId, from, to, outcome: { kind: "refused", reason: refusal } };
    if (this.#proposals.has(decisionId)) this.#proposals.taken(decisionId);
    else this.#track(swarm).recommendations.taken();
    this.#changes.end(swarmId, { code: "scale.superseded", args: { target: to } });
    const state = this.#acting();
    const acting = this.#book.update({ ...decision, by, state, ...this.#changes.planFor(swarm, { to, inputs: null }) });
    return this.#changes.make(swarm, acting, deadlineMs, signal);
  }

  dismiss(decisionId: string, by: string): void {
    const decision = this.#waiting(decisionId);
    if (this.#proposals.has(decisionId))
      return this.#proposals.withdraw(decision.swarmId, { code: "decision.dismissed", args: { by } });
    const swarm = this.#parts.swarms.get(decision.swarmId);
    const waitMs = this.#parts.rules.cooldownMs(swarm.scaling, swarm.timeScale);
    return this.#track(swarm).recommendations.dismiss(by, this.#parts.clock.monotonicMs() + waitMs);
  }

  async undo(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<UndoAnswer> {
    this.#resume();
    const undone = this.#parts.decisions.get(decisionId);
    if (undone === null) throw new CodedError("decision.unknown", { id: decisionId });
    const refusal = this.#undoRefusal(undone);
    if (refusal !== null) throw new CodedError(refusal.code, refusal.args);
    const { swarmId, from: to } = undone;
    const swarm = this.#parts.swarms.get(swarmId);
    const reason = { code: "undo.of", args: { from: undone.from, to: undone.to, by } };
    const sinceMs = this.#track(swarm).newest?.sinceMs ?? this.#parts.clock.monotonicMs();
    const notes = undoNotes(undone, this.#parts.tasks(swarmId, sinceMs).cut);
    const noted = notes.length === 0 ? {} : { notes };
    const undoing = { origin: "undo", by, to, reason, inputs: null, undoOf: undone.id, ...noted } as const;
    const decision = this.#begin(swarm, undoing);
    this.#book.update({ ...undone, undoneBy: decision.id });
    const act = () => this.#parts.swarms.scale(swarmId, to, deadlineMs, signal);
    return { result: await this.#changes.carryOut(swarm, decision, act), notes };
  }

  list(query: {
    readonly swarmId?: string | undefined;
    readonly limit: number;
    readonly before?: string | undefined;
  }): readonly DecisionRow[] {
    return this.#parts.decisions.list(query).map((decision) => {
      const known = this.#book.newest(decision);
      return { ...known, undoRefusal: this.#undoRefusal(known) };
    });
  }

  dispose(): void {
    this.#abort.abort();
    this.#changes.dispose();
    this.#changed.dispose();
  }

  // Carrying out ----------------------------------------------------------------------------------------------------

  /** On disk as under way, before anything is done. @throws CodedError `store.write` */
  #begin(swarm: SwarmView, decision: NewDecision): Decision {
    this.#resume();
    this.#track(swarm).recommendations.withdraw({ code: "decision.overtaken", args: {} });
    const begun = this.#book.add(swarm, decision, this.#acting());
    // Only once the newer one is written down: else the older one would end for nothing.
    this.#changes.end(swarm.id, { code: "scale.superseded", args: { target: decision.to } });
    return begun;
  }

  #actAlone(swarm: SwarmView, decision: NewDecision): void {
    try {
      const begun = this.#begin(swarm, { ...decision, ...this.#changes.planFor(swarm, decision) });
      this.#unwritable = false;
      this.#changes
        .make(swarm, begun, deadlineOf(swarm, decision.to), this.#abort.signal)
        .catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #acting(): Decision["state"] {
    return { kind: "acting", sinceMs: this.#parts.clock.wallMs() };
  }

  #fail(error: unknown): void {
    if (this.#unwritable) return;
    this.#unwritable = true;
    const { code, args } = toCoded(error);
    this.#parts.log.error("decision.failed", { code, reason: String(args["reason"] ?? args["message"] ?? "") });
  }

  // Looking ---------------------------------------------------------------------------------------------------------

  /** A target set by a changed configuration is no decision of anybody, but the scaler has to wait after it all the same. */
  #noticeOthers(swarm: SwarmView, track: Track, monotonicMs: number): void {
    // A plan's own steps are its own.
    if (this.#changes.isInSteps(swarm.id)) track.target = swarm.target;
    if (swarm.target === track.target) return;
    track.scaler.acted(track.target, swarm.target, monotonicMs, true);
    track.recommendations.withdraw({ code: "decision.overtaken", args: {} });
    track.target = swarm.target;
    this.#changed.emit();
  }

  /** Seen after its deadline, with nothing decided in between: confirmed, with the time that it really took. */
  #confirmLate(swarm: SwarmView, track: Track): void {
    if (track.newest === null || track.acting > 0 || swarm.activity().kind !== "steady") return;
    const decision = this.#book.get(track.newest.id);
    if (decision?.state.kind !== "unconfirmed" || decision.to !== swarm.target || sizeSeen(swarm) !== decision.to)
      return;
    const elapsedMs = Math.round(this.#parts.clock.monotonicMs() - track.newest.sinceMs);
    this.#book.update({ ...decision, state: { kind: "confirmed", live: swarm.live(), elapsedMs } });
  }

  /** What an engine before this one left open: recommendations and plans are over, actions go on where they really began. */
  #resume(): void {
    // Before anything of this engine's own: what it begins must not be taken for a leftover.
    if (this.#resumed) return;
    this.#resumed = true;
    const { swarms, clock } = this.#parts;
    for (const decision of closeOpen(this.#parts, this.#book)) {
      const swarm = swarms.get(decision.swarmId);
      const act = () => swarms.scale(swarm.id, decision.to, deadlineOf(swarm, decision.to), this.#abort.signal);
      const sinceMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - decision.wallMs);
      this.#changes.carryOut(swarm, decision, act, sinceMs).catch((error: unknown) => this.#fail(error));
    }
  }

  #track(swarm: SwarmView): Track {
    const known = this.#tracks.get(swarm.id);
    if (known !== undefined) return known;
    const track = createTrack(swarm, this.#parts, this.#book);
    this.#tracks.set(swarm.id, track);
    return track;
  }

  #waiting(decisionId: string): Decision {
    this.#resume();
    const decision = this.#parts.decisions.get(decisionId);
    if (decision === null) throw new CodedError("decision.unknown", { id: decisionId });
    if (decision.state.kind !== "recommended") throw new CodedError("decision.over", { state: decision.state.kind });
    return decision;
  }

  #undoRefusal(decision: Decision): Coded | null {
    if (this.#parts.isForeign?.(decision.swarmId) === true)
      return { code: "undo.records", args: { swarmId: decision.swarmId, from: decision.from } };
    const swarm = this.#parts.swarms.list().find(({ id }) => id === decision.swarmId);
    const newest = swarm === undefined ? null : this.#track(swarm).newest;
    return undoRefusal(decision, swarm, newest?.id ?? null);
  }
}
