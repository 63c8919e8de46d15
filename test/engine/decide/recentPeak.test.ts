import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RecentPeak } from "../../../src/engine/decide/recentPeak.ts";

test("is the highest of all values of the last while", () => {
  expect(new RecentPeak().highest()).toBe(0);
  const step = fc.record({ elapsedMs: fc.integer({ min: 1, max: 50 }), value: fc.integer({ min: 0, max: 20 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 0, max: 2_000 }), (steps, whileMs) => {
      const recent = new RecentPeak();
      const all: { readonly atMs: number; readonly value: number }[] = [];
      let now = 0;
      for (const { elapsedMs, value } of steps) {
        now += elapsedMs;
        recent.add(value, now, now - whileMs);
        all.push({ atMs: now, value });
        const young = all.filter(({ atMs }) => atMs >= now - whileMs);
        expect(recent.highest()).toBe(Math.max(...young.map((one) => one.value)));
      }
    }),
  );
});
