import { describe, expect, test } from "vitest";
import { capacityPlan } from "../../../src/engine/decide/capacityPlan.ts";
import { FootprintBook } from "../../../src/engine/decide/footprint.ts";
import { runsOutOf } from "../../../src/engine/decide/runsOut.ts";
import type { CapacityInputs } from "../../../src/engine/ports/capacity.ts";
import { capacityInputs, learned, swarmInputs, unknownGrowth } from "./capacityInputs.ts";

const GB = 1_000_000_000;
const nothing = { agents: null, memoryBytes: null, cpus: null };
const row = (inputs: CapacityInputs, resource: string) =>
  capacityPlan(inputs).rows.find((one) => one.resource === resource);

describe("what fits now", () => {
  test("is what is left ÷ what an agent takes, whole agents, by the resource that binds first", () => {
    // (12 − 2) GB ÷ 1 and 2 GB; (8 − 5) cores ÷ 0.5 and 1.
    expect(capacityPlan(capacityInputs()).kinds[0]).toMatchObject({
      ...{ swarmId: "docs", live: 4, seen: 12 },
      fit: { memory: { p50: 10, p95: 5 }, cpu: { p50: 6, p95: 3 }, disk: null, agents: 3, by: "cpu" },
      whatIf: null,
    });
  });

  test("counts what is promised to agents that were started", () => {
    const { machine } = capacityInputs();
    const promised = capacityInputs({ machine: { ...machine, promisedBytes: 7 * GB } });
    expect(capacityPlan(promised).kinds[0]?.fit).toMatchObject({ memory: { p50: 3, p95: 1 }, agents: 1, by: "memory" });
  });

  test("is unknown, never 0, of a machine or of agents that were not measured", () => {
    const { machine } = capacityInputs();
    const blind = { ...machine, memoryAvailableBytes: null, cpuBusyCores: null };
    expect(capacityPlan(capacityInputs({ machine: blind })).kinds[0]?.fit).toEqual({
      ...{ memory: null, cpu: null, disk: null },
      ...{ agents: null, by: null },
    });
    const sizes = { rssBytes: null, cpuCores: null, agents: 1 };
    expect(capacityPlan(capacityInputs({ swarms: [swarmInputs({ sizes })] })).kinds[0]?.fit.agents).toBeNull();
  });

  test("is unknown while memory is, however many the cores would do for", () => {
    const { machine } = capacityInputs();
    const inputs = [
      capacityInputs({ machine: { ...machine, memoryAvailableBytes: null } }),
      capacityInputs({ swarms: [swarmInputs({ sizes: { ...swarmInputs().sizes, rssBytes: null } })] }),
    ];
    for (const one of inputs)
      expect(capacityPlan(one).kinds[0]?.fit).toEqual({
        ...{ memory: null, cpu: { p50: 6, p95: 3 }, disk: null },
        ...{ agents: null, by: null },
      });
  });

  test("of a larger machine is more by what it has more; of a smaller one nothing", () => {
    // 64 GB: 12 + 32 − 2 (the reserve is at its most) = 42 GB; 16 cores: 11 idle.
    const large = capacityPlan(capacityInputs({ wanted: { agents: null, memoryBytes: 64 * GB, cpus: 16 } }));
    expect(large.kinds[0]?.fit).toMatchObject({ memory: { p50: 42, p95: 21 }, cpu: { p50: 22, p95: 11 }, by: "cpu" });
    expect(large.machine).toEqual({ memoryBytes: 64 * GB, cpuCores: 16, isAssumed: true });
    const small = capacityPlan(capacityInputs({ wanted: { agents: null, memoryBytes: 8 * GB, cpus: 2 } }));
    expect(small.kinds[0]?.fit).toMatchObject({ memory: { p50: 0 }, cpu: { p50: 0 }, agents: 0 });
  });
});

describe("so many agents", () => {
  const whatIf = (agents: number, over: Partial<CapacityInputs> = {}) =>
    capacityPlan(capacityInputs({ wanted: { ...nothing, agents }, ...over })).kinds[0]?.whatIf;

  test("take the place of those that are there", () => {
    // 5 agents: 10 GB of (10 + 4) GB; 5 cores of (3 + 2).
    expect(whatIf(5)).toMatchObject({
      ...{ needsBytes: { p50: 5 * GB, p95: 10 * GB }, needsCores: { p50: 2.5, p95: 5 } },
      ...{ hasBytes: 14 * GB, hasCores: 5, fits: true, short: null },
    });
    // 8: 16 of 14 GB is 1.14, 8 of 5 cores is 1.6.
    expect(whatIf(8)).toMatchObject({ fits: false, short: "cpu" });
  });

  test("cost by the hour what they take by half of them, or no one knows", () => {
    // 4 · 1 + 2 · 0.5 + 4 · 0.25
    const prices = { currency: "EUR", agentHour: 1, cpuHour: 0.5, memoryGigabyteHour: 0.25 };
    expect(whatIf(4, { prices })?.costPerHour).toEqual({ kind: "known", amount: 6, currency: "EUR" });
    expect(whatIf(4)?.costPerHour).toMatchObject({ kind: "unknown", reason: { code: "cost.noPrices" } });
  });

  test("fit for sure only when both are known; that they do not, one is enough for", () => {
    const memoryOnly = (agents: number) => {
      const sizes = { rssBytes: { p50: GB, p95: 2 * GB }, cpuCores: null, agents: 12 };
      return whatIf(agents, { swarms: [swarmInputs({ sizes })] })?.fits;
    };
    expect([memoryOnly(5), memoryOnly(8)]).toEqual([null, false]);
  });
});

