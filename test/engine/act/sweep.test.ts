import { describe, expect, test } from "vitest";
import {
  type MarkedProcess,
  type SweepScope,
  type SweepSystem,
  planSweep,
  sweepOrphans,
} from "../../../src/engine/act/sweep.ts";

const OURS = "inst.a1";
const never = new AbortController().signal;
const SELF = 50;

function row(pid: number, spawnId: string | null, more: Partial<MarkedProcess> = {}): MarkedProcess {
  return { pid, startTime: pid * 10, parentPid: 1, processGroup: pid, state: "S", spawnId, ...more };
}

function scope(living: SweepScope["living"] = []): SweepScope {
  return { installationId: OURS, living, selfPid: SELF };
}

function pids(table: readonly MarkedProcess[], living: SweepScope["living"] = []): number[] {
  return planSweep(table, scope(living)).map(({ pid }) => pid);
}

const keeper = row(40, null);
const self = row(SELF, null, { parentPid: 40 });

describe("planSweep", () => {
  test("takes what carries our installation id and belongs to no living agent", () => {
    expect(pids([keeper, self, row(100, `${OURS}.x`), row(101, null), row(102, "other.x")])).toEqual([100]);
  });

  test("an installation whose id begins like ours is a stranger", () => {
    expect(
      pids([row(100, "inst.a1.b.x"), row(101, "inst.x"), row(102, "inst.a12.x"), row(103, OURS), row(104, "")]),
    ).toEqual([]);
  });

  test("keeps the living agent, its tree, its group and what it has sent away into another session", () => {
    const agent = row(100, `${OURS}.live`);
    const table = [
      agent,
      row(101, `${OURS}.live`, { parentPid: 100, processGroup: 100 }),
      row(102, `${OURS}.live`, { parentPid: 1, processGroup: 102 }),
      row(103, `${OURS}.nested`, { parentPid: 101 }),
      row(104, `${OURS}.nested`, { parentPid: 1, processGroup: 100 }),
      row(200, `${OURS}.dead`),
    ];
    expect(pids(table, [{ spawnId: `${OURS}.live`, pid: 100, startTime: 1000 }])).toEqual([200]);
  });

  test("an agent whose pid now belongs to another process, or is a zombie, is not living", () => {
    const table = [row(100, null), row(101, `${OURS}.live`, { parentPid: 100 })];
    expect(pids(table, [{ spawnId: `${OURS}.live`, pid: 100, startTime: 7 }])).toEqual([101]);
    const zombie = [row(100, `${OURS}.live`, { state: "Z" }), row(101, `${OURS}.live`, { parentPid: 100 })];
    expect(pids(zombie, [{ spawnId: `${OURS}.live`, pid: 100, startTime: 1000 }])).toEqual([101]);
  });

  test("never takes init, the engine, what is above it or what it has started, whatever they carry", () => {
    const mark = `${OURS}.x`;
    const table = [
      row(1, mark, { parentPid: 0 }),
      row(30, mark),
      row(40, mark, { parentPid: 30 }),
      row(SELF, mark, { parentPid: 40 }),
      row(60, mark, { parentPid: SELF }),
      row(61, mark, { parentPid: 60 }),
    ];
    expect(pids(table)).toEqual([]);
  });

  test("a table with a loop of parents ends", () => {
    const table = [row(100, `${OURS}.x`, { parentPid: 101 }), row(101, null, { parentPid: 100 })];
    expect(pids(table)).toEqual([100]);
  });
});

/** A system of processes that end `lives` signals or polls after they were told, in simulated time. */
class FakeSystem implements SweepSystem {
  readonly rows: Map<number, MarkedProcess>;
  readonly sent: [number, string][] = [];
  tables = 0;
  boot = "boot-1";
  sleptMs = 0;
  onKill: (pid: number, signal: NodeJS.Signals) => void = (pid) => void this.rows.delete(pid);

  constructor(rows: MarkedProcess[]) {
    this.rows = new Map(rows.map((entry) => [entry.pid, entry]));
  }

