import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrate } from "../../../../src/engine/decide/allocation/calibration.ts";
import { ALL_OBJECTIVES } from "../../../../src/engine/decide/allocation/objectives/all.ts";
import { optimizeAllocation } from "../../../../src/engine/decide/allocation/optimize.ts";
import { allocationProblem } from "../../../../src/engine/decide/allocation/problem.ts";
import { settingOf } from "../../../../src/engine/decide/allocation/setting.ts";
import type { OptimizeAnswer, OptimizeRequest } from "../../../../src/engine/ports.ts";
import type { AllocationPoint, ObjectiveId } from "../../../../src/engine/protocol/optimize.ts";
import { columns, kind, optimizeRequest, priced, simulatedTasks, T0, rowsOf } from "./world.ts";

const { limits, lanes } = optimizeRequest();
const optimized = (over: Partial<OptimizeRequest> = {}, signal?: AbortSignal): OptimizeAnswer =>
  optimizeAllocation(optimizeRequest(over), {
    tell: () => undefined,
    ...(signal === undefined ? {} : { signal }),
  });

function value(point: AllocationPoint | undefined, id: ObjectiveId): number {
  const found = point?.objectives.find((one) => one.id === id)?.value;
  if (found == null) throw new Error(`no ${id}`);
  return found;
}

function refusal(over: Partial<OptimizeRequest>): unknown {
  try {
    optimized(over);
  } catch (error) {
    return error;
  }
  throw new Error("not refused");
}

/** One lane of one kind whose memory is always the same: only the number of agents is to be chosen. */
function single(over: Partial<OptimizeRequest> = {}): Partial<OptimizeRequest> {
  return {
    lanes: [{ lane: "standard", minAgents: 0, servedBy: 4 }],
    kinds: [kind("only", { peakBytes: Float64Array.of(3e8, 3e8, 3e8), mostBytes: 3e8 })],
    tasks: simulatedTasks([{ arrivalsPerSec: 0.5, tasks: 400, agents: [{ count: 4, serviceSec: 6 }] }], 2),
    limits: { ...limits, cpuCores: 64, cpuOvercommitRatio: 1, maxAgents: 12 },
    weights: { minimizeLatency: 1, minimizeCost: 1 },
    ...over,
  };
}

