import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { measureKpis } from "../../src/engine/analyse/kpis/measureKpis.ts";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { costOf } from "../../src/engine/decide/cost.ts";
import { leastSizes } from "../../src/engine/decide/policies/clairvoyant.ts";
import {
  agentsBytesOf,
  busyOf,
  costSteps,
  decisionsSince,
  increases,
  responsesOf,
  sumsOf,
} from "../../src/engine/kpiInputs.ts";
import type { KpiInputs, SwarmView } from "../../src/engine/ports.ts";
import type { Decision, DecisionState } from "../../src/engine/protocol/model.ts";
import type { KpiId } from "../../src/engine/protocol/kpis.ts";
import type { Prices } from "../../src/engine/protocol/prices.ts";
import { openStore, type Store } from "../../src/engine/store/store.ts";
import { SwarmKpis, type SwarmKpisParts } from "../../src/engine/swarmKpis.ts";
import { decision } from "../views/decisions/decisions.ts";

const T0 = Date.UTC(2026, 10, 24, 12, 0, 0);
const HOUR_MS = 3_600_000;
const GB = 1_000_000_000;
const never = new AbortController().signal;
const swarm = {
  ...{ id: "docs", agentType: "worker", timeScale: 1, minAgents: 1, maxAgents: 10 },
  startUpMs: () => 0,
} as unknown as SwarmView;

let folder: string;
let store: Store;
let clock: ManualClock;
let prices: Prices | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpi-"));
  clock = new ManualClock(0, T0 + HOUR_MS);
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  prices = null;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const partsOf = (measure: SwarmKpisParts["measure"]): SwarmKpisParts => ({
  ...store,
  clock,
  pause: () => Promise.resolve(),
  prices: () => prices,
  costOf,
  footprintBytes: () => GB,
  neededSizes: leastSizes,
  measure,
});
const kpis = (measure: SwarmKpisParts["measure"] = measureKpis) => new SwarmKpis(partsOf(measure));

/** One tick every ten seconds of the hour before now. */
function measured(of: (tick: number) => Readonly<Record<string, number | null>>, key = "docs"): void {
  for (let tick = 0; tick < 360; tick++) {
    const values = Object.entries(of(tick)).map(([metric, value]) => ({
      ...(metric === "tickMs" ? { scope: "machine" as const, key: "" } : { scope: "swarm" as const, key }),
      ...{ metric, value, source: "measured" as const },
    }));
    store.series.append({ wallMs: T0 + tick * 10_000, intervalMs: 10_000, values });
  }
}

async function figures(of = swarm): Promise<Readonly<Partial<Record<KpiId, number | string>>>> {
  const report = await kpis().report(of, "1h", never);
  return Object.fromEntries(
    report.kpis.map(({ id, figure }) => [id, figure.kind === "known" ? figure.value : figure.reason.code]),
  );
}

