import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { lowestNice, systemNice } from "../../../../src/engine/act/allocators/niceValue.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import { signal, turns, World } from "./world.ts";

let world: World;
beforeEach(() => void (world = new World()));
const cpu = () => {
  const found = world.allocators().all[1];
  if (found === undefined) throw new Error("no allocator");
  return found;
};
const limits = (nice: number) => ({ resource: "cpu", swarmId: "s", nice }) as const;

describe("nice values", () => {
  test("reach every thread of every process of the group and no other", async () => {
    world.process(150, 100);
    world.process(500, 500);
    expect(await cpu().apply(limits(10), signal)).toEqual({ kind: "confirmed", notes: [] });
    expect([...world.nice].filter(([, nice]) => nice === 10).map(([thread]) => thread)).toEqual([
      100, 101, 200, 201, 150, 151,
    ]);
  });

  test("a pid that was reused between the look and the act is left alone", async () => {
    world.beforeNice = (thread) => {
      if (thread === 100) Object.assign(world.get(200), { startTime: 9, processGroup: 1 });
    };
    const outcome = await cpu().apply(limits(10), signal);
    expect(outcome).toEqual({ kind: "confirmed", notes: [{ code: "allocation.agentsGone", args: { agents: 1 } }] });
    expect(world.nice.get(200)).toBe(0);
  });

  test("a thread that ended between the look and the act is left alone: its number may be another's", async () => {
    world.beforeNice = (thread) => {
      if (thread === 100) world.get(100).threads = [100];
    };
    expect(await cpu().apply(limits(10), signal)).toEqual({ kind: "confirmed", notes: [] });
    expect([world.nice.get(100), world.nice.get(101)]).toEqual([10, 0]);
  });

  test("after another boot nothing is acted upon, whatever the pids say", async () => {
    const allocator = cpu();
    world.bootId = "another";
    expect(await allocator.apply(limits(10), signal)).toMatchObject({ notes: [{ code: "allocation.noAgents" }] });
    expect(new Set(world.nice.values())).toEqual(new Set([0]));
  });

  test("what is forked meanwhile is reached as well; what never stops forking is unconfirmed", async () => {
    let next = 1_000;
    let most = 1;
    world.beforeNice = () => {
      if (next < 1_000 + most) world.process(next++, 100);
    };
    expect(await cpu().apply(limits(10), signal)).toMatchObject({ kind: "confirmed" });
    expect(world.nice.get(1_000)).toBe(10);
    most = 1_000;
    expect(await cpu().apply(limits(12), signal)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "allocation.niceOtherwise", args: { pid: 100, nice: 12 } },
    });
  });

  test("a system that refuses, against what it said before, is believed; others have what they had", async () => {
    world.lowest = 0;
    await cpu().apply(limits(5), signal);
    // It is allowed by what is read, and the kernel (a security module) thinks otherwise.
    const allocator = world.allocators({ nice: { ...world.system.nice, lowest: () => -20 } }).all[1];
    world.lowest = 20;
    expect(await allocator?.apply(limits(1), signal)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "allocation.niceRefused" },
    });
    expect(world.nice.get(200)).toBe(5);
  });

  test("an undo does what it can for each agent", async () => {
    world.lowest = 20;
    const allocator = cpu();
    await allocator.apply(limits(10), signal);
    // One of them was replaced meanwhile.
    world.agents = world.agents.slice(0, 1);
    world.start(300);
    expect(await allocator.undo(limits(0), signal)).toMatchObject({ kind: "unconfirmed" });
    expect([world.nice.get(100), world.nice.get(300)]).toEqual([10, 0]);
  });

  test("agents that start later get what the others have, also after a restart", async () => {
    const allocator = cpu();
    await allocator.apply(limits(10), signal);
    world.start(300);
    allocator.look();
    await turns();
    expect(world.nice.get(300)).toBe(10);
    // A restart: remembered limits are given to all that are there.
    const again = cpu();
    again.remember(limits(12));
    again.look();
    await turns();
    expect(world.nice.get(100)).toBe(12);
  });

  test("without processes to identify, the resource is said not to be supported", () => {
    const allocator = world.allocators({ groups: null }).all[1];
    expect(allocator?.can()).toEqual({ kind: "unsupported", reason: { code: "allocation.noIdentity", args: {} } });
  });

  test("without ionice a level is refused and the rest is not", async () => {
    const allocator = world.allocators({ ionice: null }).all[1];
    expect(allocator?.refusal({ ...limits(5), ioLevel: 3 })).toEqual({ code: "allocation.noIonice", args: {} });
    expect(await allocator?.apply(limits(5), signal)).toMatchObject({ kind: "confirmed" });
  });

  test("an ionice that does not do what it says is not believed", async () => {
    world.command = async (args) => (args[0] === "-p" ? "none: prio 0\n" : "");
    expect(await cpu().apply({ resource: "cpu", swarmId: "s", ioLevel: 7 }, signal)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "allocation.ioOtherwise" },
    });
    world.command = async () => "realtime: prio 0\n";
    expect(await cpu().apply({ resource: "cpu", swarmId: "s", ioLevel: 7 }, signal)).toMatchObject({
      reason: { code: "allocation.ioUnreadable" },
    });
  });
});

