import type { ForecastRequest } from "../../ports.ts";
import type { UnusualStep } from "../../protocol/model.ts";
import { detectAll } from "./detectRows.ts";

/** Marks that are told, at most: the newest. */
const MOST_TOLD = 500;
/** The detector flags what is a little unusual already; marked, and kept out of what is learned, is what clearly is. */
const CLEARLY = 0.8;
/** Runs of equal values that a series must have before their length is taken for the step it was measured at. */
const LEAST_RUNS = 60;

/**
 * What was clearly unusual in a series by what came before it, as marks for a chart and as a mask that keeps it out of what
 * is learned. The same detector as watches each tick. A series that was measured at a longer step than it is read at (an
 * imported past of five minutes, read by the minute) is judged at its own step: its stairs would look like a jump each.
 */
export function unusualSteps({ values, stepMs, endMs, seasonSteps, seed }: ForecastRequest): {
  readonly flags: Uint8Array;
  readonly steps: readonly UnusualStep[];
} {
  const stride = usualRun(values);
  const count = Math.floor(values.length / stride);
  const skipped = values.length - count * stride;
  const own = Float64Array.from({ length: count }, (_, at) => meanOf(values, skipped + at * stride, stride));
  const season = seasonSteps === null ? null : Math.max(1, Math.round(seasonSteps / stride));
  const { scores } = detectAll({ values: own, times: null }, { seed, seasonSteps: season });
  const flags = new Uint8Array(values.length);
  const steps: UnusualStep[] = [];
  for (let at = count - 1; at >= 0; at--) {
    const value = own[at] as number;
    const score = scores[at] as number;
    if (!(score >= CLEARLY) || !Number.isFinite(value)) continue;
    const end = skipped + (at + 1) * stride;
    flags.fill(1, end - stride, end);
    if (steps.length < MOST_TOLD) steps.push({ atMs: endMs - (values.length - end) * stepMs, value, score });
  }
  return { flags, steps: steps.toReversed() };
}

/** Median length of a run of equal values; 1 for a series of few runs, which is rather constant than coarse. */
function usualRun(values: Float64Array): number {
  const runs: number[] = [];
  for (let t = 0, length = 0; t < values.length; t++) {
    length++;
    if (values[t + 1] === values[t]) continue;
    if (Number.isFinite(values[t])) runs.push(length);
    length = 0;
  }
  if (runs.length < LEAST_RUNS) return 1;
  return runs.toSorted((a, b) => a - b)[runs.length >> 1] as number;
}

/** NaN when none was measured. */
function meanOf(values: Float64Array, from: number, count: number): number {
  let sum = 0;
  let known = 0;
  for (let t = from; t < from + count; t++) {
    const value = values[t] as number;
    if (!Number.isFinite(value)) continue;
    sum += value;
    known++;
  }
  return sum / known;
}
