import { expect, test } from "vitest";
import { busyCores, footprintReading, loadReading, machineLeft } from "../../src/engine/loadReadings.ts";
import type { ManagedSwarmFacts } from "../../src/engine/overview.ts";
import type { AgentState, Snapshot } from "../../src/engine/protocol/model.ts";
import { host } from "../views/overviews.ts";

const facts = (agents: readonly (readonly [AgentState, string | null])[], waiting: number, servable = waiting) =>
  ({
    swarm: { id: "s" },
    load: { waiting, servable, running: 0, done: 0 },
    agents: agents.map(([state, task], n) => ({ agent: { id: `a${n}`, state, task }, tree: null })),
    support: [],
  }) as unknown as ManagedSwarmFacts;
const snapshot = { monotonicMs: 5 } as Snapshot;

test("what a draining agent still works on is no load on those that stay", () => {
  const busy = facts(
    [
      ["working", "a"],
      ["draining", "b"],
      ["stopping", "c"],
      ["idle", null],
    ],
    3,
  );
  expect(loadReading(busy, snapshot, 9)).toMatchObject({ monotonicMs: 9, low: 4, high: 4, heldBack: 0 });
});

test("what cannot be begun is known and makes nothing grow", () => {
  expect(loadReading(facts([["working", "a"]], 5, 2), snapshot, 9)).toMatchObject({ low: 3, high: 6, heldBack: 3 });
});

test("an agent that starts does not show what an agent needs", () => {
  const tasks = { waitedMs: [], ranMs: [7], failed: 0, cut: 0 };
  const reading = footprintReading(
    facts(
      [
        ["starting", null],
        ["idle", null],
      ],
      0,
    ),
    tasks,
  );
  expect(reading).toMatchObject({ swarmId: "s", ranMs: [7] });
  expect(reading.agents.map(({ ready }) => ready)).toEqual([false, true]);
});

test("cores of the host are busy by their share, and what is idle of those that may be used is never below 0", () => {
  const of = (cpuBusyRatio: number | null, cpuCapacityCores: number) => {
    const seen = host({ cpuBusyRatio, cpuCount: 8, cpuCapacityCores });
    return [busyCores(seen), machineLeft({ ...snapshot, host: seen }).cpuIdleCores];
  };
  expect([of(0.5, 8), of(0.5, 2), of(0, 2), of(null, 8)]).toEqual([
    [4, 4],
    [4, 0],
    [0, 2],
    [null, null],
  ]);
});
