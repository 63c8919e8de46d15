import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { isAlive, procAvailable, readProcessStat, readStartTime } from "../../src/engine/common/processIdentity.ts";
import { pressureAbove } from "../../src/engine/decide/capacity.ts";
import { createLeaseWorld } from "../../src/engine/leaseWorld.ts";
import type { ProcessSample, Snapshot } from "../../src/engine/protocol/model.ts";

const USUAL = { maxMemoryPressure: 0.1, maxCpuPressure: 0.9 };

function world(some: { pressure?: object; snapshot?: Snapshot; held?: boolean; tellsStarts?: boolean } = {}) {
  return createLeaseWorld({
    footprints: {
      room: (id) =>
        ({ leftBytes: 5, footprint: { rssBytes: id === "s" ? 7 : null }, pressure: some.pressure }) as never,
    },
    swarms: {
      get: () =>
        ({ heldByOperator: some.held ?? false, heldUntilMs: 9, scaling: { ...USUAL, maxCpuPressure: 1 } }) as never,
    },
    snapshot: () => some.snapshot ?? null,
    ...{ stat: readProcessStat, isAlive, pressureAbove, usualLimits: USUAL },
    tellsStarts: some.tellsStarts ?? procAvailable,
  });
}

describe("the machine as leases see it", () => {
  test("knows what an agent of a named swarm takes, and its limits of pressure and hold", () => {
    expect(world().room("s")).toEqual({ leftBytes: 5, eachBytes: 7 });
    expect(world().room(null)).toEqual({ leftBytes: 5, eachBytes: null });
    const pressure = { memory: 0, cpu: 0.95 };
    expect(world({ pressure }).refusal(null)).toMatchObject({ code: "lease.pressure", args: { resource: "cpu" } });
    expect(world({ pressure }).refusal("s")).toBeNull();
    expect(world({ held: true }).refusal("s")).toEqual({ code: "lease.held", args: { swarmId: "s", untilMs: 9 } });
    expect(world({ pressure: { memory: null, cpu: null } }).refusal(null)).toBeNull();
  });

  test("adds up a process and all below it, of the same start, and ends on a circle", () => {
    const process = (pid: number, parentPid: number, rssBytes: number | null) =>
      [pid, { pid, parentPid, startTime: pid, rssBytes }] as unknown as [number, ProcessSample];
    const processes = new Map([process(2, 4, 10), process(3, 2, 20), process(4, 3, null), process(9, 1, 500)]);
    const { treeBytes } = world({ snapshot: { sequence: 1, processes } as unknown as Snapshot });
    expect(treeBytes({ pid: 2, startTime: 2 })).toBe(30);
    expect(treeBytes({ pid: 9, startTime: null })).toBe(500);
    expect(treeBytes({ pid: 2, startTime: 3 })).toBeNull();
    expect(treeBytes({ pid: 77, startTime: 1 })).toBeNull();
    expect(world().treeBytes({ pid: 2, startTime: 2 })).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("a holder, looked for in the real process table", () => {
  test("is there while it lives, and is spoken for by its own children only", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    const door = { pid, startTime: readStartTime(pid) };
    const self = { pid: process.pid, startTime: readStartTime(process.pid) };
    const { isThere, speaksFor } = world();
    expect([isThere(door), isThere({ ...door, startTime: 1 }), isThere({ pid, startTime: null })]).toEqual([
      true,
      false,
      // When it began is told here, so whoever leaves it out is not this process.
      false,
    ]);
    expect(speaksFor(door, self)).toBe(true);
    expect(speaksFor(door, { pid: 1, startTime: null })).toBe(false);
    expect(speaksFor({ ...door, startTime: 1 }, self)).toBe(false);
    const unused = 2 ** 22 - 1;
    expect(speaksFor({ pid: unused, startTime: null }, self)).toBe(false);
    expect(speaksFor({ pid, startTime: null }, self)).toBe(false);
    expect(isThere({ pid: 1, startTime: null })).toBe(false);
    // Where no system tells, the number has to do.
    const untold = world({ tellsStarts: false });
    expect([untold.isThere({ pid, startTime: null }), untold.isThere({ pid: unused, startTime: null })]).toEqual([
      true,
      false,
    ]);
    expect(untold.speaksFor({ pid: unused, startTime: null }, self)).toBe(true);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect([isThere(door), speaksFor(door, self)]).toEqual([false, false]);
  });
});