describe("key figures of an hour in the store", () => {
  test("come to what was put there", async () => {
    // 4 agents, 3 of them busy and 1 task waiting: demand 4. The counter of tasks begins anew in the middle.
    measured((tick) => ({
      ...{
        live: 4,
        demand: 4,
        waitingTasks: 1,
        rssBytes: 2 * GB,
        cpuCores: 2,
        forecastDemand: 5,
        startableRatio: 1,
        tickMs: 8,
      },
      tasksDone: tick < 180 ? 100 + tick : tick - 180,
    }));
    prices = { currency: "EUR", agentHour: 1, cpuHour: 0.5, memoryGigabyteHour: 0.25 };
    const found = await figures();
    expect(found).toMatchObject({
      utilisation: 0.75,
      // 1 of 4 agents is idle; of 4 GB 2 are not held.
      waste: 0.5,
      allocationAccuracy: 1,
      predictionAccuracy: 75,
      allocationLatency: 8,
      availability: 1,
      scalingResponse: "kpi.fewObservations",
      faultTolerance: "kpi.fewObservations",
    });
    // From the second step on one a tick: 179 before the engine began anew, then 179 more (its first tick is at 0).
    // An hour costs 4 · 1 + 2 · 0.5 + 2 · 0.25 = 5.5; the first step of 360 has no step before it.
    expect(found.costEfficiency).toBeCloseTo(358 / ((5.5 * 359) / 360), 3);
  });

  test("cost nothing that anybody knows without prices", async () => {
    measured(() => ({ live: 1, demand: 0, tasksDone: 3 }));
    const report = await kpis().report(swarm, "1h", never);
    expect(report.currency).toBeNull();
    expect(report.kpis.find(({ id }) => id === "costEfficiency")?.figure).toEqual({
      kind: "unknown",
      reason: { code: "cost.noPrices", args: {} },
    });
    // One agent, zero arrivals: nobody is busy, and the one that is there is the least that the swarm may have.
    expect(await figures()).toMatchObject({ utilisation: 0, allocationAccuracy: 1 });
  });

  test("bill an engine that ran for a part of a step for that part", async () => {
    // Ten minutes of the last day, in quarters of an hour of the month: one agent.
    for (let minute = 0; minute < 10; minute++)
      store.series.append({
        wallMs: T0 - HOUR_MS + minute * 60_000,
        intervalMs: 60_000,
        values: [{ scope: "swarm", key: "docs", metric: "live", value: 1, source: "measured" }],
      });
    prices = { currency: "EUR", agentHour: 6 };
    const seen: KpiInputs[] = [];
    await kpis((inputs) => {
      seen.push(inputs);
      return [];
    }).report(swarm, "30d", never);
    const cost = seen[0]?.totals.series.cost.filter((value) => !Number.isNaN(value)) ?? [];
    expect([...cost].map((value) => Math.round(value * 1_000) / 1_000)).toEqual([1]);
  });

  test("of recoveries, outages and decisions in the window alone", async () => {
    measured(() => ({ live: 4, demand: 2 }));
    const add = (n: number, wallMs: number, code: string, args: Record<string, number>) =>
      store.events.add({ id: `${code} ${n}`, wallMs, swarmId: "docs", code, args });
    for (let n = 0; n < 40; n++) {
      add(n, T0 + n * 60_000, "event.recovered", { tookMs: 1_000 * (n + 1) });
      add(n, T0 + n * 60_000, "event.outage", { heldBack: 3, failed: 1 });
      const { undoRefusal: _refusal, ...row } = decision({ id: String(n), swarmId: "docs", wallMs: T0 + n * 60_000 });
      store.decisions.add({ ...row, from: 2, to: 3, state: { kind: "confirmed", live: 3, elapsedMs: 100 * (n + 1) } });
    }
    // Before the window, and another swarm's.
    add(99, T0 - HOUR_MS, "event.recovered", { tookMs: 9_999_999 });
    store.events.add({
      id: "x",
      wallMs: T0 + 1,
      swarmId: "b",
      code: "event.outage",
      args: { heldBack: 0, failed: 999 },
    });
    expect(await figures()).toMatchObject({
      recoveryTime: 38_000,
      breakerEffectiveness: 0.75,
      scalingResponse: 3_800,
    });
  });

  test("of a time in which nothing was measured are refused, and so is a call that was given up", async () => {
    await expect(kpis().report(swarm, "1h", never)).rejects.toMatchObject({ code: "kpi.notReady" });
    measured(() => ({ live: 1 }), "other");
    await expect(kpis().report(swarm, "30d", never)).rejects.toMatchObject({ code: "kpi.notReady" });
    await expect(kpis().report(swarm, "1h", AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  });

  test("count the memory of agents alone as theirs", async () => {
    // 4 GB are allotted to 4 agents, which hold one; what serves them holds three more.
    measured(() => ({ live: 4, demand: 4, waitingTasks: 0, rssBytes: 4 * GB, supportRssBytes: 3 * GB }));
    expect(await figures()).toMatchObject({ waste: 0.75 });
  });

  test("of commands rest on how many may run, and nobody waits for one to be seen", async () => {
    // Four may run, two do: each that runs is busy.
    measured(() => ({ live: 2, target: 4, demand: 2, waitingTasks: 0, rssBytes: GB }));
    for (let n = 0; n < 40; n++) {
      const { undoRefusal: _refusal, ...row } = decision({ id: String(n), swarmId: "docs", wallMs: T0 + n * 60_000 });
      store.decisions.add({ ...row, from: 2, to: 3, state: { kind: "confirmed", live: 0, elapsedMs: 1 } });
    }
    const commands = { ...swarm, agentType: "command" } as const;
    expect(await figures(commands)).toMatchObject({
      utilisation: 0.5,
      waste: 0.75,
      scalingResponse: "kpi.fewObservations",
    });
    expect(await figures()).toMatchObject({ utilisation: 1, scalingResponse: 1 });
  });

  test("are read one series at a time and measured by themselves, with a pause before each", async () => {
    measured(() => ({ live: 4, demand: 2, tasksDone: 3 }));
    const did: string[] = [];
    const noted = new SwarmKpis({
      ...partsOf((inputs) => {
        did.push("measure");
        return measureKpis(inputs);
      }),
      pause: () => {
        did.push("pause");
        return Promise.resolve();
      },
      series: {
        steps: (...args) => {
          did.push("read 1");
          return store.series.steps(...args);
        },
        range: (query) => {
          did.push(`read ${query.series.length}`);
          return store.series.range(query);
        },
      },
    });
    await noted.report(swarm, "1h", never);
    expect(new Set(did)).toEqual(new Set(["pause", "read 1", "measure"]));
    for (const [at, what] of did.entries()) if (what !== "pause") expect([at, did[at - 1]]).toEqual([at, "pause"]);
  });

  test("say how much of the time was measured", async () => {
    measured((tick) => ({ live: tick < 180 ? 1 : null }));
    expect((await kpis().report(swarm, "1h", never)).coverageRatio).toBe(0.5);
  });
});

describe("counters", () => {
  test("rise by differences, begin anew at 0, and what rose in a gap counts after it", () => {
    const of = (...greatest: (number | null)[]) => [...increases({ min: greatest, max: greatest })];
    expect(of(5, 7, 3, null, 9)).toEqual([2, 3, Number.NaN, 6]);
    expect(of(null, 4, 4)).toEqual([Number.NaN, 0]);
    expect(of()).toEqual([]);
  });

  test("of an engine that passed the old one's value within one step count from 0", () => {
    // 5, then a new engine does 8 in one step and 4 in the next.
    expect([...increases({ min: [4, 0, 9], max: [5, 8, 12] })]).toEqual([8, 4]);
  });

  test("of an engine that ended in a step count up to there, and those of the new one in the next", () => {
    // The old one went from 100 to 105, the new one is at 3 at the end of that step and at 110 at the end of the next.
    expect([...increases({ min: [98, 0, 4, 111], max: [100, 105, 110, 112] })]).toEqual([5, 110, 2]);
    expect([...increases({ min: [98, 0, 4], max: [100, 105, 9] })]).toEqual([5, 9]);
    expect([...increases({ min: [98, 0], max: [100, 105] })]).toEqual([5]);
  });
});

test("busy is demand less what waits, and the demand itself where no tasks are counted", () => {
  const nothing = new Float64Array(2).fill(Number.NaN);
  expect([...busyOf(Float64Array.of(5, 1), Float64Array.of(2, 3))]).toEqual([3, 0]);
  expect([...busyOf(Float64Array.of(5, 1), Float64Array.of(2, Number.NaN))]).toEqual([3, Number.NaN]);
  expect([...busyOf(Float64Array.of(0.5, 1), nothing)]).toEqual([0.5, 1]);
});

test("agents hold what the swarm does less what serves it, and all of it where nothing serves it", () => {
  const nothing = new Float64Array(2).fill(Number.NaN);
  expect([...agentsBytesOf(Float64Array.of(5, 1), Float64Array.of(2, 3))]).toEqual([3, 0]);
  expect([...agentsBytesOf(Float64Array.of(5, 1), Float64Array.of(2, Number.NaN))]).toEqual([3, Number.NaN]);
  expect([...agentsBytesOf(Float64Array.of(5, 1), nothing)]).toEqual([5, 1]);
});

test("a step costs what was used in it; one that was not measured costs no one knows what", () => {
  const used = {
    live: Float64Array.of(2, Number.NaN),
    cpuCores: Float64Array.of(1, 1),
    rssBytes: Float64Array.of(GB, GB),
  };
  const by = (current: Prices) => costSteps(used, HOUR_MS / 2, (use) => costOf(use, current));
  const { cost, reason } = by({ currency: "EUR", agentHour: 3, memoryGigabyteHour: 2 });
  expect([...cost]).toEqual([4, Number.NaN]);
  expect(reason).toBeNull();
});

test("sums are of what is known, and unknown where nothing is", () => {
  const values = Float64Array.of(1, Number.NaN, 2, 3, Number.NaN, Number.NaN);
  expect([...sumsOf(values, 2)]).toEqual([1, 5, Number.NaN]);
  expect([...sumsOf(values, 1)]).toEqual([...values]);
});

describe("decisions", () => {
  const at = (n: number, wallMs: number): Decision => ({ ...decision({ id: String(n), wallMs }) });

  test("are read page by page until one is older", () => {
    const all = Array.from({ length: 1_200 }, (_, n) => at(n, 2_000 - n));
    const list = ({ limit, before }: { limit: number; before?: string | undefined }) => {
      const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
      return all.slice(from, from + limit);
    };
    expect(decisionsSince({ list }, "docs", 1_100)).toHaveLength(901);
    expect(decisionsSince({ list }, "docs", 0)).toHaveLength(1_200);
  });

  test("respond when they grew in one step and were seen or given up", () => {
    const of = (state: DecisionState, over: Partial<Decision> = {}) =>
      responsesOf([{ ...at(1, 5), from: 2, to: 4, state, ...over }], { agentType: "worker" }).map(
        ({ elapsedMs }) => elapsedMs,
      );
    const confirmed: DecisionState = { kind: "confirmed", live: 4, elapsedMs: 7 };
    const late: DecisionState = { kind: "unconfirmed", live: 3, elapsedMs: 60_000, reason: { code: "x.y", args: {} } };
    expect(of(confirmed)).toEqual([7]);
    expect(of(late)).toEqual([60_000]);
    // Given up within the time that is meant for it, or because of something else: nobody knows how long it would have taken.
    expect(of({ ...late, elapsedMs: 30_000 })).toEqual([30_000]);
    expect(of({ ...late, elapsedMs: 29_999 })).toEqual([]);
    for (const code of ["scale.superseded", "aborted"]) expect(of({ ...late, reason: { code, args: {} } })).toEqual([]);
    expect(of(confirmed, { to: 1 })).toEqual([]);
    expect(of(confirmed, { plan: { steps: [3, 4], at: 4 } })).toEqual([]);
    expect(of({ kind: "recommended" })).toEqual([]);
  });
});
