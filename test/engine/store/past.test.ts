import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { atOnce } from "../../../src/engine/common/slices.ts";
import { uuidv7 } from "../../../src/engine/common/uuid.ts";
import type { ImportRun, PastSeries } from "../../../src/engine/ports.ts";
import { historyPolicy } from "../../../src/engine/protocol/config.ts";
import type { SeriesKey } from "../../../src/engine/protocol/model.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 24, 13, 17, 0);
const policy = historyPolicy.parse({});
const demand: SeriesKey = { scope: "swarm", key: "work", metric: "demand" };
const other: SeriesKey = { scope: "machine", key: "", metric: "cpuBusyRatio" };

let folder: string;
let store: Store;
const open = (): Store => openStore({ path: join(folder, "swarm.db"), machineId: "m", clock: new ManualClock(0, NOW) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sp-"));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function series(fromMs: number, stepMs: number, values: readonly number[], key = demand): PastSeries {
  const times = Float64Array.from(values, (_, i) => fromMs + i * stepMs);
  return { key, times, values: Float64Array.from(values), stepMs, fromMs, toMs: fromMs + values.length * stepMs };
}

function runOf(...all: readonly PastSeries[]): ImportRun {
  return {
    id: uuidv7(NOW),
    swarmId: "work",
    wallMs: NOW,
    file: "trace.csv",
    by: "test",
    rows: 1,
    series: all.map(({ key, fromMs, toMs, stepMs }) => ({ metric: key.metric, fromMs, toMs, stepMs })),
  };
}

function put(...all: readonly PastSeries[]): string {
  const run = runOf(...all);
  atOnce(store.past.write(run, all, NOW, policy));
  return run.id;
}

const measure = (wallMs: number, value: number, key = demand) =>
  store.series.append({ wallMs, intervalMs: SECOND, values: [{ ...key, value, source: "measured" }] });
/** Kept as singles: seven digits. */
const rounded = (value: number | null) => (value === null ? null : Number(value.toFixed(4)));
const means = (fromMs: number, toMs: number, points: number, key = demand) =>
  (store.series.range({ series: [key], fromMs, toMs, points })[0]?.mean ?? []).map(rounded);
const steps = (stepMs: number, count: number, toMs = NOW) => [...store.series.steps(demand, stepMs, count, toMs)];
function settle(nowMs: number, times = 400): void {
  for (let n = 0; n < times; n++) store.series.maintain(nowMs, policy);
}
const wave = (count: number) => Array.from({ length: count }, (_, i) => 5 + (i % 7));

describe("a past from elsewhere", () => {
  test("comes back through steps, at its own step and finer, without holes", () => {
    const from = NOW - 2 * DAY - 17 * MINUTE;
    const values = wave((2 * DAY) / (5 * MINUTE));
    put(series(from, 5 * MINUTE, values));
    const end = from + 2 * DAY;
    expect(steps(5 * MINUTE, values.length, end)).toEqual(values);
    expect(steps(MINUTE, values.length * 5, end)).toEqual(values.flatMap((v) => [v, v, v, v, v]));
    // Where samples are kept, and where only roll-ups are.
    for (const fine of [steps(2 * SECOND, 900, end), steps(2 * SECOND, 900, end - DAY)])
      expect(fine.every((value) => !Number.isNaN(value))).toBe(true);
  });

  test("is the same right away, after upkeep, after a day, and after a restart", () => {
    const from = NOW - 3 * DAY;
    const values = wave((3 * DAY) / (5 * MINUTE));
    put(series(from, 5 * MINUTE, values), series(from, 5 * MINUTE, values, { ...demand, metric: "live" }));
    const shown = () => [
      means(from, NOW - 17 * MINUTE, 800),
      // An hour goes to the bucket of its middle: whole hours, so that reading coarser changes nothing.
      means(NOW - 17 * MINUTE - 2 * DAY, NOW - 17 * MINUTE, 12),
      steps(MINUTE, 1_000, NOW - 17 * MINUTE),
    ];
    const before = shown();
    settle(NOW);
    expect(shown()).toEqual(before);
    for (const hours of [1, 2, 25]) settle(NOW + hours * HOUR);
    expect(shown()).toEqual(before);
    store.close();
    store = open();
    expect(shown()).toEqual(before);
  });

  test("of two years keeps minutes for as long as minutes are kept, and hours before; nothing is dropped at once", () => {
    const from = NOW - 700 * DAY;
    const values = wave(700 * 24);
    put(series(from, HOUR, values));
    settle(NOW);
    expect(steps(HOUR, 24, NOW - 400 * DAY).every((value) => value > 0)).toBe(true);
    const kept = means(from, NOW - 17 * MINUTE, 700);
    expect(kept.filter((mean) => mean === null)).toEqual([]);
    const minutes = store.series.range({
      series: [demand],
      fromMs: NOW - 20 * DAY,
      toMs: NOW - 19 * DAY,
      points: 1_440,
    });
    expect(minutes[0]?.resolution).toBe("minute");
  });

  test("has holes where it has holes, and means by time where steps are shorter than a minute", () => {
    const from = NOW - HOUR - 17 * MINUTE;
    const values = Array.from({ length: 120 }, (_, i) => (i >= 40 && i < 60 ? Number.NaN : i % 2));
    put(series(from, 30 * SECOND, values));
    const got = steps(MINUTE, 60, from + HOUR);
    expect(got.map((value) => (Number.isNaN(value) ? null : value))).toEqual(
      Array.from({ length: 60 }, (_, i) => (i >= 20 && i < 30 ? null : 0.5)),
    );
    const [range] = store.series.range({ series: [demand], fromMs: from, toMs: from + 20 * MINUTE, points: 20 });
    expect(range?.min).toEqual(Array(20).fill(0));
    expect(range?.max).toEqual(Array(20).fill(1));
  });

  test("of any step keeps the mean of what it says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4_000 }),
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 60 }),
        (stepSeconds, values) => {
          store.close();
          rmSync(folder, { recursive: true });
          folder = mkdtempSync(join(tmpdir(), "sp-"));
          store = open();
          const stepMs = stepSeconds * SECOND;
          const from = NOW - 80 * HOUR;
          const end = from + values.length * stepMs;
          put(series(from, stepMs, values));
          // Whole hours: a bucket of an hour is read from roll-ups of the hour, which lie in one bucket or the other.
          const begin = Math.floor(from / HOUR) * HOUR;
          const [mean] = means(begin, Math.ceil(end / HOUR) * HOUR, 1);
          const expected = values.reduce((sum, value) => sum + value, 0) / values.length;
          // Steps that end within a minute share it by time, to a sample of two seconds.
          expect(Math.abs((mean ?? Number.NaN) - expected)).toBeLessThan(3);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("what was measured", () => {
  test("is found to the minute, before and after upkeep, and imports do not count", () => {
    expect(store.past.firstMeasuredMs(demand, NOW)).toBeNull();
    put(series(NOW - 5 * HOUR, MINUTE, wave(120)));
    expect(store.past.firstMeasuredMs(demand, NOW)).toBeNull();
    const first = NOW - 2 * HOUR + 23 * MINUTE + 5 * SECOND;
    for (let ms = first; ms < NOW; ms += 10 * SECOND) {
      measure(ms, 3);
      store.series.maintain(ms, policy);
    }
    const minute = Math.floor(first / MINUTE) * MINUTE;
    expect(store.past.firstMeasuredMs(demand, NOW)).toBe(minute);
    settle(NOW + HOUR);
    settle(NOW + 2 * DAY);
    expect(store.past.firstMeasuredMs(demand, NOW + 2 * DAY)).toBe(minute);
  });

  test("and what other series have stays as it was when a past is put before it", () => {
    const first = NOW - 4 * HOUR;
    for (let ms = first; ms < NOW; ms += 5 * SECOND) {
      measure(ms, (ms / SECOND) % 11, other);
      if (ms > NOW - 30 * MINUTE) measure(ms, 9);
      store.series.maintain(ms, policy);
    }
    const shown = () => [
      means(first, NOW, 240, other),
      means(first, NOW, 4, other),
      means(first, NOW, 4_000, other),
      means(NOW - 30 * MINUTE, NOW, 30),
    ];
    const before = shown();
    const id = put(series(NOW - 20 * DAY, MINUTE, wave(20 * 24 * 60 - 30)));
    expect(shown()).toEqual(before);
    expect(steps(MINUTE, 4 * 60).every((value) => !Number.isNaN(value))).toBe(true);
    settle(NOW + 2 * HOUR);
    expect(shown().slice(0, 2)).toEqual(before.slice(0, 2));
    atOnce(store.past.remove(id));
    settle(NOW + 2 * HOUR);
    expect(shown().slice(0, 2)).toEqual(before.slice(0, 2));
    expect(means(NOW - 30 * MINUTE, NOW, 30)).toEqual(before[3]);
    expect(means(NOW - 20 * DAY, NOW - 30 * MINUTE, 100).every((mean) => mean === null)).toBe(true);
  });

  test("is told apart from what was imported", () => {
    put(series(NOW - DAY, MINUTE, wave(60)));
    measure(NOW, 3);
    const [past] = store.series.range({ series: [demand], fromMs: NOW - DAY, toMs: NOW - DAY + HOUR, points: 10 });
    expect(past).toMatchObject({
      source: "claimed",
      imported: [{ fromMs: NOW - DAY, toMs: NOW - DAY + HOUR, stepMs: MINUTE }],
    });
    const [both] = store.series.range({ series: [demand], fromMs: NOW - DAY, toMs: NOW + 1, points: 10 });
    expect(both).toMatchObject({ source: "measured", imported: [{}] });
    const [now] = store.series.range({ series: [demand], fromMs: NOW, toMs: NOW + 1, points: 1 });
    expect(now).toMatchObject({ source: "measured", imported: [] });
  });
});

describe("an import", () => {
  const tables = ["minute", "block", "minuteRollup", "hourRollup", "importRun"];
  const rows = () => {
    store.close();
    const db = new DatabaseSync(join(folder, "swarm.db"));
    const counts = Object.fromEntries(
      tables.map((table) => [table, (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n]),
    );
    expect(db.prepare("PRAGMA quick_check").get()).toEqual({ quick_check: "ok" });
    db.close();
    store = open();
    return counts;
  };
  const nothing = Object.fromEntries(tables.map((table) => [table, 0]));

  test("that is taken back leaves nothing, whatever upkeep has made of it", () => {
    for (const laterMs of [0, 2 * HOUR, 3 * DAY]) {
      const id = put(series(NOW - 40 * DAY, 5 * MINUTE, wave(40 * 288 - 4)));
      if (laterMs > 0) settle(NOW + laterMs);
      expect(store.past.newest("work")).toMatchObject({ id, file: "trace.csv" });
      atOnce(store.past.remove(id));
      expect(rows()).toEqual(nothing);
    }
  });

  test("that is broken off anywhere leaves nothing after the next start", () => {
    const whole = series(NOW - 40 * DAY, 5 * MINUTE, wave(40 * 288 - 4));
    const count = [...store.past.write(runOf(whole), [whole], NOW, policy)].length;
    store.close();
    rmSync(folder, { recursive: true });
    for (const pieces of [0, 1, Math.floor(count / 2), count - 1]) {
      folder = mkdtempSync(join(tmpdir(), "sp-"));
      store = open();
      const work = store.past.write(runOf(whole), [whole], NOW, policy);
      for (let n = 0; n <= pieces; n++) work.next();
      if (pieces > 0) expect(means(whole.fromMs, NOW, 10).some((mean) => mean !== null)).toBe(true);
      expect(store.past.newest("work")).toBeNull();
      store.close();
      store = open();
      expect(store.events.list({ limit: 5 })).toMatchObject([{ code: "event.importRemoved", args: { imports: 1 } }]);
      expect(rows(), `${pieces} of ${count} pieces`).toEqual(nothing);
      store.close();
      rmSync(folder, { recursive: true });
    }
    folder = mkdtempSync(join(tmpdir(), "sp-"));
    store = open();
  });

  test("whose removal is broken off is removed by the next start", () => {
    const id = put(series(NOW - 40 * DAY, 5 * MINUTE, wave(40 * 288 - 4)));
    const work = store.past.remove(id);
    for (let n = 0; n < 5; n++) work.next();
    store.close();
    store = open();
    expect(rows()).toEqual(nothing);
  });

  test("writes a few milliseconds a piece, and never a second pass", () => {
    const whole = series(NOW - 700 * DAY, 5 * MINUTE, wave(700 * 288 - 4));
    const work = store.past.write(runOf(whole), [whole], NOW, policy);
    const took: number[] = [];
    for (let last = performance.now(); work.next().done !== true; last = performance.now())
      took.push(performance.now() - last);
    expect(took.toSorted((a, b) => a - b)[Math.floor(0.9 * took.length)]).toBeLessThan(50);
  });
});
