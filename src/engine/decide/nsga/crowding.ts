import { lexicographic, type Scored } from "./sorting.ts";

const NONE = -1;

/**
 * Crowding distance of one front (Deb 2002): the sum over objectives of the gap between a solution's two neighbours, as a
 * share of the front's range; infinite for the ends of an objective. Solutions with the same objectives are one point: the
 * first has its distance and the others have 0, so that copies go before anything else does. Those that are not feasible
 * have 0: their objectives mean nothing.
 *
 * Where the front has to shrink, the most crowded one goes and its neighbours are measured anew before the next does
 * (Kukkonen & Deb 2006): by one measure for all, whole clusters would go together and leave a hole. With linked
 * neighbours that costs O(n) for each that goes.
 *
 * @param keep how many are to stay, ≥ 1
 * @param crowding distance of each that stays, written
 * @returns those that stay, then those that go, the last to go first
 */
export function leastCrowded(
  front: readonly number[],
  scored: Scored,
  crowding: Float64Array,
  keep: number,
): readonly number[] {
  const { objectives, violation } = scored;
  for (const i of front) crowding[i] = 0;
  if (front.length === 0 || (violation[front[0] as number] as number) > 0) return front;

  // 1. One of each point, in lexicographic order; the rest are copies.
  const points: number[] = [];
  const copies: number[] = [];
  for (const i of front.toSorted((a, b) => lexicographic(row(objectives, a), row(objectives, b)) || a - b)) {
    const before = points.at(-1);
    const isCopy = before !== undefined && lexicographic(row(objectives, before), row(objectives, i)) === 0;
    (isCopy ? copies : points).push(i);
  }

  // 2. Neighbours in each objective, by place in `points`, and the distances that follow.
  const chains = Array.from({ length: row(objectives, points[0]).length }, (_, m) => chainOf(points, objectives, m));
  const distances = Float64Array.from(points, (_, place) => distanceOf(place, chains));

  // 3. The most crowded one goes, until the rest fits.
  const going: number[] = [];
  let left = points.length;
  while (left > keep) {
    let most = NONE;
    for (let place = 0; place < points.length; place++)
      if (
        !Number.isNaN(distances[place]) &&
        (most === NONE || (distances[place] as number) < (distances[most] as number))
      )
        most = place;
    distances[most] = Number.NaN;
    going.push(points[most] as number);
    left--;
    for (const chain of chains) unlink(most, chain);
    for (const { before, after } of chains)
      for (const place of [before[most] as number, after[most] as number])
        if (place !== NONE) distances[place] = distanceOf(place, chains);
  }
  const staying = points.filter((_, place) => !Number.isNaN(distances[place]));
  for (const [place, i] of points.entries())
    crowding[i] = Number.isNaN(distances[place]) ? 0 : (distances[place] as number);
  return [...staying, ...copies, ...going.reverse()];
}

/** Neighbours of each place in the order of one objective, and the values in shares of the front's range. */
interface Chain {
  readonly values: Float64Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

function chainOf(points: readonly number[], objectives: readonly Float64Array[], m: number): Chain {
  const values = Float64Array.from(points, (i) => row(objectives, i)[m] as number);
  const order = Array.from(points, (_, place) => place);
  // Of the first objective they are in order already.
  if (m > 0) order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const range = (values[order.at(-1) as number] as number) - (values[order[0] as number] as number);
  const before = new Int32Array(points.length).fill(NONE);
  const after = new Int32Array(points.length).fill(NONE);
  for (let at = 1; at < order.length; at++) {
    before[order[at] as number] = order[at - 1] as number;
    after[order[at - 1] as number] = order[at] as number;
  }
  return { values: range > 0 ? values.map((value) => value / range) : values.fill(0), before, after };
}

function distanceOf(place: number, chains: readonly Chain[]): number {
  let sum = 0;
  for (const { values, before, after } of chains) {
    const [one, two] = [before[place] as number, after[place] as number];
    if (one === NONE || two === NONE) return Number.POSITIVE_INFINITY;
    sum += (values[two] as number) - (values[one] as number);
  }
  return sum;
}

/** Its own neighbours stay written: they are the ones to be measured anew. */
function unlink(place: number, { before, after }: Chain): void {
  const [one, two] = [before[place] as number, after[place] as number];
  if (one !== NONE) after[one] = two;
  if (two !== NONE) before[two] = one;
}

function row(rows: readonly Float64Array[], index: number | undefined): Float64Array {
  return rows[index as number] as Float64Array;
}
