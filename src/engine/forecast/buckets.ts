import { CodedError } from "../common/errors.ts";
import { type Sliced, STEPS_A_SLICE } from "../common/slices.ts";
import type { EventRule } from "../ports.ts";

/** Buckets of a series, at most: ten million numbers are 80 MB. */
export const MAX_BUCKETS = 10_000_000;
const P95 = 0.95;

/**
 * One value a bucket of `bucketMs`, from the bucket of the first event to that of the last; buckets begin at multiples of
 * their length since 1970. Where nothing happened the count and the sum are 0, the mean and the percentile are not known
 * (NaN). An event without a value counts for the count only.
 *
 * p95 lies between the two values next to 0.95·(n−1), as numpy's and PostgreSQL's `percentile_cont` do.
 * @param times epoch ms, in any order, one or more
 * @param values as long; `null` for a count
 * @throws CodedError `csv.tooManyBuckets`
 */
export function* inBuckets(
  times: Float64Array,
  values: Float64Array | null,
  { bucketMs, aggregation: { kind } }: EventRule,
): Sliced<{ readonly times: Float64Array; readonly values: Float64Array }> {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const bucket = Math.floor((times[i] as number) / bucketMs);
    if (bucket < least) least = bucket;
    if (bucket > most) most = bucket;
  }
  const count = most - least + 1;
  if (count > MAX_BUCKETS) throw new CodedError("csv.tooManyBuckets", { buckets: count, most: MAX_BUCKETS, bucketMs });
  const bucketOf = (i: number): number => Math.floor((times[i] as number) / bucketMs) - least;

  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (let i = 0; i < times.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const value = values === null ? 1 : (values[i] as number);
    if (Number.isNaN(value)) continue;
    const bucket = bucketOf(i);
    sums[bucket] = (sums[bucket] as number) + value;
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const out = kind === "p95" && values !== null ? yield* percentiles(values, bucketOf, counts) : sums;
  const starts = new Float64Array(count);
  for (let bucket = 0; bucket < count; bucket++) {
    if (bucket % STEPS_A_SLICE === 0) yield;
    if (kind === "mean") out[bucket] = (out[bucket] as number) / (counts[bucket] as number);
    if (kind === "p95" && counts[bucket] === 0) out[bucket] = Number.NaN;
    starts[bucket] = (least + bucket) * bucketMs;
  }
  return { times: starts, values: out };
}

/** Values gathered by bucket (one array for all of them), then each bucket's own part sorted. */
function* percentiles(
  values: Float64Array,
  bucketOf: (i: number) => number,
  counts: Uint32Array,
): Sliced<Float64Array> {
  const ends = new Uint32Array(counts.length);
  let total = 0;
  for (const [bucket, count] of counts.entries()) ends[bucket] = total += count;
  const gathered = new Float64Array(total);
  const next = ends.map((end, bucket) => end - (counts[bucket] ?? 0));
  for (let i = 0; i < values.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const bucket = bucketOf(i);
    const place = next[bucket] as number;
    gathered[place] = value;
    next[bucket] = place + 1;
  }
  const out = new Float64Array(counts.length);
  for (let bucket = 0, sorted = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] as number;
    sorted += count + 1;
    if (sorted > STEPS_A_SLICE) {
      sorted = 0;
      yield;
    }
    const part = gathered.subarray((ends[bucket] as number) - count, ends[bucket]).toSorted();
    const at = P95 * (count - 1);
    const below = part[Math.floor(at)] ?? Number.NaN;
    const above = part[Math.ceil(at)] ?? Number.NaN;
    out[bucket] = below + (at - Math.floor(at)) * (above - below);
  }
  return out;
}
