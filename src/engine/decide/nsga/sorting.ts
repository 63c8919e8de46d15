/** What sorting reads of solutions. Objectives are minimised. */
export interface Scored {
  readonly size: number;
  readonly objectives: readonly Float64Array[];
  /** 0: feasible. */
  readonly violation: Float64Array;
}

/** Whether `a` is nowhere above `b` and somewhere below it. */
export function dominates(a: Float64Array, b: Float64Array): boolean {
  let isBelow = false;
  for (let m = 0; m < a.length; m++) {
    const own = a[m] as number;
    const other = b[m] as number;
    if (own > other) return false;
    if (own < other) isBelow = true;
  }
  return isBelow;
}

/**
 * Constraint domination (Deb 2002): who keeps the constraints is before who does not, of two who do not the one that
 * violates them less, and of two who do the one that dominates.
 */
export function constraintDominates(scored: Scored, a: number, b: number): boolean {
  const own = scored.violation[a] as number;
  const other = scored.violation[b] as number;
  if (own > 0 || other > 0) return own < other;
  return dominates(scored.objectives[a] as Float64Array, scored.objectives[b] as Float64Array);
}

/**
 * Sorts solutions into fronts: who is in front n is dominated by somebody in front n − 1 and by nobody in n or after.
 *
 * Efficient non-dominated sorting with sequential search (Zhang, Tian, Cheng & Jin 2015): in lexicographic order nobody is
 * dominated by anybody after him, so each is only compared with those that have a front already. Those that are not
 * feasible come after all that are, one front for each violation.
 *
 * @param rank front of each, written
 * @returns indices by front, best first; within a front in lexicographic order
 */
export function sortIntoFronts(scored: Scored, rank: Int32Array): readonly (readonly number[])[] {
  const { size, objectives, violation } = scored;
  const feasible: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < size; i++) (violation[i] === 0 ? feasible : others).push(i);
  const fronts: number[][] = [];

  // 1. The feasible ones, each into the first front in which nobody dominates it.
  feasible.sort((a, b) => lexicographic(objectives[a] as Float64Array, objectives[b] as Float64Array) || a - b);
  for (const i of feasible) {
    const own = objectives[i] as Float64Array;
    let front = 0;
    while (front < fronts.length && isDominatedIn(fronts[front] as number[], own, objectives)) front++;
    (fronts[front] ??= []).push(i);
    rank[i] = front;
  }

  // 2. The others by how much they violate.
  others.sort((a, b) => (violation[a] as number) - (violation[b] as number) || a - b);
  let before = Number.NaN;
  for (const i of others) {
    if (violation[i] !== before) fronts.push([]);
    before = violation[i] as number;
    fronts.at(-1)?.push(i);
    rank[i] = fronts.length - 1;
  }
  return fronts;
}

/** The newest first: they are the nearest in order, and so the likeliest to dominate. */
function isDominatedIn(front: readonly number[], own: Float64Array, objectives: readonly Float64Array[]): boolean {
  for (let at = front.length - 1; at >= 0; at--)
    if (dominates(objectives[front[at] as number] as Float64Array, own)) return true;
  return false;
}

/** Order by the first objective that differs; 0 where none does. */
export function lexicographic(a: Float64Array, b: Float64Array): number {
  for (let m = 0; m < a.length; m++) {
    const difference = (a[m] as number) - (b[m] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