describe("an I/O level", () => {
  const level = { resource: "cpu", swarmId: "s", ioLevel: 7 } as const;
  const answers = (args: readonly string[]) =>
    args
      .slice(1)
      .map((pid) => `${world.get(Number(pid)).io}\n`)
      .join("");

  test("counts when every process of the group has it", async () => {
    world.process(150, 100);
    expect(await cpu().apply(level, signal)).toEqual({ kind: "confirmed", notes: [] });
    expect(world.commands).toContain("/usr/bin/ionice -p 100 150");
    // The child does not take it.
    world.command = async (args) => {
      if (args[0] === "-p") return answers(args);
      for (const pid of [100, 200]) world.get(pid).io = "idle";
      return "";
    };
    expect(await cpu().apply({ ...level, ioLevel: "idle" }, signal)).toEqual({
      kind: "unconfirmed",
      reason: { code: "allocation.ioOtherwise", args: { pid: 150, level: "idle", now: "7" } },
    });
  });

  test("is read of those that are left when a child ends meanwhile", async () => {
    world.process(150, 100);
    world.process(151, 100);
    world.command = async (args) => {
      if (args[0] !== "-p") {
        for (const process of world.processes.values()) process.io = "best-effort: prio 7";
        return "";
      }
      if (world.processes.delete(150)) throw new CodedError("allocation.commandFailed");
      // It means another process by the time that its level is looked at.
      const text = args.includes("151") ? answers(args).replace(/7\n$/, "1\n") : answers(args);
      world.processes.delete(151);
      return text;
    };
    expect(await cpu().apply(level, signal)).toEqual({ kind: "confirmed", notes: [] });
    expect(world.commands.filter((command) => command.includes(" -p "))).toEqual([
      "/usr/bin/ionice -p 100 150 151",
      "/usr/bin/ionice -p 100 151",
      "/usr/bin/ionice -p 200",
    ]);
  });
});

test("the lowest nice value that may be set follows the capability, then RLIMIT_NICE, then nothing", () => {
  const root = mkdtempSync(join(tmpdir(), "proc-"));
  mkdirSync(join(root, "self"));
  const write = (capabilities: string, soft: number) => {
    writeFileSync(join(root, "self", "status"), `Name:\tx\nCapEff:\t${capabilities}\n`);
    writeFileSync(join(root, "self", "limits"), `Max nice priority         ${soft}                    40\n`);
  };
  write("0000000000800000", 0);
  expect(lowestNice(root)).toBe(-20);
  write("0000000000000000", 0);
  expect(lowestNice(root)).toBe(20);
  write("0000000000000000", 30);
  expect(lowestNice(root)).toBe(-10);
  rmSync(root, { recursive: true });
  expect(lowestNice(root)).toBe(20);
});

test("our own priority, and that of all, is never set by a number that means that", () => {
  for (const thread of [0, 1, -5, Number.NaN]) expect(() => systemNice.set(thread, 19)).toThrow(RangeError);
});
