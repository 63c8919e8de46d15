import { describe, expect, test } from "vitest";
import { binsOf, localTimes, UTC } from "../../../../src/engine/analyse/patterns/calendar.ts";
import { seriesPatterns } from "../../../../src/engine/analyse/patterns/patterns.ts";
import { zoneOffsets } from "../../../../src/engine/common/timeZone.ts";
import { DAY_MS, found, HOUR_MS, known, minutes, MONDAY, track } from "./support.ts";

/** What the system's own calendar says of a zone. */
function systemOffset(zone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  };
}

describe("offsets of a zone", () => {
  test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])(
    "of %s over a year are its own, and change where it does",
    (zone) => {
      const offset = systemOffset(zone);
      const from = Date.UTC(2026, 0, 1);
      const spans = zoneOffsets(from, from + 365 * DAY_MS, offset);
      const holding = (ms: number) => spans.findLast(({ fromMs }) => fromMs <= ms)?.offsetMs;
      for (let ms = from; ms < from + 365 * DAY_MS; ms += HOUR_MS / 2) expect(holding(ms)).toBe(offset(ms));
      const changes = zone === "UTC" || zone === "Asia/Kolkata" ? 1 : 3;
      expect(spans).toHaveLength(changes);
    },
  );
});

describe("local times", () => {
  test("are those of the calendar, over a change to summer time and before the epoch", () => {
    const zone = "Europe/Berlin";
    for (const from of [Date.UTC(2026, 2, 28), Date.UTC(2026, 9, 24), Date.UTC(1969, 11, 30)]) {
      const steps = track(new Float64Array(48 * 4), HOUR_MS / 4, from);
      const times = localTimes(steps, zoneOffsets(from, from + 2 * DAY_MS, systemOffset(zone)));
      const names = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hourCycle: "h23",
        weekday: "short",
        day: "numeric",
        hour: "numeric",
      });
      for (const t of steps.values.keys()) {
        const parts = Object.fromEntries(
          names.formatToParts(from + (t + 0.5) * (HOUR_MS / 4)).map(({ type, value }) => [type, value]),
        );
        expect(Math.floor((times.msOfDay[t] as number) / HOUR_MS)).toBe(Number(parts["hour"]));
        expect(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][times.weekday[t] as number]).toBe(parts["weekday"]);
        expect(times.dayOfMonth[t]).toBe(Number(parts["day"]) - 1);
      }
    }
  });

  test("count the weeks of a quarter from its first day", () => {
    const days = track(new Float64Array(100), DAY_MS, Date.UTC(2026, 3, 1));
    const weeks = binsOf.weekOfQuarter(localTimes(days, UTC));
    expect([weeks[0], weeks[6], weeks[7], weeks[90], weeks[91], weeks[98]]).toEqual([0, 0, 1, 12, 0, 1]);
  });

  test("need a zone", () => {
    expect(() => localTimes(track(new Float64Array(2)), [])).toThrow(RangeError);
  });
});

test("a pattern at eight in the morning stays there over the change to summer time", () => {
  const zone = systemOffset("Europe/Berlin");
  const from = Date.UTC(2026, 2, 26, 23);
  const spans = zoneOffsets(from, from + 7 * DAY_MS, zone);
  const values = minutes(7 * 1440, 1, (t, noise) => {
    const local = from + (t + 0.5) * 60_000 + zone(from + t * 60_000);
    return (Math.floor(local / HOUR_MS) % 24 === 8 ? 10 : 1) + 0.1 * noise();
  });
  const daily = (zoneSpans: typeof spans) =>
    known(seriesPatterns(track(values, 60_000, from), null, zoneSpans).temporal.daily);
  expect(daily(spans).peak).toEqual({ from: 8, to: 9 });
  expect(daily(spans).strength).toBeGreaterThan(0.99);
  // By UTC the peak lies at seven before and at six after the change.
  expect(daily([{ fromMs: 0, offsetMs: 0 }]).strength).toBeLessThan(0.7);
});

test("hours are those of the zone that is given", () => {
  const values = minutes(7 * 1440, 1, (t, noise) => (Math.floor(t / 60) % 24 === 10 ? 9 : 2) + 0.1 * noise());
  expect(known(found(values).temporal.daily).peak).toEqual({ from: 10, to: 11 });
  const east = found(values, [{ fromMs: MONDAY - DAY_MS, offsetMs: 5.5 * HOUR_MS }]);
  expect(known(east.temporal.daily).peak).toEqual({ from: 15, to: 17 });
});
