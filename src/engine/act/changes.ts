import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { type Coded, toCoded } from "../common/errors.ts";
import type { SizingRules, SwarmsPort, SwarmView, WorkPort } from "../ports.ts";
import type { Decision, DecisionPlan, HostSample, SwarmFigures } from "../protocol/model.ts";
import type { ActionOutcome, ScaleResult } from "../protocol/rpc.ts";
import type { DecisionBook, NewDecision } from "./decisionBook.ts";
import { Impacts } from "./impacts.ts";
import { stateOf } from "./pilotViews.ts";
import { Rollouts } from "./rollouts.ts";
import type { Track } from "./tracks.ts";

export interface ChangesParts {
  readonly swarms: SwarmsPort;
  readonly rules: SizingRules;
  readonly tasks: WorkPort["window"];
  readonly pressure: () => HostSample["pressure"];
  readonly clock: Clock;
  readonly book: DecisionBook;
  readonly track: (swarm: SwarmView) => Track;
  readonly known: (swarmId: string) => Track | null;
  /** Nobody was waiting for it any more. */
  readonly onFailure: (error: unknown) => void;
}

/** Carries decisions out, in one step or in several, and follows them until it is known what became of them. */
export class Changes implements Disposable {
  readonly #parts: ChangesParts;
  readonly #rollouts: Rollouts;
  readonly #impacts: Impacts;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    const { swarms, clock, rules, book } = parts;
    const measure = (swarmId: string, sinceMs: number): SwarmFigures => {
      const demand = parts.known(swarmId)?.demand ?? null;
      return rules.plan.figuresOf(parts.tasks(swarmId, sinceMs), parts.pressure(), demand);
    };
    this.#impacts = new Impacts(book, clock, measure);
    this.#rollouts = new Rollouts({
      swarms,
      rules: rules.plan,
      clock,
      measure,
      isRoomFor: (size, { reason, inputs }, swarm) =>
        inputs !== null && rules.withinRoom({ to: size, reason, inputs }, swarm).to >= size,
      isUrgent: (swarmId) => this.#isUrgent(swarmId),
      onStep: (decision, plan, from) => {
        book.update({ ...book.newest(decision), plan });
        const { scaler } = parts.track(swarms.get(decision.swarmId));
        scaler.acted(from, plan.at, clock.monotonicMs(), decision.origin !== "scaler");
      },
    });
  }

  /** Once a tick. */
  look(): void {
    this.#rollouts.look();
    this.#impacts.look();
  }

  isInSteps(swarmId: string): boolean {
    return this.#rollouts.has(swarmId);
  }

  /** Something else sets the target. */
  end(swarmId: string, reason: Coded): void {
    this.#rollouts.end(swarmId, reason);
  }

  planOf(swarm: SwarmView, target: number): { readonly steps: readonly number[]; readonly pauseMs: number } {
    const { planSteps, pauseMs } = this.#parts.rules.plan;
    return { steps: planSteps(swarm.target, target, this.#isUrgent(swarm.id)), pauseMs: pauseMs(swarm.timeScale) };
  }

  /** Nothing for a change in one step. */
  planFor(swarm: SwarmView, { to, inputs }: Pick<NewDecision, "to" | "inputs">): { readonly plan?: DecisionPlan } {
    const urgent = inputs === null ? this.#isUrgent(swarm.id) : (inputs.currentRatio ?? 0) > 1;
    const steps = this.#parts.rules.plan.planSteps(swarm.target, to, urgent);
    return steps.length > 1 ? { plan: { steps, at: swarm.target } } : {};
  }

  #isUrgent(swarmId: string): boolean {
    return (this.#parts.known(swarmId)?.status?.inputs.currentRatio ?? 0) > 1;
  }

  /** In one step or in several. The caller waits until its deadline; a plan goes on after it. */
  make(swarm: SwarmView, decision: Decision, deadlineMs: number, signal: AbortSignal): Promise<ScaleResult> {
    const { swarmId, from, to, plan } = decision;
    if (plan === undefined)
      return this.carryOut(swarm, decision, () => this.#parts.swarms.scale(swarmId, to, deadlineMs, signal));
    const beforeMs = this.#parts.clock.monotonicMs() - this.#parts.rules.plan.impactMs(swarm.timeScale);
    const whole = this.carryOut(swarm, decision, () => this.#rollouts.run(decision, plan, beforeMs));
    const outcome = whole.then((result) => result.outcome);
    // Nobody may be waiting any more when it fails.
    outcome.catch((error: unknown) => this.#parts.onFailure(error));
    const waited = this.#rollouts.until(outcome, swarmId, deadlineMs, signal);
    return waited.then((seen) => ({ swarmId, from, to, outcome: seen }));
  }

  async carryOut(
    swarm: SwarmView,
    decision: Decision,
    act: () => Promise<ActionOutcome>,
    sinceMs = this.#parts.clock.monotonicMs(),
  ): Promise<ScaleResult> {
    const { swarmId, from, to } = decision;
    const track = this.#parts.track(swarm);
    const began = this.#parts.clock.monotonicMs();
    track.acting++;
    track.newest = { id: decision.id, sinceMs };
    track.scaler.acted(from, decision.plan?.steps[0] ?? to, began, decision.origin !== "scaler");
    const windowMs = this.#parts.rules.plan.impactMs(swarm.timeScale);
    const before = this.#impacts.begin(swarmId, windowMs);
    try {
      const outcome = act();
      track.target = swarm.target;
      const seen = await outcome;
      this.#parts.book.update({ ...this.#parts.book.newest(decision), state: stateOf(seen, began - sinceMs) });
      const isComparable = from > 0 && to > 0 && seen.kind !== "refused";
      if (isComparable && track.newest.id === decision.id) this.#impacts.seen(swarmId, decision.id, before, windowMs);
      return { swarmId, from, to, outcome: seen };
    } catch (error) {
      const reason = toCoded(error);
      const elapsedMs = Math.round(this.#parts.clock.monotonicMs() - began);
      const state: Decision["state"] =
        swarm.target === from
          ? { kind: "refused", reason }
          : { kind: "unconfirmed", live: swarm.live(), elapsedMs, reason };
      this.#parts.book.update({ ...this.#parts.book.newest(decision), state });
      throw error;
    } finally {
      track.acting--;
      track.target = swarm.target;
    }
  }

  dispose(): void {
    this.#rollouts.dispose();
  }
}
