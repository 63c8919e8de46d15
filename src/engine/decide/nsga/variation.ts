import type { Rng } from "../../common/rng.ts";
import type { Variable } from "./problem.ts";

/**
 * Share of the coordinates of a pair that are spread; the others stay what they are in one of the parents. With half of
 * them spread, as is usual, a child of 30 coordinates differs in so many places that little of it survives late in a
 * search: ZDT1 comes to 0.991 of its hypervolume, with a fifth to 0.993, and DTLZ2 to 0.872 and 0.882.
 */
const SPREAD_SHARE = 0.2;
/** Parents nearer than this have nothing between them to draw from. */
const SAME = 1e-14;

/** How children differ from their parents. Distribution indices η ≥ 0: the larger, the nearer. */
export interface VariationOptions {
  /** Probability that a pair of parents is crossed at all. */
  readonly crossover: number;
  readonly crossoverIndex: number;
  /** Probability of each coordinate to mutate. */
  readonly mutation: number;
  readonly mutationIndex: number;
}

/** @throws RangeError for a probability outside 0..1 or an index that is no finite number ≥ 0, by its name */
export function checkVariation(options: VariationOptions): void {
  for (const name of ["crossover", "mutation"] as const)
    if (!(options[name] >= 0 && options[name] <= 1))
      throw new RangeError(`${name} must be from 0 to 1, got ${options[name]}`);
  for (const name of ["crossoverIndex", "mutationIndex"] as const)
    if (!(options[name] >= 0 && Number.isFinite(options[name])))
      throw new RangeError(`${name} must be finite and ≥ 0, got ${options[name]}`);
}

/**
 * Simulated binary crossover within bounds (Deb & Agrawal 1995; bounded: Deb & Goyal 1996). Where parents are a < b and
 * both children lie around them by the spread β, β has the density ½(η+1)β^η below 1 and ½(η+1)β^−(η+2) above, cut off
 * where a child would leave the bounds. Which child has which of the two values is drawn for every coordinate. Works in
 * place: `one` and `two` hold the parents and then the children. Whole numbers are rounded.
 */
export function crossOver(
  one: Float64Array,
  two: Float64Array,
  variables: readonly Variable[],
  index: number,
  rng: Rng,
): void {
  for (let v = 0; v < variables.length; v++) {
    const first = one[v] as number;
    const second = two[v] as number;
    const isExchanged = rng() < 0.5;
    const a = first < second ? first : second;
    const b = first < second ? second : first;
    const gap = b - a;
    let lower = a;
    let upper = b;
    if (gap > SAME && rng() < SPREAD_SHARE) {
      const { kind, low, high } = variables[v] as Variable;
      const u = rng();
      lower = settled((a + b - spread(u, 1 + (2 * (a - low)) / gap, index) * gap) / 2, kind, low, high);
      upper = settled((a + b + spread(u, 1 + (2 * (high - b)) / gap, index) * gap) / 2, kind, low, high);
    }
    one[v] = isExchanged ? upper : lower;
    two[v] = isExchanged ? lower : upper;
  }
}

/** The quantile `u` of β when β may not exceed `most`. */
function spread(u: number, most: number, index: number): number {
  // The mass below `most`, of which half lies below 1 when nothing is cut off.
  const alpha = 2 - most ** -(index + 1);
  const scaled = u * alpha;
  return scaled <= 1 ? scaled ** (1 / (index + 1)) : (1 / (2 - scaled)) ** (1 / (index + 1));
}

/**
 * Polynomial mutation within bounds (Deb & Agrawal 1999): with probability `mutation` each coordinate moves by δ times its
 * range, δ of the density ½(η+1)(1−|δ|)^η, cut off at the bounds. A whole number that rounds to where it was goes one step
 * in the direction drawn instead: between 1 and 4 agents almost every draw would round to nothing.
 */
export function mutate(
  x: Float64Array,
  variables: readonly Variable[],
  { mutation, mutationIndex }: Pick<VariationOptions, "mutation" | "mutationIndex">,
  rng: Rng,
): void {
  for (let v = 0; v < variables.length; v++) {
    if (rng() >= mutation) continue;
    const { kind, low, high } = variables[v] as Variable;
    const range = high - low;
    const u = rng();
    if (range <= 0) continue;
    const value = x[v] as number;
    const power = mutationIndex + 1;
    const delta =
      u < 0.5
        ? (2 * u + (1 - 2 * u) * (1 - (value - low) / range) ** power) ** (1 / power) - 1
        : 1 - (2 * (1 - u) + (2 * u - 1) * (1 - (high - value) / range) ** power) ** (1 / power);
    const moved = settled(value + delta * range, kind, low, high);
    x[v] = kind === "integer" && moved === value ? nextTo(value, u >= 0.5, low, high) : moved;
  }
}

function nextTo(value: number, isUp: boolean, low: number, high: number): number {
  const next = isUp ? value + 1 : value - 1;
  return next > high ? value - 1 : next < low ? value + 1 : next;
}

/** Rounding can step over a bound by the last bit. */
export function settled(value: number, kind: Variable["kind"], low: number, high: number): number {
  const own = kind === "integer" ? Math.round(value) : value;
  return own < low ? low : own > high ? high : own;
}

/** A solution drawn evenly between the bounds, written into `x`. */
export function drawSolution(x: Float64Array, variables: readonly Variable[], rng: Rng): void {
  for (let v = 0; v < variables.length; v++) {
    const { kind, low, high } = variables[v] as Variable;
    const drawn = kind === "integer" ? low + Math.floor(rng() * (high - low + 1)) : low + rng() * (high - low);
    x[v] = settled(drawn, kind, low, high);
  }
}
