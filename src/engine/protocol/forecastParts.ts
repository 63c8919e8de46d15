import type { PredictedMetric, PredictedPlan } from "./forecast.ts";
import type { ForecastScore } from "./model.ts";
import type { Correlation, CorrelationPair, CycleProfile, HeatMap, PatternBasis } from "./patterns.ts";

/** Parts of the page "Swarm Forecast" beside the chart. Texts of reasons are made by the editor's side. */

/** How much history is shown, in real time. */
export const SPANS = {
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
  "90d": 7_776_000_000,
} as const;
export type Span = keyof typeof SPANS;

/** Something unusual about the load. `text`: `demand 14, usually 3 to 6`. */
export interface PageAnomaly {
  readonly metric: string;
  readonly fromMs: number;
  /** `null` while it goes on. */
  readonly toMs: number | null;
  /** Its most unusual step, in the unit of the metric. */
  readonly value: number;
  /** 0 to 1. */
  readonly peakScore: number;
  readonly text: string;
}

/** How the models did, and what was learned. */
export interface PageReport {
  readonly ready: boolean;
  /** Why the forecast takes no part, in words; `null` when it does. */
  readonly reason: string | null;
  /** The gate's choice. */
  readonly model: string;
  /** The best simple rule, which has to be beaten. */
  readonly baseline: string | null;
  readonly confidence: number;
  readonly stepMs: number;
  readonly historySteps: number;
  readonly seasonSteps: number | null;
  /** Best first. */
  readonly scores: readonly ForecastScore[];
  readonly assessedAtMs: number | null;
  readonly learned: readonly {
    readonly model: string;
    readonly seenToMs: number;
    readonly trainedAtMs: number | null;
    readonly backend: string | null;
  }[];
  /** 0..1 while a network is trained. */
  readonly trainingRatio: number | null;
}

/** What was asked for once, or is asked for now and then. What is known stays while it is asked for anew. */
export type Asked<T> =
  | { readonly kind: "none" }
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "known"; readonly value: T };

/** As the engine's, with the reason in words. */
export type PagePattern<T> =
  | ({ readonly kind: "known"; readonly basis: PatternBasis } & T)
  | { readonly kind: "tooLittle"; readonly neededMs: number; readonly haveMs: number }
  | { readonly kind: "undefined"; readonly reason: string };

export const CYCLES = ["hourly", "daily", "weekly", "monthly", "quarterly"] as const;
export type Cycle = (typeof CYCLES)[number];

export type FigureUnit = "number" | "cores" | "bytes" | "bytesPerSecond" | "ratio";

export interface PageSeriesPatterns {
  readonly metric: string;
  readonly label: string;
  readonly unit: FigureUnit;
  readonly heatMap: PagePattern<HeatMap>;
  readonly cycles: Readonly<Record<Cycle, PagePattern<Pick<CycleProfile, "strength">>>>;
  readonly period: PagePattern<{ readonly periodMs: number; readonly correlation: number }>;
  /** Load, growth, volatility and predictability, in words. */
  readonly traits: readonly { readonly name: string; readonly pattern: PagePattern<{ readonly text: string }> }[];
}

export interface PagePatterns {
  readonly madeAtMs: number;
  /** Asked for, in own time. */
  readonly windowMs: number;
  readonly timeScale: number;
  readonly hours: "local" | "own";
  readonly series: readonly PageSeriesPatterns[];
  readonly correlations: readonly {
    readonly pair: CorrelationPair;
    readonly label: string;
    readonly pattern: PagePattern<Correlation>;
  }[];
}

export interface PageResource {
  readonly metric: PredictedMetric;
  readonly unit: "agents" | "cores" | "bytes" | "bytesPerSecond";
  readonly ready: boolean;
  readonly reason: string | null;
  readonly model: string;
  /** Share of held-out values inside the interval; `null` when it was not tested. */
  readonly coverage: number | null;
  /** The last step of the horizon; `null` when nothing can be said. */
  readonly end: { readonly atMs: number; readonly mean: number; readonly lo: number; readonly hi: number } | null;
}

/** What the resources of a swarm will need. */
export interface PageResources {
  readonly swarmId: string;
  readonly madeAtMs: number;
  /** In the swarm's own time. */
  readonly horizonMs: number;
  readonly timeScale: number;
  readonly confidence: number;
  readonly backTested: number | null;
  readonly metrics: readonly PageResource[];
  readonly plan: {
    readonly ready: boolean;
    readonly reason: string | null;
    readonly steps: PredictedPlan["steps"];
  };
}
