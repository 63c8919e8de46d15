import { ensureFolders, type Paths } from "../../../src/engine/common/paths.ts";
import { systemClock } from "../../../src/engine/common/clock.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import { DEMO_DAY_MS, offeredLoad } from "../../../src/engine/providers/demo/day.ts";
import { openStore } from "../../../src/engine/store/store.ts";

/**
 * A SIMULATOR: writes days of the demo's demand into a store before its engine starts, so that a bench need not wait for
 * them. Demand of an M/G/∞ queue with the demo's offered load: Poisson with that mean at every second.
 */
export function simulateDays(paths: Paths, days: number, seed: number): void {
  ensureFolders(paths);
  const store = openStore({ path: paths.store, machineId: paths.machineId, clock: systemClock });
  try {
    const rng = createRng(seed);
    const nowMs = Date.now();
    for (let wallMs = nowMs - days * DEMO_DAY_MS; wallMs < nowMs - 1_000; wallMs += 1_000) {
      const value = (metric: string, v: number) =>
        ({ scope: "swarm", key: "demo", metric, value: v, source: "measured" }) as const;
      const values = [value("demand", poisson(offeredLoad(wallMs, seed), rng)), value("live", 8), value("target", 8)];
      if (!store.series.append({ wallMs, intervalMs: 1_000, values })) throw new Error("a tick was not kept");
    }
  } finally {
    store.close();
  }
}

/** Knuth's multiplication method: exact, and quick for means of a few. */
function poisson(mean: number, rng: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = rng(); product > limit; product *= rng()) count++;
  return count;
}
