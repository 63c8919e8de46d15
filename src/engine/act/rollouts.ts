import type { Clock } from "../common/clock.ts";
import type { PlanRules, SwarmsPort, SwarmView } from "../ports.ts";
import type { Coded, Decision, DecisionPlan, SwarmFigures } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import { deadlineOf } from "./pilotViews.ts";

export interface RolloutsParts {
  readonly swarms: SwarmsPort;
  readonly rules: PlanRules;
  readonly clock: Clock;
  /** What the swarm's tasks did since then, and how the machine is. */
  readonly measure: (swarmId: string, sinceMs: number) => SwarmFigures;
  /** There is more work than agents. */
  readonly isUrgent: (swarmId: string) => boolean;
  /** The machine has room for this size now, whatever it had when the steps were planned. */
  readonly isRoomFor: (size: number, decision: Decision, swarm: SwarmView) => boolean;
  /** Another size was asked for: written down before it is, and counted after. @throws CodedError `store.write` */
  readonly onStep: (decision: Decision, plan: DecisionPlan, from: number) => void;
}

/**
 * `stepping`: a size was asked for and is not seen yet · `watching`: it is seen, its effect is waited for · `paused`: on
 * hold before its size was seen · `goingBack`: it got worse.
 */
type Phase =
  | { readonly kind: "stepping" }
  | { readonly kind: "watching"; readonly sinceMs: number; readonly looks: number }
  | { readonly kind: "paused" }
  | { readonly kind: "goingBack"; readonly reason: Coded };

interface Rollout {
  readonly decision: Decision;
  readonly steps: readonly number[];
  readonly before: SwarmFigures;
  readonly sinceMs: number;
  readonly end: (outcome: ActionOutcome) => void;
  readonly fail: (error: unknown) => void;
  index: number;
  /** When the newest step was seen; when it was begun, before. */
  seenMs: number;
  /** Newest size that was seen and did no harm. */
  good: number;
  phase: Phase;
  /** Who waits for less than the end. */
  waiters: { readonly deadlineMs: number; readonly settle: (outcome: ActionOutcome) => void }[];
}

/**
 * Changes of size in several steps, one a swarm at most: each step is seen, then looked at, before the next; when the
 * swarm gets worse it goes back to the last size that did no harm. Moved on by looks only, so it holds no timer; ended by
 * whatever else sets the target. What is not remembered here after a restart is not gone on with.
 */
export class Rollouts {
  readonly #parts: RolloutsParts;
  readonly #running = new Map<string, Rollout>();

  constructor(parts: RolloutsParts) {
    this.#parts = parts;
  }

  /** Resolves when it is over, however long it takes. @param beforeMs tasks since then are what it is compared with */
  run(decision: Decision, { steps }: DecisionPlan, beforeMs: number): Promise<ActionOutcome> {
    return new Promise((end, fail) => {
      const rollout: Rollout = {
        decision,
        steps,
        before: this.#parts.measure(decision.swarmId, beforeMs),
        sinceMs: this.#parts.clock.monotonicMs(),
        end,
        fail,
        index: 0,
        seenMs: this.#parts.clock.monotonicMs(),
        good: decision.from,
        phase: { kind: "stepping" },
        waiters: [],
      };
      this.#running.set(decision.swarmId, rollout);
      this.#step(rollout);
    });
  }

