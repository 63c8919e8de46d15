import type { ScalerPort, ScalerVerdict, ScalerView } from "../ports.ts";
import type { HpaPolicy } from "../protocol/hpaPolicy.ts";
import type { Coded, HpaInputs } from "../protocol/model.ts";
import type { HpaMetric } from "./hpa.ts";
import { DEFAULT_HPA_POLICY, hpaOptions } from "./hpaOptions.ts";
import { HpaScaler, type HpaVerdict } from "./hpaScaler.ts";
import { LoadWindow, type MeanLoad } from "./loadWindow.ts";
import { currentRatio, scalingInputs, unusable } from "./scalingInputs.ts";
import { cooldownMs } from "./scalingTimes.ts";

/** The forecast takes no part: it is the rule of those who want none. */
const NO_FORECAST: Coded = { code: "forecast.notForHpa", args: {} };

/** The last change that was no scaler's idea. */
interface OperatorsChange {
  readonly up: boolean;
  readonly atMs: number;
}

/**
 * A live swarm sized by the rules of a Kubernetes autoscaler. Metrics: utilisation (demand ÷ agents against
 * `targetUtilisation`) and, where `hpa.targetQueuePerAgent` is given, waiting tasks for each agent; what waits then counts
 * there alone. Each is a mean over the scaler's window, as Kubernetes' metrics are over theirs.
 *
 * What Kubernetes leaves open is decided carefully here: while agents are missing or starting nothing is decided, so that
 * what waits for them is not answered with yet more; nothing shrinks on partial figures or while tasks are held back; while
 * nothing can be decided the size there is counts as wanted; and what an operator did is not turned round before the
 * swarm's cooldown is over.
 */
export class LiveHpaScaler implements ScalerPort {
  readonly #window = new LoadWindow();
  #made: { readonly hpa: HpaPolicy; readonly timeScale: number; readonly scaler: HpaScaler } | null = null;
  #lastChange: { readonly from: number; readonly to: number; readonly atMs: number } | null = null;
  #operators: OperatorsChange | null = null;

  acted(from: number, to: number, monotonicMs: number, byOperator = false): void {
    if (from === to) return;
    this.#lastChange = { from, to, atMs: monotonicMs };
    this.#made?.scaler.acted(from, to, monotonicMs);
    if (byOperator) this.#operators = { up: to > from, atMs: monotonicMs };
  }

