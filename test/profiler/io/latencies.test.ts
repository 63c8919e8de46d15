import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { latenciesOf } from "../../../src/profiler/io/latencies.ts";

const scale = { buckets: 256, perDoubling: 8 };

/** As the script in the process fills its histogram. */
function told(kind: string, values: readonly number[], more: object = {}) {
  const buckets = new Map<number, number>();
  for (const ms of values) {
    const index = ms < 0.001 ? 0 : Math.min(255, Math.trunc(Math.log2(ms * 1000) * 8));
    buckets.set(index, (buckets.get(index) ?? 0) + 1);
  }
  const total = values.reduce((sum, ms) => sum + ms, 0);
  return {
    kind,
    count: values.length,
    timed: values.length,
    total,
    max: Math.max(...values),
    buckets: [...buckets],
    ...more,
  };
}

describe("latencies as a process tells them", () => {
  test("have percentiles within half a step of the exact ones, and never above the most", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.002, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const [one] = latenciesOf([told("dns", values)], scale);
          const sorted = [...values].toSorted((a, b) => a - b);
          for (const [ratio, ms] of [
            [0.5, one?.p50Ms],
            [0.95, one?.p95Ms],
          ] as const) {
            const exact = sorted[Math.ceil(ratio * sorted.length) - 1] as number;
            expect((ms ?? Number.NaN) / exact).toBeGreaterThan(0.95);
            expect((ms ?? Number.NaN) / exact).toBeLessThan(1.05);
          }
          expect(one?.maxMs).toBe(sorted.at(-1));
          expect(one?.p95Ms).toBeLessThanOrEqual(one?.maxMs ?? 0);
        },
      ),
    );
  });

  test("are cleaned and cut", () => {
    const [one] = latenciesOf(
      [
        told("fileSync", [1, 2], {
          slowest: [
            { ms: 2, what: `fsyncSync /a\u001b[31m${"x".repeat(1_000)}` },
            { ms: Number.NaN, what: "no" },
            { ms: 1 },
          ],
          parts: [{ ...told("", [1]), name: "fsyncSync\n" }, { name: "no figures" }],
          callers: [
            { name: "a\u202e", file: "/a.js", line: 3, ratio: 0.5, operations: ["x"] },
            { name: "b", file: "/a.js", line: 3, ratio: 7, operations: [] },
          ],
        }),
      ],
      scale,
    );
    expect(one?.slowest).toHaveLength(1);
    expect(one?.slowest[0]?.what).toMatch(/^fsyncSync \/ax+…$/);
    expect(one?.parts.map(({ name }) => name)).toEqual(["fsyncSync"]);
    expect(one?.callers).toEqual([{ name: "a", file: "/a.js", line: 3, ratio: 0.5, operations: ["x"] }]);
  });

  test.each([
    ["nothing", null],
    ["a text", "x"],
    ["an unknown kind", [told("disk", [1])]],
    ["a histogram that holds more than was timed", [{ ...told("dns", [1]), timed: 5 }]],
    ["a step that there is not", [{ ...told("dns", [1]), buckets: [[999, 1]] }]],
    ["a time below zero", [{ ...told("dns", [1]), total: -1 }]],
    ["nothing timed", [{ ...told("dns", [1]), timed: 0, buckets: [] }]],
  ])("that are %s are none", (_, value) => expect(latenciesOf(value, scale)).toEqual([]));

  test("never throw, whatever they are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void latenciesOf([value, { kind: "dns", buckets: [value] }], scale)),
    );
  });
});
