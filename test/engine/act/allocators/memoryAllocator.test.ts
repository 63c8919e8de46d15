import { beforeEach, describe, expect, test } from "vitest";
import type { ManagedAgent } from "../../../../src/engine/ports.ts";
import { MEGABYTE, signal, turns, World } from "./world.ts";

let world: World;
beforeEach(() => void (world = new World()));
const memory = () => {
  const found = world.allocators().all[2];
  if (found === undefined) throw new Error("no allocator");
  return found;
};
const high = (megabytes: number | null) =>
  ({ resource: "memory", swarmId: "s", highBytes: megabytes === null ? null : megabytes * MEGABYTE }) as const;
const state = (pid: number, state: ManagedAgent["state"], task: string | null = null) => {
  world.agents = world.agents.map((agent) => (agent.pid === pid ? { ...agent, state, task } : agent));
};

describe("a memory limit", () => {
  test("below what an agent needs is refused with the figure, and so is any while that is not known", () => {
    expect(memory().refusal(high(99))).toEqual({
      code: "allocation.belowNeed",
      args: { limitBytes: 99 * MEGABYTE, needBytes: 100 * MEGABYTE },
    });
    expect(memory().refusal(high(100))).toBeNull();
    world.needBytes = null;
    expect(memory().refusal(high(100_000))).toMatchObject({ code: "allocation.needUnknown" });
    expect(memory().refusal(high(null))).toBeNull();
  });

  test("goes down in steps and up at once", () => {
    const bytes = memory()
      .path(high(700), high(400))
      .map((limits) => limits.resource === "memory" && (limits.highBytes ?? 0) / MEGABYTE);
    expect(bytes).toEqual([600, 500, 400]);
    const odd = { ...high(400), highBytes: 400 * MEGABYTE + 1 };
    expect(
      memory()
        .path(high(700), odd)
        .map((limits) => limits.resource === "memory" && (limits.highBytes ?? 0) - 400 * MEGABYTE),
    ).toEqual([200 * MEGABYTE, 100 * MEGABYTE, 1]);
    expect(memory().path(high(400), high(700))).toEqual([high(700)]);
    expect(memory().path(high(null), high(700))).toEqual([high(700)]);
  });

  test("without control groups says who is above it, and replaces the largest idle one, one a minute", async () => {
    for (const [pid, megabytes] of [
      [100, 300],
      [200, 350],
    ] as const)
      world.get(pid).rssBytes = megabytes * MEGABYTE;
    world.start(300, "working");
    world.get(300).rssBytes = 900 * MEGABYTE;
    const allocator = memory();
    expect(await allocator.apply(high(200), signal)).toEqual({
      kind: "confirmed",
      notes: [{ code: "allocation.memoryByRecycling", args: { agents: 3, over: 3, busy: 1 } }],
    });
    for (let second = 0; second < 59; second++) {
      allocator.look();
      await turns(2);
      world.clock.advance(1_000);
    }
    expect(world.recycled).toEqual(["a200"]);
    world.clock.advance(2_000);
    state(200, "draining");
    allocator.look();
    await turns(2);
    expect(world.recycled).toEqual(["a200", "a100"]);
  });

  test("never takes an agent that has a task, nor any while its swarm is on hold or changes", async () => {
    for (const pid of [100, 200]) world.get(pid).rssBytes = 900 * MEGABYTE;
    state(100, "working", "t");
    state(200, "idle", "t");
    const allocator = memory();
    await allocator.apply(high(200), signal);
    const look = async () => {
      world.clock.advance(120_000);
      allocator.look();
      await turns(2);
    };
    await look();
    state(200, "idle");
    world.held = true;
    await look();
    world.held = false;
    world.activity = "scaling";
    await look();
    expect(world.recycled).toEqual([]);
    world.activity = "steady";
    await look();
    expect(world.recycled).toEqual(["a200"]);
  });

  test("is what new agents are let in by: each may come to use it", async () => {
    const { all } = world.allocators();
    await all[2]?.apply(high(400), signal);
    // 1,000 MB are left: ten by what an agent needs, two by what each may come to use.
    expect(await all[0]?.apply({ resource: "agents", swarmId: "s", agents: 5 }, signal)).toEqual({
      kind: "refused",
      reason: {
        code: "allocation.noRoom",
        args: {
          ...{ swarmId: "s", more: 3, fits: 2, leftBytes: 1_000 * MEGABYTE, eachBytes: 400 * MEGABYTE },
          basis: "footprint",
        },
      },
    });
    expect(await all[0]?.apply({ resource: "agents", swarmId: "s", agents: 4 }, signal)).toMatchObject({
      kind: "confirmed",
    });
  });

  test("on one process is told when the process is gone, or when the command does not do it", async () => {
    const limits = { ...high(null), dataBytes: 300 * MEGABYTE } as const;
    world.command = async () => "";
    expect(await memory().apply(limits, signal)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "allocation.limitOtherwise", args: { wantedBytes: 300 * MEGABYTE, nowBytes: null } },
    });
    world.command = async (args) => {
      world.processes.delete(Number(args[1]));
      return "";
    };
    expect(await memory().apply(limits, signal)).toMatchObject({
      kind: "confirmed",
      notes: [{ code: "allocation.noAgents" }],
    });
  });

  test("on address space is refused for runtimes that reserve it, by their names", () => {
    world.get(200).program = "node";
    expect(memory().refusal({ ...high(null), addressSpaceBytes: 900 * MEGABYTE })).toEqual({
      code: "allocation.reservesAddressSpace",
      args: { pid: 200, program: "node" },
    });
    expect(memory().refusal({ ...high(null), dataBytes: 900 * MEGABYTE })).toBeNull();
    expect(memory().refusal({ ...high(null), dataBytes: 60 * MEGABYTE })).toMatchObject({
      code: "allocation.belowNeed",
    });
    world.get(100).dataBytes = 500 * MEGABYTE;
    expect(memory().refusal({ ...high(null), dataBytes: 400 * MEGABYTE })).toEqual({
      code: "allocation.belowUse",
      args: { limitBytes: 400 * MEGABYTE, usedBytes: 500 * MEGABYTE },
    });
  });
});
