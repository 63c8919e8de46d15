import type { BinRange, CycleProfile } from "../../protocol/patterns.ts";
import { median, medianWithout, moments, quantileSorted } from "./statistics.ts";

/** A cycle of which less was measured says nothing about the others. */
const LEAST_CYCLE_RATIO = 0.5;
/** Bins within this share of the range from the highest belong to the peak. */
const NEAR_RATIO = 0.25;

/** Steps of a series, cut into bins of a cycle (hours of the day) and into cycles (days). */
export interface Cycles {
  readonly values: Float64Array;
  /** Bin of each step, 0..binCount − 1. */
  readonly bins: ArrayLike<number>;
  readonly binCount: number;
  /** Length of a cycle in steps, not necessarily whole. The last one ends with the series, wherever in its day that is. */
  readonly cycleSteps: number;
}

/** Medians over the bins of a cycle, and how much of the variation they are. */
export function profileOf(cycles: Cycles): CycleProfile {
  const { medians, counts } = binMedians(cycles);
  return {
    medians: medians.map((value) => (Number.isNaN(value) ? null : value)),
    counts,
    strength: strengthOf(cycles),
    ...extremesOf(medians),
  };
}

/** Median of all values of each bin, NaN for none, and the number of cycles in which it was measured. */
export function binMedians({ values, bins, binCount, cycleSteps }: Cycles): { medians: number[]; counts: number[] } {
  // 1. How many values each bin has, so that all can stand in one array, bin after bin.
  const ends = new Uint32Array(binCount + 1);
  const counts = Array.from({ length: binCount }, () => 0);
  const lastCycle = new Int32Array(binCount).fill(-1);
  for (let t = 0; t < values.length; t++) {
    if (Number.isNaN(values[t])) continue;
    const bin = bins[t] as number;
    ends[bin + 1] = (ends[bin + 1] as number) + 1;
    const cycle = cycleOf(t, values.length, cycleSteps);
    if (lastCycle[bin] === cycle) continue;
    lastCycle[bin] = cycle;
    counts[bin] = (counts[bin] as number) + 1;
  }
  for (let bin = 0; bin < binCount; bin++) ends[bin + 1] = (ends[bin + 1] as number) + (ends[bin] as number);
  // 2. Each to its bin, 3. each bin in order.
  const next = ends.slice();
  const members = new Float64Array(ends[binCount] as number);
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    const bin = bins[t] as number;
    const place = next[bin] as number;
    members[place] = value;
    next[bin] = place + 1;
  }
  const medians = counts.map((_, bin) => quantileSorted(members.subarray(ends[bin], ends[bin + 1]).toSorted(), 0.5));
  return { medians, counts };
}

/** Counted back from the end. */
function cycleOf(t: number, length: number, cycleSteps: number): number {
  return Math.floor((length - 1 - t) / cycleSteps + 1e-9);
}

/**
 * max(0, 1 − Var(R) ÷ Var(S + R)) of y = T + S + R. T is the usual rise from one cycle to the next, and the level of each
 * cycle above it; S of a cycle is the median, bin by bin, of what the other cycles have above their own levels; steps whose
 * bin no other cycle has are left out.
 *
 * 1. Less the rise, means of each cycle in each bin: `cells`, cycles × bins.
 * 2. Level of a cycle: its mean above a first profile, so that a hole at night does not lift it.
 * 3. Each bin's cells less their levels, in order, so that the median without one of them is a look-up.
 */
