import { expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { PerformancePlans } from "../../src/engine/performancePlans.ts";
import type { OptimizeAsked } from "../../src/engine/ports.ts";
import type { AllocationPreview, AllocationWish } from "../../src/engine/protocol/allocators.ts";
import type { Bottleneck, Severity } from "../../src/engine/protocol/bottlenecks.ts";
import type { AllocationPoint, SwarmOptimization } from "../../src/engine/protocol/optimize.ts";

const swarm = { id: "docs", minAgents: 1, maxAgents: 9, target: 3, timeScale: 1 };
const never = new AbortController().signal;
const weights = { minimizeLatency: 1 };

function point(agents: number): AllocationPoint {
  const allocation = {
    agents: [{ kind: "docs", lane: "standard" as const, agents, cpuWeight: 100, memoryBytes: 1e8 }],
    lanes: [{ lane: "standard" as const, capacity: agents }],
  };
  return { allocation, objectives: [], lanes: [] };
}

function finding(severity: Severity): Bottleneck {
  return {
    ...({ component: "lanes", kind: "saturation", subject: "standard", severity, reason: null } as const),
    ...{ evidence: [], thresholds: null, suggestion: null },
  };
}

function world(optimize: () => Promise<SwarmOptimization>) {
  const seen: { search: OptimizeAsked[]; wishes: AllocationWish[]; found: (readonly Bottleneck[])[] } = {
    ...{ search: [], wishes: [], found: [] },
  };
  const preview: AllocationPreview = { plan: [], changes: [], steps: 2, refusal: null, notes: [] };
  const plans = new PerformancePlans({
    bottlenecks: {
      find: async (swarmId) => ({
        ...{ swarmId, madeAtMs: 0, windowMs: 900_000 },
        findings: (["critical", "minor", "none", "unknown"] as const).map(finding),
      }),
    },
    optimiser: { optimize: (_, asked) => (seen.search.push(asked), optimize()) },
    preview: async (wish) => (seen.wishes.push(wish), preview),
    hasPrices: () => false,
    choose: (_asked, findings) => {
      seen.found.push(findings);
      return { strategy: "latency", weights, why: { code: "optimize.strategyAsked", args: {} } };
    },
  });
  return { plans, seen, preview };
}

const optimization = {
  ...{ swarmId: "docs", weights, front: [point(2), point(4), point(6)], pick: 1, knee: 1 },
} as unknown as SwarmOptimization;

test("goes from what holds the swarm back to the weights, the pick and its plan", async () => {
  const { plans, seen, preview } = world(async () => optimization);
  const plan = await plans.plan(swarm, "adaptive", never);
  expect(plan).toMatchObject({ swarmId: "docs", asked: "adaptive", strategy: "latency", preview });
  expect(plan.findings.map(({ severity }) => severity)).toEqual(["critical", "minor"]);
  expect(seen.found[0]).toEqual(plan.findings);
  expect(plan.optimization).toMatchObject({ solutions: 3, isKnee: true, chosen: point(4) });
  expect(seen.search[0]).toMatchObject({ weights, population: 100, generations: 200 });
  expect(seen.wishes).toEqual([{ swarmId: "docs", allocation: point(4).allocation }]);
});

test("a search that has no answer makes no plan", async () => {
  const { plans, seen } = world(() => Promise.reject(new CodedError("optimize.noArrivals", { lanes: 3 })));
  await expect(plans.plan(swarm, "cost", never)).rejects.toMatchObject({ code: "optimize.noArrivals" });
  expect(seen.wishes).toEqual([]);
});
