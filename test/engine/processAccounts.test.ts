import { expect, test } from "vitest";
import { ProcessAccounts } from "../../src/engine/processAccounts.ts";
import type { ProcessSample, Snapshot } from "../../src/engine/protocol/model.ts";
import { agent, observed } from "../views/overviews.ts";

const MINUTE = 60_000;

function process(pid: number, cpuSeconds: number | null, over: Partial<ProcessSample> = {}): ProcessSample {
  return {
    pid,
    parentPid: 12,
    startTime: 7,
    startedAtMs: 0,
    cpuSeconds,
    rssBytes: 100,
    readBytes: null,
    writeBytes: 0,
    ...over,
  } as ProcessSample;
}

const snapshot = (...processes: ProcessSample[]): Snapshot =>
  ({ processes: new Map(processes.map((p) => [p.pid, p])) }) as unknown as Snapshot;

const swarm = (...pids: number[]) =>
  observed({ id: "s", agents: pids.map((pid) => agent({ id: `a${pid}`, pid, startTime: 7, helpers: [], tools: [] })) });

test("a minute's row counts what the process used since it was first seen, not what it used before", () => {
  const accounts = new ProcessAccounts(null);
  expect(accounts.look(snapshot(process(1, 50)), [swarm(1)], [], 10 * MINUTE)).toEqual({ processes: [], threads: [] });
  accounts.look(snapshot(process(1, 52.5, { rssBytes: 900 })), [swarm(1)], [], 10 * MINUTE + 1000);
  accounts.look(snapshot(process(1, 53, { rssBytes: 200 })), [swarm(1)], [], 10 * MINUTE + 2000);
  const { processes: rows } = accounts.look(snapshot(process(1, 54)), [swarm(1)], [], 11 * MINUTE);
  expect(rows).toEqual([
    {
      minuteMs: 10 * MINUTE,
      pid: 1,
      startTime: 7,
      role: "agent",
      name: expect.any(String),
      parentPid: 12,
      swarmId: "s",
      swarmLabel: expect.any(String),
      agentId: "a1",
      agentName: expect.any(String),
      seenMs: 2_000,
      cpuSeconds: 3,
      // From 100 to 900 in the first second, from there to 200 in the second.
      meanRssBytes: (500 + 550) / 2,
      peakRssBytes: 900,
      readBytes: null,
      writeBytes: 0,
    },
  ]);
  // What lay between the two ticks around the turn belongs to the next minute: nothing is lost, nothing counts twice.
  const { processes: next } = accounts.look(snapshot(process(1, 56)), [swarm(1)], [], 12 * MINUTE);
  expect(next.map((r) => r.cpuSeconds)).toEqual([1]);
});

test("a process that began since the tick before counts from its start; one that ended has its last row", () => {
  const accounts = new ProcessAccounts(null);
  accounts.look(snapshot(), [], [], 10 * MINUTE);
  accounts.look(snapshot(process(2, 0.4, { startedAtMs: 10 * MINUTE + 500 })), [swarm(2)], [], 10 * MINUTE + 1000);
  expect(accounts.look(snapshot(), [], [], 11 * MINUTE).processes.map((r) => r.cpuSeconds)).toEqual([0.4]);
  expect(accounts.look(snapshot(), [], [], 12 * MINUTE).processes).toEqual([]);
});

test("a pid that came to mean another process is another row, and what the system does not tell stays unknown", () => {
  const accounts = new ProcessAccounts(null);
  accounts.look(snapshot(process(3, null)), [swarm(3)], [], 10 * MINUTE);
  accounts.look(snapshot(process(3, 9, { startTime: 8 })), [swarm(3)], [], 10 * MINUTE + 1000);
  const own = [{ pid: 4, name: "engine" }];
  accounts.look(snapshot(process(4, 1)), [], own, 10 * MINUTE + 2000);
  const { processes: rows } = accounts.look(snapshot(), [], [], 11 * MINUTE);
  // startTime 8 is not the agent that the row names: not its account.
  expect(rows.map(({ pid, startTime, cpuSeconds }) => [pid, startTime, cpuSeconds])).toEqual([
    [3, 7, null],
    [4, 7, 0],
  ]);
});

test("time in which nobody looked is not told of: neither as seen, nor as memory", () => {
  const accounts = new ProcessAccounts(null);
  accounts.look(snapshot(process(1, 0)), [swarm(1)], [], 10 * MINUTE);
  accounts.look(snapshot(process(1, 0, { rssBytes: 300 })), [swarm(1)], [], 10 * MINUTE + 5_000);
  // The machine slept.
  accounts.look(snapshot(process(1, 0, { rssBytes: 9_000 })), [swarm(1)], [], 10 * MINUTE + 45_000);
  const { processes } = accounts.look(snapshot(process(1, 0)), [swarm(1)], [], 11 * MINUTE);
  expect(processes).toMatchObject([{ seenMs: 5_000, meanRssBytes: 200, peakRssBytes: 9_000 }]);
});
