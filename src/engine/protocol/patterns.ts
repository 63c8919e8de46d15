import type { Coded, SeriesKey } from "./model.ts";

/**
 * Patterns over the stored history of a swarm. Moments (`…AtMs`, `fromMs`, `toMs`) are wall-clock time; durations and
 * hours of the day are in the swarm's own time, which a time scale of 240 lets pass 240 times as fast.
 */

/** How far back is looked when nothing is said, and at most; in own time. */
export const DEFAULT_PATTERN_WINDOW_MS = 7 * 86_400_000;
export const MAX_PATTERN_WINDOW_MS = 400 * 86_400_000;
/** Of this, at most so much is looked at minute by minute; the rest in hours. */
export const MAX_FINE_WINDOW_MS = 28 * 86_400_000;

/** The history that an answer rests on. */
export interface PatternBasis {
  /** From the first measured step on. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly steps: number;
  /** Of these steps, without a value. */
  readonly missing: number;
  /** Length of a step in own time. */
  readonly stepMs: number;
}

/**
 * One answer: known, with what it rests on; or more history is needed, in own time; or the question has no answer on this
 * history (a constant has no correlation), and why.
 */
export type Pattern<T> =
  | ({ readonly kind: "known"; readonly basis: PatternBasis } & T)
  | { readonly kind: "tooLittle"; readonly neededMs: number; readonly haveMs: number }
  | { readonly kind: "undefined"; readonly reason: Coded };

/** Neighbouring bins of a cycle, `to` not included; `from` > `to` passes the end of the cycle. */
export interface BinRange {
  readonly from: number;
  readonly to: number;
}

/** How a series runs through one cycle, bin by bin. */
export interface CycleProfile {
  /** Medians of the values; `null` where a bin was never measured. */
  readonly medians: readonly (number | null)[];
  /** In how many cycles each bin was measured. */
  readonly counts: readonly number[];
  /**
   * 0..1: max(0, 1 − Var(remainder) ÷ Var(seasonal + remainder)) (Wang, Smith and Hyndman 2006; Hyndman and
   * Athanasopoulos, fpp3 §4.3). The seasonal part of each cycle is taken from the other cycles, so that noise scores 0.
   */
  readonly strength: number;
  /** Around the highest and the lowest bin, within a quarter of the range between them; `null` for a level profile. */
  readonly peak: BinRange | null;
  readonly quiet: BinRange | null;
}

export interface DetectedPeriod {
  readonly periodMs: number;
  /** Correlation with itself one period ago, 0.3..1. */
  readonly correlation: number;
}

/** Medians by weekday (0 = Monday) and hour; row after row of 24. */
export interface HeatMap {
  readonly medians: readonly (number | null)[];
  /** In how many weeks each cell was measured. */
  readonly counts: readonly number[];
}

export interface TemporalPatterns {
  /** Of the strongest repetition, by autocorrelation, whatever its length. */
  readonly period: Pattern<DetectedPeriod>;
  /** Within the hour: 12 bins of 5 minutes. */
  readonly hourly: Pattern<CycleProfile>;
  /** Within the day: 24 hours. */
  readonly daily: Pattern<CycleProfile>;
  /** Within the week: 168 hours from Monday 00:00. */
  readonly weekly: Pattern<CycleProfile>;
  /** Within the month: 31 days. */
  readonly monthly: Pattern<CycleProfile>;
  /** Within the quarter: 14 weeks, the last one short. */
  readonly quarterly: Pattern<CycleProfile>;
  readonly heatMap: Pattern<HeatMap>;
}

/** A local maximum (or minimum) of the smoothed series. */
export interface Extremum {
  readonly atMs: number;
  readonly value: number;
  /** How far it stands out from what surrounds it, in the series' unit. */
  readonly prominence: number;
}

/** Neighbouring steps far from what the time of day lets expect. */
export interface Spike {
  readonly fromMs: number;
  readonly toMs: number;
  readonly direction: "up" | "down";
  /** The one furthest off, and what was expected there. */
  readonly value: number;
  readonly expected: number;
  /** Distance in robust standard deviations. */
  readonly score: number;
}

export interface LoadPattern {
  /** 10th percentile: what is there nearly always. */
  readonly baseline: number;
  readonly median: number;
  /** 95th percentile. */
  readonly high: number;
  readonly greatest: number;
  /** The most prominent, at most ten, in order of time; the same for valleys. */
  readonly peaks: readonly Extremum[];
  readonly valleys: readonly Extremum[];
  /** The furthest off, at most twenty, in order of time. */
  readonly spikes: readonly Spike[];
  readonly spikeCount: number;
}

export interface GrowthPattern {
  /** Theil–Sen slope over daily means, and its 95% interval. */
  readonly slopePerDay: number;
  readonly lowPerDay: number;
  readonly highPerDay: number;
  /** Slope as a share of the median daily mean; `null` when that is 0. */
  readonly relativePerDay: number | null;
  /** Mann–Kendall, two-sided. */
  readonly pValue: number;
  /** Rising or falling only where p is below 0.05. */
  readonly trend: "rising" | "falling" | "none";
  readonly days: number;
}

/** Coefficients of variation: standard deviations ÷ the mean's size. */
export interface VolatilityPattern {
  /** Of what level and time of day leave; with less than three days, around the median. */
  readonly remainderCv: number;
  /** Of the changes from step to step. */
  readonly changeCv: number;
  readonly mean: number;
}

export interface PredictabilityPattern {
  /** 0..1: how much of the hourly variation the same hour of earlier days foretells. 0: no more than the mean does. */
  readonly score: number;
  /** Typical error of that forecast, in the series' unit. */
  readonly errorRms: number;
}

export interface SeriesPatterns extends SeriesKey {
  readonly temporal: TemporalPatterns;
  readonly load: Pattern<LoadPattern>;
  readonly growth: Pattern<GrowthPattern>;
  readonly volatility: Pattern<VolatilityPattern>;
  readonly predictability: Pattern<PredictabilityPattern>;
}

export const CORRELATION_PAIRS = ["cpuMemory", "networkLoad", "agentsResources"] as const;
export type CorrelationPair = (typeof CORRELATION_PAIRS)[number];

/** Of changes from step to step, less the daily curve, so that two days of the same shape do not count as connected. */
export interface Correlation {
  /** Where the ranks correlate most, up or down; above 0 when the second follows the first. */
  readonly lagMs: number;
  readonly pearson: number;
  readonly spearman: number;
  /** Of Spearman's, two-sided, as the greatest of all lags that were tried. */
  readonly pValue: number;
  /** Independent pairs of values there are, given how each series hangs on its own past. */
  readonly effectiveSteps: number;
  /** Spearman's is beyond chance (1% a pair of unconnected series), and Pearson's agrees in sign. */
  readonly significant: boolean;
}

export interface SeriesCorrelation {
  readonly pair: CorrelationPair;
  readonly first: SeriesKey;
  readonly second: SeriesKey;
  readonly correlation: Pattern<Correlation>;
}

export interface Patterns {
  readonly swarmId: string;
  readonly madeAtMs: number;
  /** Asked for, in own time. */
  readonly windowMs: number;
  readonly timeScale: number;
  /** Whose hours and weekdays: this machine's time zone, or the swarm's own squeezed time, counted from the epoch. */
  readonly hours: "local" | "own";
  readonly series: readonly SeriesPatterns[];
  readonly correlations: readonly SeriesCorrelation[];
}
