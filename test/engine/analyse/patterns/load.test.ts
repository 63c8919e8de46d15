import { describe, expect, test } from "vitest";
import { DAY_MS, day, found, HOUR_MS, known, minutes, MONDAY, WEEK_STEPS } from "./support.ts";

describe("load", () => {
  test("has its levels as quantiles", () => {
    const { baseline, median, high, greatest } = known(found(minutes(10_001, 1, (t) => (t * 7919) % 10_001)).load);
    expect([baseline, median, high, greatest]).toEqual([
      expect.closeTo(1000, 6),
      5000,
      expect.closeTo(9500, 6),
      10_000,
    ]);
  });

  test("peaks and valleys of seven days are theirs, at their times, as high as they are", () => {
    const { peaks, valleys } = known(found(minutes(WEEK_STEPS, 2, (t, noise) => day(t) + 0.2 * noise())).load);
    expect(peaks).toHaveLength(7);
    for (const [index, { atMs, value, prominence }] of peaks.entries()) {
      expect(Math.abs(atMs - (MONDAY + index * DAY_MS + 6 * HOUR_MS))).toBeLessThanOrEqual(1.5 * HOUR_MS);
      expect(Math.abs(value - 8)).toBeLessThan(0.3);
      expect(prominence).toBeGreaterThan(2.5);
    }
    // The valleys at 18:00; the last one has nothing higher behind it but the end of the week.
    expect(valleys).toHaveLength(7);
    expect(valleys.every(({ value }) => value < 2.4)).toBe(true);
  });

  test("has at most ten peaks, the most prominent", () => {
    const { peaks } = known(
      found(minutes(WEEK_STEPS, 3, (t) => Math.sin((2 * Math.PI * t) / 240) * (1 + t / WEEK_STEPS))).load,
    );
    expect(peaks).toHaveLength(10);
    expect(Math.min(...peaks.map(({ atMs }) => atMs))).toBeGreaterThan(MONDAY + 4 * DAY_MS);
  });

  test("of a level line, rising or constant, has no peaks", () => {
    for (const values of [minutes(WEEK_STEPS, 1, () => 0), minutes(WEEK_STEPS, 1, (t) => t)]) {
      const { peaks, valleys, spikeCount } = known(found(values).load);
      expect([peaks, valleys, spikeCount]).toEqual([[], [], 0]);
    }
  });
});

describe("spikes", () => {
  const planted = new Map([
    [1000, 9],
    [1001, 11],
    [4000, -9],
    [7777, 8],
  ]);
  const values = minutes(WEEK_STEPS, 4, (t, noise) => day(t) + 0.5 * noise() + (planted.get(t) ?? 0));

  test("are what was planted, neighbours as one, with direction and what was expected", () => {
    const { spikes, spikeCount } = known(found(values).load);
    expect(spikeCount).toBe(3);
    expect(spikes.map(({ fromMs, toMs, direction }) => [fromMs, toMs, direction])).toEqual([
      [MONDAY + 1000 * 60_000, MONDAY + 1002 * 60_000, "up"],
      [MONDAY + 4000 * 60_000, MONDAY + 4001 * 60_000, "down"],
      [MONDAY + 7777 * 60_000, MONDAY + 7778 * 60_000, "up"],
    ]);
    for (const [index, at] of [1001, 4000, 7777].entries()) {
      expect(spikes[index]?.value).toBe(values[at]);
      expect(Math.abs((spikes[index]?.expected ?? 0) - day(at))).toBeLessThan(0.5);
    }
  });

  test("are none in noise or in a clean day, and 20 are shown of many", () => {
    for (const seed of [1, 2, 3, 4, 5])
      expect(known(found(minutes(WEEK_STEPS, seed, (t, noise) => day(t) + noise())).load).spikeCount).toBe(0);
    expect(known(found(minutes(WEEK_STEPS, 1, day)).load).spikeCount).toBe(0);
    const many = known(found(minutes(WEEK_STEPS, 1, (t, noise) => noise() + (t % 200 === 0 ? 20 : 0))).load);
    expect(many.spikeCount).toBe(51);
    expect(many.spikes).toHaveLength(20);
  });

  test("on a line that is level for more than half of the time are still told", () => {
    const { spikes } = known(found(minutes(WEEK_STEPS, 1, (t) => (t === 5000 ? 3 : 0))).load);
    expect(spikes).toMatchObject([{ fromMs: MONDAY + 5000 * 60_000, direction: "up", value: 3, expected: 0 }]);
  });
});
