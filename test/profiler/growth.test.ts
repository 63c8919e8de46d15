import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { growthOf, LEAST_POINTS, theilSen } from "../../src/profiler/growth.ts";

const MB = 1 << 20;
const EVERY_MS = 5_000;

/** One point every 5 s, as a profile takes them. */
function series(points: number, bytesAt: (second: number, n: number) => number) {
  const atMs = Array.from({ length: points }, (_, n) => n * EVERY_MS);
  return growthOf(
    "rss",
    atMs,
    atMs.map((at, n) => bytesAt(at / 1000, n)),
  );
}

describe("the slope of Theil and Sen", () => {
  test("is that of a line, exactly, with its interval around it", () => {
    const at = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const slope = theilSen(
      at,
      at.map((t) => 3 * t + 1),
    );
    expect(slope).toMatchObject({ perMs: 3, lowPerMs: 3, highPerMs: 3 });
    expect(slope.chance).toBeLessThan(0.001);
  });

  test("is not moved by outliers, as a line of least squares is", () => {
    const at = Array.from({ length: 21 }, (_, n) => n);
    const values = at.map((t) => (t % 5 === 0 ? 10_000 : 2 * t));
    expect(theilSen(at, values).perMs).toBeCloseTo(2, 0);
  });

  test("has an interval that holds the true slope as often as it says", () => {
    const rng = createRng(9);
    const at = Array.from({ length: 20 }, (_, n) => n);
    const draws = 400;
    let held = 0;
    for (let draw = 0; draw < draws; draw++) {
      const { lowPerMs, highPerMs } = theilSen(
        at,
        at.map((t) => 2 * t + 5 * normal(rng)),
      );
      if (lowPerMs <= 2 && 2 <= highPerMs) held++;
    }
    // 95%, give or take three standard errors of 400 draws.
    expect(held / draws).toBeGreaterThan(0.917);
    expect(held / draws).toBeLessThan(0.983);
  });

  test("needs two points", () => {
    expect(() => theilSen([1], [1])).toThrow(RangeError);
    expect(() => theilSen([1, 2], [1])).toThrow(RangeError);
  });
});

describe("the pattern of a series", () => {
  test("too short to tell is said to be", () => {
    const told = series(LEAST_POINTS - 1, (second) => second * MB);
    expect(told).toMatchObject({ pattern: "unknown", bytesPerSecond: null, confidence: null });
  });

  test("that hardly moves is steady", () => {
    const rng = createRng(1);
    for (let n = 0; n < 20; n++)
      expect(series(12, () => 200 * MB + rng() * MB * 3).pattern, `control ${n}`).toBe("steady");
  });

  test("of a ramp of 1 MB/s is a leak of 1 MB/s, also under noise", () => {
    const rng = createRng(2);
    for (let n = 0; n < 20; n++) {
      const told = series(13, (second) => 120 * MB + second * MB + rng() * 2 * MB);
      expect(told.pattern, `ramp ${n}`).toBe("leak");
      expect((told.bytesPerSecond ?? 0) / MB).toBeCloseTo(1, 0);
      expect(told.confidence).toBeGreaterThan(0.99);
    }
  });

  test("of 20 sawtooth controls, of many periods, heights and phases, is never a leak", () => {
    const rng = createRng(3);
    for (let n = 0; n < 20; n++) {
      const period = 15 + rng() * 60;
      const height = (10 + rng() * 90) * MB;
      const phase = rng() * period;
      const told = series(60, (second) => {
        const share = ((second + phase) % period) / period;
        return 100 * MB + share * height + rng() * MB;
      });
      expect(told.pattern, `control ${n}, period ${period}`).toBe("sawtooth");
      expect(told.falls).toBeGreaterThan(0);
    }
  });

  test("of a sawtooth whose low points rise is a leak, with the slope of the low points", () => {
    const rng = createRng(4);
    for (let n = 0; n < 20; n++) {
      const period = 20 + rng() * 20;
      const told = series(60, (second) => 100 * MB + second * MB * 0.5 + ((second % period) / period) * 60 * MB);
      expect(told.pattern, `leak ${n}, period ${period}`).toBe("leak");
      expect((told.bytesPerSecond ?? 0) / MB).toBeGreaterThan(0.3);
      expect((told.bytesPerSecond ?? 0) / MB).toBeLessThan(0.8);
    }
  });

  test("of one jump is a step and not a leak", () => {
    const rng = createRng(5);
    for (let n = 0; n < 20; n++) {
      const from = 2 + Math.floor(rng() * 8);
      const told = series(13, (_, at) => 100 * MB + (at >= from ? 80 * MB : 0) + rng() * MB);
      expect(told.pattern, `step ${n} at ${from}`).toBe("step");
    }
  });

  test("of one fall, and of a warm-up that levels out, is no leak", () => {
    expect(series(13, (_, at) => (at < 6 ? 200 : 100) * MB).pattern).toBe("sawtooth");
    expect(series(13, (second) => 100 * MB + 80 * MB * (1 - Math.exp(-second / 5))).pattern).toBe("step");
  });
});