  /** The end of a swarm's rollout, or that it goes on when the caller has waited long enough. */
  until(
    whole: Promise<ActionOutcome>,
    swarmId: string,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ActionOutcome> {
    const rollout = this.#running.get(swarmId);
    if (rollout === undefined) return whole;
    return new Promise((settle, fail) => {
      rollout.waiters.push({ deadlineMs: this.#parts.clock.monotonicMs() + deadlineMs, settle });
      signal.addEventListener("abort", () => settle(this.#unconfirmed(rollout, { code: "aborted", args: {} })));
      whole.then(settle, fail);
    });
  }

  has(swarmId: string): boolean {
    return this.#running.has(swarmId);
  }

  /** Something else sets the target of the swarm. */
  end(swarmId: string, reason: Coded): void {
    const rollout = this.#running.get(swarmId);
    if (rollout !== undefined) this.#end(rollout, reason);
  }

  dispose(): void {
    for (const rollout of this.#running.values()) this.#end(rollout, { code: "engine.stopping", args: {} });
  }

  /** Once a tick. */
  look(): void {
    const now = this.#parts.clock.monotonicMs();
    for (const [swarmId, rollout] of this.#running) {
      const swarm = this.#parts.swarms.list().find(({ id }) => id === swarmId);
      if (swarm === undefined) this.#end(rollout, { code: "undo.swarmGone", args: { swarmId } });
      else if (rollout.phase.kind !== "goingBack" && swarm.target !== rollout.steps[rollout.index])
        this.#end(rollout, { code: "scale.superseded", args: { target: swarm.target } });
      else this.#lookAt(swarm, rollout, now);
      rollout.waiters = rollout.waiters.filter(({ deadlineMs, settle }) => {
        if (now < deadlineMs) return true;
        settle(this.#unconfirmed(rollout, this.#underWay(rollout)));
        return false;
      });
    }
  }

  #lookAt(swarm: SwarmView, rollout: Rollout, now: number): void {
    const { phase, steps, before, decision } = rollout;
    const isHeld = swarm.heldByOperator || swarm.activity().kind === "held";
    if (isHeld || phase.kind === "stepping" || phase.kind === "goingBack") return;
    if (phase.kind === "paused") return this.#step(rollout);
    const looks = phase.looks + 1;
    rollout.phase = { ...phase, looks };
    const { rules, measure, isUrgent } = this.#parts;
    const after = measure(swarm.id, phase.sinceMs);
    const grows = decision.to > decision.from;
    const worse = rules.worsened(before, after, grows);
    if (worse !== null && !isAccepted(worse, decision)) return this.#goBack(swarm, rollout, worse);
    const urgent = grows && isUrgent(swarm.id);
    const pauseMs = rules.pauseMs(swarm.timeScale);
    if (!urgent && !rules.isSeen(after, looks, now - phase.sinceMs, pauseMs)) return;
    rollout.good = swarm.target;
    if (rollout.index === steps.length - 1)
      return this.#over(rollout, {
        kind: "confirmed",
        live: swarm.live(),
        elapsedMs: Math.round(rollout.seenMs - rollout.sinceMs),
      });
    // More work than agents: no more pauses.
    const next = urgent ? steps.length - 1 : rollout.index + 1;
    const size = steps[next] ?? decision.to;
    if (isAutomatic(decision)) {
      const at = swarm.target;
      if (swarm.mode !== "auto")
        return this.#end(rollout, { code: "plan.modeChanged", args: { mode: swarm.mode, at } });
      if (!this.#parts.isRoomFor(size, decision, swarm))
        return this.#end(rollout, { code: "plan.noRoom", args: { at, to: size } });
    }
    rollout.index = next;
    this.#step(rollout);
  }

  /** Asks for the size of the present step. */
  #step(rollout: Rollout): void {
    const { decision, steps, index } = rollout;
    rollout.phase = { kind: "stepping" };
    try {
      const swarm = this.#parts.swarms.get(decision.swarmId);
      const size = steps[index] ?? decision.to;
      const from = swarm.target;
      this.#parts.onStep(decision, { steps, at: size }, from);
      const asked = this.#parts.swarms.scale(swarm.id, size, deadlineOf(swarm, size), new AbortController().signal);
      asked.then(
        (outcome) => this.#answered(swarm, rollout, outcome),
        (error: unknown) => this.#break(rollout, error),
      );
    } catch (error) {
      // Not written down, or no such swarm any more: not done.
      this.#break(rollout, error);
    }
  }

  #answered(swarm: SwarmView, rollout: Rollout, outcome: ActionOutcome): void {
    if (!this.#isRunning(rollout)) return;
    const isHeld = swarm.heldByOperator || swarm.activity().kind === "held";
    if (outcome.kind === "confirmed") {
      rollout.seenMs = this.#parts.clock.monotonicMs();
      rollout.phase = { kind: "watching", sinceMs: rollout.seenMs, looks: 0 };
    } else if (outcome.kind === "unconfirmed" && isHeld && outcome.reason.code !== "scale.superseded")
      rollout.phase = { kind: "paused" };
    // Not seen by its deadline: nothing is built on it. The engine goes on trying for this step, and for no further one.
    else this.#over(rollout, outcome.kind === "refused" ? this.#unconfirmed(rollout, outcome.reason) : outcome);
  }

  #goBack(swarm: SwarmView, rollout: Rollout, worse: Coded): void {
    const { good, decision, steps } = rollout;
    const at = swarm.target;
    const reason = { code: "plan.rolledBack", args: { ...worse.args, worse: worse.code, at, to: good } };
    const refusal = swarm.refusal(good);
    if (refusal !== null) return this.#end(rollout, refusal);
    rollout.phase = { kind: "goingBack", reason };
    try {
      this.#parts.onStep(decision, { steps, at: good }, at);
      const deadlineMs = deadlineOf(swarm, good);
      const asked = this.#parts.swarms.scale(swarm.id, good, deadlineMs, new AbortController().signal);
      asked.then(
        () => this.#end(rollout, reason),
        (error: unknown) => this.#break(rollout, error),
      );
    } catch (error) {
      this.#break(rollout, error);
    }
  }

  #underWay({ steps, index }: Rollout): Coded {
    return { code: "plan.underWay", args: { at: steps[index] ?? null, to: steps.at(-1) ?? null } };
  }

  /** Whatever ends it while it goes back: that it went back is what there is to say. */
  #end(rollout: Rollout, reason: Coded): void {
    const { phase } = rollout;
    this.#over(rollout, this.#unconfirmed(rollout, phase.kind === "goingBack" ? phase.reason : reason));
  }

  #over(rollout: Rollout, outcome: ActionOutcome): void {
    if (!this.#isRunning(rollout)) return;
    this.#running.delete(rollout.decision.swarmId);
    rollout.end(outcome);
  }

  #break(rollout: Rollout, error: unknown): void {
    if (!this.#isRunning(rollout)) return;
    this.#running.delete(rollout.decision.swarmId);
    rollout.fail(error);
  }

  #isRunning(rollout: Rollout): boolean {
    return this.#running.get(rollout.decision.swarmId) === rollout;
  }

  #unconfirmed(rollout: Rollout, reason: Coded): ActionOutcome {
    const swarm = this.#parts.swarms.list().find(({ id }) => id === rollout.decision.swarmId);
    return { kind: "unconfirmed", live: swarm?.live() ?? 0, elapsedMs: this.#elapsed(rollout), reason };
  }

  #elapsed({ sinceMs }: Rollout): number {
    return Math.round(this.#parts.clock.monotonicMs() - sinceMs);
  }
}

/** No operator asked for it or agreed to it. */
function isAutomatic({ origin, by }: Decision): boolean {
  return origin === "scaler" && by === null;
}

/** Who asks for fewer agents has said that tasks may wait longer: to grow again would go against their word. */
function isAccepted({ code }: Coded, { origin, from, to }: Decision): boolean {
  return code === "plan.waiting" && origin === "operator" && to < from;
}
