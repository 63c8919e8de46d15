import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pickByWeights } from "../../src/engine/decide/nsga/choice.ts";
import { rangeOf } from "../../src/engine/decide/nsga/front.ts";
import { OBJECTIVES } from "../../src/engine/protocol/optimize.ts";
import { domainOf, frontOf, insideOf, orderAlong, pickOf, placeOf, ticksOf } from "../../webview/pareto/front.ts";
import {
  aimRows,
  basisText,
  emptyText,
  frontSentence,
  laneRows,
  remarksOf,
  wholeText,
} from "../../webview/pareto/model.ts";
import { full, minimised, optimization, point, T0 } from "./paretoStates.ts";

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const weight = fc.double({ min: 0, max: 1, noNaN: true });

describe("the pick", () => {
  test("is the engine's own, whatever the front and the weights", () => {
    const fronts = fc.array(fc.tuple(finite, finite, finite, finite), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fronts, fc.tuple(weight, weight, weight, weight), (rows, weights) => {
        fc.pre(weights.some((one) => one > 0));
        const points = rows.map((values) => point(values, 4));
        const small = minimised(points);
        const named = Object.fromEntries(OBJECTIVES.map((id, m) => [id, weights[m] ?? 0]));
        expect(pickOf(frontOf({ front: points, current: null }), named)).toBe(
          pickByWeights(small, rangeOf(small), weights),
        );
      }),
    );
  });

  test("does not exist where every weight is 0, or there is no solution", () => {
    const front = frontOf(optimization());
    expect(pickOf(front, { minimizeLatency: 0, minimizeCost: 0 })).toBeNull();
    expect(pickOf(frontOf({ front: [], current: null }), { minimizeLatency: 1 })).toBeNull();
  });

  test("is the best of an aim that alone matters", () => {
    const front = frontOf(optimization());
    expect(pickOf(front, { minimizeLatency: 1 })).toBe(front.size - 1);
    expect(pickOf(front, { maximizeUtilization: 1 })).toBe(0);
  });
});

describe("ranges", () => {
  const front = frontOf({
    front: [
      [1, 0.5],
      [2, 0.6],
      [3, 0.9],
    ].map((values) => point(values, 3)),
    current: null,
  });

  test("leave the solutions that lie in every one of them", () => {
    expect([...insideOf(front, new Map())]).toEqual([1, 1, 1]);
    expect([...insideOf(front, new Map([["minimizeLatency", { low: 2, high: 3 }]]))]).toEqual([0, 1, 1]);
    const both = new Map([
      ["minimizeLatency", { low: 2, high: 3 }],
      ["maximizeUtilization", { low: 0, high: 0.7 }],
    ] as const);
    expect([...insideOf(front, both)]).toEqual([0, 1, 0]);
  });

  test("are walked through along the aim of the scatter", () => {
    const aim = front.aims[0];
    if (aim === undefined) throw new Error("no aim");
    expect(orderAlong({ ...aim, values: Float64Array.of(3, 1, 2) }, Uint8Array.of(1, 1, 1))).toEqual([1, 2, 0]);
    expect(orderAlong({ ...aim, values: Float64Array.of(3, 1, 2) }, Uint8Array.of(1, 0, 1))).toEqual([2, 0]);
  });
});

describe("an axis", () => {
  test("reaches to the allocation in force where it is near, and not to one that would press the front into a corner", () => {
    expect(domainOf({ extent: { low: 2, high: 10 }, current: 12 })).toEqual({ low: 2, high: 12 });
    expect(domainOf({ extent: { low: 2, high: 10 }, current: 900 })).toEqual({ low: 2, high: 22 });
    expect(placeOf(900, { low: 2, high: 22 })).toBe(1);
    expect(domainOf({ extent: { low: 2, high: 10 }, current: null })).toEqual({ low: 2, high: 10 });
  });

  test("has room where every solution has the same value", () => {
    for (const value of [0, 4, -4]) {
      const { low, high } = domainOf({ extent: { low: value, high: value }, current: null });
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });

  test("is marked at round values within it, as many as there is room for", () => {
    expect(ticksOf({ low: 0, high: 10 }, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    fc.assert(
      fc.property(
        finite,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 12 }),
        (low, span, wanted) => {
          const ticks = ticksOf({ low, high: low + span }, wanted);
          expect(ticks.length).toBeLessThanOrEqual(wanted + 1);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6 - Math.abs(low) * 1e-9);
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-6) + Math.abs(low) * 1e-9);
          }
        },
      ),
    );
  });
});

