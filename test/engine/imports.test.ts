import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { tables } from "../../src/engine/forecast/importPlan.ts";
import { Imports } from "../../src/engine/imports.ts";
import { historyPolicy } from "../../src/engine/protocol/config.ts";
import type { ImportMetric } from "../../src/engine/protocol/imports.ts";
import { openStore, type Store } from "../../src/engine/store/store.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 24, 13, 17, 20);
const client = { id: 7, name: "test" };
const deadlineMs = 1_000;

let folder: string;
let store: Store;
let imports: Imports;
let clock: ManualClock;
let changed: string[];
let timers: { callback: () => void; ms: number; disposed: boolean }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "im-"));
  clock = new ManualClock(0, NOW);
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  changed = [];
  timers = [];
  imports = new Imports({
    past: store.past,
    tables,
    // Every look at it a step further: a slice is one piece of work.
    clock: { wallMs: () => clock.wallMs(), monotonicMs: () => (clock.advance(5), clock.monotonicMs()) },
    policy: () => historyPolicy.parse({}),
    onChanged: (swarmId) => void changed.push(swarmId),
    setTimer: (callback, ms) => {
      const timer = { callback, ms, disposed: false };
      timers.push(timer);
      return { dispose: () => void (timer.disposed = true) };
    },
  });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;
const begin = (columns: "meant" | "all" | string[] = "meant", file = "/home/x/trace.csv") =>
  imports.begin({ swarmId: "work", file, columns }, client.id);
async function sent(text: string, columns: "meant" | "all" | string[] = "meant"): Promise<string> {
  const id = begin(columns);
  for (let at = 0; at < text.length; at += 999)
    await imports.piece(id, bytes(text).subarray(at, at + 999), client.id, never);
  return id;
}
const commit = (importId: string, shiftToNow = false, signal = never, metric: ImportMetric = "demand") =>
  imports.commit({ importId, columns: [{ metric }], shiftToNow, deadlineMs }, client, signal);
const csv = (fromMs: number, stepMs: number, count: number, cell: (i: number) => number | string = (i) => i % 10) =>
  `time,value\n${Array.from({ length: count }, (_, i) => `${new Date(fromMs + i * stepMs).toISOString()},${cell(i)}`).join("\n")}\n`;
const demand = (stepMs: number, count: number, toMs: number) => [
  ...store.series.steps({ scope: "swarm", key: "work", metric: "demand" }, stepMs, count, toMs),
];
const START = Date.UTC(2026, 10, 20);

describe("a file sent in pieces", () => {
  test("says what is in it, and then is the past of its swarm", async () => {
    const id = await sent(csv(START, 5 * MINUTE, 600, (i) => (i === 5 ? "" : i % 10)));
    expect(await imports.read(id, client.id, never)).toEqual({
      ...{ format: "table", rows: 600, fromMs: START, lastMs: START + 599 * 5 * MINUTE, stepMs: 5 * MINUTE },
      ...{ isResampled: false, meant: "value" },
      columns: [{ name: "value", steps: 600, missing: 1, least: 0, greatest: 9, problem: null }],
      shiftToNow: { ms: 3 * DAY, unit: "day" },
    });
    const result = await commit(id);
    expect(result).toMatchObject({ swarmId: "work", file: "trace.csv", rows: 600, shift: { ms: 0, unit: "none" } });
    expect(result.series).toEqual([
      {
        ...{ column: "value", metric: "demand", fromMs: START, toMs: START + 50 * HOUR, stepMs: 5 * MINUTE },
        ...{ steps: 600, missing: 1, leftOut: { measured: 0, future: 0, tooOld: 0 } },
      },
    ]);
    expect(demand(5 * MINUTE, 4, START + 20 * MINUTE)).toEqual([0, 1, 2, 3]);
    expect(demand(5 * MINUTE, 2, START + 35 * MINUTE)).toEqual([Number.NaN, 6]);
    expect(changed).toEqual(["work"]);
    expect(await imports.undo("work", result.runId)).toMatchObject({ runId: result.runId, file: "trace.csv" });
    expect(demand(5 * MINUTE, 4, START + 20 * MINUTE)).toEqual(Array(4).fill(Number.NaN));
  });

  test("leaves out what was measured here, what lies after now and what would be dropped at once, and counts it", async () => {
    store.series.append({
      wallMs: NOW - 30 * MINUTE,
      intervalMs: null,
      values: [{ scope: "swarm", key: "work", metric: "demand", value: 3, source: "measured" }],
    });
    const id = await sent(csv(NOW - 740 * DAY, DAY, 742));
    const { series } = await commit(id);
    expect(series[0]?.leftOut).toEqual({ measured: 0, future: 2, tooOld: 10 });
    const [past] = store.series.range({
      series: [{ scope: "swarm", key: "work", metric: "demand" }],
      ...{ fromMs: Math.floor((NOW - 30 * MINUTE) / MINUTE) * MINUTE, toMs: NOW, points: 1 },
    });
    expect(past?.mean).toEqual([3]);
    const later = await sent(csv(NOW - 40 * MINUTE, MINUTE, 30));
    await expect(commit(later)).rejects.toMatchObject({ code: "import.overlaps" });
    await imports.cancel(later, client.id);
    await imports.undo("work", undefined);
    const once = await commit(await sent(csv(NOW - 40 * MINUTE, MINUTE, 30)));
    expect(once.series[0]).toMatchObject({ steps: 10, leftOut: { measured: 20, future: 0, tooOld: 0 } });
  });

  test("is refused as what it is, and can be chosen from again", async () => {
    const id = await sent(
      `time,a,b\n${[0, 1, 2].map((i) => `${new Date(START + i * MINUTE).toISOString()},${i},`).join("\n")}`,
      "all",
    );
    const choose = (column: string) =>
      imports.commit(
        { importId: id, columns: [{ column, metric: "demand" }], shiftToNow: false, deadlineMs },
        client,
        never,
      );
    await expect(choose("c")).rejects.toMatchObject({ code: "csv.column" });
    const twice = [
      { column: "a", metric: "live" as const },
      { column: "b", metric: "live" as const },
    ];
    await expect(
      imports.commit({ importId: id, columns: twice, shiftToNow: false, deadlineMs }, client, never),
    ).rejects.toMatchObject({ code: "import.metricTwice" });
    expect((await choose("a")).series[0]).toMatchObject({ steps: 3 });
    await expect(choose("a")).rejects.toMatchObject({ code: "import.unknown" });
  });

  test("that cannot be read is forgotten", async () => {
    const id = begin();
    await imports.piece(id, bytes("time,value\n2026-01-01,1\n2026-01-02,-1\n"), client.id, never);
    await expect(imports.read(id, client.id, never)).rejects.toMatchObject({ code: "csv.negative" });
    await expect(imports.read(id, client.id, never)).rejects.toMatchObject({ code: "import.unknown" });
  });

  test("belongs to who began it, is given up when nothing comes, and goes with its client", async () => {
    const id = begin();
    await expect(imports.piece(id, bytes("a"), client.id + 1, never)).rejects.toMatchObject({ code: "import.unknown" });
    await imports.cancel(id, client.id + 1);
    begin();
    expect(() => begin()).toThrow(expect.objectContaining({ code: "import.tooMany" }));
    timers.find(({ disposed }) => !disposed)?.callback();
    begin();
    imports.keepOnly(new Set([client.id + 1]));
    begin();
    begin();
  });
});

