import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, normal, type Rng } from "../../../src/engine/common/rng.ts";
import { AUGURS_FILES, loadAugurs } from "../../../src/engine/forecast/augurs.ts";
import type { ForecastRequest } from "../../../src/engine/ports.ts";
import { offeredLoad } from "../../../src/engine/providers/demo/day.ts";

const folder = join(import.meta.dirname, "../../../node_modules/@bsull/augurs");

export const augursBytes = {
  ets: new Uint8Array(readFileSync(join(folder, AUGURS_FILES.ets))),
  mstl: new Uint8Array(readFileSync(join(folder, AUGURS_FILES.mstl))),
};

export const augurs = loadAugurs(augursBytes);

/** `count` values of `value(t, noise)`, noise standard normal from the seed. */
export function series(count: number, seed: number, value: (t: number, noise: () => number) => number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: count }, (_, t) => value(t, () => normal(rng)));
}

export function request(values: Float64Array, more: Partial<ForecastRequest> = {}): ForecastRequest {
  return {
    values,
    stepMs: 2_000,
    endMs: 1_700_000_000_000,
    seasonSteps: null,
    horizonSteps: 24,
    confidence: 0.95,
    seed: 1,
    lowerBound: null,
    ...more,
  };
}

export const DEMO_SEASON = 180;

/**
 * Busy agents of the demo swarm if it never had too few: arrivals by its day, service times exponential with mean 1.1 s,
 * looked at every 0.1 s, as means of two seconds.
 */
export function demoDemand(days: number, seed: number): Float64Array {
  const rng = createRng(seed + 77);
  const leaves = 1 - Math.exp(-0.1 / 1.1);
  let busy = 0;
  return Float64Array.from({ length: days * DEMO_SEASON }, (_, step) => {
    let sum = 0;
    for (let tenth = 0; tenth < 20; tenth++) {
      busy += poisson(rng, (offeredLoad(step * 2_000 + tenth * 100, seed) * 0.1) / 1.1);
      for (let one = busy; one > 0; one--) if (rng() < leaves) busy--;
      sum += busy;
    }
    return sum / 20;
  });
}

function poisson(rng: Rng, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = rng(); product > limit; product *= rng()) count++;
  return count;
}
