import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { Home } from "../client/home.ts";
import { buildRealDist, until, workerScript } from "./realEngine.ts";

/** `allocateResources` of swarms that are ours: a real engine, and real processes that are or are not what was asked for. */

const SLOW_MS = 60_000;

let dist: string;
let home: Home;
let engine: EngineConnection;

async function row(id: string) {
  const { swarms } = await engine.call(calls.overview, {});
  const found = swarms.find((one) => one.id === id);
  return found?.kind === "managed" ? found : expect.fail(`no swarm ${id}`);
}

async function configure(swarms: readonly object[]): Promise<void> {
  const { revision } = await engine.call(calls.configGet, {});
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms } as never });
}

beforeAll(async () => {
  dist = await buildRealDist();
  home = new Home();
  engine = await home.connect(home.options(dist));
  const agents = { minAgents: 1, maxAgents: 6, mode: "observe" };
  await configure([
    { id: "able", command: process.execPath, args: ["-e", workerScript()], ...agents },
    // Each is there and none is ever ready: what is asked for is not seen.
    { id: "mute", command: process.execPath, args: ["-e", workerScript({ start: "" })], ...agents },
  ]);
}, SLOW_MS);
afterAll(async () => {
  await home.stop(engine);
  await home.remove();
  rmSync(dist, { recursive: true, force: true });
}, SLOW_MS);

const allocations = async () => (await engine.call(calls.allocations, { limit: 20 })).allocations;
const scaleTo = (swarmId: string, target: number) =>
  engine.call(calls.swarmScale, { swarmId, target, deadlineMs: 20_000, atOnce: true });

describe("what a swarm of ours is allocated", () => {
  test("is set, seen, and kept in the history of allocations", { timeout: SLOW_MS }, async () => {
    await scaleTo("able", 1);
    const allocated = await engine.call(calls.allocateResources, {
      ...{ swarmId: "able", requirements: { agents: 2, cpu: { nice: 3 } }, deadlineMs: SLOW_MS },
    });
    expect(allocated).toMatchObject({ agents: 2, outcome: { kind: "confirmed", live: 2 }, kept: null, gathered: [] });
    expect(await row("able")).toMatchObject({ target: 2, live: 2 });
    const [record] = await allocations();
    expect(record).toMatchObject({ id: allocated.allocationId, by: "test", state: { kind: "applied" } });
  });

  test("and is so already changes nothing and is written down nowhere", { timeout: SLOW_MS }, async () => {
    const before = await allocations();
    const allocated = await engine.call(calls.allocateResources, {
      ...{ swarmId: "able", requirements: { agents: 2 }, deadlineMs: SLOW_MS },
    });
    expect(allocated).toMatchObject({ agents: 2, outcome: { kind: "confirmed", live: 2 }, allocationId: null });
    expect(await allocations()).toEqual(before);
  });

  test("beyond its bounds or the machine is refused, and nothing is done", { timeout: SLOW_MS }, async () => {
    for (const [requirements, code] of [
      [{ agents: 99 }, "scale.aboveMax"],
      // Of one that never ran nobody knows what more than one agent would need.
      [{ agents: 3 }, "allocation.noRoom"],
    ] as const) {
      const swarmId = code === "allocation.noRoom" ? "mute" : "able";
      const allocated = await engine.call(calls.allocateResources, { swarmId, requirements, deadlineMs: SLOW_MS });
      expect(allocated, code).toMatchObject({ agents: null, outcome: { kind: "refused", reason: { code } } });
    }
    expect(await row("able")).toMatchObject({ target: 2, live: 2 });
    await expect(
      engine.call(calls.allocateResources, { swarmId: "able", requirements: {}, deadlineMs: SLOW_MS }),
    ).rejects.toMatchObject({ code: "resources.invalid" });
    await expect(
      engine.call(calls.allocateResources, { swarmId: "nobody", requirements: { agents: 1 }, deadlineMs: SLOW_MS }),
    ).rejects.toMatchObject({ code: "swarm.unknown" });
  });

  test("and not seen by the deadline is unconfirmed, and taken back", { timeout: SLOW_MS }, async () => {
    const before = (await row("mute")).target;
    const allocated = await engine.call(calls.allocateResources, {
      ...{ swarmId: "mute", requirements: { agents: 1 }, deadlineMs: 1_500 },
    });
    expect(allocated).toMatchObject({
      ...{ agents: before, outcome: { kind: "unconfirmed", reason: { code: "allocation.late" } } },
    });
    const [record] = await allocations();
    expect(record).toMatchObject({ id: allocated.allocationId, state: { kind: "rolledBack" } });
    await until(async () => (await row("mute")).agents.length === before, "its agents are gone again", SLOW_MS);
  });

  test("and is aimed at already, without being there, is no success", { timeout: SLOW_MS }, async () => {
    await engine.call(calls.swarmScale, { swarmId: "mute", target: 1, deadlineMs: 500 });
    const before = await allocations();
    const allocated = await engine.call(calls.allocateResources, {
      ...{ swarmId: "mute", requirements: { agents: 1 }, deadlineMs: 500 },
    });
    expect(allocated).toMatchObject({ outcome: { kind: "unconfirmed" }, allocationId: null });
    expect(await allocations()).toEqual(before);
    expect(await row("mute")).toMatchObject({ target: 1 });
    await scaleTo("mute", 0);
  });

  test("is taken back when who has asked gives up", { timeout: SLOW_MS }, async () => {
    const before = (await row("mute")).target;
    const given = new AbortController();
    const asked = engine.call(
      calls.allocateResources,
      { swarmId: "mute", requirements: { agents: 1 }, deadlineMs: SLOW_MS },
      given.signal,
    );
    asked.catch(() => undefined);
    await until(async () => (await row("mute")).target === 1, "it is under way", SLOW_MS);
    given.abort();
    await expect(asked).rejects.toBeDefined();
    await until(async () => (await allocations())[0]?.state.kind === "rolledBack", "it is taken back", SLOW_MS);
    await until(async () => (await row("mute")).agents.length === before, "its agents are gone again", SLOW_MS);
  });
});