describe("when something runs out", () => {
  test("is what is left ÷ the growth of a day, with the ends of its interval", () => {
    // 32 − 2 − 20 = 10 GB at 0.5 GB a day, 0.25 to 0.75.
    const inputs = capacityInputs({
      learned: { memory: learned(0.5 * GB, 0.25 * GB), cpu: unknownGrowth, disk: unknownGrowth },
    });
    expect(row(inputs, "memory")).toMatchObject({
      ...{ capacity: 30 * GB, used: 20 * GB, usedBy: "now", source: "derived", reason: null },
      runsOut: { inDays: 20, latestInDays: 40, soonestInDays: expect.closeTo(13.333, 3) },
    });
    expect(capacityPlan(inputs)).toMatchObject({
      basis: "growth",
      reason: null,
      first: { resource: "memory", swarmId: null, inDays: 20 },
    });
  });

  test("goes by what 95% of the history did not exceed, where that is known", () => {
    const growth = { memory: learned(0.5 * GB, 0, 25 * GB), cpu: unknownGrowth, disk: unknownGrowth };
    expect(row(capacityInputs({ learned: growth }), "memory")).toMatchObject({
      ...{ used: 25 * GB, usedBy: "p95" },
      runsOut: { inDays: 10 },
    });
  });

  test("of agents: the size that the demand asks for beside the most there may be", () => {
    // 2 ÷ 0.5 = 4 of 10 agents; 0.1 ÷ 0.5 = 0.2 more a day.
    const inputs = capacityInputs({ swarms: [swarmInputs({ learned: learned(0.1) })] });
    expect(row(inputs, "agents")).toMatchObject({ used: 4, capacity: 10, swarmId: "docs", runsOut: { inDays: 30 } });
    expect(capacityPlan(inputs).first).toMatchObject({ resource: "agents", swarmId: "docs" });
    expect(capacityPlan({ ...inputs, horizonDays: 29 }).first).toBeNull();
  });

  test("by a growth in per cent: of today's level, in thirty days", () => {
    // 20 GB · 30% ÷ 30 = 0.2 GB a day: 10 GB last 50 days; 5 cores grow by 0.05: 3 last 60 days.
    const inputs = capacityInputs({ growth: { kind: "percent", percent: 30 }, horizonDays: 55 });
    expect(row(inputs, "memory")?.runsOut).toEqual({ inDays: 50, soonestInDays: 50, latestInDays: 50 });
    expect(row(inputs, "cpu")?.runsOut?.inDays).toBeCloseTo(60, 9);
    expect(capacityPlan(inputs).first).toMatchObject({ resource: "memory" });
    const shrinking = capacityInputs({ growth: { kind: "percent", percent: -5 } });
    expect(row(shrinking, "memory")?.runsOut).toEqual({ inDays: null, soonestInDays: null, latestInDays: null });
  });

  test("below two weeks of history is unknown: only what fits now is told, and why", () => {
    const plan = capacityPlan(capacityInputs());
    expect(plan).toMatchObject({ basis: "footprints", first: null, reason: { code: "capacity.history" } });
    expect(plan.rows.every(({ runsOut, growth }) => runsOut === null && growth === null)).toBe(true);
    expect(plan.kinds[0]?.fit.agents).toBe(3);
  });

  test.each([
    ["a growth that may be chance", 10, { perDay: 1, lowPerDay: -1, highPerDay: 2, rises: false }, [null, 5, null]],
    ["a fall", 10, { perDay: -1, lowPerDay: -2, highPerDay: -0.5, rises: false }, [null, null, null]],
    ["nothing left", 0, { perDay: 1, lowPerDay: 1, highPerDay: 1, rises: true }, [0, 0, 0]],
    ["no growth", 10, { perDay: 0, lowPerDay: 0, highPerDay: 0, rises: false }, [null, null, null]],
  ])("with %s", (_name, left, growth, [inDays, soonestInDays, latestInDays]) => {
    expect(runsOutOf(left, growth)).toEqual({ inDays, soonestInDays, latestInDays });
  });

  test("is unknown of what is no number", () => {
    const { machine } = capacityInputs();
    const growth = { kind: "percent", percent: 10 } as const;
    const odd = capacityInputs({ growth, machine: { ...machine, memoryUsedBytes: Number.NaN, cpuBusyCores: null } });
    expect(row(odd, "memory")).toMatchObject({ runsOut: null, reason: { code: "capacity.notMeasured" } });
    expect(row(odd, "cpu")).toMatchObject({ used: null, source: "unknown", runsOut: null });
  });
});

test.each([
  [{ horizonDays: 0 }, /horizonDays/],
  [{ horizonDays: Number.NaN }, /horizonDays/],
  [{ growth: { kind: "percent", percent: Number.NaN } }, /percent/],
  [{ wanted: { ...nothing, agents: -1 } }, /agents/],
  [{ wanted: { ...nothing, cpus: Number.POSITIVE_INFINITY } }, /cpus/],
  [{ swarms: [swarmInputs({ targetUtilisation: 0 })] }, /targetUtilisation/],
] as const)("%j is refused by the name of what is wrong", (over, message) => {
  expect(() => capacityPlan(capacityInputs(over as Partial<CapacityInputs>))).toThrow(message);
});

test("what agents take is told by half of them and by 95% of them, when three were seen", () => {
  const of = (count: number) =>
    new FootprintBook({ rssBytes: Array.from({ length: count }, (_, n) => 10 * (n + 1)), cpuCores: [] }).sizes();
  expect(of(20)).toEqual({ rssBytes: { p50: 100, p95: 190 }, cpuCores: null, agents: 20 });
  expect(of(2)).toEqual({ rssBytes: null, cpuCores: null, agents: 2 });
});
