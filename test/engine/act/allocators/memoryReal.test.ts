import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { AgentGroups, linuxGroups } from "../../../../src/engine/act/allocators/agentGroup.ts";
import { systemCgroupFiles } from "../../../../src/engine/act/allocators/cgroupFiles.ts";
import { MemoryAllocator } from "../../../../src/engine/act/allocators/memoryAllocator.ts";
import { systemMemoryFacts } from "../../../../src/engine/act/allocators/memoryLimits.ts";
import { findCommand, runCommand } from "../../../../src/engine/act/allocators/systemCommand.ts";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { type RealAgent, startAgent, until } from "./realProcesses.ts";
import { log, MEGABYTE, signal } from "./world.ts";

const system = linuxGroups();
const prlimit = findCommand("prlimit");
let running: RealAgent[] = [];
afterEach(async () => {
  for (const one of running) await one.end();
  running = [];
});

async function start(command: string, args: readonly string[]): Promise<RealAgent> {
  const one = await startAgent(command, args);
  running.push(one);
  return one;
}

function allocator(one: RealAgent, needBytes = 20 * MEGABYTE): MemoryAllocator {
  const swarms = { get: () => ({ agents: () => [one.agent] }) as never };
  return new MemoryAllocator({
    groups: system === null ? null : new AgentGroups(system, swarms),
    swarms,
    footprints: { room: () => ({ footprint: { rssBytes: needBytes } }) as never },
    recycler: { recycle: () => Promise.reject(new Error("not asked for")) },
    cgroups: systemCgroupFiles,
    prlimit,
    run: runCommand,
    facts: systemMemoryFacts,
    clock: new ManualClock(),
    log,
  });
}

const limitLine = (pid: number, name: string) =>
  readFileSync(`/proc/${pid}/limits`, "utf8")
    .split("\n")
    .find((line) => line.startsWith(name))
    ?.slice(name.length)
    .trim()
    .split(/\s+/)
    .slice(0, 2);

describe.runIf(process.platform === "linux" && prlimit !== null)(
  "limits that the system enforces on a real agent",
  () => {
    test("RLIMIT_DATA leaves a Node process at work, and ends its next large allocation", async () => {
      const script = `console.log("there"); process.stdin.on("data", (line) => {
      const blocks = []; for (let n = 0; n < Number(line); n++) blocks.push(Buffer.alloc(1 << 20, 1)); console.log("took " + blocks.length); });`;
      const one = await start(process.execPath, ["-e", script]);
      let said = "";
      one.child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
      const { pid } = one.agent;
      const limitBytes = (systemMemoryFacts.dataBytes(pid) ?? 0) + 200 * MEGABYTE;
      const memory = allocator(one);
      const limits = { resource: "memory", swarmId: "s", highBytes: null, dataBytes: limitBytes } as const;
      const before = await memory.read(limits, signal);
      expect(await memory.apply(limits, signal)).toEqual({ kind: "confirmed", notes: [] });
      expect(limitLine(pid, "Max data size")).toEqual([String(limitBytes), "unlimited"]);
      one.child.stdin?.write("20\n");
      await until("a small allocation is made", () => said.includes("took 20"));
      // The hard limit was left alone, so the soft one comes back without a privilege.
      expect(await memory.undo(before, signal)).toEqual({ kind: "confirmed", notes: [] });
      expect(limitLine(pid, "Max data size")).toEqual(["unlimited", "unlimited"]);
      one.child.stdin?.write("400\n");
      await until("a large one is made without the limit", () => said.includes("took 400"));
      const again = { ...limits, dataBytes: (systemMemoryFacts.dataBytes(pid) ?? 0) + 50 * MEGABYTE };
      expect(await memory.apply(again, signal)).toMatchObject({ kind: "confirmed" });
      one.child.stdin?.write("2000\n");
      await until("the limit ends it", () => one.child.exitCode !== null || one.child.signalCode !== null);
      expect(said).not.toContain("took 2000");
    });

    test("RLIMIT_AS is refused for a Node process, which has reserved more than any limit that would mean something", async () => {
      const one = await start(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"]);
      const limits = { resource: "memory", swarmId: "s", highBytes: null, addressSpaceBytes: 512 * MEGABYTE } as const;
      const outcome = await allocator(one).apply(limits, signal);
      expect(outcome).toMatchObject({ kind: "refused", reason: { code: "allocation.reservesAddressSpace" } });
      expect(limitLine(one.agent.pid, "Max address space")?.[0]).toBe("unlimited");
      // Why: it uses a fraction of what it has reserved.
      const reserved = systemMemoryFacts.addressSpaceBytes(one.agent.pid) ?? 0;
      expect(reserved).toBeGreaterThan(512 * MEGABYTE);
    });

    test("RLIMIT_AS is set on a program that reserves nothing, and one below what it has is refused with the figure", async () => {
      const one = await start("/bin/sh", ["-c", "echo there; read line"]);
      const memory = allocator(one, 1);
      const limits = { resource: "memory", swarmId: "s", highBytes: null, addressSpaceBytes: 64 * MEGABYTE } as const;
      expect(await memory.apply(limits, signal)).toEqual({ kind: "confirmed", notes: [] });
      expect(limitLine(one.agent.pid, "Max address space")).toEqual([String(64 * MEGABYTE), "unlimited"]);
      expect(await memory.read(limits, signal)).toEqual(limits);
      const used = systemMemoryFacts.addressSpaceBytes(one.agent.pid) ?? 0;
      expect(memory.refusal({ ...limits, addressSpaceBytes: used })).toEqual({
        code: "allocation.belowUse",
        args: { limitBytes: used, usedBytes: used },
      });
    });
  },
);

test.runIf(process.platform === "linux")("the resident size of a real group is that of all its processes", async () => {
  if (system === null) throw new Error("no /proc");
  const one = await start("/bin/sh", ["-c", "sleep 300 & echo there; wait"]);
  const groups = new AgentGroups(system, { get: () => ({}) as never });
  await until("both are there", () => groups.members(one.agent).length === 2);
  const bytes = groups.rssOf([one.agent]).get(one.agent.id) ?? 0;
  const each = groups.members(one.agent).map(({ pid }) => system.rssBytes(pid) ?? 0);
  expect(Math.min(...each)).toBeGreaterThan(0);
  expect(bytes).toBe(each.reduce((sum, value) => sum + value, 0));
});
