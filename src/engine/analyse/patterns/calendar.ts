import { DAY_MS, HOUR_MS, MINUTE_MS, type Track } from "./track.ts";

/** From `fromMs` on, local time is ahead of UTC by `offsetMs`, until the next span begins. */
export interface ZoneSpan {
  readonly fromMs: number;
  readonly offsetMs: number;
}

/** No zone: UTC, and the own time of a squeezed swarm, whose days are counted from the epoch (as the demo's load does). */
export const UTC: readonly ZoneSpan[] = [{ fromMs: Number.NEGATIVE_INFINITY, offsetMs: 0 }];

/** What the clock on the wall shows in the middle of each step; days of summer time come out right. */
export interface LocalTimes {
  readonly msOfDay: Float64Array;
  /** 0 = Monday. */
  readonly weekday: Uint8Array;
  /** From 0 on. */
  readonly dayOfMonth: Uint8Array;
  readonly dayOfQuarter: Uint8Array;
}

/**
 * @param zone in ascending order of `fromMs`; before the first span its offset holds
 * @throws RangeError for no span
 */
export function localTimes({ values, fromMs, stepMs }: Track, zone: readonly ZoneSpan[]): LocalTimes {
  const n = values.length;
  const times: LocalTimes = {
    msOfDay: new Float64Array(n),
    weekday: new Uint8Array(n),
    dayOfMonth: new Uint8Array(n),
    dayOfQuarter: new Uint8Array(n),
  };
  let span = 0;
  let offsetMs = zone[0]?.offsetMs;
  if (offsetMs === undefined) throw new RangeError("zone must have at least 1 span, got 0");
  let knownDay = Number.NaN;
  let dayOfMonth = 0;
  let dayOfQuarter = 0;
  for (let t = 0; t < n; t++) {
    const atMs = fromMs + (t + 0.5) * stepMs;
    for (let next = zone[span + 1]; next !== undefined && next.fromMs <= atMs; next = zone[span + 1]) {
      offsetMs = next.offsetMs;
      span++;
    }
    const localMs = atMs + offsetMs;
    const day = Math.floor(localMs / DAY_MS);
    if (day !== knownDay) {
      knownDay = day;
      const date = new Date(day * DAY_MS);
      const quarterStart = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3), 1);
      dayOfMonth = date.getUTCDate() - 1;
      dayOfQuarter = Math.round((day * DAY_MS - quarterStart) / DAY_MS);
    }
    times.msOfDay[t] = localMs - day * DAY_MS;
    // The epoch was a Thursday.
    times.weekday[t] = (((day + 3) % 7) + 7) % 7;
    times.dayOfMonth[t] = dayOfMonth;
    times.dayOfQuarter[t] = dayOfQuarter;
  }
  return times;
}

const FIVE_MINUTES_MS = 5 * MINUTE_MS;

/** In which bin of a cycle each step lies. */
export const binsOf = {
  fiveMinutesOfHour: ({ msOfDay }: LocalTimes): Uint16Array =>
    Uint16Array.from(msOfDay, (ms) => Math.floor((ms % HOUR_MS) / FIVE_MINUTES_MS)),
  hourOfDay: ({ msOfDay }: LocalTimes): Uint16Array => Uint16Array.from(msOfDay, (ms) => Math.floor(ms / HOUR_MS)),
  hourOfWeek: ({ msOfDay, weekday }: LocalTimes): Uint16Array =>
    Uint16Array.from(msOfDay, (ms, t) => 24 * (weekday[t] as number) + Math.floor(ms / HOUR_MS)),
  dayOfMonth: ({ dayOfMonth }: LocalTimes): Uint16Array => Uint16Array.from(dayOfMonth),
  weekOfQuarter: ({ dayOfQuarter }: LocalTimes): Uint16Array =>
    Uint16Array.from(dayOfQuarter, (day) => Math.floor(day / 7)),
} as const;
