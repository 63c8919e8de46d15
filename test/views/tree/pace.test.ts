import { describe, expect, it } from "vitest";
import { FIGURES_INTERVAL_MS, Pace, TOOLTIP_REST_MS } from "../../../src/views/tree/pace.ts";

describe("the pace of the Agents view", () => {
  it("shows rows that come and go at once, figures at most every two seconds", () => {
    const pace = new Pace();
    const shown: number[] = [];
    for (let ms = 0; ms <= 10_000; ms += 500) if (pace.admits("figures", ms)) shown.push(ms);
    expect(shown).toEqual([0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    expect(pace.admits("shape", 10_001)).toBe(true);
    expect(pace.admits("figures", 10_001 + FIGURES_INTERVAL_MS - 1)).toBe(false);
    expect(pace.admits("nothing", 99_999)).toBe(false);
  });

  it("lets a tooltip be read", () => {
    const pace = new Pace();
    pace.tooltipAsked(1_000);
    expect(pace.admits("figures", 1_000 + TOOLTIP_REST_MS - 1)).toBe(false);
    expect(pace.admits("shape", 1_000 + TOOLTIP_REST_MS - 1)).toBe(true);
    expect(pace.admits("figures", 1_000 + TOOLTIP_REST_MS + FIGURES_INTERVAL_MS)).toBe(true);
  });
});
