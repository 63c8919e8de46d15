import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { arrivalLoad } from "../../../../src/engine/decide/allocation/arrivalLoad.ts";
import { queueWait } from "../../../../src/engine/decide/allocation/queueing.ts";
import { varyingP95, type VaryingQueue, varyingWait } from "../../../../src/engine/decide/allocation/varyingQueue.ts";

const steady: VaryingQueue = {
  ...{ rates: Float64Array.of(0.6), stretchSec: 36_000, serviceSec: 6, servers: 5, arrivalScv: 1, serviceScv: 1 },
};

/** Waits of a queue with Poisson arrivals at these rates and exponential service, first come first served. */
function simulated({ rates, stretchSec, serviceSec, servers }: VaryingQueue, days: number, seed: number): number[] {
  const rng = createRng(seed);
  const exponential = (mean: number): number => -mean * Math.log(1 - rng());
  const most = Math.max(...rates);
  const daySec = rates.length * stretchSec;
  const waits: number[] = [];
  for (let day = 0; day < days; day++) {
    const free = new Float64Array(servers);
    for (let at = exponential(1 / most); at < daySec; at += exponential(1 / most)) {
      // Thinning (Lewis and Shedler 1979).
      if (rng() * most > (rates[Math.floor(at / stretchSec)] as number)) continue;
      let first = 0;
      for (let n = 1; n < servers; n++) if ((free[n] as number) < (free[first] as number)) first = n;
      const began = Math.max(at, free[first] as number);
      free[first] = began + exponential(serviceSec);
      waits.push(began - at);
    }
  }
  return waits;
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

describe("a queue whose load varies", () => {
  test("with one long stretch it is the steady queue", () => {
    const wait = queueWait({ ...steady, arrivalRate: 0.6 });
    if (wait.kind !== "stable") throw new Error("must be stable");
    expect(varyingWait(steady)).toEqual({
      kind: "stable",
      utilisation: expect.closeTo(wait.utilisation, 12),
      meanSec: expect.closeTo(wait.meanSec, 9),
    });
    expect(varyingP95(steady)).toBeCloseTo(wait.p95Sec, 3);
  });

  test.each([
    ["never overloaded", Float64Array.of(0.2, 0.6, 0.3, 0.5), 0.35],
    ["overloaded for a while", Float64Array.of(0.2, 0.4, 1.1, 0.7, 0.3, 0.2), 0.2],
    ["overloaded at first", Float64Array.of(1.2, 0.3, 0.3, 0.3), 0.25],
  ] as const)("%s: mean and percentile are those of a simulated one", (_, rates, tolerance) => {
    const queue = { ...steady, rates, stretchSec: 300 };
    const waits = simulated(queue, 400, 7).toSorted((a, b) => a - b);
    const wait = varyingWait(queue);
    if (wait.kind !== "stable") throw new Error("must be stable");
    expect(Math.abs(wait.meanSec / mean(waits) - 1)).toBeLessThan(tolerance);
    const p95 = waits[Math.floor(0.95 * waits.length)] as number;
    expect(Math.abs(varyingP95(queue) / p95 - 1)).toBeLessThan(0.35);
  });

  test("the mean load alone would tell a tenth of the wait at a peak", () => {
    const rates = Float64Array.of(0.2, 0.4, 1.1, 0.7, 0.3, 0.2);
    const flat = queueWait({ ...steady, arrivalRate: mean([...rates]) });
    const wait = varyingWait({ ...steady, rates, stretchSec: 300 });
    if (wait.kind !== "stable" || flat.kind !== "stable") throw new Error("must be stable");
    expect(wait.meanSec).toBeGreaterThan(10 * flat.meanSec);
  });

  test("more work than the agents can ever do has no figure", () => {
    const rates = Float64Array.of(1, 0.8);
    expect(varyingWait({ ...steady, rates })).toEqual({ kind: "unstable", utilisation: expect.closeTo(1.08, 12) });
  });

  test("another agent never makes anybody wait longer", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        (rates, servers) => {
          const queue = { ...steady, rates: Float64Array.from(rates), stretchSec: 300, servers };
          const [one, more] = [varyingWait(queue), varyingWait({ ...queue, servers: servers + 1 })];
          if (one.kind === "unstable") return true;
          return more.kind === "stable" && more.meanSec <= one.meanSec + 1e-9 && Number.isFinite(varyingP95(queue));
        },
      ),
    );
  });

  test.each([
    ["rates", { rates: new Float64Array() }],
    ["rates", { rates: Float64Array.of(Number.NaN) }],
    ["stretchSec", { stretchSec: 0 }],
    ["serviceSec", { serviceSec: 0 }],
    ["arrivalScv", { arrivalScv: -1 }],
    ["servers", { servers: 0 }],
  ])("refuses %s that cannot be, by name", (name, wrong) => {
    expect(() => varyingWait({ ...steady, ...wrong })).toThrow(new RegExp(`^${name} must`));
  });
});

describe("the load of a lane", () => {
  const HOUR_MS = 3_600_000;

  function poisson(ratePerHour: (share: number) => number, most: number, seed: number): number[] {
    const rng = createRng(seed);
    const arrivals: number[] = [];
    for (let at = 0; ;) {
      at += (-Math.log(1 - rng()) / most) * HOUR_MS;
      if (at >= HOUR_MS) return arrivals;
      if (rng() * most <= ratePerHour(at / HOUR_MS)) arrivals.push(at);
    }
  }

  test("that is steady has nearly one rate, whatever chance has made of its counts", () => {
    const highest = Array.from({ length: 20 }, (_, seed) => {
      const { rates } = arrivalLoad(
        poisson(() => 400, 400, seed),
        0,
        HOUR_MS,
      );
      return Math.max(...rates) / mean([...rates]);
    });
    // Of plain counts the highest of twelve is 1.28 of their mean on average.
    expect(mean(highest)).toBeLessThan(1.15);
  });

  test("that rises is told as it rises, its gaps counted by the rate of their time", () => {
    const { rates, stretchSec, arrivalScv } = arrivalLoad(
      poisson((share) => 2_400 * share, 2_400, 3),
      0,
      HOUR_MS,
    );
    expect(rates).toHaveLength(12);
    expect(stretchSec).toBe(300);
    expect(rates[0]).toBeLessThan(0.06);
    expect(rates[11] as number).toBeGreaterThan(0.55);
    expect(mean([...rates])).toBeCloseTo(1_200 / 3_600, 1);
    expect(Math.abs(arrivalScv - 1)).toBeLessThan(0.2);
  });

  test("of few tasks is one stretch", () => {
    const { rates, stretchSec, arrivalScv } = arrivalLoad([0, 1_000, 2_000, 3_000], 0, 4_000);
    expect([...rates]).toEqual([1]);
    expect(stretchSec).toBe(4);
    expect(arrivalScv).toBe(0);
  });
});