describe("an import that is given up", () => {
  const whole = csv(NOW - 40 * DAY, 5 * MINUTE, 39 * 288);

  test("while it is written leaves nothing, and says so when it is asked to", async () => {
    const id = await sent(whole);
    await imports.read(id, client.id, never);
    const stop = new AbortController();
    const writing = commit(id, false, stop.signal);
    const ended = expect(writing).rejects.toMatchObject({ code: "aborted" });
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    await expect(imports.undo("work", undefined)).rejects.toMatchObject({ code: "import.busy" });
    const cancelled = imports.cancel(id, client.id);
    await ended;
    await cancelled;
    expect(demand(HOUR, 900, NOW).every((value) => Number.isNaN(value))).toBe(true);
    expect(store.past.newest("work")).toBeNull();
    expect(changed).toEqual([]);
    await expect(imports.undo("work", undefined)).rejects.toMatchObject({ code: "import.none" });
  });

  test("by the store leaves nothing either", async () => {
    const id = await sent(whole);
    const { past } = store;
    const failing = new Imports({
      past: {
        firstMeasuredMs: (...args) => past.firstMeasuredMs(...args),
        spans: (key) => past.spans(key),
        newest: (swarmId) => past.newest(swarmId),
        remove: (runId) => past.remove(runId),
        *write(...args) {
          const work = past.write(...args);
          for (let n = 0; n < 5; n++) {
            work.next();
            yield;
          }
          throw new Error("disk full");
        },
      },
      ...{ tables, clock, policy: () => historyPolicy.parse({}), onChanged: () => undefined },
      setTimer: () => ({ dispose: () => undefined }),
    });
    await imports.cancel(id, client.id);
    const other = failing.begin({ swarmId: "work", file: "f", columns: "meant" }, client.id);
    await failing.piece(other, bytes(whole), client.id, never);
    await expect(
      failing.commit(
        { importId: other, columns: [{ metric: "demand" }], shiftToNow: false, deadlineMs },
        client,
        never,
      ),
    ).rejects.toThrow("disk full");
    expect(demand(HOUR, 900, NOW).every((value) => Number.isNaN(value))).toBe(true);
  });
});

describe("a move to now", () => {
  const shifted = async (fromMs: number, stepMs: number, count: number) => {
    const id = await sent(csv(fromMs, stepMs, count));
    const { shiftToNow } = await imports.read(id, client.id, never);
    const { series, shift } = await commit(id, true);
    expect(shift).toEqual(shiftToNow);
    const [one] = series;
    await imports.undo("work", undefined);
    return { shift, toMs: one?.toMs ?? 0, left: one?.leftOut.future ?? 0 };
  };

  test("is by whole weeks from a week on, by whole days below, and reaches now either way", async () => {
    const weeks = await shifted(Date.UTC(2020, 1, 3), 5 * MINUTE, 20 * 288);
    expect(weeks.shift.unit).toBe("week");
    expect(weeks.shift.ms % (7 * DAY)).toBe(0);
    const days = await shifted(Date.UTC(2020, 1, 3), MINUTE, 3 * 1_440);
    expect(days.shift.unit).toBe("day");
    expect(days.shift.ms % DAY).toBe(0);
    for (const { toMs, left } of [weeks, days]) {
      expect(NOW - toMs).toBeLessThan(MINUTE);
      expect(left).toBeGreaterThan(0);
    }
  });

  test("is exact for a file that is too short, and nothing for one that ends now", async () => {
    const short = await shifted(Date.UTC(2020, 1, 3), MINUTE, 60);
    expect(short).toMatchObject({ shift: { unit: "exact" }, left: 0 });
    expect(NOW - short.toMs).toBeLessThan(MINUTE);
    const present = await shifted(NOW - 10 * HOUR, MINUTE, 10 * 60);
    expect(present.shift).toEqual({ ms: 0, unit: "none" });
  });
});
