import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { createRng, exponential } from "../../src/engine/common/rng.ts";
import { calibrate } from "../../src/engine/decide/allocation/calibration.ts";
import { optimizeAllocation } from "../../src/engine/decide/allocation/optimize.ts";
import { agentPrice } from "../../src/engine/decide/cost.ts";
import type { HeavyWork, OptimizeRequest, TaskRecord } from "../../src/engine/ports.ts";
import { DEFAULT_WEIGHTS } from "../../src/engine/protocol/optimize.ts";
import type { Prices } from "../../src/engine/protocol/prices.ts";
import { SwarmOptimiser, type SwarmOptimiserParts } from "../../src/engine/swarmOptimiser.ts";
import { reasonText } from "../../src/text/reasons.ts";

const never = new AbortController().signal;
const NOW_MS = 1_700_000_000_000;
const swarm = { id: "docs", minAgents: 1, maxAgents: 20, target: 6, timeScale: 1 };
const asked = { weights: null, budgetPerHour: null, laneMinimums: {}, population: 20, generations: 10, seed: 1 };

function taskOf(index: number, submittedAtMs: number): Omit<TaskRecord, "state"> {
  return {
    ...{ id: String(index), swarmId: "docs", lane: "standard", priority: 5, label: "", submittedAtMs },
    ...{ submittedBy: "test", attempt: 1, maxAttempts: 3, timeoutSeconds: 60, retryOf: null, deaths: 0 },
  };
}

/** One every ten seconds that took five after it had waited for one; newest first. */
function tasks(count: number): TaskRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const submittedAtMs = NOW_MS - 20_000 - index * 10_000 - (index % 3) * 100;
    return {
      ...taskOf(index, submittedAtMs),
      state: { kind: "done", atMs: submittedAtMs + 6_000 + (index % 5) * 100, tookMs: 5_000 + (index % 5) * 100 },
    } satisfies TaskRecord;
  });
}

interface Known {
  /** Agents in the steps of a minute up to now. */
  readonly live?: (steps: number) => Float64Array;
  readonly keptSinceMs?: number | null;
  readonly prices?: Prices | null;
  /** As both were all the time. */
  readonly cpuBusyRatio?: number;
  readonly cpuCores?: number;
  readonly sizes?: ReturnType<SwarmOptimiserParts["footprints"]["sizes"]>;
}

/** What half of its agents do not exceed, and 95%. */
const SIZES = { rssBytes: { p50: 8e7, p95: 1e8 }, cpuCores: { p50: 0.08, p95: 0.1 } };

function world(
  kept: readonly TaskRecord[],
  {
    live,
    keptSinceMs = null,
    prices = null,
    sizes = SIZES,
    cpuBusyRatio = Number.NaN,
    cpuCores = Number.NaN,
  }: Known = {},
) {
  const requests: OptimizeRequest[] = [];
  /** What was read at once, and where others had their turn. */
  const reads: (number | "pause")[] = [];
  const optimiser = new SwarmOptimiser({
    tasks: {
      list: ({ limit, before }) => {
        const from = before === undefined ? 0 : kept.findIndex(({ id }) => id === before) + 1;
        const page = kept.slice(from, from + limit);
        reads.push(page.length);
        return page;
      },
    },
    pause: async () => void reads.push("pause"),
    series: {
      steps: ({ metric }, _stepMs, steps) => {
        if (metric !== "live") return new Float64Array(steps).fill(metric === "cpuCores" ? cpuCores : cpuBusyRatio);
        return live?.(steps) ?? new Float64Array(steps).fill(4);
      },
    },
    cpuCount: () => 8,
    heavy: {
      run: async (kind, request) => {
        requests.push(request as OptimizeRequest);
        return optimizeAllocation(request as OptimizeRequest, {
          tell: () => undefined,
        }) as HeavyWork[typeof kind]["answer"];
      },
    },
    clock: new ManualClock(0, NOW_MS),
    footprints: {
      room: () => ({
        leftBytes: 2e9,
        footprint: { rssBytes: 1e8, cpuCores: 0.1, taskSeconds: 5, agents: 3, tasks: 40 },
      }),
      sizes: () => sizes,
      memory: () => ({ peakBytes: [9e7, 1e8, 1e8], usedBytes: 5e8 }),
    },
    work: { guard: () => ({ lanes: [{ lane: "standard", capacity: 5 }] }), keptSinceMs: () => keptSinceMs },
    cpuCores: () => 8,
    prices: () => prices,
    agentPrice,
  });
  return { requests, reads, optimiser };
}

