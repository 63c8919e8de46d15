import { describe, expect, test } from "vitest";
import { estimate, type EstimateInputs } from "../../../src/engine/decide/estimate.ts";

const KIND = {
  ...{ swarmId: "s", live: 4, seen: 12, rssBytes: { p50: 100, p95: 200 }, cpuCores: { p50: 0.5, p95: 1 } },
  fit: { memory: { p50: 20, p95: 10 }, cpu: null, disk: null, agents: 10, by: "memory" },
  whatIf: { hasBytes: 2_000 },
} as NonNullable<EstimateInputs["kind"]>;

function asked(some: Partial<EstimateInputs>): ReturnType<typeof estimate> {
  return estimate({
    ...{ swarmId: "s", agents: null, tasks: null, kind: KIND, target: 4, live: 4, maxAgents: 20, waiting: 2 },
    costPerHour: { kind: "known", amount: 3, currency: "EUR" },
    ranMs: Array.from({ length: 20 }, (_, at) => (at + 1) * 1_000),
    ...some,
  });
}

describe("an estimate", () => {
  test("of agents: what they need, whether they fit, and what would be in the way", () => {
    expect(asked({ agents: 3 })).toMatchObject({
      ...{
        fits: true,
        fitsAgents: 10,
        short: null,
        needsBytes: { p50: 300, p95: 600 },
        needsCores: { p50: 1.5, p95: 3 },
      },
      ...{ hasBytes: 2_000, cost: { amount: 3 }, agentHours: null, doneInSeconds: null, unknown: [] },
    });
    expect(asked({ agents: 11 })).toMatchObject({ fits: false, short: "memory", fitsAgents: 10 });
    expect(asked({ agents: 17 })).toMatchObject({ fits: false, short: "maximum" });
    expect(asked({ agents: 3, maxAgents: 5 })).toMatchObject({ fits: false, fitsAgents: 1, short: "maximum" });
  });

  test("of tasks: rounds of one run each behind those that wait, and agent-hours with their cost", () => {
    // (2 waiting + 10) ÷ 4 agents = 3 rounds.
    expect(asked({ tasks: 10 })).toMatchObject({
      ...{ fits: null, taskSeconds: { p50: 10, p95: 19 }, doneInSeconds: { p50: 30, p95: 57 }, needsBytes: null },
      agentHours: 100 / 3_600,
      cost: { kind: "known", amount: (3 * 100) / 3_600, currency: "EUR" },
    });
  });

  test("of what is not known says so, and never a number", () => {
    const none = { kind: "unknown", reason: { code: "cost.noPrices", args: {} } } as const;
    const blind = asked({ agents: 2, kind: null, costPerHour: none });
    expect(blind).toMatchObject({ fits: null, needsBytes: null, hasBytes: null, cost: none });
    expect(blind.unknown.map(({ code }) => code)).toEqual(["estimate.footprint", "cost.noPrices"]);
    const few = asked({ tasks: 5, ranMs: [1, 2, 3], live: 0 });
    expect(few).toMatchObject({ taskSeconds: null, doneInSeconds: null, agentHours: null, cost: { kind: "unknown" } });
    expect(few.unknown.map(({ code }) => code)).toEqual(["estimate.runs", "estimate.noAgents", "cost.notMeasured"]);
    expect(asked({ tasks: 5, waiting: null })).toMatchObject({ doneInSeconds: null, taskSeconds: { p50: 10 } });
    // Beyond the maximum is known without the machine.
    expect(asked({ agents: 30, kind: null })).toMatchObject({ fits: false, short: "maximum", fitsAgents: null });
  });
});