describe("in words", () => {
  const found = optimization();

  test("the front says how many there are, and what the pick comes to beside the present", () => {
    const text = frontSentence(found, frontOf(found), found.pick);
    expect(text).toMatch(
      /^40 solutions, none better than another in every aim\. Your pick: latency 6\.2 s → [\d.]+ s, utilisation 62% → \d+%, load spread 0\.12 → 0\.0\d, cost 0\.80 EUR\/h → [\d.]+ EUR\/h, with \d+ agents \(derived\)\./,
    );
    const one = optimization({ front: [point([1, 0.5, 0.1, 1], 3)], knee: null, current: null });
    expect(frontSentence(one, frontOf(one), 0)).toBe(
      "One solution is best in every aim. Your pick: latency 1 s, utilisation 50%, load spread 0.1, cost 1.00 EUR/h, with 3 agents (derived).",
    );
  });

  test("it tells what it rests on, how far the model was off, and how far other seeds lie apart", () => {
    const text = basisText(found);
    expect(text).toContain("from 812 tasks that came");
    expect(text).toContain("90000 allocations in 200 generations. On measured waits the model was off by 18%");
    expect(text).toContain(
      "Confidence 93%: the picks of 5 searches from different seeds lie this far apart (latency 3.9 s – 4.3 s).",
    );
  });

  test("a solution stands beside the present, aim by aim and lane by lane", () => {
    const two = optimization({ front: [point([3.1, 0.31, 0.12, 1.6], 8)], knee: null });
    expect(aimRows(two, 0).map(({ cells }) => cells)).toEqual([
      ["Latency (lower is better)", "6.2 s", "3.1 s", "−50% better"],
      ["Utilisation (higher is better)", "62%", "31%", "−50% worse"],
      ["Load spread (lower is better)", "0.12", "0.12", "the same"],
      ["Cost (lower is better)", "0.80 EUR/h", "1.60 EUR/h", "+100% worse"],
    ]);
    expect(laneRows(two, 0).map(({ cells }) => cells)).toEqual([
      ["standard", "3 → 7", "3 → 7", "4.2 s → 1.1 s", "19 s → 9.3 s", "62% → 31%"],
      ["background", "1", "1", "500 ms", "2 s", "40%"],
    ]);
    expect(wholeText(two, 0)).toBe("Agents 4 → 8 · memory limit of each 96 MB · CPU weight 100 (the usual one)");
  });

  test("what takes no part, and what the present breaks, is said", () => {
    expect(remarksOf(found)).toEqual([]);
    const remarks = remarksOf(
      optimization({
        leftOut: [{ kind: "demo", lane: "critical", observations: 3 }],
        current: { ...point([1, 1, 1, 1], 3), violates: ["memory"] },
      }),
    );
    expect(remarks[0]).toBe(
      "demo takes no tasks of lane critical in any solution: 3 tasks ended there, too few to know how long one takes.",
    );
    expect(remarks[1]).toContain("breaks 1 limit: the machine's memory");
  });

  test("an empty page says why it is, and what to do", () => {
    const none = { ...full, optimization: null };
    expect(emptyText(none)).toContain('Press "Search"');
    expect(emptyText({ ...none, run: { kind: "searching", sinceMs: T0 } })).toContain("Searching.");
    expect(emptyText({ ...none, run: { kind: "cancelled" } })).toContain("cancelled");
    expect(emptyText({ ...none, swarmId: null, gone: "docs" })).toContain("docs is no longer there");
    expect(emptyText({ ...none, swarmId: null, swarms: [] })).toContain("Start the demo swarm");
  });
});