describe("allocations of a swarm", () => {
  test("say when others kept a good part of the processors busy, which the model does not see", async () => {
    const busy = world(tasks(60), { cpuBusyRatio: 0.5, cpuCores: 1 });
    expect((await busy.optimiser.optimize(swarm, asked, never)).caveats).toEqual([
      { code: "optimize.othersBusy", args: { cores: 3, ofCores: 8 } },
    ]);
    for (const figures of [
      { cpuBusyRatio: 0.3, cpuCores: 1 },
      { cpuBusyRatio: Number.NaN, cpuCores: 1 },
    ]) {
      const quiet = world(tasks(60), figures);
      expect(await quiet.optimiser.optimize(swarm, asked, never)).not.toHaveProperty("caveats");
    }
  });

  test("count every run of a task that was tried again or failed: each has kept an agent busy", async () => {
    const once = world(tasks(60));
    await once.optimiser.optimize(swarm, asked, never);
    const twice = world(tasks(60).map((task, n) => (n % 2 === 0 ? { ...task, attempt: 3 } : task)));
    await twice.optimiser.optimize(swarm, asked, never);
    const ran = ({ requests }: ReturnType<typeof world>): number =>
      (requests[0]?.tasks.services.ranMs ?? new Float64Array())
        .filter((ms) => !Number.isNaN(ms))
        .reduce((sum, ms) => sum + ms, 0);
    expect(ran(twice) / ran(once)).toBeCloseTo(2, 1);
  });

  test("of squeezed time rest on its own last day, and on an hour where a day is longer", async () => {
    const { requests, optimiser } = world(tasks(60));
    await optimiser.optimize({ ...swarm, timeScale: 240 }, asked, never);
    await optimiser.optimize({ ...swarm, timeScale: 2 }, asked, never);
    expect(requests.map(({ tasks: { fromMs, toMs } }) => toMs - fromMs)).toEqual([360_000, 3_600_000]);
  });

  test("rest on its own tasks, the memory it may have, and where its agents work now", async () => {
    const { requests, optimiser } = world(tasks(60));
    const answer = await optimiser.optimize(swarm, asked, never);
    expect(requests[0]).toMatchObject({
      lanes: [{ lane: "standard", minAgents: 1, servedBy: 4 }],
      limits: { memoryBytes: 2.5e9, cpuCores: 8, budgetPerHour: null },
      current: { agents: [{ agents: 6, memoryBytes: 1e8 }], lanes: [{ lane: "standard", capacity: 5 }] },
    });
    expect(requests[0]?.tasks.arrivals.waitedMs[0]).toBe(1_000);
    expect(requests[0]?.weights).not.toHaveProperty("minimizeCost");
    expect(requests[0]?.kinds).toMatchObject([{ maxAgents: 20, price: { kind: "unknown", datum: "price" } }]);
    expect(answer).toMatchObject({
      ...{ swarmId: "docs", madeAtMs: NOW_MS, currency: null },
      aimsLeftOut: [
        {
          id: "minimizeCost",
          reason: { code: "optimize.unmeasured", args: { datum: "price", kind: "docs" } },
        },
      ],
    });
    expect(answer.front.length).toBeGreaterThan(0);
  });

  test("rest on how long tasks really take, also where many of the window still run", async () => {
    // One in three seconds for six hours, half an hour each: of the last hour's, those that have ended took 797 s.
    const rng = createRng(7);
    const kept = Array.from({ length: 6 * 1_200 }, (_, index) => {
      const submittedAtMs = NOW_MS - index * 3_000;
      const tookMs = exponential(rng, 1_800_000);
      const atMs = submittedAtMs + tookMs;
      const state: TaskRecord["state"] =
        atMs <= NOW_MS
          ? { kind: "done", atMs, tookMs }
          : {
              ...{ kind: "running", agentId: "a", sinceMs: submittedAtMs, deadlineMs: NOW_MS * 2 },
              ...{ handed: true, cancelledBy: null },
            };
      return { ...taskOf(index, submittedAtMs), state };
    });
    const { requests, optimiser } = world(kept);
    // 600 agents would be needed, and there may be twenty.
    await expect(optimiser.optimize(swarm, asked, never)).rejects.toMatchObject({ code: "optimize.infeasible" });
    const [request] = requests;
    if (request === undefined) throw new Error("no request");
    const [lane] = calibrate(request.lanes, ["docs"], request.tasks).lanes;
    if (lane?.kind !== "known" || lane.services[0]?.kind !== "known") throw new Error("not known");
    expect(lane.services[0].meanSec / 1_800).toBeCloseTo(1, 1);
    expect(lane.arrivalsPerSec).toBeCloseTo(1 / 3, 2);
  });

  test("of tasks of which most still run are refused: those that ended are the short ones", async () => {
    const kept = tasks(100).map((task, index): TaskRecord => {
      if (index % 5 < 2) return task;
      const running = { kind: "running", agentId: "a", sinceMs: task.submittedAtMs, deadlineMs: NOW_MS * 2 } as const;
      return { ...task, state: { ...running, handed: true, cancelledBy: null } };
    });
    const refused = await world(kept)
      .optimiser.optimize(swarm, asked, never)
      .catch((error: unknown) => error);
    expect(reasonText(refused as { code: string; args: Record<string, string | number> })).toContain(
      "Of lane 'standard' 40 tasks ended well and 60 still run",
    );
  });

  const windowOf = async (known: Known) => {
    const { requests, optimiser } = world(tasks(60), known);
    await optimiser.optimize(swarm, asked, never);
    const [request] = requests;
    if (request === undefined) throw new Error("no request");
    return { minutes: (NOW_MS - request.tasks.fromMs) / 60_000, agents: request.lanes[0]?.servedBy };
  };

  test("count a quiet time before the first task as a time in which none came", async () => {
    expect(await windowOf({})).toEqual({ minutes: 60, agents: 4 });
    expect((await windowOf({ live: (steps) => new Float64Array(steps).fill(Number.NaN) })).minutes).toBe(60);
  });

  test("count from when the swarm was first seen, where that is less than an hour ago", async () => {
    // Ten minutes and the one that is not over; NOW is 20 s into it.
    const live = (steps: number) => new Float64Array(steps).fill(Number.NaN, 0, steps - 11).fill(3, steps - 11);
    expect(await windowOf({ live })).toEqual({ minutes: 10 + 20 / 60, agents: 3 });
  });

  test("count from where every task is still kept, once old ones are forgotten", async () => {
    const live = (steps: number) => new Float64Array(steps).fill(9).fill(2, steps - 21);
    const known = { keptSinceMs: NOW_MS - 20 * 60_000, live };
    expect(await windowOf(known)).toEqual({ minutes: 20, agents: 2 });
    expect((await windowOf({ keptSinceMs: NOW_MS - 90 * 60_000 })).minutes).toBe(60);
  });

  test("read tasks in pages with a turn for others in between, and none that are older than needed", async () => {
    // 360 of the last hour, and older ones that ended before it.
    const { requests, reads, optimiser } = world(tasks(2_000));
    await optimiser.optimize(swarm, asked, never);
    expect(reads).toEqual([500, "pause", 500]);
    expect(requests[0]?.tasks.arrivals.arrivedMs).toHaveLength(358);
  });

  test("find a task that began long ago and still runs behind those that came since", async () => {
    const [last, ...others] = tasks(700).toReversed();
    const running = { kind: "running", agentId: "a", sinceMs: 0, deadlineMs: NOW_MS * 2 } as const;
    const state: TaskRecord["state"] = { ...running, handed: true, cancelledBy: null };
    const recent = others
      .slice(-510)
      .map((task, index) => ({ ...task, submittedAtMs: NOW_MS - 510_000 + index * 1_000 }));
    const { requests, optimiser } = world([...recent.toReversed(), { ...(last as TaskRecord), state }]);
    await optimiser.optimize(swarm, asked, never);
    expect(requests[0]?.tasks.services.ranMs.some(Number.isNaN)).toBe(true);
  });

  test("count from the oldest task that is looked at, where there are too many to look at all", async () => {
    const kept = tasks(12_000).map((task, index) => ({ ...task, submittedAtMs: NOW_MS - index * 100 }));
    const { requests, optimiser } = world(kept);
    await expect(optimiser.optimize(swarm, asked, never)).rejects.toMatchObject({ code: "optimize.infeasible" });
    expect(requests[0]?.tasks.fromMs).toBe(NOW_MS - 9_999 * 100);
  });

  test("given up between two pages are not searched for", async () => {
    const { requests, reads, optimiser } = world(tasks(2_000));
    const abort = new AbortController();
    const answer = optimiser.optimize(swarm, asked, abort.signal);
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: "aborted" });
    expect([reads, requests]).toEqual([[500, "pause"], []]);
  });

  test("of too few tasks say which lane, how many and how many are needed", async () => {
    const { optimiser } = world(tasks(12));
    const refused = await optimiser.optimize(swarm, asked, never).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "optimize.unmeasured" });
    expect(reasonText(refused as { code: string; args: Record<string, string | number> })).toContain(
      "Lane 'standard' had 12 tasks",
    );
  });

  const PRICES = { currency: "EUR", agentHour: 0.5, cpuHour: 2, memoryGigabyteHour: 1.25 };
  const refused = async (over: object, known: Known = {}, kept = tasks(60)) => {
    const { optimiser, requests } = world(kept, known);
    const error: unknown = await optimiser.optimize(swarm, { ...asked, ...over }, never).catch((one: unknown) => one);
    return { error: error as { code: string; args: Record<string, string | number> }, requests };
  };

  test("with prices have cost among their aims: agents for being there, on top the cores of the busy ones", async () => {
    const { requests, optimiser } = world(tasks(60), { prices: PRICES });
    const { front, currency, aimsLeftOut, weights, current, calibration } = await optimiser.optimize(
      swarm,
      asked,
      never,
    );
    expect({ currency, aimsLeftOut, weights }).toEqual({ currency: "EUR", aimsLeftOut: [], weights: DEFAULT_WEIGHTS });
    // 0.5 + 1.25 × 0.08 GB for being there; 2 × 0.08 cores while busy.
    expect(requests[0]?.kinds[0]?.price).toEqual({
      ...{ kind: "known", perHour: 0.6 },
      perBusyHour: expect.closeTo(0.16, 12),
    });
    const [lane] = calibration.lanes;
    if (lane?.kind !== "known" || lane.services[0]?.kind !== "known") throw new Error("not known");
    const busy = lane.arrivalsPerSec * lane.services[0].meanSec;
    // 60 tasks of 5.2 s within the hour.
    expect(busy).toBeCloseTo((60 * 5.2) / 3_600, 3);
    const costs = [...front, current].map((point) => {
      if (point === null) throw new Error("no current allocation");
      const agents = point.allocation.agents.reduce((sum, own) => sum + own.agents, 0);
      const cost = point.objectives.find(({ id }) => id === "minimizeCost")?.value;
      expect(cost).toBeCloseTo(0.6 * agents + 0.16 * busy, 9);
      return cost;
    });
    expect(costs.at(-1)).toBeCloseTo(3.6 + 0.16 * busy, 9);
  });

  test("leave cost out where what has a price was not measured, and take no figure for it", async () => {
    const unmeasured = { ...SIZES, cpuCores: null };
    const { requests, optimiser } = world(tasks(60), { prices: PRICES, sizes: unmeasured });
    const { aimsLeftOut, currency, front } = await optimiser.optimize(swarm, asked, never);
    expect(aimsLeftOut).toEqual([
      { id: "minimizeCost", reason: { code: "optimize.unmeasured", args: { datum: "cpu", kind: "docs" } } },
    ]);
    expect(currency).toBe("EUR");
    expect(requests[0]?.kinds[0]?.price).toEqual({ kind: "unknown", datum: "cpu" });
    expect(front[0]?.objectives.map(({ id }) => id)).not.toContain("minimizeCost");

    const known = { prices: PRICES, sizes: { ...SIZES, rssBytes: null } };
    const memory = { code: "optimize.unmeasured", args: { datum: "residentMemory", kind: "docs" } };
    expect((await refused({ budgetPerHour: 5 }, known)).error).toMatchObject(memory);
    expect((await refused({ weights: { minimizeCost: 1, balanceLoad: 1 } }, known)).error).toMatchObject(memory);
    // What is free needs no measurement.
    const free = world(tasks(60), {
      prices: { currency: "USD", agentHour: 1 },
      sizes: { rssBytes: null, cpuCores: null },
    });
    expect(await free.optimiser.optimize(swarm, asked, never)).toMatchObject({ currency: "USD", aimsLeftOut: [] });
  });

  test("keep a budget, and say that it binds where none can", async () => {
    // 350 tasks of 30 s in an hour keep 2.9 agents busy.
    const busyTasks = tasks(350).map((task) => ({
      ...task,
      state: { ...task.state, tookMs: 30_000 } as TaskRecord["state"],
    }));
    const { optimiser } = world(busyTasks, { prices: PRICES });
    const of = async (budgetPerHour: number | null) =>
      (await optimiser.optimize(swarm, { ...asked, budgetPerHour }, never)).front.map(({ allocation }) =>
        allocation.agents.reduce((sum, { agents }) => sum + agents, 0),
      );
    expect(Math.max(...(await of(null)))).toBeGreaterThan(6);
    // 3 busy ones use 0.47 EUR an hour of CPU: 4.2 EUR are 6 agents.
    expect(Math.max(...(await of(4.2)))).toBeLessThanOrEqual(6);
    const { error } = await refused({ budgetPerHour: 1 }, { prices: PRICES }, busyTasks);
    expect(error).toMatchObject({ code: "optimize.infeasible", args: { binding: "budget", alone: true } });
    expect(reasonText(error)).toContain("the budget for an hour");
  });

  test("are not searched with a budget when there are no prices", async () => {
    const { error, requests } = await refused({ budgetPerHour: 5 });
    expect([error.code, requests]).toEqual(["cost.noPrices", []]);
    expect(reasonText(error)).toContain("prices");
  });

  test("give a lane at least what is asked for, one to which nothing came among them", async () => {
    const { requests, optimiser } = world(tasks(60));
    const laneMinimums = { critical: 2, standard: 4, background: 0 };
    const { front } = await optimiser.optimize(swarm, { ...asked, laneMinimums }, never);
    expect(requests[0]?.lanes).toMatchObject([
      { lane: "critical", minAgents: 2 },
      { lane: "standard", minAgents: 4 },
    ]);
    for (const { allocation } of front) {
      const of = (lane: string) => allocation.lanes.find((one) => one.lane === lane)?.capacity ?? 0;
      expect(of("critical")).toBeGreaterThanOrEqual(2);
      expect(of("standard")).toBeGreaterThanOrEqual(4);
    }
    // Those that are not named keep their share of the swarm's own minimum.
    await optimiser.optimize(swarm, { ...asked, laneMinimums: { critical: 2 } }, never);
    expect(requests[1]?.lanes[1]).toMatchObject({ lane: "standard", minAgents: 1 });
  });

  test("say that minimums bind, or the most that the swarm may have", async () => {
    const { error } = await refused({ laneMinimums: { standard: 22 } });
    expect(error).toMatchObject({ code: "optimize.infeasible", args: { alone: true } });
    expect(String(error.args["binding"]).split(", ").toSorted()).toEqual(["agentsOfKind", "laneAgents"]);
    expect(reasonText(error)).toContain("the agents that a lane has at least");
  });

  test("are not begun once the service has ended", async () => {
    const { requests, optimiser } = world(tasks(60));
    optimiser.dispose();
    await expect(optimiser.optimize(swarm, asked, never)).rejects.toMatchObject({ code: "aborted" });
    expect(requests).toEqual([]);
  });
});
