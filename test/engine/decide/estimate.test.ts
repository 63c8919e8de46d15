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
    ...{ running: 1, freePlaces: 15 },
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
      ...{ taskSeconds: { p50: 10, p95: 19 }, doneInSeconds: { p50: 30, p95: 57 } },
      agentHours: 100 / 3_600,
      cost: { kind: "known", amount: (3 * 100) / 3_600, currency: "EUR" },
    });
  });

  test("of tasks: whether all would be worked on at once, by their lane, the agents there are, and those that could be", () => {
    // Four agents, one at work and two expected by what waits: one idle; ten more fit.
    const agentsFor = (tasks: number, some: Partial<EstimateInputs> = {}) => {
      const { fits, fitsTasks, fitsAgents, short, needsBytes } = asked({ tasks, ...some });
      return { fits, fitsTasks, fitsAgents, short, bytes: needsBytes?.p95 ?? null };
    };
    expect(agentsFor(1)).toEqual({ fits: true, fitsTasks: 11, fitsAgents: 10, short: null, bytes: 0 });
    expect(agentsFor(11)).toEqual({ fits: true, fitsTasks: 11, fitsAgents: 10, short: null, bytes: 2_000 });
    expect(agentsFor(12)).toMatchObject({ fits: false, short: "memory", bytes: 2_200 });
    expect(agentsFor(16)).toMatchObject({ fits: false, short: "lane", fitsTasks: 11 });
    expect(agentsFor(8, { freePlaces: 7 })).toMatchObject({ fits: false, short: "lane", fitsTasks: 7 });
    expect(agentsFor(4, { maxAgents: 6 })).toMatchObject({
      fits: false,
      short: "maximum",
      fitsTasks: 3,
      fitsAgents: 2,
    });
    // More wait than there are hands: these are served first.
    expect(agentsFor(1, { waiting: 9 })).toMatchObject({ fits: true, fitsTasks: 4, bytes: 1_400 });
    expect(agentsFor(5, { waiting: 9 })).toMatchObject({ fits: false, short: "memory" });
  });

  test("of tasks: what is known decides without the rest, and only what it cannot decide is not known", () => {
    const blind = (tasks: number, some: Partial<EstimateInputs> = {}) => asked({ tasks, kind: null, ...some });
    expect(blind(1)).toMatchObject({ fits: true, short: null, unknown: [] });
    expect(blind(16)).toMatchObject({ fits: false, short: "lane" });
    expect(blind(4, { maxAgents: 6 })).toMatchObject({ fits: false, short: "maximum" });
    expect(blind(2, { freePlaces: 1 })).toMatchObject({ fits: false, fitsTasks: 1 });
    const open = blind(5);
    expect(open).toMatchObject({ fits: null, fitsTasks: null, needsBytes: null });
    expect(open.unknown.map(({ code }) => code)).toEqual(["estimate.footprint"]);
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
