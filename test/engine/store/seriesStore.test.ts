import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import type { SeriesValue } from "../../../src/engine/ports.ts";
import { historyPolicy } from "../../../src/engine/protocol/config.ts";
import type { SeriesKey } from "../../../src/engine/protocol/model.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";

const T0 = Date.UTC(2026, 10, 24, 0, 0, 0);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const policy = historyPolicy.parse({});

let folder: string;
let store: Store;
const open = (maxSeries?: number): Store =>
  openStore({
    path: join(folder, "swarm.db"),
    machineId: "m",
    clock: new ManualClock(0, T0),
    ...(maxSeries === undefined ? {} : { maxSeries }),
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ss-"));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const demand: SeriesKey = { scope: "swarm", key: "demo", metric: "demand" };
const value = (v: number | null, key = demand): SeriesValue => ({ ...key, value: v, source: "measured" });
const put = (wallMs: number, v: number | null, key = demand) =>
  store.series.append({ wallMs, intervalMs: SECOND, values: [value(v, key)] });
const means = (fromMs: number, toMs: number, points: number, key = demand) =>
  store.series.range({ series: [key], fromMs, toMs, points })[0]?.mean ?? [];
/** Upkeep until nothing is left to do. */
function settle(nowMs: number, times = 400): void {
  for (let n = 0; n < times; n++) store.series.maintain(nowMs, policy);
}

describe("what was appended", () => {
  test("is read back at its exact time, before and after its minute was closed, and over a restart", () => {
    const times = [T0 + 1, T0 + 999, T0 + 1_000, T0 + 59_999, T0 + MINUTE + 7];
    times.forEach((ms, index) => put(ms, index + 0.5));
    const each = () => times.map((ms) => means(ms, ms + 1, 1)[0]);
    expect(each()).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    settle(T0 + 2 * MINUTE);
    expect(each()).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    store.close();
    store = open();
    expect(each()).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
  });

  test("that is no finite number was not measured", () => {
    for (const [index, v] of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, null].entries()) put(T0 + index * SECOND, v);
    put(T0 + 9 * SECOND, 4);
    expect(means(T0, T0 + 10 * SECOND, 10)).toEqual([null, null, null, null, null, null, null, null, null, 4]);
  });

  test("of series that come and go is kept apart", () => {
    const other: SeriesKey = { scope: "agent", key: "a\0'; DROP TABLE tick; --‮", metric: "cpuCores" };
    put(T0, 1);
    store.series.append({ wallMs: T0 + SECOND, intervalMs: null, values: [value(7, other), value(2)] });
    put(T0 + 2 * SECOND, 3);
    settle(T0 + 2 * MINUTE);
    expect(means(T0, T0 + 3 * SECOND, 3)).toEqual([1, 2, 3]);
    expect(means(T0, T0 + 3 * SECOND, 3, other)).toEqual([null, 7, null]);
  });

  test("survives any order of times: the clock set back an hour makes another part of its minute, nothing is overwritten", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * 3_600 }), { minLength: 1, maxLength: 40 }), (seconds) => {
        store.close();
        rmSync(folder, { recursive: true });
        folder = mkdtempSync(join(tmpdir(), "ss-"));
        store = open();
        const at = new Map<number, number[]>();
        seconds.forEach((second, index) => {
          put(T0 + second * SECOND, index);
          at.set(second, [...(at.get(second) ?? []), index]);
          store.series.maintain(T0 + second * SECOND, policy);
        });
        settle(T0 + 3 * HOUR + 1);
        for (const [second, kept] of at) {
          const expected = kept.reduce((sum, v) => sum + v, 0) / kept.length;
          expect(means(T0 + second * SECOND, T0 + second * SECOND + 1, 1)[0]).toBeCloseTo(expected, 4);
        }
        // The same from roll-ups, which were partly made before the late ones came.
        const all = seconds.reduce((sum, _, index) => sum + index, 0) / seconds.length;
        const whole = store.series.range({ series: [demand], fromMs: T0, toMs: T0 + 4 * HOUR, points: 1 })[0];
        expect(whole?.mean[0]).toBeCloseTo(all, 3);
        expect(whole?.max[0]).toBe(seconds.length - 1);
      }),
      { numRuns: 15 },
    );
  });
});

