import { describe, expect, test } from "vitest";
import { calibrate } from "../../../../src/engine/decide/allocation/calibration.ts";
import { ALL_OBJECTIVES } from "../../../../src/engine/decide/allocation/objectives/all.ts";
import type { Objective } from "../../../../src/engine/decide/allocation/objectives/objective.ts";
import { allocationProblem } from "../../../../src/engine/decide/allocation/problem.ts";
import { type Setting, settingOf } from "../../../../src/engine/decide/allocation/setting.ts";
import type { OptimizeRequest } from "../../../../src/engine/ports.ts";
import { DEFAULT_WEIGHTS, OBJECTIVES } from "../../../../src/engine/protocol/optimize.ts";
import { kind, optimizeRequest, priced, simulatedTasks } from "./world.ts";

const { limits } = optimizeRequest();

function setting(over: Partial<OptimizeRequest> = {}): Setting {
  const request = optimizeRequest(over);
  const ids = request.kinds.map(({ id }) => id);
  return settingOf(request, calibrate(request.lanes, ids, request.tasks));
}

/** Cells are small and large in critical, standard, background: agents of each, then capacities. */
function outlook(agents: readonly number[], over: Partial<OptimizeRequest> = {}, weight = 2, bytes = 400e6) {
  const own = setting(over);
  const problem = allocationProblem(own, ALL_OBJECTIVES);
  const servers = own.lanes.map((_, lane) =>
    own.cells.reduce((sum, cell, c) => (cell.lane === lane ? sum + (agents[c] ?? 0) : sum), 0),
  );
  const cells = own.cells.length;
  return problem.lookAt(
    Float64Array.from([...agents, ...Array(cells).fill(weight), ...Array(cells).fill(bytes), ...servers]),
  );
}
const GOOD = [3, 2, 8, 3, 2, 1];
const MORE = [4, 3, 10, 4, 3, 2];

