import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgentPhase, type AgentUsage, type HpaMetric, wantedAgents } from "../../../src/engine/decide/hpa.ts";

/**
 * The cases of Kubernetes' own suite (`pkg/controller/podautoscaler/replica_calculator_test.go`) by their names, with the
 * figures given there: usage in thousandths of a core, requests of 1,000 unless told otherwise.
 */
interface Case {
  readonly name: string;
  readonly current: number;
  readonly levels: readonly (number | null)[];
  readonly target: number;
  readonly expected: number | "unknown";
  readonly phases?: readonly AgentPhase[];
  readonly requests?: readonly number[];
}

const READY: AgentPhase = "ready";
const UNREADY: AgentPhase = "unready";
const IGNORED: AgentPhase = "ignored";

function agentsOf({ levels, phases, requests }: Case, scale: number): AgentUsage[] {
  return levels.map((level, index) => ({
    phase: phases?.[index] ?? READY,
    usage: level === null ? null : level / scale,
    capacity: (requests?.[index] ?? 1_000) / scale,
  }));
}

describe("replica_calculator: utilisation of what an agent has", () => {
  const cases: readonly Case[] = [
    { name: "ScaleUp", current: 3, levels: [300, 500, 700], target: 0.3, expected: 5 },
    {
      name: "ScaleUpUnreadyLessScale",
      current: 3,
      levels: [300, 500, 700],
      phases: [UNREADY, READY, READY],
      target: 0.3,
      expected: 4,
    },
    {
      name: "ScaleUpUnreadyNoScale",
      current: 3,
      levels: [400, 500, 700],
      phases: [READY, UNREADY, UNREADY],
      target: 0.3,
      expected: 3,
    },
    {
      name: "ScaleUpIgnoresFailedPods",
      current: 2,
      levels: [500, 700, null, null],
      phases: [READY, READY, IGNORED, IGNORED],
      target: 0.3,
      expected: 4,
    },
    { name: "ScaleDown", current: 5, levels: [100, 300, 500, 250, 250], target: 0.5, expected: 3 },
    {
      name: "ScaleDownExcludeUnreadyPods",
      current: 5,
      levels: [100, 300, 500, 250, 250],
      phases: [READY, READY, READY, UNREADY, UNREADY],
      target: 0.5,
      expected: 2,
    },
    {
      name: "ScaleDownExcludeUnscheduledPods",
      current: 5,
      levels: [100, null, null, null, null],
      phases: [READY, UNREADY, UNREADY, UNREADY, UNREADY],
      target: 0.5,
      expected: 1,
    },
    {
      name: "ScaleDownIgnoresFailedPods",
      current: 5,
      levels: [100, 300, 500, 250, 250, null, null],
      phases: [READY, READY, READY, READY, READY, IGNORED, IGNORED],
      target: 0.5,
      expected: 3,
    },
    {
      name: "Tolerance",
      current: 3,
      levels: [1_010, 1_030, 1_020],
      requests: [900, 1_000, 1_100],
      target: 1,
      expected: 3,
    },
    { name: "MissingMetrics", current: 4, levels: [400, 95, null, null], target: 1, expected: 3 },
    { name: "EmptyMetrics", current: 4, levels: [null, null, null], target: 1, expected: "unknown" },
    { name: "EmptyCPURequest", current: 1, levels: [200], requests: [0], target: 1, expected: "unknown" },
    { name: "MissingMetricsNoChangeEq", current: 2, levels: [1_000, null], target: 1, expected: 2 },
    { name: "MissingMetricsNoChangeGt", current: 2, levels: [1_900, null], target: 1, expected: 2 },
    { name: "MissingMetricsNoChangeLt", current: 2, levels: [600, null], target: 1, expected: 2 },
    {
      name: "MissingMetricsUnreadyChange",
      current: 3,
      levels: [100, 450, null],
      phases: [UNREADY, READY, READY],
      target: 0.5,
      expected: 3,
    },
    {
      name: "MissingMetricsUnreadyScaleUp",
      current: 3,
      levels: [100, 2_000, null],
      phases: [UNREADY, READY, READY],
      target: 0.5,
      expected: 4,
    },
    {
      name: "MissingMetricsUnreadyScaleDown",
      current: 4,
      levels: [100, 100, 100, null],
      phases: [UNREADY, READY, READY, READY],
      target: 0.5,
      expected: 3,
    },
    {
      name: "DuringRollingUpdateWithMaxSurge",
      current: 2,
      levels: [100, 100, null],
      target: 0.5,
      expected: 2,
    },
    {
      // Six readings, four of them of agents that count.
      name: "SuperfluousMetrics",
      current: 4,
      levels: [4_000, 9_500, 3_000, 7_000, 3_200, 2_000],
      phases: [READY, READY, READY, READY, IGNORED, IGNORED],
      target: 1,
      expected: 24,
    },
  ];

  test.each(cases)("$name", (one) => {
    const said = wantedAgents(one.current, { kind: "utilisation", target: one.target, agents: agentsOf(one, 1_000) });
    expect(said.kind === "unknown" ? "unknown" : said.agents).toBe(one.expected);
  });

  test("ComputedToleranceAlgImplementation: just outside the tolerance it shrinks, just inside it does not", () => {
    const requests = [400, 200, 310, 290, 302, 298, 301, 299, 300, 300];
    const agents = requests.map((capacity): AgentUsage => ({ phase: READY, usage: 150, capacity }));
    const at = (target: number) => wantedAgents(10, { kind: "utilisation", target, agents });
    // 1 ÷ (2 · 0.9) + 0.01 = 0.5655…, in whole percent; the ratio is 0.5 ÷ 0.56 = 0.893
    expect(at(0.56)).toMatchObject({ agents: 9 });
    expect(at(0.55)).toMatchObject({ agents: 10 });
  });
});

