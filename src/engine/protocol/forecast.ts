import type { Coded } from "../common/errors.ts";

// Forecasts, and how good they were.

/** Every model by its name in commands, answers and charts. `harmonic` and `linear` work within the ensemble besides. */
export const MODEL_NAMES = ["naive", "snaive", "ewma", "median", "ets", "mstl", "lstm", "rf", "ensemble"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** A step of a forecast. `atMs`: wall clock at the end of the step. `lo`..`hi` holds the value with the asked confidence. */
export interface ForecastPoint {
  readonly atMs: number;
  readonly mean: number;
  readonly lo: number;
  readonly hi: number;
}

/** How one model did on rolling back-tests over the newest part of a series. `null` where it could not be computed. */
export interface ForecastScore {
  readonly model: string;
  /** Mean absolute error, in the unit of the series. */
  readonly mae: number | null;
  /** MAE ÷ the in-sample MAE of the one-step naive forecast (Hyndman & Koehler 2006). */
  readonly mase: number | null;
  /** Σ|error| ÷ Σ|value|. */
  readonly wape: number | null;
  /** 100 · (1 − WAPE), percent; may be below 0. */
  readonly accuracy: number | null;
  /** Share of held-out values inside the interval, 0..1. */
  readonly coverage: number | null;
  /** Width of the interval plus 2/α of what fell outside it (Gneiting & Raftery 2007), in the unit of the series. */
  readonly intervalScore: number | null;
  /** Mean cost of one fit and of one forecast. */
  readonly fitMs: number | null;
  readonly predictMs: number | null;
}

/** The demand of one swarm to come. `ready` is the gate: only a ready forecast takes part in decisions. */
export interface Forecast {
  readonly swarmId: string;
  readonly ready: boolean;
  /** Why it is not ready; `null` when it is. */
  readonly reason: Coded | null;
  /** Whose points these are; `none` when nothing can be said. */
  readonly model: string;
  readonly confidence: number;
  readonly stepMs: number;
  readonly madeAtMs: number;
  /** Wall clock of the last sample it rests on, and how many steps of history. */
  readonly historyEndMs: number;
  readonly historySteps: number;
  /** Steps of them that were not measured and were filled, for fitting alone; absent when all were. */
  readonly filledSteps?: number;
  /** `null` when no season was used. */
  readonly seasonSteps: number | null;
  /** The best simple rule, which has to be beaten; `null` when nothing was tested. */
  readonly baseline: string | null;
  /** Empty when nothing can be said. Present although not ready: shown as what it is, never used. */
  readonly points: readonly ForecastPoint[];
  /** All models of the back-test, best first. */
  readonly scores: readonly ForecastScore[];
}

/** A step of history that was unusual by what came before it. */
export interface UnusualStep {
  /** Wall clock at its end. */
  readonly atMs: number;
  readonly value: number;
  /** 0..1. */
  readonly score: number;
}

/** A forecast with what it rests on. */
export interface ForecastReport {
  readonly swarmId: string;
  /** `null` before the first. */
  readonly forecast: Forecast | null;
  /** What was said in the back-tests, step after step: to be laid over what came. */
  readonly said: readonly ForecastPoint[];
  /** Unusual steps of the history, oldest first; nothing was learned from them. */
  readonly unusual: readonly UnusualStep[];
  /** When all models were last tested; `null` before. */
  readonly assessedAtMs: number | null;
  /** The newest fit of each learned model. */
  readonly learned: readonly LearnedModel[];
  /** Share that is done of a training that runs now; `null` while none does. */
  readonly trainingRatio: number | null;
}

export interface LearnedModel {
  readonly model: string;
  /** End of the data that it has seen. */
  readonly seenToMs: number;
  /** `null` when that is not known. */
  readonly trainedAtMs: number | null;
  /** What a network was trained with: `tensorflow`, `wasm` or `cpu`; `null` for what needs no such thing. */
  readonly backend: string | null;
}

/** What a swarm's resources will need, one forecast each. */
export interface ScalingPrediction {
  readonly swarmId: string;
  readonly timeHorizonSeconds: number;
  readonly predictions: Readonly<Record<PredictedMetric, MetricPrediction>>;
  readonly scalingPlan: PredictedPlan;
  readonly confidence: {
    readonly asked: number;
    /** What the interval of the demand held in its tests; `null` when it was not tested. */
    readonly backTested: number | null;
  };
}

export const PREDICTED_METRICS = ["demand", "cpu", "memory", "network", "agents"] as const;
export type PredictedMetric = (typeof PREDICTED_METRICS)[number];

export interface MetricPrediction {
  readonly unit: "agents" | "cores" | "bytes" | "bytesPerSecond";
  readonly forecast: Forecast;
  /** The points of each model that was asked for; empty, with the reason, where it could say nothing. */
  readonly byModel: readonly ModelPoints[];
}

export interface ModelPoints {
  readonly model: string;
  readonly points: readonly ForecastPoint[];
  readonly reason: Coded | null;
}

/** Sizes that would meet the demand as forecast, within the bounds of the swarm. Nothing acts on it by itself. */
export interface PredictedPlan {
  readonly ready: boolean;
  readonly reason: Coded | null;
  /** Changes of size in the order of time; a size holds until the next one. */
  readonly steps: readonly {
    readonly atMs: number;
    readonly agents: number;
    readonly demandMean: number;
    readonly demandHi: number;
    /** The bound of the swarm that kept it from more, or from fewer. */
    readonly bound: "min" | "max" | null;
  }[];
}