describe("an optimisation", () => {
  test("keeps no more memory for an agent than a quarter above the largest peak: more would change nothing", () => {
    const peaks = Float64Array.of(3.2e8, 3e8, 3.1e8);
    const { front } = optimized(single({ kinds: [kind("only", { peakBytes: peaks, mostBytes: 8e9 })] }));
    const all = front.flatMap(({ allocation }) => allocation.agents.map(({ memoryBytes }) => memoryBytes));
    expect(all.length).toBeGreaterThan(3);
    expect(Math.max(...all)).toBeLessThanOrEqual(4e8);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(3.1e8);
  });

  test("of one lane and one kind finds every number of agents that is worth its price, as trying all shows", () => {
    const { front, pick, knee, calibration } = optimized(single());
    const [lane] = calibration.lanes;
    if (lane?.kind !== "known" || lane.services[0]?.kind !== "known") throw new Error("not known");
    const least = Math.floor(lane.arrivalsPerSec * lane.services[0].meanSec) + 1;
    const sizes = front.map(({ allocation }) => allocation.agents[0]?.agents ?? 0).toSorted((a, b) => a - b);
    expect(sizes).toEqual(Array.from({ length: 12 - least + 1 }, (_, n) => least + n));
    for (const {
      allocation,
      lanes: [outlook],
      objectives,
    } of front) {
      const agents = allocation.agents[0]?.agents ?? 0;
      expect(allocation.lanes).toEqual([{ lane: "standard", capacity: agents }]);
      expect(objectives).toMatchObject([{ id: "minimizeLatency" }, { id: "minimizeCost", value: agents }]);
      expect(outlook?.utilisation).toBeLessThan(1);
    }
    // Neither the slowest nor the dearest.
    for (const index of [pick, knee]) {
      const agents = front[index ?? -1]?.allocation.agents[0]?.agents;
      expect(agents).toBeGreaterThan(least);
      expect(agents).toBeLessThan(12);
    }
  });

  test("keeps every limit at every point, and no point is better than another in every aim", () => {
    const { front } = optimized();
    expect(front.length).toBeGreaterThan(20);
    for (const { allocation, lanes: outlooks } of front) {
      const agents = allocation.agents.reduce((sum, own) => sum + own.agents, 0);
      const memory = allocation.agents.reduce((sum, own) => sum + own.agents * (own.memoryBytes - 1), 0);
      expect(agents).toBeLessThanOrEqual(limits.maxAgents);
      expect(memory).toBeLessThanOrEqual(limits.memoryBytes ?? 0);
      for (const own of allocation.agents) {
        expect(own.memoryBytes).toBeGreaterThanOrEqual(390e6);
        expect(own.memoryBytes).toBeLessThanOrEqual(800e6);
        expect(own.cpuWeight).toBeGreaterThanOrEqual(1);
        expect(own.cpuWeight).toBeLessThanOrEqual(10_000);
        for (const whole of [own.agents, own.cpuWeight]) expect(Number.isInteger(whole)).toBe(true);
      }
      for (const { utilisation, waitMeanSec, waitP95Sec } of outlooks) {
        expect(utilisation).toBeLessThan(1);
        expect(waitMeanSec).toBeGreaterThan(0);
        expect(waitP95Sec).toBeGreaterThanOrEqual(0);
      }
      expect(allocation.lanes.every(({ capacity }) => capacity >= 1)).toBe(true);
    }
    const rows = front.map(({ objectives }) =>
      objectives.map(({ value, better }) => (better === "lower" ? 1 : -1) * (value as number)),
    );
    for (const own of rows)
      for (const other of rows)
        if (other !== own) expect(other.every((one, m) => one <= (own[m] as number))).toBe(false);
  });

  test("is the same with the same seed, to the last figure", () => {
    expect(optimized()).toEqual(optimized());
  });

  test("more weight on an aim never picks what is worse in it", () => {
    const latency = (weight: number): number => {
      const { front, pick } = optimized({ weights: { minimizeLatency: weight, minimizeCost: 1 } });
      return value(front[pick], "minimizeLatency");
    };
    expect(latency(9)).toBeLessThanOrEqual(latency(1));
    expect(latency(1)).toBeLessThanOrEqual(latency(0.1));
    expect(latency(9)).toBeLessThan(latency(0.1));
  });

  test("says how far the pick hangs on chance, in the sense of each aim", () => {
    const { confidence, front, pick } = optimized();
    expect(confidence.ratio).toBeGreaterThan(0.7);
    expect(confidence.ratio).toBeLessThanOrEqual(1);
    for (const { id, least, most } of confidence.spread) {
      expect(least).toBeGreaterThanOrEqual(0);
      expect(value(front[pick], id)).toBeGreaterThanOrEqual(least);
      expect(value(front[pick], id)).toBeLessThanOrEqual(most);
    }
  });

  test("compares with the allocation in force, and begins with it", () => {
    const { front, pick } = optimized();
    const current = front[pick]?.allocation ?? null;
    const again = optimized({ current, generations: 1 });
    expect(again.current?.violates).toEqual([]);
    for (const { id } of again.current?.objectives ?? [])
      expect(value(again.current ?? undefined, id)).toBeCloseTo(value(front[pick], id), 6);
    // One generation of chance alone is hardly as good as what was found before.
    expect(again.front.some((point) => value(point, "minimizeLatency") <= value(front[pick], "minimizeLatency"))).toBe(
      true,
    );
  });

  test("of an allocation in force that cannot do its work says which limit it breaks, and no latency", () => {
    const current = {
      agents: [{ kind: "small", lane: "critical" as const, agents: 1, cpuWeight: 100, memoryBytes: 4e8 }],
      lanes: [{ lane: "critical" as const, capacity: 1 }],
    };
    const { current: now } = optimized({ current });
    expect(now?.violates).toEqual(["unstable", "laneAgents"]);
    expect(now?.objectives[0]).toMatchObject({
      id: "minimizeLatency",
      value: null,
      reason: { code: "optimize.unstable" },
    });
    expect(now?.objectives.at(-1)).toMatchObject({ id: "minimizeCost", value: 1, reason: null });
    const unknown = { ...current, agents: current.agents.map((own) => ({ ...own, kind: "other" })) };
    expect(optimized({ current: unknown }).current).toBeNull();
  });

  test("gives a lane where nothing arrives its minimum and no more, and tells no wait of it", () => {
    const { tasks } = optimizeRequest();
    const without = columns(
      rowsOf(tasks).filter(({ lane }) => lane !== 2),
      tasks.fromMs,
      tasks.toMs,
    );
    const { front, pick } = optimized({ tasks: without });
    expect(front[pick]?.lanes[2]).toMatchObject({
      lane: "background",
      agents: 1,
      waitMeanSec: null,
      utilisation: null,
    });
  });

  test("a kind that was seen too seldom in a lane does not serve there, and is named", () => {
    const { tasks } = optimizeRequest();
    let kept = 0;
    const seldom = columns(
      rowsOf(tasks).map((row) => ({
        ...row,
        ranMs: row.lane === 2 && row.kind === 1 && ++kept > 29 ? Number.NaN : row.ranMs,
      })),
      tasks.fromMs,
      tasks.toMs,
    );
    const { leftOut, front } = optimized({ tasks: seldom });
    expect(leftOut).toEqual([{ kind: "large", lane: "background", observations: 29 }]);
    for (const { allocation } of front)
      expect(allocation.agents.some((own) => own.kind === "large" && own.lane === "background")).toBe(false);
  });

  test("where no agent ever waits for a processor all weights are the usual one", () => {
    const { front } = optimized({ limits: { ...limits, cpuCores: 64 } });
    for (const { allocation } of front) for (const { cpuWeight } of allocation.agents) expect(cpuWeight).toBe(100);
  });

  test("with one agent it is one agent", () => {
    const tasks = simulatedTasks([{ arrivalsPerSec: 0.1, tasks: 100, agents: [{ count: 1, serviceSec: 5 }] }], 2);
    const { front, pick, knee, confidence } = optimized(single({ tasks, limits: { ...limits, maxAgents: 1 } }));
    expect(front).toHaveLength(1);
    expect(front[pick]?.allocation.agents[0]?.agents).toBe(1);
    expect(knee).toBeNull();
    expect(confidence.ratio).toBe(1);
  });

  test("ends early when it is let, and stops when it is cancelled", () => {
    const settled = optimized(single({ settle: true, generations: 1_000 }));
    expect(settled).toMatchObject({ stopped: "settled" });
    expect(settled.generations).toBeLessThan(1_000);
    const abort = new AbortController();
    const run = () =>
      optimizeAllocation(optimizeRequest(), { signal: abort.signal, tell: (ratio) => ratio > 0.3 && abort.abort() });
    expect(run).toThrow(expect.objectContaining({ code: "aborted" }));
  });
});

