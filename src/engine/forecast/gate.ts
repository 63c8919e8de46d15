import type { Coded } from "../common/errors.ts";
import { ENSEMBLE } from "./ensemble.ts";
import type { Forecaster } from "./forecaster.ts";
import type { Judged } from "./scores.ts";

/** Coverage may miss what was asked by this much (design rule 13). */
const COVERAGE_TOLERANCE = 0.05;

export interface Gate {
  readonly ready: boolean;
  /** `null` when it is ready. */
  readonly reason: Coded | null;
  /** The best simple rule on this series, which has to be beaten; `null` when none could be tested. */
  readonly baseline: string | null;
}

export interface GateOptions {
  readonly confidence: number;
  /** In the unit of the series, for words. */
  readonly scale: number;
  /** Percent; `null` for no such limit. */
  readonly minAccuracy: number | null;
}

/**
 * The one gate (design rule 13): the ensemble's error is below that of the best baseline on this series, and its interval
 * held what was asked within five points.
 */
export function gateOf(judged: readonly Judged[], models: readonly Forecaster[], options: GateOptions): Gate {
  const { confidence, scale, minAccuracy } = options;
  const isBaseline = new Set(models.filter(({ role }) => role === "baseline").map(({ id }) => id));
  const tested = judged.filter(({ mae }) => mae !== null).toSorted((a, b) => (a.mae as number) - (b.mae as number));
  const baseline = tested.find(({ id }) => isBaseline.has(id));
  const ensemble = tested.find(({ id }) => id === ENSEMBLE);
  const refuse = (code: string, args: Coded["args"]): Gate => ({
    ready: false,
    reason: { code, args },
    baseline: baseline?.id ?? null,
  });
  if (baseline === undefined || ensemble === undefined) return refuse("forecast.tooFewTests", { confidence });
  const errors = { mae: round((ensemble.mae as number) * scale), baselineMae: round((baseline.mae as number) * scale) };
  if (!((ensemble.mae as number) < (baseline.mae as number)))
    return refuse("forecast.noBetter", { model: ENSEMBLE, baseline: baseline.id, ...errors });
  const { coverage } = ensemble;
  if (coverage === null) return refuse("forecast.tooFewTests", { confidence });
  if (Math.abs(coverage - confidence) > COVERAGE_TOLERANCE + 1e-9)
    return refuse("forecast.coverage", { model: ENSEMBLE, asked: confidence, got: round(coverage) });
  const { accuracy } = ensemble.score;
  if (minAccuracy !== null && !(accuracy !== null && accuracy >= minAccuracy))
    return refuse("forecast.inaccurate", { accuracy: accuracy === null ? null : round(accuracy), minAccuracy });
  return { ready: true, reason: null, baseline: baseline.id };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
