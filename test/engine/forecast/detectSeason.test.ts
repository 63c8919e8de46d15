import { describe, expect, test } from "vitest";
import { detectSeason } from "../../../src/engine/forecast/detectSeason.ts";
import { parseSeries } from "../../../src/engine/forecast/fromTable.ts";
import { tableForecaster } from "../../../src/engine/forecast/tableForecaster.ts";
import { augursBytes, DEMO_SEASON, demoDemand, request, series } from "./support.ts";

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);
const noisy = (period: number, size: number) => (t: number, noise: () => number) =>
  5 + 2 * Math.sin((2 * Math.PI * t) / period) + size * noise();

describe("a season", () => {
  test("is found exactly where it is clean, with its harmonics and a trend", () => {
    for (const period of [4, 7, 24, 96, 288]) {
      const values = series(5 * period, 1, (t) => 0.1 * (t % period) + Math.sin((2 * Math.PI * t) / period) + 0.01 * t);
      expect(detectSeason(values)).toBe(period);
    }
  });

  test("is found within 4% under noise of more than half its height", () => {
    const hits = SEEDS.filter((seed) => {
      const period = 24 + seed;
      const found = detectSeason(series(6 * period, seed, noisy(period, 1.2)));
      return found !== null && Math.abs(found - period) <= Math.max(1, 0.04 * period);
    });
    expect(hits.length).toBeGreaterThanOrEqual(54);
  });

  test("is the whole day of the demo, not the distance of its two peaks", () => {
    for (const seed of [1, 2, 3]) {
      const found = detectSeason(demoDemand(6, seed)) as number;
      expect(Math.abs(found - DEMO_SEASON)).toBeLessThanOrEqual(3);
    }
  });

  test("is found with a tenth of the values missing", () => {
    const values = series(240, 1, noisy(24, 0.3)).map((value, t) => (t % 10 === 3 ? Number.NaN : value));
    expect(detectSeason(values)).toBe(24);
  });
});

describe("no season", () => {
  test("in noise, and hardly ever in a walk without aim", () => {
    const walks = SEEDS.filter((seed) => {
      expect(detectSeason(series(600, seed, (_, noise) => noise()))).toBeNull();
      let level = 0;
      return detectSeason(series(600, seed, (_, noise) => (level += noise()))) !== null;
    });
    expect(walks.length).toBeLessThanOrEqual(3);
  });

  test("in a line, a constant, a step, nothing, or what was hardly measured", () => {
    const length = 300;
    for (const values of [
      Float64Array.from({ length }, (_, t) => t),
      new Float64Array(length).fill(3),
      Float64Array.from({ length }, (_, t) => (t < 100 ? 1 : 2)),
      new Float64Array(0),
      Float64Array.of(1, 2, 1),
      Float64Array.from({ length }, (_, t) => (t % 2 === 0 ? Number.NaN : Math.sin(t))),
      new Float64Array(length).fill(Number.POSITIVE_INFINITY),
    ])
      expect(detectSeason(values)).toBeNull();
  });

  test("that was seen less than three times", () => {
    expect(detectSeason(series(110, 1, noisy(40, 0.1)))).toBeNull();
  });
});

test("a file from text to points, without an engine", async () => {
  const forecaster = tableForecaster({ augurs: augursBytes, tensorFlow: null, nowMs: () => 0 });
  const values = series(24 * 12, 4, noisy(24, 0.8));
  const start = Date.UTC(2026, 0, 1);
  const text = `time,load\n${[...values].map((value, hour) => `${new Date(start + hour * 3_600_000).toISOString()},${value}`).join("\n")}`;
  const table = parseSeries(text);
  const seasonSteps = forecaster.detectSeason(table.values);
  expect(seasonSteps).toBe(24);
  const answer = await forecaster.forecast(
    request(table.values, { seasonSteps, stepMs: 3_600_000, endMs: table.times?.at(-1) as number, horizonSteps: 24 }),
  );
  expect(answer.ready).toBe(true);
  expect(answer.points[0]?.atMs).toBe(start + 24 * 12 * 3_600_000);
});
