import { createRng, normal } from "../../src/engine/common/rng.ts";

/** What the noise lies on. */
export type Shape = "noise" | "day" | "level";
export const SHAPES: readonly Shape[] = ["noise", "day", "level"];

export interface LabelledSeries {
  readonly values: Float64Array;
  /** 1 = a planted point, or any of the twenty steps of a planted shift. */
  readonly labels: Uint8Array;
}

const SHARE = 0.02;
const POINT_SIGMA = 4;
const SHIFT_SIGMA = 2;
const SHIFT_STEPS = 20;
/** Steps between a shift and whatever else is planted. */
const APART = 25;
const CLEAN_SHARE = 0.05;
const DAY_STEPS = 288;

/**
 * Normal noise with points of 4σ and shifts of 2σ for 20 steps, 2% of the steps in all, half of them in shifts; the first
 * twentieth is clean. On a constant, on a day of 288 steps, or on a level that wanders.
 */
export function seededAnomalies(shape: Shape, seed: number, steps: number): LabelledSeries {
  const rng = createRng(seed);
  const sigma = 10 ** (4 * rng() - 2);
  const base = (40 * rng() - 5) * sigma;
  const values = new Float64Array(steps);
  let wander = 0;
  for (let t = 0; t < steps; t++) {
    wander += 0.02 * normal(rng);
    const angle = (2 * Math.PI * t) / DAY_STEPS;
    const day = 3 * Math.sin(angle) + Math.sin(2 * angle + 1);
    values[t] = base + sigma * (normal(rng) + (shape === "day" ? day : 0) + (shape === "level" ? wander : 0));
  }

  const labels = new Uint8Array(steps);
  const first = Math.ceil(CLEAN_SHARE * steps);
  const anywhere = (length: number): number => first + Math.floor(rng() * (steps - length - first));
  const wanted = Math.round(SHARE * steps);
  const shifts = Math.round(wanted / 2 / SHIFT_STEPS);
  for (let planted = 0; planted < shifts;) {
    const at = anywhere(SHIFT_STEPS);
    if (labels.subarray(Math.max(0, at - APART), at + SHIFT_STEPS + APART).includes(1)) continue;
    const by = rng() < 0.5 ? SHIFT_SIGMA : -SHIFT_SIGMA;
    for (let k = 0; k < SHIFT_STEPS; k++) plant(at + k, by);
    planted++;
  }
  for (let planted = shifts * SHIFT_STEPS; planted < wanted;) {
    const at = anywhere(1);
    if (labels[at] === 1) continue;
    plant(at, rng() < 0.5 ? POINT_SIGMA : -POINT_SIGMA);
    planted++;
  }
  return { values, labels };

  function plant(at: number, by: number): void {
    values[at] = (values[at] as number) + by * sigma;
    labels[at] = 1;
  }
}

/** Chance that a labelled step scores above another; equal scores count half. */
export function rocAuc(scores: ArrayLike<number>, labels: Uint8Array): number {
  const order = Array.from(labels.keys()).toSorted((a, b) => (scores[a] as number) - (scores[b] as number));
  let positives = 0;
  let ranks = 0;
  for (let from = 0; from < order.length;) {
    const score = scores[order[from] as number];
    let to = from;
    while (to < order.length && scores[order[to] as number] === score) to++;
    for (let k = from; k < to; k++) {
      if (labels[order[k] as number] !== 1) continue;
      positives++;
      ranks += (from + to + 1) / 2;
    }
    from = to;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

/** Mean of the shares of labelled steps that are flagged and of others that are not. */
export function balancedAccuracy(flags: ArrayLike<number>, labels: Uint8Array): number {
  const hits = [0, 0];
  const counts = [0, 0];
  for (const [t, label] of labels.entries()) {
    counts[label] = (counts[label] as number) + 1;
    if ((flags[t] === 1) === (label === 1)) hits[label] = (hits[label] as number) + 1;
  }
  return ((hits[0] as number) / (counts[0] as number) + (hits[1] as number) / (counts[1] as number)) / 2;
}
