import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LoadWindow } from "../../../src/engine/decide/loadWindow.ts";

test("the ring says what a list of the readings would, to the last bit", () => {
  const figure = fc.double({ min: 0, max: 100, noNaN: true });
  const step = fc.record({
    // 0: the same reading again, as when nothing was measured in between.
    elapsedMs: fc.constantFrom(0, 250, 1_000, 1_000, 40_000),
    low: figure,
    spread: figure,
    heldBack: fc.option(figure, { nil: undefined }),
    measured: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(5_000, 60_000), (steps, widthMs) => {
      const window = new LoadWindow();
      let list: { readonly atMs: number; readonly low: number; readonly high: number; readonly heldBack: number }[] =
        [];
      let now = 0;
      for (const { elapsedMs, low, spread, heldBack, measured } of steps) {
        now += elapsedMs;
        const reading = { monotonicMs: now, low, high: low + spread, source: "measured" as const };
        if (measured) {
          window.add(heldBack === undefined ? reading : { ...reading, heldBack }, now - widthMs);
          if (list.at(-1)?.atMs !== now) list.push({ atMs: now, low, high: low + spread, heldBack: heldBack ?? 0 });
        } else window.drop(now - widthMs);
        list = list.filter(({ atMs }) => atMs >= now - widthMs);
        window.measure();
        const mean = (name: "low" | "high" | "heldBack") => list.reduce((sum, one) => sum + one[name], 0) / list.length;
        expect(window.size).toBe(list.length);
        expect(window.isFull).toBe(list.length >= 3);
        expect([window.low, window.high, window.heldBack]).toEqual([mean("low"), mean("high"), mean("heldBack")]);
      }
    }),
  );
});
