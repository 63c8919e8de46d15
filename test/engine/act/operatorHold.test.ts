import { describe, expect, test } from "vitest";
import { OperatorHold } from "../../../src/engine/act/operatorHold.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { MAX_HOLD_SECONDS } from "../../../src/engine/protocol/scaling.ts";

const WALL = 1_700_000_000_000;
const MINUTE = 60_000;

function world() {
  const stored = new Map<string, number | null>();
  const journal = {
    failing: false,
    holds: () => stored,
    setHold: (id: string, hold: { readonly untilMs: number | null } | null): void => {
      if (journal.failing) throw new CodedError("store.write", {});
      if (hold === null) stored.delete(id);
      else stored.set(id, hold.untilMs);
    },
  };
  const clock = new ManualClock(0, WALL);
  return { stored, journal, clock, hold: new OperatorHold("s", journal, clock) };
}

describe("an operator's hold", () => {
  test("without an end is over when it is lifted, and at no other time", () => {
    const { hold, clock, stored } = world();
    expect(hold.begin(null)).toBe(true);
    expect(hold.begin(null)).toBe(false);
    clock.advance(400 * 86_400_000);
    expect([hold.expire(), hold.isHeld, hold.untilMs]).toEqual([false, true, null]);
    expect([hold.lift(), hold.lift(), hold.isHeld, stored.size]).toEqual([true, false, false, 0]);
  });

  test("for a quarter of an hour ends by itself, then and once", () => {
    const { hold, clock, stored } = world();
    hold.begin(15 * MINUTE);
    expect(hold.untilMs).toBe(WALL + 15 * MINUTE);
    clock.advance(15 * MINUTE - 1);
    expect([hold.expire(), hold.isHeld]).toEqual([false, true]);
    clock.advance(1);
    expect([hold.expire(), hold.expire(), hold.isHeld, stored.size]).toEqual([true, false, false, 0]);
  });

  test("begun again has the newer end, or none", () => {
    const { hold, clock } = world();
    hold.begin(MINUTE);
    expect(hold.begin(60 * MINUTE)).toBe(true);
    clock.advance(2 * MINUTE);
    expect(hold.expire()).toBe(false);
    expect(hold.begin(null)).toBe(true);
    clock.advance(120 * MINUTE);
    expect([hold.expire(), hold.untilMs]).toEqual([false, null]);
  });

  test("survives a restart with what was left of it, and is over when it ended meanwhile", () => {
    const { hold, journal } = world();
    hold.begin(15 * MINUTE);
    const after = new ManualClock(0, WALL + 10 * MINUTE);
    const again = new OperatorHold("s", journal, after);
    expect([again.isHeld, again.untilMs]).toEqual([true, WALL + 15 * MINUTE]);
    after.advance(4 * MINUTE);
    expect(again.expire()).toBe(false);
    after.advance(MINUTE);
    expect(again.expire()).toBe(true);
    hold.begin(15 * MINUTE);
    expect(new OperatorHold("s", journal, new ManualClock(0, WALL + 16 * MINUTE)).expire()).toBe(true);
  });

  test("is as long as was asked for, however the wall clock is set", () => {
    const { hold, clock, journal } = world();
    hold.begin(15 * MINUTE);
    clock.jumpWall(86_400_000);
    expect(hold.expire()).toBe(false);
    clock.jumpWall(-2 * 86_400_000);
    clock.advance(15 * MINUTE);
    expect(hold.expire()).toBe(true);
    // Set back by a year while no engine ran.
    hold.begin(15 * MINUTE);
    const year = new ManualClock(0, WALL - 365 * 86_400_000);
    const again = new OperatorHold("s", journal, year);
    year.advance(MAX_HOLD_SECONDS * 1_000);
    expect(again.expire()).toBe(true);
  });

  test("is neither begun nor ended by what could not be written", () => {
    const { hold, clock, journal } = world();
    journal.failing = true;
    expect(() => hold.begin(MINUTE)).toThrow("store.write");
    expect(hold.isHeld).toBe(false);
    journal.failing = false;
    hold.begin(MINUTE);
    clock.advance(MINUTE);
    journal.failing = true;
    expect(() => hold.expire()).toThrow("store.write");
    expect(hold.isHeld).toBe(true);
    journal.failing = false;
    expect(hold.expire()).toBe(true);
  });
});
