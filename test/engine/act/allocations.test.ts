import { expect, test } from "vitest";
import { createAllocations, type AllocationsParts } from "../../../src/engine/act/allocations.ts";
import { planOf } from "../../../src/engine/decide/allocation/planOf.ts";
import { planRules } from "../../../src/engine/decide/sizingRules.ts";
import type { AllocationLedger, ManagedAgent, SwarmView } from "../../../src/engine/ports.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { configValues } from "../../../src/engine/protocol/config.ts";
import type { AllocationRecord } from "../../../src/engine/protocol/allocators.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { log } from "./allocators/world.ts";

const never = new AbortController().signal;
const OVER = { kind: "applied", elapsedMs: 1 } as const;

function swarm(id: string, change: Partial<SwarmView> = {}): SwarmView {
  return {
    ...{ id, label: id, target: 4, minAgents: 1, maxAgents: 8, supportOf: null, timeScale: 1 },
    agents: () => [{ id: "a", task: "t" } as ManagedAgent],
    wouldEnd: (count: number) => Array.from({ length: Math.max(0, count) }, () => ({ task: "t" }) as ManagedAgent),
    refusal: (target: number) => (target > 8 ? { code: "scale.aboveMax", args: { target } } : null),
    ...change,
  } as SwarmView;
}

/** By default nothing is known of what an agent needs: then it is one at a time, which some tests do without. */
const UNKNOWN = { agents: 100, leftBytes: null as number | null, rssBytes: null as number | null };

function world(
  swarms: readonly SwarmView[],
  rows: readonly AllocationRecord[] = [],
  room = UNKNOWN,
  list: AllocationsParts["pilot"]["list"] = () => [],
) {
  const ledger: AllocationLedger = {
    add: () => undefined,
    update: () => undefined,
    get: (id) => rows.find((row) => row.id === id) ?? null,
    list: ({ limit }) => rows.slice(0, limit),
    open: () => [],
  };
  const get = (id: string): SwarmView => {
    const found = swarms.find((one) => one.id === id);
    if (found === undefined) throw new CodedError("swarm.unknown", { swarmId: id, known: "" });
    return found;
  };
  const capacity = { critical: 10, standard: 20, background: 5 };
  return createAllocations({
    allocations: ledger,
    swarms: { list: () => swarms, get } as unknown as AllocationsParts["swarms"],
    pilot: { scale: () => Promise.reject(new Error("not here")), status: () => null, list },
    footprints: {
      room: () => ({ ...room, footprint: { rssBytes: room.rssBytes } }),
    } as unknown as AllocationsParts["footprints"],
    ...{ rules: planRules, planOf, log, clock: new ManualClock() },
    tasks: () => ({ waitedMs: [], ranMs: [], failed: 0, cut: 0 }),
    pressure: () => null,
    configured: {
      values: () => configValues.parse({}),
      patch: () => undefined,
      capacityOf: (lane) => capacity[lane],
    },
    onChange: () => undefined,
  });
}

test("a plan of fewer agents names how many of those that end have a task", async () => {
  const allocations = world([
    swarm("s", { agents: () => Array.from({ length: 4 }, () => ({ task: "t" }) as ManagedAgent) }),
  ]);
  const { changes, notes } = await allocations.preview(
    { plan: [{ resource: "agents", swarmId: "s", agents: 2 }] },
    never,
  );
  expect(changes).toHaveLength(1);
  expect(notes).toEqual([{ code: "allocation.endWorking", args: { swarmId: "s", agents: 2 } }]);
});

test("lanes are everybody's, and narrower ones hold against a load to come: both are told", async () => {
  const wish = { plan: [{ resource: "network", lanes: { standard: 4, background: 9 } }] } as const;
  expect((await world([swarm("s"), swarm("t")]).preview(wish, never)).notes).toEqual([
    { code: "allocation.lanesShared", args: { swarms: "s, t" } },
    { code: "allocation.lanesNarrowed", args: { lanes: "standard" } },
  ]);
  const alone = world([swarm("s"), swarm("t", { target: 0 }), swarm("h", { supportOf: "s" })]);
  expect((await alone.preview(wish, never)).notes.map(({ code }) => code)).toEqual(["allocation.lanesNarrowed"]);
});

test("for what was found for one swarm no lane is made narrower while another swarm runs", async () => {
  const allocation = {
    agents: [],
    lanes: [
      { lane: "standard", capacity: 4 },
      { lane: "background", capacity: 9 },
    ],
  } as const;
  const both = await world([swarm("s", { minAgents: 0, target: 0 }), swarm("t")]).preview(
    { swarmId: "s", allocation },
    never,
  );
  expect(both.changes.map(({ to }) => to)).toEqual([{ resource: "network", lanes: { background: 9 } }]);
  expect(both.notes).toContainEqual({ code: "allocation.lanesKept", args: { lanes: "standard", swarms: "t" } });
  const alone = await world([swarm("s", { minAgents: 0, target: 0 })]).preview({ swarmId: "s", allocation }, never);
  expect(alone.changes[0]?.to).toEqual({ resource: "network", lanes: { standard: 4, background: 9 } });
});

