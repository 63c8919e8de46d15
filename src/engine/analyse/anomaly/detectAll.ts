import { AnomalyDetector, type Deviation } from "./detector.ts";

export interface SeriesScores {
  /** 0 to 1; NaN where nothing was measured. */
  readonly scores: Float64Array;
  /** 1 = flagged. */
  readonly flags: Uint8Array;
  readonly deviations: readonly (Deviation | null)[];
}

export interface DetectAllOptions {
  readonly seed: number;
  readonly seasonSteps: number | null;
}

/** Every value of an even series, oldest first, by those before it. NaN where nothing was measured. */
export function detectAll(values: Float64Array, options: DetectAllOptions): SeriesScores {
  const detector = new AnomalyDetector(options);
  const scores = new Float64Array(values.length);
  const flags = new Uint8Array(values.length);
  const deviations: (Deviation | null)[] = [];
  for (const [i, value] of values.entries()) {
    const { score, flag, deviated } = detector.push({ value, phase: null, forecast: null });
    scores[i] = score ?? Number.NaN;
    flags[i] = flag ? 1 : 0;
    deviations.push(deviated);
  }
  return { scores, flags, deviations };
}