describe("ranges", () => {
  test("keep lowest and highest when decimated, at every resolution, and say which one they were read from", () => {
    for (let second = 0; second < 2 * 3_600; second += 10)
      put(T0 + second * SECOND, second === 4_000 ? 99 : second % 60);
    settle(T0 + 2 * HOUR + 1);
    const ask = (points: number) =>
      store.series.range({ series: [demand], fromMs: T0, toMs: T0 + 2 * HOUR, points })[0];
    for (const points of [1, 2, 60, 600]) {
      const range = ask(points);
      expect(Math.max(...(range?.max ?? []).map((v) => v ?? 0)), `${points} points`).toBe(99);
      expect(Math.min(...(range?.min ?? []).map((v) => v ?? 0))).toBe(0);
    }
    expect(ask(600)?.resolution).toBe("sample");
    expect(ask(60)?.resolution).toBe("minute");
  });

  test("read what has been dropped from the roll-ups, at each finer width too", () => {
    for (let hour = 0; hour < 30; hour++) put(T0 + hour * HOUR, hour);
    const now = T0 + 30 * HOUR;
    settle(now, 3_000);
    const [range] = store.series.range({ series: [demand], fromMs: T0, toMs: now, points: 10_000 });
    const known = (range?.mean ?? []).filter((v) => v !== null);
    expect(new Set(known.map((v) => Math.round(v)))).toEqual(new Set(Array.from({ length: 30 }, (_, hour) => hour)));
    expect(range?.resolution).toBe("minute");
  });

  test("hours are left when minutes are gone", () => {
    put(T0, 5);
    put(T0 + 40 * DAY, 6);
    const now = T0 + 40 * DAY + 2 * HOUR;
    settle(now, 2_000);
    const [range] = store.series.range({ series: [demand], fromMs: T0, toMs: T0 + DAY, points: 24 });
    expect(range?.mean[0]).toBe(5);
    expect(range?.resolution).toBe("hour");
  });

  test("of an unknown series, of an empty store, of no width or absurd width are empty, not wrong", () => {
    const unknown: SeriesKey = { scope: "swarm", key: "nobody", metric: "demand" };
    expect(store.series.range({ series: [unknown], fromMs: T0, toMs: T0 + 10, points: 2 })[0]).toMatchObject({
      source: "unknown",
      mean: [null, null],
    });
    expect(store.series.range({ series: [demand], fromMs: T0, toMs: T0, points: 5 })[0]?.mean).toEqual([]);
    expect(store.series.range({ series: [demand], fromMs: T0 + 5, toMs: T0, points: 5 })[0]?.mean).toEqual([]);
    expect(store.series.range({ series: [demand], fromMs: 0, toMs: 9e15, points: 0 })[0]?.mean).toEqual([null]);
    expect(store.series.range({ series: [], fromMs: 0, toMs: 1, points: 1 })).toEqual([]);
  });
});

test("steps are means on a grid that ends at or before the asked time, with NaN in gaps", () => {
  for (let second = 0; second < 20; second++) if (second < 6 || second > 11) put(T0 + second * SECOND, second);
  const steps = store.series.steps(demand, 2_000, 10, T0 + 20 * SECOND + 900);
  expect([...steps]).toEqual([0.5, 2.5, 4.5, Number.NaN, Number.NaN, Number.NaN, 12.5, 14.5, 16.5, 18.5]);
  expect([...store.series.steps(demand, 2_000, 0, T0)]).toEqual([]);
});

