import { describe, expect, test } from "vitest";
import { nextTraining, replacesKept } from "../../../../src/engine/decide/dqn/retraining.ts";
import type { RetrainingFacts } from "../../../../src/engine/ports.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

function facts(over: Partial<RetrainingFacts> = {}): RetrainingFacts {
  return { nowMs: NOW, dayMs: DAY, stepMs: MINUTE, wanted: true, steps: 5_000, last: null, ...over };
}

describe("the next training", () => {
  test("is none where nobody wants a network, or before a day was measured", () => {
    expect(nextTraining(facts({ wanted: false }))).toMatchObject({ reason: { code: "training.unasked" } });
    expect(nextTraining(facts({ steps: 1_439 }))).toMatchObject({ reason: { code: "training.tooEarly" } });
    expect(nextTraining(facts({ steps: 1_440 }))).toEqual({ kind: "due" });
  });

  test("of a squeezed swarm needs a day of its own time, but never less than can be learned from", () => {
    // A day of six minutes in steps of two seconds; one of a minute and a half has 45 steps, of which nobody learns.
    const demo = { dayMs: DAY / 240, stepMs: 2_000 };
    expect(nextTraining(facts({ ...demo, steps: 179 }))).toMatchObject({ reason: { args: { least: 180 } } });
    expect(nextTraining(facts({ ...demo, dayMs: DAY / 960, steps: 142 }))).toMatchObject({
      reason: { args: { least: 143 } },
    });
  });

  test("is a day after the last, sooner when the history has grown by half, later when the last one took long", () => {
    const last = { atMs: NOW - DAY / 2, tookMs: 60_000, steps: 4_000 };
    expect(nextTraining(facts({ last }))).toEqual({ kind: "waits", dueAtMs: NOW + DAY / 2 });
    expect(nextTraining(facts({ last: { ...last, atMs: NOW - DAY } }))).toEqual({ kind: "due" });
    expect(nextTraining(facts({ last, steps: 5_999 })).kind).toBe("waits");
    expect(nextTraining(facts({ last, steps: 6_000 }))).toEqual({ kind: "due" });
    const slow = { ...last, atMs: NOW - DAY, tookMs: DAY / 5 };
    expect(nextTraining(facts({ last: slow, steps: 20_000 }))).toEqual({ kind: "waits", dueAtMs: NOW + DAY });
  });

  test("is no more than a day away when the clock was set back", () => {
    const last = { atMs: NOW + 30 * DAY, tookMs: 60_000, steps: 5_000 };
    expect(nextTraining(facts({ last }))).toEqual({ kind: "waits", dueAtMs: NOW + DAY });
  });
});

test("a new network takes the place of the kept one when it costs no more; a cost that is no number never does", () => {
  expect(replacesKept(10, 10)).toBe(true);
  expect(replacesKept(9, 10)).toBe(true);
  expect(replacesKept(10.001, 10)).toBe(false);
  expect(replacesKept(Number.NaN, 10)).toBe(false);
});
