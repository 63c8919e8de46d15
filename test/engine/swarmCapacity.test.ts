import { describe, expect, test } from "vitest";
import { capacityPlan } from "../../src/engine/decide/capacityPlan.ts";
import type { CapacityInputs } from "../../src/engine/ports/capacity.ts";
import type { SwarmView } from "../../src/engine/ports.ts";
import type { GrowthPattern, Pattern, Patterns } from "../../src/engine/protocol/patterns.ts";
import { SwarmCapacity } from "../../src/engine/swarmCapacity.ts";
import { agent, host, managed, overview, usage } from "../views/overviews.ts";

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
const view = (id: string, timeScale = 1) =>
  ({ id, timeScale, supportOf: null, maxAgents: 9, scaling: { targetUtilisation: 0.7 } }) as unknown as SwarmView;
const rising = (days: number): Pattern<GrowthPattern> => ({
  ...{
    kind: "known",
    slopePerDay: 2,
    lowPerDay: 1,
    highPerDay: 3,
    relativePerDay: null,
    pValue: 0.01,
    trend: "rising",
    days,
  },
  basis: { fromMs: 0, toMs: 1, steps: 1, missing: 0, stepMs: 1 },
});

function world(growth: Pattern<GrowthPattern>, views: readonly SwarmView[], cpuCapacityCores = 8) {
  const asked: unknown[] = [];
  const planned: CapacityInputs[] = [];
  const capacity = new SwarmCapacity({
    overview: () =>
      overview({
        host: host({ cpuBusyRatio: 0.5, cpuCount: 8, cpuCapacityCores }),
        swarms: [
          managed({
            ...{ id: "a", live: 3, demand: 2, usage: usage({ rssBytes: 90, cpuCores: 9 }) },
            agents: [20, 30].map((rssBytes) => agent({ usage: usage({ rssBytes, cpuCores: 1 }) })),
          }),
        ],
      }),
    swarms: { list: () => views },
    footprints: {
      room: () => ({ promisedBytes: 77 }) as never,
      sizes: () => ({ rssBytes: { p50: 1, p95: 2 }, cpuCores: null, agents: 5 }),
    },
    patterns: {
      ask: ({ id, timeScale }, windowMs) => {
        asked.push([id, timeScale, windowMs / DAY_MS]);
        const of = (scope: string, metric: string, high: number) => ({
          ...{ scope, key: "", metric, growth },
          load: { kind: "known", high },
        });
        const series = [
          ...[
            of("machine", "memoryUsedBytes", 100),
            of("machine", "cpuBusyRatio", 0.6),
            of("machine", "diskUsedBytes", 5),
          ],
          of("swarm", "demand", 4),
        ];
        return Promise.resolve({ timeScale, series } as unknown as Patterns);
      },
    },
    prices: () => null,
    clock: { wallMs: () => 5 },
    plan: (inputs) => {
      planned.push(inputs);
      return capacityPlan(inputs);
    },
  });
  return { capacity, asked, planned };
}

const auto = { horizonDays: 30, growth: { kind: "auto" } } as const;

describe("what a capacity plan rests on", () => {
  test("is the machine now, what agents take, and the growth of the patterns in its units", async () => {
    const { capacity, asked, planned } = world(rising(14), [view("a")]);
    await capacity.plan("a", { ...auto, agents: 4 }, never);
    expect(asked).toEqual([["a", 1, 90]]);
    expect(planned[0]).toMatchObject({
      ...{ swarmId: "a", madeAtMs: 5, horizonDays: 30 },
      wanted: { agents: 4, memoryBytes: null, cpus: null },
      machine: { cpuBusyCores: 4, promisedBytes: 77 },
      swarms: [{ id: "a", live: 3, demand: 2, maxAgents: 9, targetUtilisation: 0.7, sizes: { agents: 5 } }],
    });
    expect(planned[0]?.swarms[0]?.learned).toEqual({
      ...{ kind: "known", high: 4 },
      growth: { perDay: 2, lowPerDay: 1, highPerDay: 3, rises: true },
    });
    // A busy share of eight cores is cores.
    expect(planned[0]?.learned.cpu).toMatchObject({ growth: { perDay: 16 } });
    expect(planned[0]?.learned.cpu.high).toBeCloseTo(4.8, 10);
  });

  test("is what agents hold, without what serves them", async () => {
    const { capacity, planned } = world(rising(14), [view("a"), view("gone")]);
    await capacity.plan(null, auto, never);
    expect(planned[0]?.swarms.map(({ rssBytes, cpuCores }) => [rssBytes, cpuCores])).toEqual([
      [50, 2],
      [null, null],
    ]);
  });

  test("of a machine of which only a share may be used is no CPU: what all of it does says nothing of the share", async () => {
    const { capacity, planned } = world(rising(14), [view("a")], 4);
    const plan = await capacity.plan("a", auto, never);
    expect(planned[0]?.machine).toMatchObject({ cpuBusyCores: null, cpuCapacityCores: 4 });
    expect(plan.rows.find(({ resource }) => resource === "cpu")).toMatchObject({
      ...{ capacity: 4, used: null, growth: null, runsOut: null },
      reason: { code: "capacity.notMeasured" },
    });
    expect(plan.rows.find(({ resource }) => resource === "memory")?.reason).toBeNull();
  });

  test("of a squeezed swarm is brought into real days, and the machine is asked about in real time", async () => {
    const { capacity, asked, planned } = world(rising(20), [view("demo", 240)]);
    await capacity.plan(null, auto, never);
    expect(asked).toEqual([
      ["", 1, 90],
      ["demo", 240, 90],
    ]);
    expect(planned[0]?.swarms[0]?.learned).toMatchObject({ growth: { perDay: 480 } });
    expect(planned[0]?.learned.memory).toMatchObject({ growth: { perDay: 2 } });
  });

  test.each([
    [rising(13), { haveMs: 13 * DAY_MS, neededMs: 14 * DAY_MS }],
    [{ kind: "tooLittle", neededMs: 7 * DAY_MS, haveMs: DAY_MS } as const, { haveMs: DAY_MS, neededMs: 14 * DAY_MS }],
  ])("of less than two weeks is no growth, with how much there is", async (growth, args) => {
    const { capacity, planned } = world(growth, [view("a")]);
    await capacity.plan(null, auto, never);
    expect(planned[0]?.learned.memory).toEqual({
      kind: "unknown",
      reason: { code: "capacity.history", args },
      high: 100,
    });
  });

  test("by a growth in per cent asks for no patterns", async () => {
    const { capacity, asked, planned } = world(rising(20), [view("a")]);
    await capacity.plan("a", { horizonDays: 7, growth: { kind: "percent", percent: 10 } }, never);
    expect(asked).toEqual([]);
    expect(planned[0]?.learned.memory.kind).toBe("unknown");
  });
});
