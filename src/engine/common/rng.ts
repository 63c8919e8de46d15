/** A seeded source of uniform numbers in [0, 1). */
export type Rng = () => number;

/**
 * mulberry32 (Tommy Ettinger, public domain): 32 bits of state, period 2^32, good enough for jitter, simulated load
 * and property seeds; not for secrets.
 */
export function createRng(seed: number): Rng {
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, got ${seed}`);
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Exponential waiting time with the given mean. Inverse transform; 1 − u avoids log(0). */
export function exponential(rng: Rng, mean: number): number {
  if (!(mean > 0)) throw new RangeError(`mean must be > 0, got ${mean}`);
  return -mean * Math.log(1 - rng());
}

/** Standard normal by Box–Muller. */
export function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
}

/** Lognormal with the given mean; sigma is the standard deviation of the logarithm. E[X] = exp(mu + sigma²/2). */
export function lognormal(rng: Rng, mean: number, sigma: number): number {
  if (!(mean > 0)) throw new RangeError(`mean must be > 0, got ${mean}`);
  if (!(sigma >= 0)) throw new RangeError(`sigma must be ≥ 0, got ${sigma}`);
  return Math.exp(Math.log(mean) - (sigma * sigma) / 2 + sigma * normal(rng));
}