describe("replica_calculator: an average of each agent (pods metric)", () => {
  const cases: readonly Case[] = [
    { name: "ScaleUpCM", current: 3, levels: [20_000, 10_000, 30_000], target: 15_000, expected: 4 },
    { name: "ScaleDownCM", current: 5, levels: Array(5).fill(12_000) as number[], target: 20_000, expected: 3 },
    { name: "ToleranceCM", current: 3, levels: [20_000, 21_000, 21_000], target: 20_000, expected: 3 },
  ];
  test.each(cases)("$name", (one) => {
    const said = wantedAgents(one.current, { kind: "average", target: one.target, agents: agentsOf(one, 1) });
    expect(said).toMatchObject({ agents: one.expected });
  });
});

describe("replica_calculator: one figure of the whole swarm (object and external metrics)", () => {
  const value = (usage: number, target: number, ready: number): HpaMetric => ({ kind: "value", usage, target, ready });
  const each = (usage: number, target: number): HpaMetric => ({ kind: "perAgent", usage, target });
  test.each([
    ["ScaleUpCMObject", 3, value(20_000, 15_000, 3), 4],
    ["ScaleUpCMObjectIgnoresUnreadyPods", 3, value(50_000, 10_000, 1), 5],
    ["ScaleUpCMExternal", 1, value(8_600, 4_400, 1), 2],
    ["ScaleUpCMExternalIgnoresUnreadyPods", 3, value(8_600, 4_400, 1), 2],
    ["ScaleDownCMObject", 5, value(12_000, 20_000, 5), 3],
    ["ScaleDownCMExternal", 5, value(8_600, 14_334, 5), 3],
    ["ToleranceCMObject", 3, value(20_666, 20_000, 3), 3],
    ["ToleranceCMExternal", 3, value(8_600, 8_888, 3), 3],
    ["ScaleUpPerPodCMObject", 3, each(40_000, 10_000), 4],
    ["ScaleUpPerPodCMExternal", 3, each(8_600, 2_150), 4],
    ["ScaleDownPerPodCMObject", 5, each(6_000, 2_000), 3],
    ["ScaleDownPerPodCMExternal", 5, each(8_600, 2_867), 3],
    ["TolerancePerPodCMObject", 4, each(20_166, 5_000), 4],
    ["TolerancePerPodCMExternal", 3, each(8_600, 2_900), 3],
  ])("%s", (_, current, metric, expected) => {
    expect(wantedAgents(current, metric)).toMatchObject({ kind: "wanted", agents: expected });
  });

  test("from no agents the figure alone decides", () => {
    expect(wantedAgents(0, value(30, 10, 0))).toMatchObject({ agents: 3 });
    expect(wantedAgents(0, each(30, 10))).toMatchObject({ agents: 3 });
    expect(wantedAgents(0, each(0, 10))).toMatchObject({ agents: 0 });
  });
});

test("a figure that is no measurement is unknown, never a size", () => {
  for (const usage of [null, Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    expect(wantedAgents(3, { kind: "perAgent", usage, target: 1 }).kind).toBe("unknown");
    expect(wantedAgents(3, { kind: "value", usage, target: 1, ready: 3 }).kind).toBe("unknown");
    expect(wantedAgents(1, { kind: "average", target: 1, agents: [{ phase: "ready", usage }] }).kind).toBe("unknown");
  }
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a target of %d is refused by name", (target) => {
  expect(() => wantedAgents(3, { kind: "perAgent", usage: 1, target })).toThrow(`target must be > 0, got ${target}`);
});

test("what is not measured never reverses a direction and never widens it", () => {
  const phase = fc.constantFrom<AgentPhase>("ready", "unready", "ignored");
  const usage = fc.option(fc.double({ min: 0, max: 5, noNaN: true }), { nil: null });
  fc.assert(
    fc.property(
      fc.array(fc.record({ phase, usage }), { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      (agents, target) => {
        const there = agents.filter((agent) => agent.phase !== "ignored").length;
        const said = wantedAgents(there, { kind: "utilisation", target, agents });
        const measured = agents.filter((agent) => agent.phase === "ready" && agent.usage !== null);
        if (measured.length === 0) {
          expect(said.kind).toBe("unknown");
          return;
        }
        const ratio = measured.reduce((sum, agent) => sum + (agent.usage ?? 0), 0) / measured.length / target;
        if (said.kind !== "wanted") throw new Error("known");
        if (ratio > 1) expect(said.agents).toBeGreaterThanOrEqual(Math.min(there, measured.length));
        // Never more than if every agent were as busy as the measured ones.
        expect(said.agents).toBeLessThanOrEqual(Math.max(there, Math.ceil(ratio * there)));
      },
    ),
  );
});
