import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erlangC, queueWait } from "../../../../src/engine/decide/allocation/queueing.ts";

/** By the definition, which overflows beyond some hundred servers. */
function byDefinition(servers: number, load: number): number {
  let term = 1;
  let sum = 0;
  for (let k = 0; k < servers; k++) {
    sum += term;
    term = (term * load) / (k + 1);
  }
  const last = term / (1 - load / servers);
  return last / (sum + last);
}

describe("Erlang C", () => {
  test.each([
    // One server: C = ρ. Two under 1 Erlang: 1/3. The others from tables of the formula.
    [1, 0.7, 0.7],
    [2, 1, 1 / 3],
    [3, 2, 4 / 9],
    [5, 4, 0.5541],
    [10, 8, 0.4092],
    [12, 10, 0.4494],
    [1, 0, 0],
    [4, 4, 1],
    [4, 9, 1],
  ])("of %d servers under %d Erlang", (servers, load, expected) => {
    expect(erlangC(servers, load)).toBeCloseTo(expected, 3);
  });

  test("is what its definition gives, where that does not overflow", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (servers, ratio) => {
          expect(erlangC(servers, ratio * servers)).toBeCloseTo(byDefinition(servers, ratio * servers), 9);
        },
      ),
    );
  });

  test("stays a probability for very many servers, and falls with each more", () => {
    let before = 1;
    for (const servers of [1_000, 1_010, 1_050, 2_000, 100_000]) {
      const delayed = erlangC(servers, 990);
      expect(delayed).toBeGreaterThanOrEqual(0);
      expect(delayed).toBeLessThan(before);
      before = delayed;
    }
  });

  test.each([
    [0, 1],
    [1.5, 1],
    [2, -1],
    [2, Number.NaN],
    [2, Number.POSITIVE_INFINITY],
  ])("refuses %d servers under %d", (servers, load) => {
    expect(() => erlangC(servers, load)).toThrow(RangeError);
  });
});

const mm1 = { arrivalRate: 0.5, serviceSec: 1, servers: 1, arrivalScv: 1, serviceScv: 1 };

describe("waiting", () => {
  test("of M/M/1 is ρ ÷ (μ − λ), and its percentile ln(ρ ÷ 0.05) ÷ (μ − λ)", () => {
    expect(queueWait(mm1)).toEqual({
      kind: "stable",
      utilisation: 0.5,
      delayed: expect.closeTo(0.5, 12),
      meanSec: expect.closeTo(1, 12),
      p95Sec: expect.closeTo(Math.log(10) / 0.5, 12),
    });
  });

  test("of M/D/1 is half of that, of M/G/1 as Pollaczek and Khinchine have it", () => {
    expect(queueWait({ ...mm1, serviceScv: 0 })).toMatchObject({ meanSec: expect.closeTo(0.5, 12) });
    // λE[S²] ÷ 2(1 − ρ), E[S²] = 1 + 4.
    expect(queueWait({ ...mm1, serviceScv: 4 })).toMatchObject({ meanSec: expect.closeTo((0.5 * 5) / (2 * 0.5), 12) });
  });

  test("of M/M/c: ten servers under 8 Erlang of 10 s wait C · 10 ÷ 2", () => {
    const wait = queueWait({ ...mm1, arrivalRate: 0.8, serviceSec: 10, servers: 10 });
    expect(wait).toMatchObject({ meanSec: expect.closeTo(0.4092 * 5, 2) });
  });

  test("nobody of 95% waits where a twentieth or less has to", () => {
    expect(queueWait({ ...mm1, arrivalRate: 0.05 })).toMatchObject({ p95Sec: 0 });
    expect(queueWait({ ...mm1, arrivalRate: 0.5, servers: 4 })).toMatchObject({ p95Sec: 0 });
  });

  test("at a utilisation of 1 and above there is none", () => {
    expect(queueWait({ ...mm1, arrivalRate: 1 })).toEqual({ kind: "unstable", utilisation: 1 });
    expect(queueWait({ ...mm1, arrivalRate: 3, servers: 2 })).toEqual({ kind: "unstable", utilisation: 1.5 });
  });

  test("never grows with an agent more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0, max: 9, noNaN: true }),
        (servers, ratio, serviceScv) => {
          const queue = { arrivalRate: ratio * servers, serviceSec: 1, servers, arrivalScv: 1, serviceScv };
          const [one, more] = [queueWait(queue), queueWait({ ...queue, servers: servers + 1 })];
          if (one.kind !== "stable" || more.kind !== "stable") throw new Error("not stable");
          expect(more.meanSec).toBeLessThanOrEqual(one.meanSec);
          expect(more.p95Sec).toBeLessThanOrEqual(one.p95Sec);
        },
      ),
    );
  });

  test.each([
    ["arrivalRate", 0],
    ["serviceSec", Number.NaN],
    ["arrivalScv", -1],
    ["serviceScv", Number.POSITIVE_INFINITY],
    ["servers", 0],
  ])("refuses %s of %d by its name", (name, value) => {
    expect(() => queueWait({ ...mm1, [name]: value })).toThrow(new RegExp(`^${name} must be`));
  });
});