describe("without a solution", () => {
  test.each<[string, Partial<OptimizeRequest>]>([
    ["memory", { limits: { ...limits, memoryBytes: 3e9 } }],
    ["cpu", { limits: { ...limits, cpuCores: 2 } }],
    ["agents", { limits: { ...limits, maxAgents: 6 } }],
    ["budget", { limits: { ...limits, budgetPerHour: 9 } }],
    ["agentsOfKind", { kinds: [kind("small", { maxAgents: 4 }), kind("large", { maxAgents: 2 })] }],
    ["laneAgents", { lanes: lanes.map((lane) => ({ ...lane, minAgents: 20 })) }],
  ])("%s is named where it binds", (binding, over) => {
    const { code, args } = refusal(over) as { code: string; args: { binding: string; alone: boolean } };
    expect(code).toBe("optimize.infeasible");
    expect(args.alone).toBe(true);
    expect(args.binding.split(", ")).toContain(binding);
    expect(args.binding.split(", ").length).toBeLessThan(4);
  });

  test("far more work than any machine can do is refused like any other, and soon", () => {
    const tasks = simulatedTasks([{ arrivalsPerSec: 1e6, tasks: 100, agents: [{ count: 4, serviceSec: 3_600 }] }], 2);
    const began = performance.now();
    expect(refusal(single({ tasks }))).toMatchObject({ code: "optimize.infeasible" });
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("two limits, neither of which would do alone, are both named", () => {
    const both = { limits: { ...limits, memoryBytes: 3e9, budgetPerHour: 9 } };
    expect(refusal(both)).toMatchObject({
      code: "optimize.infeasible",
      args: { alone: false, binding: expect.stringMatching(/memory|budget|unstable/) },
    });
  });
});

describe("what is not known is named, and nothing is made of it", () => {
  const unmeasured = (args: object) => ({ code: "optimize.unmeasured", args });

  test.each<[string, Partial<OptimizeRequest>, object]>([
    [
      "a price",
      { kinds: [kind("small"), kind("large", { price: { kind: "unknown", datum: "price" } })] },
      { datum: "price", kind: "large" },
    ],
    ["the cores of an agent", { kinds: [kind("small", { cpuCores: null })], tasks: only() }, { datum: "cpu" }],
    [
      "the memory of an agent",
      { kinds: [kind("small", { peakBytes: Float64Array.of(1e8, 2e8) })], tasks: only() },
      { datum: "memory", observations: 2, least: 3 },
    ],
    ["the memory of the machine", { limits: { ...limits, memoryBytes: null } }, { datum: "machineMemory" }],
    ["the cores of the machine", { limits: { ...limits, cpuCores: null } }, { datum: "machineCpu" }],
    ["arrivals", { tasks: first(20) }, { datum: "arrivals", observations: expect.any(Number), least: 30 }],
  ])("%s", (_, over, args) => {
    expect(refusal(over)).toMatchObject(unmeasured(args));
  });

  test("a price is needed for a budget too, and for neither not at all", () => {
    const kinds: OptimizeRequest["kinds"] = [
      kind("small"),
      kind("large", { price: { kind: "unknown", datum: "price" } }),
    ];
    const weights = { minimizeLatency: 1, balanceLoad: 1 };
    expect(refusal({ kinds, weights })).toMatchObject(unmeasured({ datum: "price" }));
    const { front } = optimized({ kinds, weights, limits: { ...limits, budgetPerHour: null } });
    expect(front[0]?.objectives.map(({ id }) => id)).toEqual(["minimizeLatency", "balanceLoad"]);
  });

  test.each<[string, Partial<OptimizeRequest>]>([
    ["optimize.weightsZero", { weights: { minimizeLatency: 0, minimizeCost: 0 } }],
    ["optimize.weightsZero", { weights: {} }],
    ["optimize.noArrivals", { tasks: first(0) }],
    ["optimize.limitBelowNeed", { kinds: [kind("small"), kind("large", { mostBytes: 389e6 })] }],
  ])("%s", (code, over) => {
    expect(refusal(over)).toMatchObject({ code });
  });

  test.each<[string, Partial<OptimizeRequest>]>([
    ["weights", { weights: { minimizeLatency: Number.NaN } }],
    ["weights", { weights: { minimizeLatency: 1, speed: 1 } as OptimizeRequest["weights"] }],
    ["machineMemory", { limits: { ...limits, memoryBytes: Number.NaN } }],
    ["machineCpu", { limits: { ...limits, cpuCores: 0 } }],
    ["maxAgents", { limits: { ...limits, maxAgents: 0 } }],
    ["maxAgents", { limits: { ...limits, maxAgents: 10_001 } }],
    ["budgetPerHour", { limits: { ...limits, budgetPerHour: Number.NaN } }],
    ["cpuOvercommitRatio", { limits: { ...limits, cpuOvercommitRatio: -1 } }],
    ["perHour", { kinds: [kind("small"), kind("large", { price: priced(Number.NaN) })] }],
    ["perBusyHour", { kinds: [kind("small"), kind("large", { price: priced(1, -1) })] }],
    ["cpuCores", { kinds: [kind("small"), kind("large", { cpuCores: -1 })] }],
    ["peakBytes", { kinds: [kind("small"), kind("large", { peakBytes: Float64Array.of(1, 2, Number.NaN) })] }],
    ["mostBytes", { kinds: [kind("small"), kind("large", { mostBytes: Number.NaN })] }],
    ["maxAgents", { kinds: [kind("small"), kind("large", { maxAgents: 1.5 })] }],
    ["minAgents", { lanes: lanes.map((lane) => ({ ...lane, minAgents: Number.NaN })) }],
    ["kinds", { kinds: [kind("small"), kind("small")] }],
    ["kinds", { kinds: [], tasks: first(0) }],
    ["lanes", { lanes: [], tasks: first(0) }],
    ["population", { population: 7 }],
    ["generations", { generations: 0 }],
    ["seed", { seed: 0.5 }],
  ])("%s that cannot be is refused by its name", (name, over) => {
    const error = refusal(over);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as RangeError).message).toMatch(new RegExp(`^${name}\\b`));
  });
});

