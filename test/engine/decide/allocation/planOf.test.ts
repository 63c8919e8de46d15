import { expect, test } from "vitest";
import { planOf } from "../../../../src/engine/decide/allocation/planOf.ts";
import type { AllocationList } from "../../../../src/engine/protocol/allocators.ts";
import type { AllocatedAgents } from "../../../../src/engine/protocol/optimize.ts";

const MEGABYTE = 1 << 20;
const SUPPORT: AllocationList["support"] = [
  { resource: "memory", support: { kind: "supported", means: ["admission"], notes: [] } },
  { resource: "cpu", support: { kind: "supported", means: ["nice", "cpu.weight"], notes: [] } },
];

function cell(change: Partial<AllocatedAgents>): AllocatedAgents {
  return { kind: "s", lane: "standard", agents: 1, cpuWeight: 100, memoryBytes: 64 * MEGABYTE, ...change };
}

test("agents of all lanes are one number, lanes have their capacities, and the largest memory limit holds for all", () => {
  const agents = [cell({ agents: 3 }), cell({ lane: "critical", agents: 2, memoryBytes: 80 * MEGABYTE + 0.5 })];
  const lanes = [
    { lane: "standard", capacity: 3 },
    { lane: "critical", capacity: 2 },
    { lane: "background", capacity: 0 },
  ] as const;
  expect(planOf("s", { agents, lanes }, SUPPORT)).toEqual({
    plan: [
      { resource: "agents", swarmId: "s", agents: 5 },
      { resource: "network", lanes: { standard: 3, critical: 2 } },
      { resource: "memory", swarmId: "s", highBytes: 80 * MEGABYTE + 1 },
    ],
    notes: [],
  });
});

test("agents of another swarm are not counted, and none of its own is a plan for none", () => {
  const { plan } = planOf("s", { agents: [cell({ kind: "other", agents: 4 })], lanes: [] }, SUPPORT);
  expect(plan).toEqual([{ resource: "agents", swarmId: "s", agents: 0 }]);
});

test("a weight is set where it can be, and else left out by name; the usual one needs none", () => {
  const allocation = { agents: [cell({ cpuWeight: 400 }), cell({ lane: "critical" })], lanes: [] };
  expect(planOf("s", allocation, SUPPORT).plan.at(-1)).toEqual({ resource: "cpu", swarmId: "s", weight: 400 });
  const without = planOf("s", allocation, []);
  expect(without.plan.map(({ resource }) => resource)).toEqual(["agents"]);
  expect(without.notes).toEqual([{ code: "allocation.noWeight", args: { weight: 400 } }]);
});

test("where memory cannot be limited, the reason is told and the rest is planned", () => {
  const reason = { code: "allocation.noIdentity", args: {} };
  const { plan, notes } = planOf("s", { agents: [cell({})], lanes: [] }, [
    { resource: "memory", support: { kind: "unsupported", reason } },
  ]);
  expect(plan).toEqual([{ resource: "agents", swarmId: "s", agents: 1 }]);
  expect(notes).toEqual([reason]);
});
