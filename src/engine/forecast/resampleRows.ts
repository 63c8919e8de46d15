import type { TimedRows } from "./grid.ts";
import { type Sliced, STEPS_A_SLICE } from "../common/slices.ts";

/** Over a longer way from value to value, in steps, nothing is drawn: a gap stays one. */
const MOST_BRIDGED = 3;
/** For the rounding of a sum of steps. */
const SLACK = 1 + 1e-9;

/**
 * Rows of no even step on the grid of `stepMs` from the first row on. Between two values at most three steps apart the
 * line between them; of several rows nearest to one step their mean; across a longer gap nothing, but that a row which is
 * the nearest to a step is not lost.
 */
export function* resampled(rows: TimedRows, stepMs: number, steps: number): Sliced<TimedRows> {
  const first = rows.times[0] ?? 0;
  const times = new Float64Array(steps);
  for (let at = 0; at < steps; at++) {
    if (at % STEPS_A_SLICE === 0) yield;
    times[at] = first + at * stepMs;
  }
  const columns: Float64Array[] = [];
  for (const values of rows.columns) columns.push(yield* resampledColumn(rows.times, values, first, stepMs, steps));
  return { times, columns };
}

function* resampledColumn(
  rowTimes: Float64Array,
  values: Float64Array,
  first: number,
  stepMs: number,
  steps: number,
): Sliced<Float64Array> {
  const out = new Float64Array(steps).fill(Number.NaN);
  // 1. Lines from each value to the next.
  let before = -1;
  for (let i = 0; i < values.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const to = ((rowTimes[i] as number) - first) / stepMs;
    const from = before < 0 ? to : ((rowTimes[before] as number) - first) / stepMs;
    const start = before < 0 ? value : (values[before] as number);
    before = i;
    if (to - from > MOST_BRIDGED * SLACK) continue;
    for (let at = Math.max(0, Math.ceil(from)); at <= to && at < steps; at++)
      out[at] = to === from ? value : start + ((at - from) / (to - from)) * (value - start);
  }
  // 2. Where rows are denser than steps, or stand alone beside a gap.
  for (let i = 0, cell = -1, sharing = 0, sum = 0; i < values.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const at = Math.round(((rowTimes[i] as number) - first) / stepMs);
    if (at !== cell) {
      cell = at;
      sharing = 0;
      sum = 0;
    }
    sharing++;
    sum += value;
    if (at < steps && (sharing > 1 || Number.isNaN(out[at]))) out[at] = sum / sharing;
  }
  return out;
}
