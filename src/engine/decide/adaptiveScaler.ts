import type { ScalerPort, ScalerVerdict, ScalerView } from "../ports.ts";
import { inputsOf, type Judgement, reasonOf, type ScalingCode } from "./judgement.ts";
import { LoadWindow } from "./loadWindow.ts";
import { NO_PEAK, PeakAhead } from "./predictedPeak.ts";
import { shortQueue } from "./shortQueue.ts";
import { RecentPeak } from "./recentPeak.ts";
import { unusable } from "./scalingInputs.ts";
import { cooldownMs, scaleUpPeriodMs } from "./scalingTimes.ts";

/** At most doubled, or this many more, in each period of growth. */
const MAX_STEP_UP = 4;
/** Doubled this often in one step at most: sixteenfold. */
const MOST_DOUBLINGS = 4;
/** Sizes are counts: what is above one by less than this is rounding. */
const ROUNDING = 1e-9;

type Found = { -readonly [K in keyof Judgement]: Judgement[K] };

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
  readonly #ahead = new PeakAhead();
  readonly #found = nothing();
  #last: LastAction | null = null;

  acted(from: number, to: number, monotonicMs: number): void {
    if (to !== from) this.#last = { up: to > from, atMs: monotonicMs };
  }

  look(view: ScalerView): ScalerVerdict {
    this.judge(view);
    return this.told(view);
  }

  /** The last judgement in words. @param view that it was made of */
  told(view: ScalerView): ScalerVerdict {
    const found = this.#found;
    return { to: found.to, reason: reasonOf(found, view), inputs: inputsOf(found, view) };
  }

  /**
   * What `look` decides, without putting it into words: a simulation asks a million times a second.
   * @returns one object, used again at the next look
   */
  judge(view: ScalerView): Judgement {
    const found = this.#found;
    found.to = view.target;
    found.code = this.#decide(view, found);
    return found;
  }

  /** Leaves the size and the figures in `found`. @returns why */
  #decide(view: ScalerView, found: Found): ScalingCode {
    const { reading, nowMonotonicMs: now, policy, live, target } = view;
    // 1. The load of this moment, of the last while, and of the time to come.
    const window = this.#window;
    window.look(view);
    window.measure();
    const { low, high, heldBack } = window;
    found.readings = window.size;
    found.low = low;
    found.high = high;
    found.heldBack = heldBack;
    found.stabilizationMs = cooldownMs(policy, view.timeScale);
    if (window.isFull) this.#recent.add(low, now, now - found.stabilizationMs);
    const peak = this.#ahead.look(view);
    found.peak = peak;
    const current = live === 0 ? Number.NaN : low / live;
    const predicted = live === 0 ? Number.NaN : peak.mean / live;
    const weight = policy.predictionWeight;
    const combined = Number.isNaN(predicted) ? current : weight * predicted + (1 - weight) * current;
    found.current = current;
    found.predicted = predicted;
    found.combined = combined;

    // 2. What is not known changes nothing.
    if (target === 0) return "scaling.stopped";
    const problem = unusable(view);
    if (reading === null || problem !== null) return problem?.code ?? "scaling.missing";
    if (live !== target) return "scaling.unsettled";
    if (!window.isFull) return "scaling.warmingUp";
    // A configuration never says so; should one, the cap holds.
    const minAgents = Math.min(view.minAgents, view.maxAgents);
    if (target < minAgents) {
      found.to = minAgents;
      return "scaling.belowMin";
    }

    // 3. More, or fewer.
    const { scaleUpAbove, scaleDownBelow, targetUtilisation } = policy;
    const ratio = Math.max(combined, current);
    if (ratio > scaleUpAbove) {
      // A forecast that asks for more asks for the load to come, not for what waits.
      const load = predicted > scaleUpAbove ? null : window.mean();
      found.short = load === null ? null : shortQueue(view, load);
      if (found.short !== null) return "scaling.shortQueue";
      const wanted = Math.max(sizeFor(ratio, live, targetUtilisation), target + 1);
      const to = Math.min(wanted, view.maxAgents, mostInOneStep(view));
      if (to <= target) return "scaling.atMax";
      found.wanted = to;
      found.waitMs = this.waitMs(true, view);
      if (found.waitMs > 0) return "scaling.waitUp";
      found.to = to;
      return current > scaleUpAbove ? "scaling.up" : "scaling.upAhead";
    }
    if (!(combined < scaleDownBelow && current < scaleDownBelow)) return "scaling.inBand";
    if (heldBack > 0 || (reading.heldBack ?? 0) > 0) return "scaling.heldBack";
    if (low !== high || reading.low !== reading.high) return "scaling.partial";
    const to = Math.max(sizeFor(ratio, live, targetUtilisation), minAgents, Math.floor(target / 2), 1);
    if (to >= target) return "scaling.atMin";
    found.recent = this.#recent.highest() / live;
    const stable = Math.max(to, sizeFor(found.recent, live, targetUtilisation));
    if (stable >= target) return "scaling.recentPeak";
    found.wanted = stable;
    found.waitMs = this.waitMs(false, view);
    if (found.waitMs > 0) return "scaling.waitDown";
    found.to = stable;
    return "scaling.down";
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

/** The size at which a load of so much of the live agents is at the target utilisation. */
function sizeFor(ratio: number, live: number, targetUtilisation: number): number {
  return Math.ceil((live * ratio) / targetUtilisation - ROUNDING);
}

function nothing(): Found {
  const [to, readings] = [0, 0];
  const none = Number.NaN;
  return {
    ...{ to, code: "scaling.missing", readings, low: none, high: none, heldBack: none, current: none, predicted: none },
    ...{ combined: none, peak: NO_PEAK, short: null, wanted: none, waitMs: none, stabilizationMs: none, recent: none },
  };
}