function strengthOf({ values: raw, bins, binCount, cycleSteps }: Cycles): number {
  const n = raw.length;
  const rise = riseAStep(raw, cycleSteps);
  const values = raw.map((value, t) => value - rise * t);
  const cycleCount = Math.ceil(n / cycleSteps - 1e-9);
  const sums = new Float64Array(cycleCount * binCount);
  const counts = new Float64Array(cycleCount * binCount);
  const measured = new Float64Array(cycleCount);
  for (let t = 0; t < n; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    const cycle = cycleOf(t, n, cycleSteps);
    const cell = cycle * binCount + (bins[t] as number);
    sums[cell] = (sums[cell] as number) + value;
    counts[cell] = (counts[cell] as number) + 1;
    measured[cycle] = (measured[cycle] as number) + 1;
  }
  const cells = sums.map((sum, cell) => sum / (counts[cell] as number));
  for (let cycle = 0; cycle < cycleCount; cycle++)
    if ((measured[cycle] as number) < LEAST_CYCLE_RATIO * cycleSteps)
      cells.fill(Number.NaN, cycle * binCount, (cycle + 1) * binCount);

  const levels = cycleLevels(cells, cycleCount, binCount);
  const seasonal = new Float64Array(cycleCount * binCount).fill(Number.NaN);
  for (let bin = 0; bin < binCount; bin++) {
    const above = new Float64Array(cycleCount);
    for (let cycle = 0; cycle < cycleCount; cycle++)
      above[cycle] = (cells[cycle * binCount + bin] as number) - (levels[cycle] as number);
    const order = [...above.keys()].filter((cycle) => !Number.isNaN(above[cycle]));
    order.sort((a, b) => (above[a] as number) - (above[b] as number));
    const sorted = Float64Array.from(order, (cycle) => above[cycle] as number);
    for (const [rank, cycle] of order.entries()) seasonal[cycle * binCount + bin] = medianWithout(sorted, rank);
  }

  const whole = new Float64Array(n).fill(Number.NaN);
  const remainder = new Float64Array(n).fill(Number.NaN);
  let largest = 0;
  for (let t = 0; t < n; t++) {
    const value = values[t] as number;
    const cycle = cycleOf(t, n, cycleSteps);
    const season = seasonal[cycle * binCount + (bins[t] as number)] as number;
    if (Number.isNaN(value) || Number.isNaN(season)) continue;
    whole[t] = value - (levels[cycle] as number);
    remainder[t] = (whole[t] as number) - season;
    largest = Math.max(largest, Math.abs(raw[t] as number));
  }
  const { count, variance } = moments(whole);
  // What is left of a level cycle is rounding.
  if (count < 2 || !(variance > (1e-12 * largest) ** 2)) return 0;
  return Math.max(0, 1 - moments(remainder).variance / variance);
}

/**
 * Median of all rises over one cycle, a step: no pattern of the cycle enters it (Hirsch, Slack and Smith 1982). Without it
 * whatever grows steadily would seem to rise within each cycle and to fall back at its end.
 */
function riseAStep(values: Float64Array, cycleSteps: number): number {
  const lag = Math.round(cycleSteps);
  const rises = values.subarray(lag).map((value, t) => value - (values[t] as number));
  const rise = median(rises) / lag;
  return Number.isFinite(rise) ? rise : 0;
}

/** One pass of the two-way additive fit of Tukey (1977): profile from the raw means, levels from what is above it. */
function cycleLevels(cells: Float64Array, cycleCount: number, binCount: number): Float64Array {
  const row = (cycle: number): Float64Array => cells.subarray(cycle * binCount, (cycle + 1) * binCount);
  const means = Float64Array.from({ length: cycleCount }, (_, cycle) => moments(row(cycle)).mean);
  const profile = Float64Array.from({ length: binCount }, (_, bin) =>
    median(means.map((mean, cycle) => (cells[cycle * binCount + bin] as number) - mean)),
  );
  return means.map((_, cycle) => moments(row(cycle).map((cell, bin) => cell - (profile[bin] as number))).mean);
}

function extremesOf(medians: readonly number[]): { peak: BinRange | null; quiet: BinRange | null } {
  let lowest = 0;
  let highest = 0;
  for (const [bin, value] of medians.entries()) {
    if (Number.isNaN(value)) continue;
    if (!(value >= (medians[lowest] as number))) lowest = bin;
    if (!(value <= (medians[highest] as number))) highest = bin;
  }
  const low = medians[lowest] as number;
  const range = (medians[highest] as number) - low;
  if (!(range > 0)) return { peak: null, quiet: null };
  return {
    peak: around(medians, highest, (value) => value >= low + (1 - NEAR_RATIO) * range),
    quiet: around(medians, lowest, (value) => value <= low + NEAR_RATIO * range),
  };
}

/** The run of neighbours of `bin` that belong to it, past the end of the cycle when need be. */
function around(medians: readonly number[], bin: number, belongs: (value: number) => boolean): BinRange {
  const n = medians.length;
  const at = (index: number): number => medians[((index % n) + n) % n] as number;
  let from = bin;
  while (from > bin - n + 1 && belongs(at(from - 1))) from--;
  let to = bin + 1;
  while (to < from + n && belongs(at(to))) to++;
  return { from: ((from % n) + n) % n, to: ((to - 1 + n) % n) + 1 };
}