describe("limits", () => {
  test("more series than there is room for: agents that went make room, machine and swarms stay, the rest is said", () => {
    store.close();
    store = open(4);
    const agent = (n: number): SeriesKey => ({ scope: "agent", key: `a${n}`, metric: "rssBytes" });
    put(T0, 1);
    for (let n = 0; n < 3; n++) put(T0 + SECOND, n, agent(n));
    put(T0 + 2 * SECOND, 9, agent(3));
    expect(store.series.health(policy)).toMatchObject({ series: 4, maxSeries: 4 });
    expect(means(T0 + 2 * SECOND, T0 + 3 * SECOND, 1, agent(3))).toEqual([9]);
    expect(means(T0, T0 + SECOND, 1)).toEqual([1]);
    expect(store.series.problem()).toBeNull();
    const crowd = Array.from({ length: 9 }, (_, n) => value(n, agent(100 + n)));
    expect(store.series.append({ wallMs: T0 + 3 * SECOND, intervalMs: null, values: crowd })).toBe(true);
    expect(store.series.problem()?.code).toBe("store.seriesCap");
    expect(store.series.health(policy).series).toBe(4);
  });

  test("a size cap drops the oldest samples first and says so; what is newest stays", () => {
    const wide = Array.from({ length: 200 }, (_, n): SeriesValue => ({ ...value(n), key: `s${n}` }));
    const small = { ...policy, maxMegabytes: 0.3, sampleHours: 48 };
    for (let minute = 0; minute < 40; minute++) {
      for (const second of [0, 20, 40])
        store.series.append({ wallMs: T0 + minute * MINUTE + second * SECOND, intervalMs: null, values: wide });
      for (let n = 0; n < 30; n++) store.series.maintain(T0 + (minute + 1) * MINUTE, small);
    }
    const last = { ...demand, key: "s7" };
    expect(means(T0 + 39 * MINUTE, T0 + 40 * MINUTE, 1, last)).toEqual([7]);
    expect(means(T0, T0 + MINUTE, 1, last)).toEqual([null]);
    expect(store.series.health(small).bytes).toBeLessThan(500_000);
    expect(store.events.list({ limit: 10 }).map(({ code }) => code)).toContain("store.trimmed");
  });

  test("samples older than the policy go, their roll-ups stay", () => {
    for (let minute = 0; minute < 8 * 60; minute += 5) put(T0 + minute * MINUTE, minute);
    const now = T0 + 8 * HOUR + 1;
    settle(now, 1_500);
    const [range] = store.series.range({ series: [demand], fromMs: T0, toMs: T0 + 10 * MINUTE, points: 600 });
    expect(range?.resolution).toBe("minute");
    expect(range?.mean[0]).toBe(0);
  });
});

test("a backup is a whole copy that opens, an existing file is refused, a folder that is not there is named", () => {
  put(T0, 3);
  const made = store.backups.backup(undefined);
  expect(made.bytes).toBeGreaterThan(0);
  expect(() => store.backups.backup(made.path)).toThrow(/backup\.exists/);
  expect(() => store.backups.backup(join(folder, "no", "such", "x.db"))).toThrow(/backup\.failed/);
  store.close();
  store = openStore({ path: made.path, machineId: "m", clock: new ManualClock(0, T0) });
  expect(means(T0, T0 + 1, 1)).toEqual([3]);
});

test("a state folder that was removed is written again with everything in it", () => {
  const clock = new ManualClock(0, T0);
  store.close();
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  put(T0, 8);
  store.journal.setTarget("demo", 5);
  rmSync(folder, { recursive: true });
  clock.advance(10_000);
  expect(store.watch()?.code).toBe("store.recreated");
  expect(put(T0 + SECOND, 9)).toBe(true);
  store.close();
  store = open();
  expect(means(T0, T0 + 2 * SECOND, 2)).toEqual([8, 9]);
  expect(store.journal.targets().get("demo")).toBe(5);
});

test("the ledger of decisions is in order of writing, whatever the clock did", () => {
  const decision = (id: string, wallMs: number) =>
    ({ id, swarmId: "demo", wallMs, state: { kind: "acting", sinceMs: wallMs } }) as never;
  store.decisions.add(decision("z", T0 + HOUR));
  store.decisions.add(decision("a", T0));
  expect(store.decisions.list({ limit: 9 }).map(({ id }) => id)).toEqual(["a", "z"]);
  expect(store.decisions.list({ limit: 9, before: "a" }).map(({ id }) => id)).toEqual(["z"]);
  expect(store.decisions.open()).toHaveLength(2);
  const done = { ...(store.decisions.get("z") as object), state: { kind: "confirmed", live: 1, elapsedMs: 2 } };
  store.decisions.update(done as never);
  expect(store.decisions.open().map(({ id }) => id)).toEqual(["a"]);
});

test("events are found by swarm, code and time, newest first", () => {
  for (const [id, wallMs, swarmId, code] of [
    ["1", T0, "a", "event.outage"],
    ["2", T0 + HOUR, "a", "event.recovered"],
    ["3", T0 + 2 * HOUR, "b", "event.outage"],
    ["4", T0 + 3 * HOUR, "a", "event.outage"],
  ] as const)
    store.events.add({ id, wallMs, swarmId, code, args: { tookMs: 5 } });
  const ids = (query: Omit<Parameters<Store["events"]["list"]>[0], "limit">, limit = 10) =>
    store.events.list({ ...query, limit }).map(({ id }) => id);
  expect(ids({ swarmId: "a", code: "event.outage" })).toEqual(["4", "1"]);
  expect(ids({ swarmId: "a", sinceMs: T0 + HOUR })).toEqual(["4", "2"]);
  expect(ids({ code: "event.outage", sinceMs: T0 + 1 })).toEqual(["4", "3"]);
  expect(ids({ code: "event.outage" }, 1)).toEqual(["4"]);
});
