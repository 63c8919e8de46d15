import { dominates } from "./sorting.ts";

/**
 * Volume that a set of points dominates, up to a reference point; objectives are minimised. Exact: by a sweep in two
 * objectives, by a sweep of slices in three (O(n²)), and by WFG for more (While, Bradstreet & Barone 2012: the volume of
 * each point less what those after it dominate of it, again by WFG). A point that is not below the reference in every
 * objective counts nothing.
 *
 * @throws RangeError for points of different lengths or what is no number
 */
export function hypervolume(points: readonly ArrayLike<number>[], reference: ArrayLike<number>): number {
  const m = reference.length;
  if (m === 0) throw new RangeError("reference must have an objective");
  for (let k = 0; k < m; k++)
    if (!Number.isFinite(reference[k])) throw new RangeError(`reference must be finite, got ${reference[k]}`);
  const inside: Float64Array[] = [];
  for (const point of points) {
    if (point.length !== m) throw new RangeError(`points must have ${m} objectives, got ${point.length}`);
    let isBelow = true;
    for (let k = 0; k < m; k++) {
      if (Number.isNaN(point[k])) throw new RangeError(`points must be numbers, got ${point[k]}`);
      if (!((point[k] as number) < (reference[k] as number))) isBelow = false;
    }
    if (isBelow) inside.push(Float64Array.from(point));
  }
  return volume(nonDominated(inside), Float64Array.from(reference), m);
}

/** Of the first `m` objectives. */
function volume(points: readonly Float64Array[], reference: Float64Array, m: number): number {
  if (points.length === 0) return 0;
  if (m === 1) return (reference[0] as number) - Math.min(...points.map(([value]) => value as number));
  if (m === 2) return area(points, reference);
  if (m === 3) return slices(points, reference);
  return wfg(points, reference, m);
}

/** From left to right: each point adds the strip below the lowest so far. */
function area(points: readonly Float64Array[], reference: Float64Array): number {
  const [right, top] = reference as unknown as [number, number];
  let lowest = top;
  let sum = 0;
  for (const [x, y] of points.toSorted((a, b) => (a[0] as number) - (b[0] as number)) as unknown as [number, number][])
    if (y < lowest) {
      sum += (right - x) * (lowest - y);
      lowest = y;
    }
  return sum;
}

/** From front to back in the third objective: between two points the slice is the area of all before. */
function slices(points: readonly Float64Array[], reference: Float64Array): number {
  const sorted = points.toSorted((a, b) => (a[2] as number) - (b[2] as number));
  // Points of the slice so far that are not dominated in it: x grows, y falls.
  const stairs: Float64Array[] = [];
  let sum = 0;
  for (const [at, point] of sorted.entries()) {
    const [x, y, z] = point as unknown as [number, number, number];
    let from = 0;
    while (from < stairs.length && ((stairs[from] as Float64Array)[0] as number) < x) from++;
    const isCovered = from > 0 && ((stairs[from - 1] as Float64Array)[1] as number) <= y;
    const isTwin = ((stairs[from]?.[0] ?? Number.NaN) as number) === x && (stairs[from]?.[1] as number) <= y;
    if (!isCovered && !isTwin) {
      let to = from;
      while (to < stairs.length && ((stairs[to] as Float64Array)[1] as number) >= y) to++;
      stairs.splice(from, to - from, point);
    }
    const end = sorted[at + 1]?.[2] ?? (reference[2] as number);
    if (end > z) sum += stairsArea(stairs, reference) * (end - z);
  }
  return sum;
}

function stairsArea(stairs: readonly Float64Array[], reference: Float64Array): number {
  const right = reference[0] as number;
  let top = reference[1] as number;
  let sum = 0;
  for (const step of stairs) {
    sum += (right - (step[0] as number)) * (top - (step[1] as number));
    top = step[1] as number;
  }
  return sum;
}

function wfg(points: readonly Float64Array[], reference: Float64Array, m: number): number {
  // Worst last objective first: what is left to limit then differs least in it.
  const sorted = points.toSorted((a, b) => (b[m - 1] as number) - (a[m - 1] as number));
  let sum = 0;
  for (const [at, point] of sorted.entries()) {
    let box = 1;
    for (let k = 0; k < m; k++) box *= (reference[k] as number) - (point[k] as number);
    const limited: Float64Array[] = [];
    for (let later = at + 1; later < sorted.length; later++) {
      const other = sorted[later] as Float64Array;
      limited.push(point.map((value, k) => Math.max(value, other[k] as number)));
    }
    // All of `limited` have the last objective of `point`: one objective less is left, times the depth in it.
    const depth = (reference[m - 1] as number) - (point[m - 1] as number);
    const shadow = volume(nonDominated(limited.map((one) => one.subarray(0, m - 1))), reference, m - 1);
    sum += box - shadow * depth;
  }
  return sum;
}

/** Without copies of a point. */
function nonDominated(points: readonly Float64Array[]): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const point of points) {
    if (kept.some((other) => dominates(other, point) || other.every((value, k) => value === point[k]))) continue;
    let to = 0;
    for (const other of kept) if (!dominates(point, other)) kept[to++] = other;
    kept.length = to;
    kept.push(point);
  }
  return kept;
}
