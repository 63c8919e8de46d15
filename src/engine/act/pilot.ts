import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { DecisionLedger, Log, PilotPort, PilotReading, ScalerPort, SwarmsPort, SwarmView } from "../ports.ts";
import type { ScalingPolicy } from "../protocol/config.ts";
import type { Decision, ScalingStatus } from "../protocol/model.ts";
import type { ActionOutcome, DecisionRow, ScaleResult } from "../protocol/rpc.ts";
import { DecisionBook, type NewDecision } from "./decisionBook.ts";
import { Recommendations } from "./recommendations.ts";
import { undoRefusal } from "./undoRefusal.ts";

/** What the scaler begins has this long to be seen. */
const ACTION_DEADLINE_MS = 60_000;
/** Decisions of a swarm looked through at start for the newest that was carried out. */
const LOOK_BACK = 200;

export interface PilotParts {
  readonly swarms: SwarmsPort;
  readonly decisions: DecisionLedger;
  readonly newScaler: (swarm: SwarmView) => ScalerPort;
  readonly cooldownMs: (policy: ScalingPolicy, timeScale: number) => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: (wallMs: number) => string;
}

/** What is known of one swarm beside the swarm itself. */
interface Track {
  readonly scaler: ScalerPort;
  /** The target as it was left here: another one was set by somebody else (a changed configuration). */
  target: number;
  acting: number;
  status: ScalingStatus | null;
  /** Newest decision that was carried out, and when by the monotonic clock. */
  newest: { readonly id: string; readonly sinceMs: number } | null;
  readonly recommendations: Recommendations;
}

/** The one way by which targets of swarms change: decided, written down, carried out, looked at, written down. */
export class Pilot implements PilotPort, Disposable {
  readonly #parts: PilotParts;
  readonly #book: DecisionBook;
  readonly #tracks = new Map<string, Track>();
  readonly #abort = new AbortController();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #resumed = false;
  /** A ledger that refuses is said once, not every tick. */
  #unwritable = false;

  constructor(parts: PilotParts) {
    this.#parts = parts;
    this.#book = new DecisionBook(parts.decisions, parts.clock, parts.newId, () => this.#changed.emit());
  }

