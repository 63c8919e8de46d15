import type { ScalerPort, ScalerVerdict, ScalerView } from "../ports.ts";
import type { Coded } from "../protocol/model.ts";
import { LoadWindow } from "./loadWindow.ts";
import { RecentPeak } from "./recentPeak.ts";
import { predictedPeak } from "./predictedPeak.ts";
import { shortQueue } from "./shortQueue.ts";
import { currentRatio, scalingInputs, unusable } from "./scalingInputs.ts";
import { cooldownMs, scaleUpPeriodMs } from "./scalingTimes.ts";

/** At most doubled, or this many more, in each period of growth. */
const MAX_STEP_UP = 4;
/** Doubled this often in one step at most: sixteenfold. */
const MOST_DOUBLINGS = 4;
/** Sizes are counts: what is above one by less than this is rounding. */
const ROUNDING = 1e-9;

interface LastAction {
  readonly up: boolean;
  readonly atMs: number;
}

/**
 * Sizes one swarm by its utilisation (demand ÷ live agents, unclipped). `combined` = w · predicted + (1 − w) · current;
 * a swarm grows when it is above the upper threshold and shrinks when both it and the current one are below the lower,
 * to `ceil(live · ratio / target utilisation)` within minimum, maximum and step policy.
 *
 * The ratio that sizes is the larger of combined and current: a forecast of less load neither stops a growth that the
 * load of this moment asks for, nor shrinks below it. Nothing is decided on missing or stale readings; on partial ones
 * growth is judged by what is surely there, and nothing shrinks; and so it is with tasks that are held back. Nor does a swarm shrink below what the highest load of
 * the last cooldown needs (the Kubernetes autoscaler's stabilization window for scaling in), so that a lull between two
 * bursts ends no agent that the next one would start again; nor does it grow for a queue that will be gone before an agent
 * has started.
 */
export class AdaptiveScaler implements ScalerPort {
  readonly #window = new LoadWindow();
  readonly #recent = new RecentPeak();
  #last: LastAction | null = null;

  acted(from: number, to: number, monotonicMs: number): void {
    if (to !== from) this.#last = { up: to > from, atMs: monotonicMs };
  }

  look(view: ScalerView): ScalerVerdict {
    const { reading, nowMonotonicMs: now } = view;
    this.#window.look(view);
    const load = this.#window.mean();
    const stabilizationMs = cooldownMs(view.policy, view.timeScale);
    if (load !== null && this.#window.isFull) this.#recent.add(load.low, now, now - stabilizationMs);
    const current = currentRatio(view, load);
    const peak = predictedPeak(view);
    const predicted = peak.mean === null || view.live === 0 ? null : peak.mean / view.live;
    const weight = view.policy.predictionWeight;
    const combined = current === null || predicted === null ? current : weight * predicted + (1 - weight) * current;
    const inputs = scalingInputs(view, load, {
      predictedRatio: predicted,
      predictedInMs: peak.inMs,
      combinedRatio: combined,
      forecastModel: peak.model,
      forecastReason: peak.reason,
      scaleUpAbove: view.policy.scaleUpAbove,
      scaleDownBelow: view.policy.scaleDownBelow,
    });
    const verdict = (to: number, code: string, args: Coded["args"] = {}): ScalerVerdict => ({
      to,
      reason: { code, args },
      inputs,
    });
    const leave = (code: string, args: Coded["args"] = {}) => verdict(view.target, code, args);

    if (view.target === 0) return leave("scaling.stopped");
    const problem = unusable(view);
    if (reading === null || problem !== null) return leave(problem?.code ?? "scaling.missing", problem?.args);
    if (view.live !== view.target) return leave("scaling.unsettled", { live: view.live, target: view.target });
    if (load === null || current === null || combined === null || !this.#window.isFull)
      return leave("scaling.warmingUp", { readings: this.#window.size });
    // A configuration never says so; should one, the cap holds.
    const minAgents = Math.min(view.minAgents, view.maxAgents);
    if (view.target < minAgents) return verdict(minAgents, "scaling.belowMin", { min: minAgents });

    const { scaleUpAbove, scaleDownBelow, targetUtilisation } = view.policy;
    const ratio = Math.max(combined, current);
    const figures = {
      combined,
      current,
      predicted,
      inMs: peak.inMs,
      unusual: peak.reason?.code === "forecast.unusual",
      threshold: ratio > scaleUpAbove ? scaleUpAbove : scaleDownBelow,
    };
    const size = (r: number) => Math.ceil((view.live * r) / targetUtilisation - ROUNDING);
    if (ratio > scaleUpAbove) {
      // A forecast that asks for more asks for the load to come, not for what waits.
      const short = predicted === null || predicted <= scaleUpAbove ? shortQueue(view, load) : null;
      if (short !== null) return leave("scaling.shortQueue", { ...figures, ...short });
      const wanted = Math.max(size(ratio), view.target + 1);
      const to = Math.min(wanted, view.maxAgents, mostInOneStep(view));
      if (to <= view.target) return leave("scaling.atMax", { ...figures, max: view.maxAgents });
      const waitMs = this.waitMs(true, view);
      if (waitMs > 0) return leave("scaling.waitUp", { ...figures, to, waitMs: Math.round(waitMs) });
      return verdict(to, current > scaleUpAbove ? "scaling.up" : "scaling.upAhead", figures);
    }
    const highest = load.high / view.live;
    if (combined < scaleDownBelow && current < scaleDownBelow) {
      if (load.heldBack > 0 || (reading.heldBack ?? 0) > 0)
        return leave("scaling.heldBack", { ...figures, waiting: reading.heldBack ?? load.heldBack });
      if (load.low !== load.high || reading.low !== reading.high)
        return leave("scaling.partial", { ...figures, highest });
      const to = Math.max(size(ratio), minAgents, Math.floor(view.target / 2), 1);
      if (to >= view.target) return leave("scaling.atMin", { ...figures, min: minAgents });
      const recent = this.#recent.highest() / view.live;
      const stable = Math.max(to, size(recent));
      if (stable >= view.target) return leave("scaling.recentPeak", { ...figures, recent, windowMs: stabilizationMs });
      const waitMs = this.waitMs(false, view);
      if (waitMs > 0) return leave("scaling.waitDown", { ...figures, to: stable, waitMs: Math.round(waitMs) });
      return verdict(stable, "scaling.down", figures);
    }
    return leave("scaling.inBand", figures);
  }

  /**
   * How long a change in this direction has to wait; none at 0 or below. After any change fewer agents and reversals wait the
   * cooldown; a further growth its own period only.
   */
  waitMs(up: boolean, { policy, timeScale, nowMonotonicMs }: ScalerView): number {
    if (this.#last === null) return 0;
    const wait = up && this.#last.up ? scaleUpPeriodMs(policy, timeScale) : cooldownMs(policy, timeScale);
    return this.#last.atMs + wait - nowMonotonicMs;
  }
}

/**
 * One action is in flight at a time, so that the next growth waits until the agents of this one have started. A step may
 * therefore be what the periods of their start would have allowed one after the other: over time no more than a doubling a
 * period, and agents that start within one period gain nothing by it.
 */
export function mostInOneStep({ target, startUpMs, policy, timeScale, tickIntervalMs }: ScalerView): number {
  const periodMs = Math.max(scaleUpPeriodMs(policy, timeScale), tickIntervalMs);
  const doublings = Math.min(MOST_DOUBLINGS, 1 + Math.floor((startUpMs ?? 0) / periodMs));
  let most = target;
  for (let n = 0; n < doublings; n++) most += Math.max(MAX_STEP_UP, most);
  return most;
}