test("what the optimiser found becomes a plan of the swarm, and what is so already is left out", async () => {
  const allocations = world([swarm("s")]);
  const cell = { kind: "s", lane: "standard", cpuWeight: 100, memoryBytes: 1e8 } as const;
  const preview = await allocations.preview(
    {
      swarmId: "s",
      allocation: {
        agents: [{ ...cell, agents: 4 }],
        lanes: [{ lane: "standard", capacity: 4 }],
      },
    },
    never,
  );
  // What an agent needs is not known: no memory limit can be called safe.
  expect(preview.refusal).toMatchObject({ code: "allocation.needUnknown" });
});

test("more agents than there will be room for under the limits of the same plan are refused before anything is done", async () => {
  const allocations = world([swarm("s")], [], { agents: 50, leftBytes: 3e8, rssBytes: 5e7 });
  const agents = { resource: "agents", swarmId: "s", agents: 8 } as const;
  const memory = (highBytes: number) => ({ resource: "memory", swarmId: "s", highBytes }) as const;
  expect((await allocations.preview({ plan: [agents, memory(7e7)] }, never)).refusal).toBeNull();
  expect(await allocations.preview({ plan: [agents, memory(1e8)] }, never)).toMatchObject({
    changes: [],
    refusal: { code: "allocation.noRoom", args: { more: 4, fits: 3, eachBytes: 1e8 } },
  });
  expect((await allocations.preview({ plan: [agents] }, never)).refusal).toBeNull();
});

test("a swarm that helps another is not allocated anything, nor one that is not there", async () => {
  const allocations = world([swarm("s"), swarm("h", { supportOf: "s" })]);
  const allocation = { agents: [], lanes: [] };
  await expect(allocations.preview({ swarmId: "h", allocation }, never)).rejects.toMatchObject({
    code: "swarm.unknown",
  });
  await expect(allocations.preview({ swarmId: "x", allocation }, never)).rejects.toMatchObject({
    code: "swarm.unknown",
  });
});

test("of one that cannot be undone the reason for that is told, not that there is no room", async () => {
  const step = {
    limits: { resource: "agents", swarmId: "s", agents: 2 },
    previous: { resource: "agents", swarmId: "s", agents: 8 },
    state: { kind: "takenBack", outcome: { kind: "confirmed", notes: [] } },
  } as const;
  const record: AllocationRecord = {
    ...{ id: "a", wallMs: 1, by: "me", steps: [step], undoOf: null, undoneBy: null },
    state: { kind: "rolledBack", reason: { code: "plan.waiting", args: {} }, left: 0 },
  };
  const full = world([swarm("s")], [record], { agents: 0, leftBytes: 0, rssBytes: 1e8 });
  await expect(full.undo("a", "me", never)).rejects.toMatchObject({ code: "allocation.nothingToUndo" });
});

test("a size that ours has left on its way is ours, however many recommendations came since; another's is not", () => {
  const step = {
    limits: { resource: "agents", swarmId: "s", agents: 6 },
    previous: { resource: "agents", swarmId: "s", agents: 2 },
    state: { kind: "confirmed", notes: [] },
  } as const;
  const record: AllocationRecord = {
    ...{ id: "a", wallMs: 1, by: "me", steps: [step], state: OVER, undoOf: null, undoneBy: null },
  };
  const rows = (by: string) =>
    [...Array.from({ length: 23 }, () => "withdrawn"), "confirmed"].map((kind, at) => ({
      id: `d${at}`,
      by,
      state: { kind },
    }));
  for (const [by, refusal] of [
    ["allocation", undefined],
    ["code-server", "allocation.changedSince"],
  ] as const) {
    const list: AllocationsParts["pilot"]["list"] = ({ limit, before }) => {
      const all = rows(by);
      const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
      return all.slice(from, from + limit) as unknown as ReturnType<AllocationsParts["pilot"]["list"]>;
    };
    const { allocations } = world([swarm("s")], [record], UNKNOWN, list).list({ limit: 1 });
    expect(allocations[0]?.undoRefusal?.code).toBe(refusal);
  }
});

test("the list says whether each can be undone, whether there are more, and what can be limited here", () => {
  const record = (id: string): AllocationRecord => ({
    ...{ id, wallMs: 1, by: "me", steps: [], state: OVER, undoOf: null, undoneBy: id === "b" ? "c" : null },
  });
  const list = world([swarm("s")], [record("a"), record("b"), record("c")]).list({ limit: 2 });
  expect(list.allocations.map(({ id, undoRefusal }) => [id, undoRefusal?.code])).toEqual([
    ["a", "allocation.nothingToUndo"],
    ["b", "allocation.undone"],
  ]);
  expect(list.more).toBe(true);
  expect(list.support.map(({ resource }) => resource)).toEqual(["agents", "cpu", "memory", "storage", "network"]);
});
