import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { atOnce } from "../../../src/engine/common/slices.ts";
import type { ProcessAccount, ThreadAccount } from "../../../src/engine/ports.ts";
import { historyPolicy } from "../../../src/engine/protocol/config.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";
import type { StackSummary } from "../../../src/engine/protocol/blame.ts";

const T0 = Date.UTC(2026, 10, 24, 0, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TABLES = [
  ...["processLife", "processMinute", "processHour", "accountedMinute"],
  ...["threadName", "threadMinute", "threadHour", "profileStacks"],
];

let folder: string;
let store: Store;
const path = (): string => join(folder, "swarm.db");
const open = (): Store => openStore({ path: path(), machineId: "m", clock: new ManualClock(0, T0) });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sa-"));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const row = (minute: number, over: Partial<ProcessAccount> = {}): ProcessAccount => ({
  ...{ minuteMs: T0 + minute * MINUTE, pid: 5, startTime: 6, role: "tool", name: "vitest", parentPid: 4 },
  ...{ swarmId: "s", swarmLabel: "The Swarm", agentId: "a", agentName: "claude 4" },
  ...{ seenMs: MINUTE, cpuSeconds: 1.5, meanRssBytes: 100, peakRssBytes: 200, readBytes: 10, writeBytes: 20 },
  ...over,
});
const thread = (minute: number, name: string, cpuSeconds: number, isMain = false): ThreadAccount => ({
  ...{ minuteMs: T0 + minute * MINUTE, pid: 5, startTime: 6, name, isMain, cpuSeconds },
});
const sums = (fromMs = T0, toMs = T0 + DAY, swarmId: string | null = null) =>
  atOnce(store.accounts.sums(swarmId, fromMs, toMs, true));

test("minutes are summed up by process; what the system does not tell is counted as unknown, never as 0", () => {
  store.series.account([row(0), row(0, { pid: 9, agentId: null, swarmId: null, role: "own" })], []);
  store.series.account(
    [row(1, { cpuSeconds: null, meanRssBytes: null, seenMs: 30_000 })],
    [thread(0, "node", 1, true)],
  );
  store.series.account([row(2)], [thread(1, "gc", 0.5), thread(2, "node", 0.25, true)]);
  store.close();
  store = open();
  const found = sums();
  expect(found).toMatchObject({ measuredMinutes: 3, measuredMs: 2.5 * MINUTE, oldestMs: T0 });
  expect(found.processes).toHaveLength(2);
  expect(found.processes.find(({ pid }) => pid === 5)).toEqual({
    ...{ pid: 5, startTime: 6, role: "tool", name: "vitest", parentPid: 4, swarmId: "s", swarmLabel: "The Swarm" },
    ...{ agentId: "a", agentName: "claude 4", minutes: 3, profiles: [] },
    cpuSeconds: { sum: 3, unknownMinutes: 1 },
    rssByteSeconds: { sum: 12_000, unknownMinutes: 1 },
    readBytes: { sum: 30, unknownMinutes: 0 },
    writeBytes: { sum: 60, unknownMinutes: 0 },
    threads: [
      { name: "node", isMain: true, cpuSeconds: 1.25 },
      { name: "gc", isMain: false, cpuSeconds: 0.5 },
    ],
  });
  expect(sums(T0 + MINUTE, T0 + 2 * MINUTE).processes).toMatchObject([{ minutes: 1, cpuSeconds: { sum: null } }]);
  expect(sums(T0, T0 + DAY, "s").processes.map(({ pid }) => pid)).toEqual([5]);
  // How long was looked is of the machine, not of the swarm.
  expect(sums(T0, T0 + DAY, "none")).toMatchObject({ processes: [], measuredMinutes: 3 });
});

test("sums of many bytes over a long time stay exact enough to be numbers", () => {
  for (let minute = 0; minute < 700; minute++)
    store.series.account([row(minute, { meanRssBytes: 64e9, readBytes: 4e15 })], []);
  const [one] = sums().processes;
  expect(one?.rssByteSeconds.sum).toBeCloseTo(700 * 60 * 64e9, -3);
  expect(one?.readBytes.sum).toBeCloseTo(700 * 4e15, -9);
});

