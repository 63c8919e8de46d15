import { median } from "../common/statistics.ts";
import { ewmaLevel } from "./ewma.ts";
import type { History } from "./forecaster.ts";
import { MEDIAN_WINDOW } from "./median.ts";

/** Seasons whose same steps are averaged for the profile. */
const PROFILE_SEASONS = 7;
/** Origins at which the references are compared, at most. */
const TRIALS = 300;

/**
 * What a learned model corrects: a simple forecast `h` steps after the value at `t`. Learning the difference, it starts
 * from the best simple rule instead of having to find it, and falls back to it where it has learned nothing.
 */
export type Reference =
  | { readonly kind: "last" }
  | { readonly kind: "level"; readonly alpha: number }
  | { readonly kind: "median" }
  /** The same step of the last season. */
  | { readonly kind: "season" }
  /** The mean of the same steps of the last seven seasons. */
  | { readonly kind: "profile" };

/** A reference as it was kept. @throws RangeError for what is none */
export function revivedReference(json: Reference): Reference {
  const known = ["last", "level", "median", "season", "profile"];
  const isSound = known.includes(json?.kind) && (json.kind !== "level" || (json.alpha > 0 && json.alpha <= 1));
  if (!isSound) throw new RangeError(`reference must be one of ${known.join(", ")}, got ${JSON.stringify(json)}`);
  return json;
}

/** @param t index of the newest value that is known @param h steps after it, ≥ 1 */
export function referenceAt(reference: Reference, { values, season }: History, t: number, h: number): number {
  switch (reference.kind) {
    case "last":
      return values[t] as number;
    case "level":
      return ewmaLevel(values.subarray(0, t + 1), reference.alpha);
    case "median":
      return median(values.subarray(Math.max(0, t + 1 - MEDIAN_WINDOW), t + 1));
    case "season":
      return seasonsAgo(values, season, t, h, 1);
    case "profile":
      return seasonsAgo(values, season, t, h, PROFILE_SEASONS);
  }
}

/** The reference with the least absolute error over the second half of the history, at the leads named. */
export function bestReference(history: History, leads: readonly number[], alpha: number): Reference {
  const { values, season } = history;
  const longest = leads.at(-1) as number;
  const from = Math.max(season ?? 0, values.length >> 1);
  const to = values.length - longest;
  const stride = Math.max(1, Math.floor((to - from) / TRIALS));
  const candidates: Reference[] = [{ kind: "last" }, { kind: "level", alpha }, { kind: "median" }];
  if (season !== null) candidates.push({ kind: "season" }, { kind: "profile" });
  let best: { error: number; reference: Reference } = { error: Number.POSITIVE_INFINITY, reference: { kind: "last" } };
  for (const reference of candidates) {
    let error = 0;
    for (let t = from; t < to; t += stride)
      for (const h of leads) error += Math.abs((values[t + h] as number) - referenceAt(reference, history, t, h));
    if (error < best.error) best = { error, reference };
  }
  return best.reference;
}

/** Mean of the step `t + h` in up to `most` seasons before; the last value where there is none. */
export function seasonsAgo(values: Float64Array, season: number | null, t: number, h: number, most: number): number {
  if (season === null) return values[t] as number;
  let sum = 0;
  let count = 0;
  for (let at = t + h - season * Math.ceil(h / season); at >= 0 && count < most; at -= season) {
    sum += values[at] as number;
    count++;
  }
  return count === 0 ? (values[t] as number) : sum / count;
}

/** Rows whose targets are usual: the numbers of steps after which the values at all leads may be learned. */
export function learnableRows({ values, spikes }: History, from: number, leads: readonly number[]): Int32Array {
  const longest = leads.at(-1) as number;
  const rows: number[] = [];
  for (let t = from; t + longest < values.length; t++)
    if (spikes === null || leads.every((lead) => spikes[t + lead] !== 1)) rows.push(t);
  return Int32Array.from(rows);
}

/** Leads at which a learned model answers; between them its correction lies on straight lines. */
export function knotsOf(horizon: number): readonly number[] {
  const wanted = [1, 2, 4, 7, 11, 16].map((lead) => Math.max(1, Math.round((lead / 16) * horizon)));
  return [...new Set(horizon <= 16 ? [1, 2, 4, 6, 9, horizon].filter((lead) => lead <= horizon) : [1, ...wanted])];
}

/** Knots as they were kept. @throws RangeError for what are none */
export function revivedKnots(json: unknown): readonly number[] {
  const knots: unknown[] = Array.isArray(json) ? json : [];
  const isSound = knots.every(
    (lead, i) => Number.isInteger(lead) && (lead as number) > (i === 0 ? 0 : Number(knots[i - 1])),
  );
  if (knots.length === 0 || !isSound) throw new RangeError(`knots must be leads in order, got ${JSON.stringify(json)}`);
  return knots as number[];
}

/** @param corrections one a knot @returns one a step */
export function betweenKnots(knots: readonly number[], corrections: ArrayLike<number>, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 1, i = 0; h <= horizon; h++) {
    while (i + 1 < knots.length && (knots[i + 1] as number) <= h) i++;
    const left = knots[i] as number;
    const right = knots[i + 1] ?? left;
    const from = corrections[i] as number;
    const to = corrections[i + 1] ?? from;
    out[h - 1] = right === left ? from : from + ((to - from) * (h - left)) / (right - left);
  }
  return out;
}
