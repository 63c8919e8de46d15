import type { Coded } from "../common/errors.ts";
import type { ScalerView } from "../ports.ts";
import type { ScalingInputs } from "../protocol/model.ts";
import type { PredictedPeak } from "./predictedPeak.ts";
import type { ShortQueue } from "./shortQueue.ts";
import { scalingInputs, unusable } from "./scalingInputs.ts";

/** What one look of the adaptive scaler has found. Ratios are of the live agents; NaN where they are not known. */
export interface Judgement {
  /** The size that is wanted; the target: leave it. */
  readonly to: number;
  readonly code: ScalingCode;
  /** Readings in the window, and their means, agents' worth of work. */
  readonly readings: number;
  readonly low: number;
  readonly high: number;
  readonly heldBack: number;
  readonly current: number;
  readonly predicted: number;
  readonly combined: number;
  readonly peak: PredictedPeak;
  /** A queue that the agents there are will have done; `null` unless nothing grows for it. */
  readonly short: ShortQueue | null;
  /** The size that would be wanted if nothing had to wait, and for how long it has to. */
  readonly wanted: number;
  readonly waitMs: number;
  /** Over the stabilization window: how long that is, and the highest load ÷ live agents. */
  readonly stabilizationMs: number;
  readonly recent: number;
}

export type ScalingCode = `scaling.${
  | "stopped"
  | "missing"
  | "stale"
  | "unsettled"
  | "warmingUp"
  | "belowMin"
  | "shortQueue"
  | "atMax"
  | "waitUp"
  | "up"
  | "upAhead"
  | "heldBack"
  | "partial"
  | "atMin"
  | "recentPeak"
  | "waitDown"
  | "down"
  | "inBand"}`;

/** The judgement as people are told it. */
export function reasonOf(judgement: Judgement, view: ScalerView): Coded {
  return { code: judgement.code, args: argsOf(judgement, view) };
}

function argsOf(judgement: Judgement, view: ScalerView): Coded["args"] {
  const { code, current, combined, predicted, peak, high } = judgement;
  const { reading, live, target, minAgents, maxAgents, policy } = view;
  switch (code) {
    case "scaling.stopped":
    case "scaling.missing":
      return {};
    case "scaling.stale":
      return unusable(view)?.args ?? {};
    case "scaling.unsettled":
      return { live, target };
    case "scaling.warmingUp":
      return { readings: judgement.readings };
    case "scaling.belowMin":
      return { min: judgement.to };
    default:
  }
  const { scaleUpAbove, scaleDownBelow } = policy;
  const figures = {
    combined,
    current,
    predicted: known(predicted),
    inMs: inMs(peak, view),
    unusual: peak.reason?.code === "forecast.unusual",
    threshold: Math.max(combined, current) > scaleUpAbove ? scaleUpAbove : scaleDownBelow,
  };
  switch (code) {
    case "scaling.shortQueue":
      return { ...figures, ...judgement.short };
    case "scaling.atMax":
      return { ...figures, max: maxAgents };
    case "scaling.heldBack":
      return { ...figures, waiting: reading?.heldBack ?? judgement.heldBack };
    case "scaling.partial":
      return { ...figures, highest: high / live };
    case "scaling.atMin":
      return { ...figures, min: Math.min(minAgents, maxAgents) };
    case "scaling.recentPeak":
      return { ...figures, recent: judgement.recent, windowMs: judgement.stabilizationMs };
    case "scaling.waitUp":
    case "scaling.waitDown":
      return { ...figures, to: judgement.wanted, waitMs: Math.round(judgement.waitMs) };
    default:
      return figures;
  }
}

/** The figures that the judgement rests on, whatever it says. */
export function inputsOf(judgement: Judgement, view: ScalerView): ScalingInputs {
  const { readings, predicted, combined, peak } = judgement;
  const { scaleUpAbove, scaleDownBelow } = view.policy;
  return scalingInputs(view, readings === 0 ? null : judgement, {
    predictedRatio: known(predicted),
    predictedInMs: inMs(peak, view),
    combinedRatio: known(combined),
    forecastModel: peak.model,
    forecastReason: peak.reason,
    ...{ scaleUpAbove, scaleDownBelow },
  });
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function inMs({ atMs }: PredictedPeak, { nowWallMs }: ScalerView): number | null {
  return Number.isNaN(atMs) ? null : Math.round(atMs - nowWallMs);
}
