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
    waiting: fc.option(figure, { nil: undefined, freq: 40 }),
    measured: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(5_000, 60_000), (steps, widthMs) => {
      const window = new LoadWindow();
      let list: {
        readonly atMs: number;
        readonly low: number;
        readonly high: number;
        readonly heldBack: number;
        readonly waiting: number | null;
      }[] = [];
      let now = 0;
      for (const { elapsedMs, low, spread, heldBack, waiting, measured } of steps) {
        now += elapsedMs;
        const reading = { monotonicMs: now, low, high: low + spread, source: "measured" as const };
        if (measured) {
          const held = heldBack === undefined ? {} : { heldBack };
          window.add({ ...reading, ...held, ...(waiting === undefined ? {} : { waiting }) }, now - widthMs);
          if (list.at(-1)?.atMs !== now)
            list.push({ atMs: now, low, high: low + spread, heldBack: heldBack ?? 0, waiting: waiting ?? null });
        } else window.drop(now - widthMs);
        list = list.filter(({ atMs }) => atMs >= now - widthMs);
        const mean = (name: "low" | "high" | "heldBack" | "waiting") =>
          list.reduce((sum, one) => sum + (one[name] ?? 0), 0) / list.length;
        expect(window.size).toBe(list.length);
        expect(window.isFull).toBe(list.length >= 3);
        const isKnown = list.every((one) => one.waiting !== null);
        expect(window.mean()).toEqual(
          list.length === 0
            ? null
            : {
                low: mean("low"),
                high: mean("high"),
                heldBack: mean("heldBack"),
                waiting: isKnown ? mean("waiting") : null,
                waitingChange: (list.at(-1)?.waiting ?? 0) - (list[0]?.waiting ?? 0),
              },
        );
      }
    }),
  );
});
