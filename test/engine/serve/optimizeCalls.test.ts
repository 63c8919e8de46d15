import { expect, test } from "vitest";
import type { SwarmView } from "../../../src/engine/ports.ts";
import { params } from "../../../src/engine/protocol/params.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import { createOptimizeHandlers } from "../../../src/engine/serve/optimizeCalls.ts";

test("the call searches with the usual weights and effort unless told, and refuses what is none", async () => {
  const asked: unknown[] = [];
  const swarm = { id: "docs", minAgents: 1, maxAgents: 9, target: 3, timeScale: 1 };
  const view = { ...swarm, label: "Docs" } as unknown as SwarmView;
  const { optimize, optimizePerformance } = createOptimizeHandlers(
    {
      optimiser: { optimize: (of, what) => (asked.push({ ...of, ...what }), Promise.reject(new Error("asked"))) },
      performancePlans: { plan: (of, strategy) => Promise.reject(new Error(`${of.id} ${strategy}`)) },
    },
    () => view,
  );
  const context = { signal: new AbortController().signal } as CallContext;
  await expect(optimize({ swarmId: "docs" }, context)).rejects.toThrow("asked");
  const usual = { weights: null, budgetPerHour: null, laneMinimums: {}, population: 100, generations: 200, seed: 1 };
  expect(asked).toEqual([{ ...swarm, ...usual }]);
  await expect(optimizePerformance({ swarmId: "docs", strategy: "cost" }, context)).rejects.toThrow("docs cost");
  expect(params.optimizePerformance.safeParse({ swarmId: "docs", strategy: "magic" }).success).toBe(false);
  const takes = (over: object) => params.optimize.safeParse({ swarmId: "docs", ...over }).success;
  expect(takes({ weights: { balanceLoad: 1 }, population: 20 })).toBe(true);
  expect(takes({ weights: { balanceLoad: -1 } })).toBe(false);
  expect(takes({ weights: { magic: 1 } })).toBe(false);
  expect(takes({ population: 21 })).toBe(false);
  expect(takes({ budgetPerHour: 0.5, laneMinimums: { critical: 2, background: 0 } })).toBe(true);
  for (const budgetPerHour of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(takes({ budgetPerHour })).toBe(false);
  for (const critical of [-1, 1.5, 1e9]) expect(takes({ laneMinimums: { critical } })).toBe(false);
  expect(takes({ laneMinimums: { express: 1 } })).toBe(false);
});
