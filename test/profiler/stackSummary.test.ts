import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ProfileBuilder } from "../../src/profiler/profile.ts";
import { stackSummary } from "../../src/profiler/stackSummary.ts";
import { deepProfile, profileOf } from "./flame/profiles.ts";

const total = (ratios: readonly number[]): number => ratios.reduce((sum, ratio) => sum + ratio, 0);

test("what is below a thousandth is given to its caller; nothing is lost", () => {
  const summary = stackSummary(
    profileOf([
      ["main;parse", 700_000],
      ["main;rare", 400],
      ["", 50_000],
      ["idle", 299_600],
    ]),
  );
  expect(summary?.frames.map(({ name }) => name)).toEqual(["main", "parse", "idle"]);
  expect(summary?.nodeParent).toEqual([-1, 0, -1]);
  expect(summary?.selfRatio).toEqual([0.0004, 0.7, 0.2996]);
});

test("of a profile in which nothing ran there is none", () => {
  expect(stackSummary(profileOf([["", 5]]))).toBeNull();
  expect(stackSummary(new ProfileBuilder("x", "microseconds", false).build())).toBeNull();
});

test("a stack 12,000 deep, and 100,000 functions alike, stay small and whole", () => {
  const deep = stackSummary(deepProfile(12_000));
  expect(deep?.nodeFrame.length).toBeLessThanOrEqual(200);
  expect(total(deep?.selfRatio ?? [])).toBeCloseTo(1, 3);
  const wide = stackSummary(profileOf(Array.from({ length: 100_000 }, (_, at) => [`f${at}`, 1])));
  expect(wide).toMatchObject({ frames: [{ name: "(others)" }], selfRatio: [1] });
  expect(JSON.stringify(wide).length).toBeLessThan(1_000);
});

test("whatever the profile, callers come first and the parts are the whole", () => {
  const stack = fc.tuple(
    fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }).map((names) => names.join(";")),
    fc.integer({ min: 0, max: 1_000 }),
  );
  fc.assert(
    fc.property(fc.array(stack, { maxLength: 30 }), (stacks) => {
      const summary = stackSummary(profileOf(stacks));
      if (summary === null) return;
      for (const [at, parent] of summary.nodeParent.entries()) expect(parent).toBeLessThan(at);
      expect(Math.max(...summary.nodeFrame)).toBeLessThan(summary.frames.length);
      expect(total(summary.selfRatio)).toBeCloseTo(1, 4);
    }),
  );
});
