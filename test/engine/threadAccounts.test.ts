import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ThreadAccount, ThreadReader, ThreadReading } from "../../src/engine/ports.ts";
import { ThreadAccounts } from "../../src/engine/threadAccounts.ts";

const MINUTE = 60_000;
const thread = (tid: number, cpuSeconds: number, name = "node"): ThreadReading => ({
  tid,
  startTime: 7,
  name,
  cpuSeconds,
});

function readerOf(threads: { now: readonly ThreadReading[] | null; isComplete?: boolean }): ThreadReader {
  return {
    read: () => (threads.now === null ? null : { threads: threads.now, isComplete: threads.isComplete ?? true }),
  };
}

const told = (rows: readonly ThreadAccount[]) =>
  rows.map(({ minuteMs, name, isMain, cpuSeconds }) => [minuteMs / MINUTE, isMain ? "main" : name, cpuSeconds]);

test("what a process used in a minute is divided as its threads used it; pools are one by name", () => {
  const threads = { now: [thread(5, 100), thread(6, 10, "libuv-worker"), thread(7, 0, "pool-1")] };
  const accounts = new ThreadAccounts(readerOf(threads));
  accounts.begin("p", 5, 7, false);
  expect(accounts.look(MINUTE)).toEqual([]);
  accounts.used("p", MINUTE, 4);
  threads.now = [
    thread(5, 102),
    thread(6, 10, "libuv-worker"),
    thread(7, 0.5, "pool-1"),
    thread(8, 1, "pool-2"),
    thread(9, 0.25, "V8Worker"),
  ];
  // Not before the minute is over.
  expect(accounts.look(MINUTE)).toEqual([]);
  expect(told(accounts.look(2 * MINUTE))).toEqual([
    [1, "main", 2],
    [1, "pool-*", 1.5],
    [1, "V8Worker", 0.25],
  ]);
  // The quarter of a second that is left was used by threads that are gone: nobody's.
});

test("a look behind the turn of a minute divides both sides alike, and hands over what is over", () => {
  const threads = { now: [thread(5, 0), thread(6, 0, "gc")] };
  const accounts = new ThreadAccounts(readerOf(threads));
  accounts.begin("p", 5, 7, false);
  accounts.look(0);
  accounts.used("p", MINUTE, 6);
  accounts.used("p", 2 * MINUTE, 2);
  threads.now = [thread(5, 6), thread(6, 2, "gc")];
  expect(told(accounts.look(2 * MINUTE))).toEqual([
    [1, "main", 4.5],
    [1, "gc", 1.5],
  ]);
  expect(told(accounts.end("p"))).toEqual([
    [2, "main", 1.5],
    [2, "gc", 0.5],
  ]);
});

test("what a thread used before it was first seen is not counted, except of a process that began under our eyes", () => {
  const threads = { now: [thread(5, 50)] };
  const accounts = new ThreadAccounts(readerOf(threads));
  accounts.begin("old", 5, 7, false);
  accounts.begin("new", 5, 7, true);
  accounts.used("old", 0, 1);
  accounts.used("new", 0, 50);
  // The first look at the old one is only where counting begins.
  expect(told(accounts.look(MINUTE))).toEqual([[0, "main", 50]]);
});

test("of threads that were left out at a look nothing is known", () => {
  const threads = { now: [thread(5, 0)], isComplete: false };
  const accounts = new ThreadAccounts(readerOf(threads));
  accounts.begin("p", 5, 7, false);
  accounts.look(0);
  accounts.used("p", 0, 3);
  threads.now = [thread(5, 1), thread(6, 900, "other")];
  expect(told(accounts.look(MINUTE))).toEqual([[0, "main", 1]]);
});

test("a process whose threads cannot be read stays undivided, and so does one on a system that tells none", () => {
  const threads: { now: readonly ThreadReading[] | null } = { now: null };
  for (const accounts of [new ThreadAccounts(readerOf(threads)), new ThreadAccounts(null)]) {
    accounts.begin("p", 5, 7, false);
    accounts.used("p", 0, 3);
    expect(accounts.look(MINUTE)).toEqual([]);
    expect(accounts.end("p")).toEqual([]);
  }
});

test("only so many threads are read a tick, and every process comes to its turn", () => {
  const many = Array.from({ length: 40 }, (_, at) => thread(at + 1, 0, "w"));
  const asked: number[] = [];
  const accounts = new ThreadAccounts({
    read: (pid) => {
      asked.push(pid);
      return { threads: many, isComplete: true };
    },
  });
  for (let pid = 1; pid <= 5; pid++) accounts.begin(String(pid), pid, 7, false);
  for (let tick = 0; tick < 3; tick++) {
    const before = accounts.reads;
    accounts.look(0);
    expect(accounts.reads - before).toBeLessThanOrEqual(104);
  }
  expect(asked).toEqual([1, 2, 3, 4, 5]);
});

test("whatever the counters do, the parts of a minute never sum up to more than the process's own figure", () => {
  const step = fc.record({
    minutes: fc.integer({ min: 0, max: 2 }),
    used: fc.double({ min: 0, max: 60, noNaN: true }),
    threads: fc.array(fc.tuple(fc.integer({ min: 5, max: 9 }), fc.double({ min: 0, max: 90, noNaN: true })), {
      maxLength: 6,
    }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isNew) => {
      const threads: { now: readonly ThreadReading[] } = { now: [] };
      const accounts = new ThreadAccounts(readerOf(threads));
      accounts.begin("p", 5, 7, isNew);
      const whole = new Map<number, number>();
      const parts = new Map<number, number>();
      const take = (rows: readonly ThreadAccount[]): void => {
        for (const { minuteMs, cpuSeconds } of rows) parts.set(minuteMs, (parts.get(minuteMs) ?? 0) + cpuSeconds);
      };
      let minute = 0;
      for (const { minutes, used, threads: now } of steps) {
        minute += minutes * MINUTE;
        threads.now = now.map(([tid, cpu]) => thread(tid, cpu, `t${tid}`));
        accounts.used("p", minute, used);
        whole.set(minute, (whole.get(minute) ?? 0) + used);
        take(accounts.look(minute));
      }
      take(accounts.end("p"));
      for (const [at, sum] of parts) expect(sum).toBeLessThanOrEqual((whole.get(at) ?? 0) + 1e-6);
    }),
  );
});