describe("the problem", () => {
  test("whatever is drawn within its bounds has finite aims or breaks a limit by a finite amount", () => {
    const request = optimizeRequest({ limits: { ...limits, cpuOvercommitRatio: 3 } });
    const ids = request.kinds.map(({ id }) => id);
    const setting = settingOf(request, calibrate(request.lanes, ids, request.tasks));
    const problem = allocationProblem(setting, ALL_OBJECTIVES);
    const anyX = fc.tuple(
      ...problem.variables.map(({ kind, low, high }) =>
        kind === "integer" ? fc.integer({ min: low, max: high }) : fc.double({ min: low, max: high, noNaN: true }),
      ),
    );
    fc.assert(
      fc.property(anyX, (x) => {
        const out = new Float64Array(4);
        const violation = problem.evaluate(Float64Array.from(x), out);
        expect(Number.isFinite(violation)).toBe(true);
        if (violation === 0) expect([...out].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("begins with solutions within its bounds, of which one keeps every limit where there is room", () => {
    const request = optimizeRequest();
    const ids = request.kinds.map(({ id }) => id);
    const setting = settingOf(request, calibrate(request.lanes, ids, request.tasks));
    const problem = allocationProblem(setting, ALL_OBJECTIVES);
    const violations = problem.starts.map((x) => problem.evaluate(x, new Float64Array(4)));
    expect(violations).toContain(0);
    for (const x of problem.starts)
      for (const [v, { low, high }] of problem.variables.entries()) {
        expect(x[v]).toBeGreaterThanOrEqual(low);
        expect(x[v]).toBeLessThanOrEqual(high);
      }
  });
});

/** The first tasks of each lane. */
function first(count: number): OptimizeRequest["tasks"] {
  const { tasks } = optimizeRequest();
  const seen = [0, 0, 0];
  const rows = rowsOf(tasks).filter(({ lane }) => ++(seen[lane] as number) <= count);
  return columns(
    rows.map((row) => ({ ...row, waitedMs: 0 })),
    T0,
    tasks.toMs,
  );
}

/** As if one kind had done all of it. */
function only(): OptimizeRequest["tasks"] {
  const { tasks } = optimizeRequest();
  return { ...tasks, services: { ...tasks.services, kind: tasks.services.kind.map(() => 0) } };
}
