/**
 * How much slower agents get when they ask for more processors than there are, all at once: cores are shared in
 * proportion to the weights (cgroup v2 `cpu.weight`), nobody gets more than he asks for, and what he leaves goes to the
 * others (weighted max-min fairness). The work that an agent has to do on a processor stays what it is, so one that gets
 * half of what it asks for takes twice as long.
 *
 * Rows are groups of agents that are alike: `count[g]` of them (may be a fraction: a mean), each asking for `cores[g]` with
 * `weight[g]`.
 *
 * @param stretch factor by which each group takes longer, ≥ 1; written
 * @returns whether anybody waits for a processor
 */
export function cpuStretch(
  count: Float64Array,
  cores: Float64Array,
  weight: Float64Array,
  machineCores: number,
  stretch: Float64Array,
): boolean {
  const groups = count.length;
  stretch.fill(1);
  let asked = 0;
  for (let g = 0; g < groups; g++) asked += (count[g] as number) * (cores[g] as number);
  if (asked <= machineCores) return false;

  // NaN: its share is not settled. Each round settles those that ask for no more than theirs; the last settles the rest.
  stretch.fill(Number.NaN);
  let left = machineCores;
  for (let isNew = true; isNew;) {
    isNew = false;
    let shares = 0;
    for (let g = 0; g < groups; g++)
      if (Number.isNaN(stretch[g])) shares += (count[g] as number) * (weight[g] as number);
    const share = shares > 0 ? left / shares : Number.POSITIVE_INFINITY;
    let taken = 0;
    for (let g = 0; g < groups; g++) {
      if (!Number.isNaN(stretch[g])) continue;
      const wanted = cores[g] as number;
      if (wanted > share * (weight[g] as number)) continue;
      stretch[g] = 1;
      taken += (count[g] as number) * wanted;
      isNew = true;
    }
    left -= taken;
    if (isNew) continue;
    for (let g = 0; g < groups; g++)
      if (Number.isNaN(stretch[g])) stretch[g] = (cores[g] as number) / (share * (weight[g] as number));
  }
  return true;
}

/** Gauss–Hermite with three points: exact for the mean of a polynomial of up to the fifth degree of a normal variable. */
const POINTS = [
  { z: -Math.sqrt(3), share: 1 / 6 },
  { z: 0, share: 2 / 3 },
  { z: Math.sqrt(3), share: 1 / 6 },
] as const;

/** Groups of agents as they are busy by and large; `most` is how many of each may be busy at once. */
export interface BusyGroups {
  readonly mean: Float64Array;
  readonly most: Float64Array;
  readonly cores: Float64Array;
  readonly weight: Float64Array;
}

/**
 * The mean of `cpuStretch` over how many agents happen to be busy. Tasks that arrive by chance keep a number of agents busy
 * that varies like a Poisson's, with a variance equal to its mean (M/G/∞), so that the cores asked for have the mean Σ m·c
 * and the variance Σ m·c²; taken for normal, at three points. All groups are taken to be busier together.
 *
 * @param stretch factor by which each group takes longer by and large, ≥ 1; written
 * @param scratch two arrays of a value a group
 * @returns whether anybody waits for a processor at any of the points
 */
export function meanStretch(
  { mean, most, cores, weight }: BusyGroups,
  machineCores: number,
  stretch: Float64Array,
  [count, own]: readonly [Float64Array, Float64Array],
): boolean {
  let asked = 0;
  let variance = 0;
  for (let g = 0; g < mean.length; g++) {
    const each = cores[g] as number;
    asked += (mean[g] as number) * each;
    variance += (mean[g] as number) * each * each;
  }
  stretch.fill(0);
  let isContended = false;
  const spread = asked > 0 ? Math.sqrt(variance) / asked : 0;
  for (const { z, share } of POINTS) {
    const factor = Math.max(0, 1 + z * spread);
    for (let g = 0; g < mean.length; g++) count[g] = Math.min((mean[g] as number) * factor, most[g] as number);
    if (cpuStretch(count, cores, weight, machineCores, own)) isContended = true;
    for (let g = 0; g < mean.length; g++) stretch[g] = (stretch[g] as number) + share * (own[g] as number);
  }
  // The shares sum to 1 but for the last bit.
  for (let g = 0; g < mean.length; g++) stretch[g] = Math.max(1, stretch[g] as number);
  return isContended;
}