  look(
    readings: readonly PilotReading[],
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
    tickIntervalMs: number,
  ): void {
    if (!this.#resumed) this.#resume();
    this.#book.retry();
    for (const reading of readings) {
      const swarm = this.#parts.swarms.get(reading.swarmId);
      const track = this.#track(swarm);
      this.#noticeOthers(swarm, track, stamp.monotonicMs);
      this.#confirmLate(swarm, track);
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
    const verdict = track.scaler.look({
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
      pending: swarm.agents().filter(({ state }) => state === "starting").length,
      pressureRatio,
      policy: swarm.scaling,
      timeScale: swarm.timeScale,
    });
    const activity = swarm.activity();
    const idle = swarm.mode === "observe" || swarm.target === 0;
    const hindrance = busyReason(swarm, activity.kind, track.acting > 0);
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

  status(swarmId: string): ScalingStatus | null {
    return this.#tracks.get(swarmId)?.status ?? null;
  }

  async scale(
    swarmId: string,
    target: number,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
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
    const decision = this.#begin(swarm, { origin: "operator", by, to: target, reason, inputs: null, undoOf: null });
    return this.#carryOut(swarm, decision, () => this.#parts.swarms.scale(swarmId, target, deadlineMs, signal));
  }

  async retire(agentId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    const { swarms } = this.#parts;
    const swarm = swarms.list().find((s) => s.agents().some(({ id }) => id === agentId));
    const stop = () => swarms.stopAgent(agentId, deadlineMs, signal);
    const to = swarm === undefined ? 0 : Math.max(Math.min(swarm.minAgents, swarm.target), swarm.target - 1);
    // At its minimum, or as a helper of another swarm, it is replaced: no target changes.
    if (swarm === undefined || swarm.supportOf !== null || to === swarm.target) return stop();
    const reason = { code: "operator.stoppedAgent", args: { by, agentId } };
    const decision = this.#begin(swarm, { origin: "operator", by, to, reason, inputs: null, undoOf: null });
    return (await this.#carryOut(swarm, decision, stop)).outcome;
  }

  async apply(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<ScaleResult> {
    const decision = this.#waiting(decisionId);
    const swarm = this.#parts.swarms.get(decision.swarmId);
    const refusal = swarm.refusal(decision.to);
    const { swarmId, from, to } = decision;
    if (refusal !== null) return { swarmId, from, to, outcome: { kind: "refused", reason: refusal } };
    this.#track(swarm).recommendations.taken();
    const acting = this.#book.update({ ...decision, by, state: this.#acting() });
    return this.#carryOut(swarm, acting, () => this.#parts.swarms.scale(swarmId, to, deadlineMs, signal));
  }

  dismiss(decisionId: string, by: string): void {
    const decision = this.#waiting(decisionId);
    const swarm = this.#parts.swarms.get(decision.swarmId);
    const waitMs = this.#parts.cooldownMs(swarm.scaling, swarm.timeScale);
    this.#track(swarm).recommendations.dismiss(by, this.#parts.clock.monotonicMs() + waitMs);
  }

  async undo(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<ScaleResult> {
    const undone = this.#parts.decisions.get(decisionId);
    if (undone === null) throw new CodedError("decision.unknown", { id: decisionId });
    const refusal = this.#undoRefusal(undone);
    if (refusal !== null) throw new CodedError(refusal.code, refusal.args);
    const { swarmId, from: to } = undone;
    const swarm = this.#parts.swarms.get(swarmId);
    const reason = { code: "undo.of", args: { from: undone.from, to: undone.to, by } };
    const decision = this.#begin(swarm, { origin: "undo", by, to, reason, inputs: null, undoOf: undone.id });
    this.#book.update({ ...undone, undoneBy: decision.id });
    return this.#carryOut(swarm, decision, () => this.#parts.swarms.scale(swarmId, to, deadlineMs, signal));
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
    this.#changed.dispose();
  }

  // Carrying out ----------------------------------------------------------------------------------------------------

  /** On disk as under way, before anything is done. @throws CodedError `store.write` */
  #begin(swarm: SwarmView, decision: NewDecision): Decision {
    this.#track(swarm).recommendations.withdraw({ code: "decision.overtaken", args: {} });
    return this.#book.add(swarm, decision, this.#acting());
  }

  #actAlone(swarm: SwarmView, decision: NewDecision): void {
    try {
      const begun = this.#begin(swarm, decision);
      this.#unwritable = false;
      const act = () => this.#parts.swarms.scale(swarm.id, decision.to, ACTION_DEADLINE_MS, this.#abort.signal);
      this.#carryOut(swarm, begun, act).catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #carryOut(
    swarm: SwarmView,
    decision: Decision,
    act: () => Promise<ActionOutcome>,
    sinceMs = this.#parts.clock.monotonicMs(),
  ): Promise<ScaleResult> {
    const { swarmId, from, to } = decision;
    const track = this.#track(swarm);
    const began = this.#parts.clock.monotonicMs();
    track.acting++;
    track.newest = { id: decision.id, sinceMs };
    track.scaler.acted(from, to, began);
    try {
      const outcome = act();
      track.target = swarm.target;
      const seen = await outcome;
      this.#book.update({ ...this.#book.newest(decision), state: stateOf(seen, began - sinceMs) });
      return { swarmId, from, to, outcome: seen };
    } catch (error) {
      this.#book.update({ ...this.#book.newest(decision), state: { kind: "refused", reason: toCoded(error) } });
      throw error;
    } finally {
      track.acting--;
      track.target = swarm.target;
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
    if (swarm.target === track.target) return;
    track.scaler.acted(track.target, swarm.target, monotonicMs);
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

  /** What an engine before this one left open: recommendations are over, actions go on where they really began. */
  #resume(): void {
    this.#resumed = true;
    const { decisions, swarms, clock } = this.#parts;
    for (const decision of decisions.open()) {
      const swarm = swarms.list().find(({ id }) => id === decision.swarmId);
      if (decision.state.kind === "recommended") {
        const state = { kind: "withdrawn", reason: { code: "decision.restarted", args: {} }, atMs: clock.wallMs() };
        this.#book.update({ ...decision, state: state as Decision["state"] });
      } else if (swarm === undefined || swarm.target !== decision.to) {
        const state = { kind: "interrupted", reason: { code: "decision.interrupted", args: {} } };
        this.#book.update({ ...decision, state: state as Decision["state"] });
      } else {
        const act = () => swarms.scale(swarm.id, decision.to, ACTION_DEADLINE_MS, this.#abort.signal);
        const sinceMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - decision.wallMs);
        this.#carryOut(swarm, decision, act, sinceMs).catch((error: unknown) => this.#fail(error));
      }
    }
  }

  #track(swarm: SwarmView): Track {
    const known = this.#tracks.get(swarm.id);
    if (known !== undefined) return known;
    const { clock, decisions, newScaler } = this.#parts;
    const scaler = newScaler(swarm);
    const newest = decisions.list({ swarmId: swarm.id, limit: LOOK_BACK }).find(wasCarriedOut) ?? null;
    // How long ago by the wall clock; one that was set back cannot make a cooldown shorter.
    const sinceMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - (newest?.wallMs ?? 0));
    if (newest !== null) scaler.acted(newest.from, newest.to, sinceMs);
    const track: Track = {
      scaler,
      target: swarm.target,
      acting: 0,
      status: null,
      newest: newest === null ? null : { id: newest.id, sinceMs },
      recommendations: new Recommendations(this.#book),
    };
    this.#tracks.set(swarm.id, track);
    return track;
  }

  #waiting(decisionId: string): Decision {
    const decision = this.#parts.decisions.get(decisionId);
    if (decision === null) throw new CodedError("decision.unknown", { id: decisionId });
    if (decision.state.kind !== "recommended") throw new CodedError("decision.over", { state: decision.state.kind });
    return decision;
  }

  #undoRefusal(decision: Decision): Coded | null {
    const swarm = this.#parts.swarms.list().find(({ id }) => id === decision.swarmId);
    const newest = swarm === undefined ? null : this.#track(swarm).newest;
    return undoRefusal(decision, swarm, newest?.id ?? null);
  }
}

/** Agents alive. Commands come and go with their tasks: of them the size is how many may run. */
function sizeSeen(swarm: SwarmView): number {
  return swarm.agentType === "command" ? swarm.target : swarm.live();
}

function busyReason(swarm: SwarmView, activity: string, acting: boolean): Coded | null {
  if (swarm.heldByOperator || activity === "held") return { code: "scaling.held", args: {} };
  if (activity === "unconfirmed")
    return { code: "scaling.unconfirmed", args: { live: swarm.live(), target: swarm.target } };
  return acting || activity === "scaling"
    ? { code: "scaling.busy", args: { live: swarm.live(), target: swarm.target } }
    : null;
}

function wasCarriedOut({ state }: Decision): boolean {
  return state.kind === "acting" || state.kind === "confirmed" || state.kind === "unconfirmed";
}

function stateOf(outcome: ActionOutcome, earlierMs: number): Decision["state"] {
  return outcome.kind === "refused" ? outcome : { ...outcome, elapsedMs: Math.round(outcome.elapsedMs + earlierMs) };
}
