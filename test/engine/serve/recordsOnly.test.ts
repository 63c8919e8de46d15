import { expect, test } from "vitest";
import { reasonText } from "../../../src/text/reasons.ts";
import { RECORDS_NEEDS } from "../../../src/engine/protocol/orchestrators.ts";
import { createHandlers, type EngineApi } from "../../../src/engine/serve/api.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";

const handlers = createHandlers({
  orchestrators: { has: (id: string) => id === "flow" },
  ...{ agents: {}, swarms: {}, forecasts: {}, predictions: {}, allocations: {}, kpis: {}, performancePlans: {} },
} as unknown as EngineApi);
const context = { signal: new AbortController().signal, client: { name: "test" } } as CallContext;
const swarmId = "flow";

const asked = {
  forecast: () => handlers.forecast({ swarmId }, context),
  predictScaling: () => handlers.predictScaling({ swarmId }, context),
  forecastReport: () => handlers.forecastReport({ swarmId }, context),
  optimizePerformance: () => handlers.optimizePerformance({ swarmId, strategy: "adaptive" }, context),
  allocationPreview: () => handlers.allocationPreview({ plan: [{ resource: "agents", swarmId, agents: 3 }] }, context),
  kpis: () => handlers.kpis({ swarmId, timeframe: "1h" }, context),
  swarmMode: () => handlers.swarmMode({ swarmId, mode: "auto" }, context),
};

test.each([
  ["forecast", "forecast"],
  ["predictScaling", "forecast"],
  ["forecastReport", "forecast"],
  ["optimizePerformance", "optimize"],
  ["allocationPreview", "allocate"],
  ["kpis", "agents"],
  ["swarmMode", "agents"],
] as const)("%s of a swarm of an orchestrator is refused for the need of '%s'", async (call, need) => {
  await expect((async () => asked[call]())()).rejects.toMatchObject({
    code: "swarm.recordsOnly",
    args: { swarmId, need },
  });
});

test("every need has words of its own, with what does instead", () => {
  const texts = RECORDS_NEEDS.map((need) => reasonText({ code: "swarm.recordsOnly", args: { swarmId, need } }));
  expect(new Set(texts).size).toBe(RECORDS_NEEDS.length);
  for (const text of texts) expect(text).toMatch(/'(?:predict-size|daa-resource-alloc --swarm-id)'/);
  for (const need of ["constructor", "unheard"])
    expect(reasonText({ code: "swarm.recordsOnly", args: { swarmId, need } })).toBe(texts[0]);
});