  table(): MarkedProcess[] {
    this.tables++;
    return [...this.rows.values()];
  }
  look(pid: number) {
    return this.rows.get(pid) ?? null;
  }
  bootId(): string {
    return this.boot;
  }
  readonly kill = (pid: number, signal: NodeJS.Signals): void => {
    this.sent.push([pid, signal]);
    this.onKill(pid, signal);
  };
  sleep(ms: number): Promise<void> {
    this.sleptMs += ms;
    return Promise.resolve();
  }
}

const TIMES = { graceMs: 1_000, killWaitMs: 500, pollMs: 100 };

describe("sweepOrphans", () => {
  test("asks first, and takes the table once", async () => {
    const system = new FakeSystem([row(100, `${OURS}.x`), row(101, `${OURS}.x`), row(102, "other.x")]);
    const result = await sweepOrphans(scope(), never, TIMES, system);
    expect(system.sent).toEqual([
      [100, "SIGTERM"],
      [101, "SIGTERM"],
    ]);
    expect(result.ended.map(({ pid }) => pid)).toEqual([100, 101]);
    expect(result.left).toEqual([]);
    expect([system.tables, system.sleptMs]).toEqual([1, 0]);
  });

  test("kills what is still there after the grace, and says what survives even that", async () => {
    const system = new FakeSystem([row(100, `${OURS}.x`), row(101, `${OURS}.x`)]);
    system.onKill = (pid, signal) => {
      if (pid === 100 && signal === "SIGKILL") system.rows.delete(pid);
    };
    const result = await sweepOrphans(scope(), never, TIMES, system);
    expect(system.sent).toEqual([
      [100, "SIGTERM"],
      [101, "SIGTERM"],
      [100, "SIGKILL"],
      [101, "SIGKILL"],
    ]);
    expect(result.ended.map(({ pid }) => pid)).toEqual([100]);
    expect(result.left).toMatchObject([
      { process: { pid: 101 }, reason: { code: "sweep.survived", args: { pid: 101 } } },
    ]);
    expect(system.sleptMs).toBe(1_500);
  });

  test("a pid that has changed hands before SIGKILL is left alone", async () => {
    const system = new FakeSystem([row(100, `${OURS}.x`)]);
    system.onKill = (pid) => void system.rows.set(pid, row(pid, null, { startTime: 5 }));
    const result = await sweepOrphans(scope(), never, TIMES, system);
    expect(system.sent).toEqual([[100, "SIGTERM"]]);
    expect(result.ended).toHaveLength(1);
  });

  test.each([
    ["start time", { startTime: 5 }],
    ["mark", { spawnId: "other.x" }],
    ["state", { state: "Z" }],
  ])("a process whose %s differs at the second look is not signalled", async (_name, change) => {
    const system = new FakeSystem([row(100, `${OURS}.x`)]);
    system.look = (pid) => ({ ...row(pid, `${OURS}.x`), ...change });
    await sweepOrphans(scope(), never, TIMES, system);
    expect(system.sent).toEqual([]);
  });

  test("another boot id at the second look means no signal", async () => {
    const system = new FakeSystem([row(100, `${OURS}.x`)]);
    const boots = ["boot-1", "boot-2"];
    system.bootId = () => boots.shift() ?? "boot-2";
    await sweepOrphans(scope(), never, TIMES, system);
    expect(system.sent).toEqual([]);
  });

  test("what may not be signalled is named with the reason, and the others are ended", async () => {
    const system = new FakeSystem([row(100, `${OURS}.x`), row(101, `${OURS}.x`)]);
    system.onKill = (pid) => {
      if (pid === 100) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
      system.rows.delete(pid);
    };
    const result = await sweepOrphans(scope(), never, TIMES, system);
    expect(result.ended.map(({ pid }) => pid)).toEqual([101]);
    expect(result.left).toMatchObject([{ process: { pid: 100 }, reason: { code: "signal.refused" } }]);
  });

  test("where processes cannot be identified nothing is done, and that is said", async () => {
    expect(await sweepOrphans(scope(), never, TIMES, null)).toEqual({ supported: false, ended: [], left: [] });
  });
});