test("rows of the version before are read with what they have, and join the process that lived on", () => {
  store.close();
  const old = new DatabaseSync(path());
  for (const table of TABLES) old.exec(`DROP TABLE ${table}`);
  const insert = old.prepare("INSERT INTO process VALUES (?, ?, 6, 'm', ?, ?, ?, ?, 200, 10, NULL)");
  insert.run(T0, 5, "vitest", "s", "a", 2);
  insert.run(T0, 7, "bash", "s", "a", null);
  old.exec("PRAGMA user_version = 7");
  old.close();
  store = open();
  expect(store.notices).toEqual([]);
  store.series.account([row(1)], []);
  const found = sums().processes;
  expect(found.find(({ pid }) => pid === 5)).toMatchObject({
    ...{ role: "tool", swarmLabel: "The Swarm", minutes: 2 },
    cpuSeconds: { sum: 3.5, unknownMinutes: 0 },
    // Of peaks no mean can be made.
    rssByteSeconds: { sum: 6_000, unknownMinutes: 1 },
    writeBytes: { sum: 20, unknownMinutes: 1 },
  });
  expect(found.find(({ pid }) => pid === 7)).toMatchObject({
    ...{ role: null, name: "bash", swarmId: "s", swarmLabel: null, agentId: "a", agentName: null, parentPid: null },
    cpuSeconds: { sum: null, unknownMinutes: 1 },
  });
  expect(sums(T0, T0 + MINUTE).oldestMs).toBe(T0);
});

test("any range is the sum of its minutes, whether it is read by hours or by minutes", () => {
  for (let minute = 0; minute < 200; minute++)
    store.series.account(
      [row(minute, { cpuSeconds: minute % 9 === 0 ? null : minute, meanRssBytes: minute, seenMs: 30_000 })],
      [thread(minute, "node", minute / 10, true)],
    );
  for (const [from, to] of [
    [0, 200],
    [5, 130],
    [59, 61],
    [60, 120],
    [61, 119],
    [0, 1],
  ] as const) {
    const minutes = Array.from({ length: to - from }, (_, at) => from + at);
    const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);
    const found = sums(T0 + from * MINUTE, T0 + to * MINUTE);
    const [one] = found.processes;
    expect(found.measuredMinutes).toBe(to - from);
    expect(one?.minutes).toBe(to - from);
    const known = minutes.filter((minute) => minute % 9 !== 0);
    expect(one?.cpuSeconds).toEqual({
      sum: known.length === 0 ? null : total(known),
      unknownMinutes: minutes.length - known.length,
    });
    expect(one?.rssByteSeconds.sum).toBeCloseTo(30 * total(minutes), 6);
    expect(one?.threads[0]?.cpuSeconds ?? 0).toBeCloseTo(total(minutes) / 10, 6);
  }
});

test("a minute that is told twice counts once", () => {
  store.series.account([row(0)], []);
  store.series.account([row(0)], []);
  for (const to of [MINUTE, HOUR]) expect(sums(T0, T0 + to).processes).toMatchObject([{ cpuSeconds: { sum: 1.5 } }]);
});

const stacks: StackSummary = {
  frames: [{ name: "work", file: "/a.js", line: 3, column: 1 }],
  nodeFrame: [0],
  nodeParent: [-1],
  selfRatio: [1],
};

test("a profile divides what the main thread used while it was made, and no more", () => {
  store.series.account([row(0), row(1), row(2)], []);
  const main = [0, 1, 2].map((minute) => thread(minute, "node", 1, true));
  store.series.account([], [...main, thread(1, "gc", 5)]);
  // Half of the first minute, and a quarter of the second.
  expect(store.accounts.keepStacks({ pid: 5, startTime: 6, fromMs: T0 + 30_000, toMs: T0 + 75_000, stacks })).toBe(
    true,
  );
  store.accounts.keepStacks({ pid: 5, startTime: 99, fromMs: T0, toMs: T0 + MINUTE, stacks });
  expect(sums().processes[0]?.profiles).toEqual([{ cpuSeconds: 0.75, stacks }]);
  expect(sums(T0 + MINUTE).processes[0]?.profiles).toEqual([{ cpuSeconds: 0.25, stacks }]);
  expect(sums(T0 + 2 * MINUTE).processes[0]?.profiles).toEqual([]);
});

test("accounts go with their age, and names that nothing is told of any more go with them", () => {
  const policy = historyPolicy.parse({ minuteDays: 1 });
  store.series.append({
    wallMs: T0,
    intervalMs: 1_000,
    values: [{ scope: "machine", key: "", metric: "x", value: 1, source: "measured" }],
  });
  store.series.account([row(0)], [thread(0, "node", 1, true)]);
  store.accounts.keepStacks({ pid: 5, startTime: 6, fromMs: T0, toMs: T0 + MINUTE, stacks });
  store.series.account([row(3 * 24 * 60, { pid: 8 })], []);
  const now = T0 + 3 * DAY + HOUR;
  store.series.append({
    wallMs: now,
    intervalMs: 1_000,
    values: [{ scope: "machine", key: "", metric: "x", value: 1, source: "measured" }],
  });
  // What is old is looked for once an hour, and not before its roll-ups are made.
  for (let n = 0; n < 400; n++) store.series.maintain(now, policy);
  store.series.maintain(now + HOUR, policy);
  expect(sums(T0, now).processes.map(({ pid }) => pid)).toEqual([8]);
  store.close();
  const file = new DatabaseSync(path());
  const count = (table: string) => file.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"];
  expect(TABLES.map(count)).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  file.close();
  store = open();
});