  look(view: ScalerView): ScalerVerdict {
    const { target, live, maxAgents, nowMonotonicMs: now } = view;
    const hpa = view.policy.hpa ?? DEFAULT_HPA_POLICY;
    const { targetUtilisation } = view.policy;
    this.#window.look(view);
    const load = this.#window.mean();
    const current = currentRatio(view, load);
    const scaler = this.#scaler(hpa, view.timeScale);
    const inputs = scalingInputs(view, load, {
      predictedRatio: null,
      predictedInMs: null,
      combinedRatio: current,
      forecastModel: view.forecast?.model ?? null,
      forecastReason: NO_FORECAST,
      scaleUpAbove: targetUtilisation * (1 + hpa.scaleUp.tolerance),
      scaleDownBelow: targetUtilisation * (1 - hpa.scaleDown.tolerance),
    });
    const rest = (code: string, args: Coded["args"] = {}): ScalerVerdict => {
      scaler.rest(target, now);
      return { to: target, reason: { code, args }, inputs };
    };

    if (target === 0) return rest("scaling.stopped");
    const problem = unusable(view);
    if (view.reading === null || problem !== null) return rest(problem?.code ?? "scaling.missing", problem?.args);
    if (live !== target) return rest("scaling.unsettled", { live, target });
    const pending = view.pending ?? 0;
    if (pending > 0) return rest("scaling.starting", { pending, target });
    if (load === null || current === null || !this.#window.isFull)
      return rest("scaling.warmingUp", { readings: this.#window.size });

    const isPartial = load.low !== load.high || view.reading.low !== view.reading.high;
    const verdict = scaler.look({
      nowMs: now,
      measuredMs: view.reading.monotonicMs,
      current: target,
      // A configuration never says so; should one, the cap holds.
      minAgents: Math.min(view.minAgents, maxAgents),
      maxAgents,
      metrics: metricsOf(load, hpa, targetUtilisation, isPartial),
    });
    const own = hpaInputs(verdict);
    const { to, reason } = this.#bounded(verdict, view, load, { ...own, current });
    return { to, reason, inputs: { ...inputs, hpa: own } };
  }

  #bounded(
    verdict: HpaVerdict,
    view: ScalerView,
    load: MeanLoad,
    figures: HpaInputs & { readonly current: number },
  ): { readonly to: number; readonly reason: Coded } {
    const { target, nowMonotonicMs: now } = view;
    const { to } = verdict;
    if (verdict.why !== "up" && verdict.why !== "down") return { to, reason: reasonOf(verdict, view, load, figures) };
    const last = this.#operators;
    const up = to > target;
    const waitMs = last === null || last.up === up ? 0 : last.atMs + cooldownMs(view.policy, view.timeScale) - now;
    if (waitMs <= 0) return { to, reason: reasonOf(verdict, view, load, figures) };
    return { to: target, reason: reasonOf({ ...verdict, why: "waiting", waitMs }, view, load, figures) };
  }

  /** A changed configuration makes a new one. It begins as after a restart: with the size there is, and the last change. */
  #scaler(hpa: HpaPolicy, timeScale: number): HpaScaler {
    const made = this.#made;
    // The same object at every tick, until a configuration is read again: then the same words are the same options.
    if (made !== null && made.hpa === hpa && made.timeScale === timeScale) return made.scaler;
    if (made !== null && made.timeScale === timeScale && JSON.stringify(made.hpa) === JSON.stringify(hpa)) {
      this.#made = { ...made, hpa };
      return made.scaler;
    }
    const scaler = new HpaScaler(hpaOptions(hpa, timeScale));
    const last = this.#lastChange;
    if (last !== null) scaler.acted(last.from, last.to, last.atMs);
    this.#made = { hpa, timeScale, scaler };
    return scaler;
  }
}

/** A metric that nobody knows beside the others: with it they may grow a swarm and not shrink it. */
const UNKNOWN: HpaMetric = { kind: "perAgent", target: 1, usage: null };
const QUEUE = "queue";

function metricsOf(
  { low, waiting }: MeanLoad,
  { targetQueuePerAgent }: HpaPolicy,
  targetUtilisation: number,
  isPartial: boolean,
): readonly HpaMetric[] {
  const hasQueue = targetQueuePerAgent !== undefined && waiting !== null;
  const usage = hasQueue ? Math.max(0, low - waiting) : low;
  return [
    { kind: "perAgent", target: targetUtilisation, usage },
    ...(hasQueue ? [{ kind: "perAgent", name: QUEUE, target: targetQueuePerAgent, usage: waiting } as const] : []),
    ...(isPartial ? [UNKNOWN] : []),
  ];
}

function hpaInputs({ metric, ratio, desired }: HpaVerdict): HpaInputs {
  if (metric === null || ratio === null) return { metric: null, perAgent: null, targetPerAgent: null, desired: null };
  return {
    metric: metric.kind === "perAgent" && metric.name === QUEUE ? "queue" : "utilisation",
    perAgent: ratio * metric.target,
    targetPerAgent: metric.target,
    desired,
  };
}

function reasonOf(
  { to, why, desired, allowed, waitMs }: HpaVerdict,
  { target, minAgents, maxAgents, reading }: ScalerView,
  load: MeanLoad,
  { metric, perAgent, targetPerAgent, current }: HpaInputs & { readonly current: number },
): Coded {
  const args = { ...{ combined: current, current, predicted: null, inMs: null }, metric, perAgent, targetPerAgent };
  const coded = (code: string, more: Coded["args"] = {}): Coded => ({ code, args: { ...args, ...more } });
  switch (why) {
    case "bounds":
      return to > target
        ? { code: "scaling.belowMin", args: { min: to } }
        : { code: "scaling.aboveMax", args: { max: maxAgents } };
    case "stopped":
      return { code: "scaling.stopped", args: {} };
    case "stale":
    case "missing":
      return load.heldBack > 0 || (reading?.heldBack ?? 0) > 0
        ? coded("scaling.heldBack", { waiting: reading?.heldBack ?? load.heldBack })
        : coded("scaling.partial", { highest: load.high / target });
    case "waiting": {
      const code = (allowed ?? target) > target ? "scaling.waitUp" : "scaling.waitDown";
      return coded(code, { to: allowed, waitMs: Math.round(waitMs) });
    }
    case "up":
    case "down":
      return coded(`hpa.${why}`, { wanted: desired });
    case "steady":
      if (desired === null || desired === target) return coded("hpa.within");
      if (desired > target)
        return target >= maxAgents
          ? coded("scaling.atMax", { max: maxAgents })
          : coded("hpa.heldUp", { wanted: desired });
      return target <= minAgents
        ? coded("scaling.atMin", { min: minAgents })
        : coded("hpa.heldDown", { wanted: desired });
  }
}