function objective(id: string): Objective {
  const found = ALL_OBJECTIVES.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

test("there is one for each name, in its order, and the weights sum to 1", () => {
  expect(ALL_OBJECTIVES.map(({ id }) => id)).toEqual(OBJECTIVES);
  expect(Object.values(DEFAULT_WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});

describe.each(ALL_OBJECTIVES.map((one) => [one.id, one] as const))("%s", (id, { missing, value, unit }) => {
  test("lacks nothing where all is known, and is a finite figure of an allocation that keeps its limits", () => {
    expect(missing(setting())).toBeNull();
    const of = outlook(GOOD);
    expect([...of.excess]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(Number.isFinite(value(of))).toBe(true);
    expect(value(of)).toBeGreaterThanOrEqual(0);
    if (unit === "ratio") expect(value(of)).toBeLessThanOrEqual(1);
  });

  test("is no figure where nobody serves a lane in which tasks arrive, unless it does not rest on that", () => {
    const none = value(outlook([0, 0, 8, 3, 2, 1]));
    if (id === "minimizeCost") expect(none).toBeGreaterThan(0);
    else expect(none).toBeNaN();
  });

  test("does not depend on who looked before", () => {
    const first = value(outlook(GOOD));
    outlook(MORE);
    expect(value(outlook(GOOD))).toBe(first);
  });
});

describe("each aim", () => {
  test("latency falls with more agents, and utilisation with it, while the cost grows", () => {
    const [few, many] = [outlook(GOOD), outlook(MORE)];
    const of = (id: string) => [objective(id).value(few), objective(id).value(many)] as [number, number];
    const [slow, fast] = of("minimizeLatency");
    expect(fast).toBeLessThan(slow);
    const [busy, idle] = of("maximizeUtilization");
    expect(idle).toBeLessThan(busy);
    expect(objective("minimizeCost").value(few)).toBe(3 + 8 + 2 + 2.5 * (2 + 3 + 1));
  });

  test("utilisation is the work that arrives ÷ agents, to which neither contention nor repeats are work", () => {
    const own = setting();
    const alone = [5, 0, 12, 0, 4, 0];
    const ample = outlook(alone, { limits: { ...limits, cpuCores: 64 } });
    const shared = outlook(alone, { limits: { ...limits, cpuCores: 6 } });
    expect(shared.contended).toBe(true);
    expect(ample.contended).toBe(false);
    const utilisation = objective("maximizeUtilization").value;
    expect(utilisation(shared)).toBeCloseTo(utilisation(ample), 9);
    expect(shared.serviceSec[0]).toBeGreaterThan(ample.serviceSec[0] as number);
    // One kind alone: arrivals × its mean time, over all lanes.
    const load = own.lanes.reduce((sum, { arrivalRate }, lane) => {
      const cell = own.cells.find((one) => one.lane === lane && one.kind === 0);
      return sum + arrivalRate * (cell?.serviceSec ?? 0);
    }, 0);
    expect(utilisation(outlook(alone))).toBeCloseTo(load / 21, 9);
  });

  test("balance is the standard deviation of what the lanes are busy", () => {
    const of = outlook(GOOD);
    const mean = of.utilisation.reduce((sum, value) => sum + value, 0) / 3;
    const variance = of.utilisation.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(objective("balanceLoad").value(of)).toBeCloseTo(Math.sqrt(variance), 12);
  });

  test("cost is that of all agents, and of what they are busy on top: idle ones add none, repeats do", () => {
    const kinds = [kind("small", { price: priced(1, 10) }), kind("large", { price: priced(2.5, 20) })];
    const ample = { kinds, limits: { ...limits, cpuCores: 64 } };
    const cost = (agents: readonly number[], over: Partial<OptimizeRequest> = {}, bytes?: number) =>
      objective("minimizeCost").value(outlook(agents, { ...ample, ...over }, 2, bytes));
    const { lanes, cells } = setting(ample);
    const busy = (lane: number, kind: number) =>
      (lanes[lane]?.arrivalRate ?? 0) * (cells.find((one) => one.lane === lane && one.kind === kind)?.serviceSec ?? 0);
    // One kind alone: arrivals × its mean time are busy, however many there are.
    const load = busy(0, 0) + busy(1, 0) + busy(2, 0);
    expect(load).toBeGreaterThan(8);
    expect(cost([5, 0, 12, 0, 4, 0])).toBeCloseTo(21 + 10 * load, 9);
    expect(cost([9, 0, 12, 0, 4, 0])).toBeCloseTo(25 + 10 * load, 9);
    // The lane critical by both: each does its share of what all of them could.
    const rate = [3, 2].map((count, kind) => count / (busy(0, kind) / (lanes[0]?.arrivalRate ?? 0)));
    const sum = (rate[0] ?? 0) + (rate[1] ?? 0);
    const both = ((lanes[0]?.arrivalRate ?? 0) / sum) * (3 * 10 + 2 * 20);
    expect(cost([3, 2, 12, 0, 4, 0])).toBeCloseTo(19 + 5 + both + 10 * (busy(1, 0) + busy(2, 0)), 9);
    // A twentieth of the peaks is above the limit: their runs are paid and done again.
    expect(cost([5, 0, 12, 0, 4, 0], {}, 390e6)).toBeCloseTo(21 + (10 * load * 20) / 19, 9);
    // More wait than are served: no more can be busy than there are.
    expect(cost([1, 0, 1, 0, 1, 0])).toBeCloseTo(3 + 10 * 3, 9);
    // Where cores are short everything takes longer and uses no more of them.
    expect(cost([5, 0, 12, 0, 4, 0], { limits: { ...limits, cpuCores: 6 } })).toBeCloseTo(21 + 10 * load, 9);
  });

  test("cost says which price it lacks; the others do not need one", () => {
    const own = setting({ kinds: [kind("small"), kind("large", { price: { kind: "unknown", datum: "price" } })] });
    expect(objective("minimizeCost").missing(own)).toEqual({
      code: "optimize.unmeasured",
      args: { datum: "price", kind: "large" },
    });
    expect(objective("balanceLoad").missing(own)).toBeNull();
    const cores = setting({ kinds: [kind("small"), kind("large", { price: { kind: "unknown", datum: "cpu" } })] });
    expect(objective("minimizeCost").missing(cores)).toMatchObject({ args: { datum: "cpu", kind: "large" } });
  });
});

describe("the model", () => {
  test("a lane of one kind is the queue of its calibration", () => {
    const of = outlook([5, 0, 12, 0, 4, 0], { limits: { ...limits, cpuCores: 64 } });
    const own = of.setting.cells[0]?.serviceSec as number;
    expect(of.serviceSec[0]).toBeCloseTo(own, 9);
    expect(of.utilisation[0]).toBeCloseTo(((of.setting.lanes[0]?.arrivalRate ?? 0) * own) / 5, 9);
  });

  test("a memory limit below some of the peaks has their tasks done again", () => {
    // 300 to 395 MB in 20 steps: 395 alone is above 390, a twentieth.
    const over = { limits: { ...limits, cpuCores: 64 } };
    const [wide, tight] = [outlook(GOOD, over, 2, 395e6), outlook(GOOD, over, 2, 390e6)];
    expect((tight.serviceSec[0] as number) / (wide.serviceSec[0] as number)).toBeCloseTo(20 / 19, 9);
  });

  test("below all peaks no task ever ends", () => {
    const of = outlook(GOOD, {}, 2, 100e6);
    expect(of.excess[0]).toBeGreaterThan(0);
    expect(of.waitMeanSec[0]).toBeNaN();
  });

  test("two kinds in one lane wait about as long as they do in a simulation of both", () => {
    const agents = [
      { count: 4, serviceSec: 12 },
      { count: 3, serviceSec: 5 },
    ];
    const tasks = simulatedTasks([{ arrivalsPerSec: 0.75, tasks: 40_000, agents }], 4);
    const of = outlook([4, 3], { lanes: [{ lane: "standard", minAgents: 0, servedBy: null }], tasks });
    const measured = tasks.arrivals.waitedMs.reduce((sum, ms) => sum + ms / 1_000, 0) / 40_000;
    expect(of.utilisation[0]).toBeGreaterThan(0.75);
    expect(Math.abs((of.waitMeanSec[0] as number) - measured) / measured).toBeLessThan(0.2);
    const p95 = (tasks.arrivals.waitedMs.toSorted()[38_000] as number) / 1_000;
    expect(Math.abs(of.waitP95Sec(0) - p95) / p95).toBeLessThan(0.2);
  });

  test("more work than the processors can ever do breaks their limit, however much may be promised", () => {
    const of = outlook(GOOD, { limits: { ...limits, cpuCores: 3, cpuOvercommitRatio: 100 } });
    const { cells, kinds, lanes } = of.setting;
    const counted = cells.map((cell, c) => ({ ...cell, count: GOOD[c] ?? 0 }));
    // What arrives, by what each kind does of it when all are busy, times its cores.
    const asked = lanes.reduce((sum, { arrivalRate }, lane) => {
      const own = counted.filter((cell) => cell.lane === lane);
      const rate = own.reduce((all, { count, serviceSec }) => all + count / serviceSec, 0);
      const cores = own.reduce((all, { count, kind }) => all + count * (kinds[kind]?.cpuCores ?? 0), 0);
      return sum + (arrivalRate / rate) * cores;
    }, 0);
    expect(asked).toBeGreaterThan(3);
    expect(of.excess[2]).toBeCloseTo(asked / 3 - 1, 9);
  });

  test("every limit that is broken is told by how much, and no other", () => {
    const excess = (over: Partial<OptimizeRequest>, agents = GOOD) => [...outlook(agents, over).excess];
    const only = (at: number, value: unknown) => Array.from({ length: 7 }, (_, n) => (n === at ? value : 0));
    expect(excess({ limits: { ...limits, memoryBytes: (19 * 400e6) / 2 } })).toEqual(only(1, expect.closeTo(1, 9)));
    expect(excess({ limits: { ...limits, maxAgents: 10 } })).toEqual(only(3, expect.closeTo(0.9, 9)));
    expect(excess({ kinds: [kind("small", { maxAgents: 10 }), kind("large")] })).toEqual(
      only(4, expect.closeTo(0.3, 9)),
    );
    expect(excess({ limits: { ...limits, budgetPerHour: 14 } })).toEqual(only(5, expect.closeTo(1, 9)));
    // 13 and 6 agents that cost nothing to have, and twice the limit while they are busy.
    const busy = { kinds: [kind("small", { price: priced(0, 1) }), kind("large", { price: priced(0, 1) })] };
    const spent = outlook(GOOD, busy).costPerHour;
    expect(spent).toBeGreaterThan(5);
    expect(excess({ ...busy, limits: { ...limits, budgetPerHour: spent / 2 } })).toEqual(only(5, expect.closeTo(1, 9)));
    expect(excess({ ...busy, limits: { ...limits, budgetPerHour: spent * 1.01 } })).toEqual(only(5, 0));
    const lanes = optimizeRequest().lanes.map((lane) => ({ ...lane, minAgents: lane.lane === "background" ? 4 : 1 }));
    expect(excess({ lanes })).toEqual(only(6, 0.25));
    expect(excess({ limits: { ...limits, cpuCores: 40, cpuOvercommitRatio: 0.125 } })).toEqual(
      only(2, expect.any(Number)),
    );
    expect(excess({}, [1, 0, 8, 3, 2, 1])).toEqual(only(0, expect.any(Number)));
  });
});
