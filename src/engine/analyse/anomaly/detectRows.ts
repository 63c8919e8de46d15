import { AnomalyDetector, type DetectorOptions, type Verdict } from "./detector.ts";
import { StepClock } from "./stepClock.ts";

/** Values as they were written down: in any order where they have times, not necessarily even. */
export interface Rows {
  /** Not finite where nothing was measured. */
  readonly values: ArrayLike<number>;
  /** Epoch ms of each; `null`: they are equal steps in order. */
  readonly times: ArrayLike<number> | null;
}

export interface ScoredRow extends Verdict {
  /** Where it stands in `values`. */
  readonly index: number;
}

export interface SeriesScores {
  /** By index in `values`: 0 to 1, NaN where nothing was measured. */
  readonly scores: Float32Array;
  /** 1 = flagged. */
  readonly flags: Uint8Array;
}

/**
 * Every row in order of time, each judged by those before it: what comes later changes nothing. One at a time, so that ten
 * million take no memory.
 */
export function* detectRows({ values, times }: Rows, options: DetectorOptions): Generator<ScoredRow> {
  const detector = new AnomalyDetector(options);
  const clock = times === null ? null : new StepClock();
  const order = times === null ? null : orderOf(times);
  for (let i = 0; i < values.length; i++) {
    const index = order === null ? i : (order[i] as number);
    let phase: number | null = null;
    if (clock !== null && times !== null) {
      const step = clock.look(times[index] as number);
      for (let k = 0; k < step.skipped; k++) detector.push({ value: null, phase: null, forecast: null });
      phase = step.phase;
    }
    const verdict = detector.push({ value: values[index] as number, phase, forecast: null });
    yield { index, score: verdict.score, flag: verdict.flag, deviated: verdict.deviated };
  }
}

/** All of them, for a chart's marks or to leave spikes out of what is learnt from. */
export function detectAll(rows: Rows, options: DetectorOptions): SeriesScores {
  const scores = new Float32Array(rows.values.length);
  const flags = new Uint8Array(rows.values.length);
  for (const { index, score, flag } of detectRows(rows, options)) {
    scores[index] = score ?? Number.NaN;
    flags[index] = flag ? 1 : 0;
  }
  return { scores, flags };
}

/** Indices by time, equal times as they stand; `null` when rows are in order already. */
function orderOf(times: ArrayLike<number>): Uint32Array | null {
  let isOrdered = true;
  for (let i = 1; i < times.length && isOrdered; i++) isOrdered = (times[i] as number) >= (times[i - 1] as number);
  if (isOrdered) return null;
  const order = Uint32Array.from({ length: times.length }, (_, i) => i);
  return order.toSorted((a, b) => (times[a] as number) - (times[b] as number) || a - b);
}
