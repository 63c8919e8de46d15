import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import type { SwarmView } from "../../src/engine/ports.ts";
import type { AllocationRecord } from "../../src/engine/protocol/allocators.ts";
import type { Bottleneck } from "../../src/engine/protocol/bottlenecks.ts";
import type { PolicyReport } from "../../src/engine/protocol/dqn.ts";
import { historyPolicy } from "../../src/engine/protocol/config.ts";
import type { GuardState } from "../../src/engine/protocol/tasks.ts";
import { openStore, type Store } from "../../src/engine/store/store.ts";
import { SwarmReports, type SwarmReportsParts } from "../../src/engine/swarmReports.ts";
import { capacitySample } from "../cli/capacitySample.ts";
import { kpisSample } from "../cli/kpisSample.ts";
import { performanceReportOutput } from "../../src/engine/protocol/cli.ts";
import { decision, id, inputs } from "../views/decisions/decisions.ts";
import { managed, overview } from "../views/overviews.ts";

const T0 = Date.UTC(2026, 10, 24, 12, 0, 0);
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;
const swarm = {
  ...{ id: "docs", label: "Docs", agentType: "worker", timeScale: 1, mode: "recommend" },
  scaling: { policy: "adaptive" },
} as unknown as SwarmView;

let folder: string;
let store: Store;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
  clock = new ManualClock(0, T0 + HOUR_MS);
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const guard = {
  lanes: [{ shed: 2 }, { shed: 1 }],
  breakers: [
    { id: "swarm:docs", label: "Docs", of: "swarm", state: { kind: "closed" }, opens: 1 },
    { id: "swarm:other", label: "Other", of: "swarm", state: { kind: "open" }, opens: 9 },
    { id: "lane:standard", label: "standard", of: "lane", state: { kind: "halfOpen" }, opens: 3 },
  ],
} as unknown as GuardState;

const untrained = { trained: null, reason: { code: "training.none", args: {} } } as unknown as PolicyReport;

function reports(over: Partial<SwarmReportsParts> = {}): SwarmReports {
  return new SwarmReports({
    kpis: { report: () => Promise.resolve(kpisSample()) },
    bottlenecks: {
      find: (swarmId) => Promise.resolve({ swarmId, madeAtMs: T0, windowMs: 900_000, findings: [] }),
    },
    capacity: { plan: () => Promise.resolve(capacitySample()) },
    policies: { report: () => untrained },
    anomalies: { episodes: () => [] },
    ...{ series: store.series, decisions: store.decisions, allocations: store.allocations, events: store.events },
    overview: () => overview({ swarms: [managed({ id: "docs", scaling: null })] }),
    guard: () => guard,
    clock,
    pause: () => Promise.resolve(),
    ...over,
  });
}

const ask = (over: Partial<SwarmReportsParts> = {}, detailed = true, of = swarm) =>
  reports(over).report(of, { timeframe: "24h", detailed }, never);

/** One tick every ten seconds of the hour before now. */
function measured(of: (tick: number) => Readonly<Record<string, number | null>>): void {
  for (let tick = 0; tick < 360; tick++) {
    const values = Object.entries(of(tick)).map(([metric, value]) => {
      return { scope: "swarm" as const, key: "docs", metric, value, source: "measured" as const };
    });
    const wallMs = T0 + tick * 10_000;
    store.series.append({ wallMs, intervalMs: 10_000, values });
    store.series.maintain(wallMs, historyPolicy.parse({}));
  }
}

const event = (number: number, code: string, args: Record<string, string | number>, atMs = T0, swarmId = "docs") =>
  store.events.add({ id: id(number), wallMs: atMs, swarmId, code, args });

describe("a report of what is in the store", () => {
  test("tells the load with its spread, the tasks, and is of its contract", async () => {
    measured((tick) => ({
      ...{ live: 4, demand: tick === 100 ? 30 : tick < 180 ? 2 : 6, waitingTasks: 1, cpuCores: 2, rssBytes: 5e8 },
      ...{ tasksDone: tick, tasksFailed: Math.floor(tick / 100) },
    }));
    const report = await ask();
    expect(performanceReportOutput.parse(report)).toEqual(report);
    expect(report).toMatchObject({ swarmId: "docs", swarmLabel: "Docs", currency: "EUR", mode: "recommend" });
    if (report.load.kind === "unknown" || report.tasks.kind === "unknown") throw new Error("not told");
    const { series } = report.load.value;
    expect(series.map(({ metric }) => metric)).toEqual(["demand", "agents", "waitingTasks", "cpuCores", "rssBytes"]);
    expect(series[0]).toMatchObject({ p95: 6, greatest: 30, source: "measured" });
    expect(series[1]).toMatchObject({ p50: 4, p95: 4, greatest: 4, unit: "agents" });
    expect(series[0]?.mean.length).toBeLessThanOrEqual(288);
    // What stood at the first measured bucket was not seen to rise.
    expect(report.tasks.value.done).toBeGreaterThan(300);
    expect(report.tasks.value.done).toBeLessThan(360);
    expect(report.tasks.value.shed).toMatchObject({ count: 3 });
    const summary = await ask({}, false);
    if (summary.load.kind === "unknown") throw new Error("not told");
    expect(summary.load.value.series[0]?.mean.length).toBeLessThanOrEqual(96);
    expect(summary.load.value.series[0]).toMatchObject({ p95: 6, greatest: 30 });
  });

  test("says nothing of half of the time below thirty steps, but what was measured at most", async () => {
    for (let tick = 0; tick < 12; tick++)
      store.series.append({
        ...{ wallMs: T0 + tick * 10_000, intervalMs: 10_000 },
        values: [{ scope: "swarm", key: "docs", metric: "demand", value: tick, source: "measured" }],
      });
    const { load } = await ask();
    if (load.kind === "unknown") throw new Error("not told");
    expect(load.value.series).toMatchObject([{ metric: "demand", p50: null, p95: null, greatest: 11 }]);
    expect(load.value.series[0]?.steps).toBeLessThan(30);
  });

  test("of commands the agents are those that may run", async () => {
    measured(() => ({ live: 1, target: 5, demand: 3 }));
    const report = await ask({}, true, { ...swarm, agentType: "command" });
    if (report.load.kind === "unknown") throw new Error("not told");
    expect(report.load.value.series.find(({ metric }) => metric === "agents")).toMatchObject({ p50: 5 });
  });

  test("counts decisions of the window by state, and what those brought that were measured", async () => {
    const figures = { begun: 9, runs: 9, errorRatio: 0, demand: 1, cpuPressure: 0, memoryPressure: 0, ioPressure: 0 };
    const impact = (before: number | null, after: number | null) => ({
      windowMs: 1,
      before: { ...figures, waitedP95Ms: before },
      after: { ...figures, waitedP95Ms: after },
    });
    const add = (number: number, over: Partial<Parameters<typeof decision>[0]>) =>
      store.decisions.add(decision({ id: id(number), swarmId: "docs", wallMs: T0, ...over }));
    add(1, { wallMs: T0 - 24 * HOUR_MS });
    add(2, { swarmId: "other" });
    add(3, { impact: impact(4_000, 1_000) });
    add(4, { impact: impact(2_000, 3_000), undoneBy: id(7) });
    add(5, { impact: impact(null, 1_000), state: { kind: "refused", reason: { code: "scale.onHold", args: {} } } });
    add(6, {});
    const { decisions } = await ask();
    expect(decisions).toMatchObject({
      value: {
        ...{ total: 4, byState: { confirmed: 3, refused: 1 }, undone: 1 },
        effect: { measured: 2, shorter: 1, longer: 1, medianBeforeMs: 3_000, medianAfterMs: 2_000 },
      },
    });
    if (decisions.kind === "unknown") throw new Error("not told");
    expect(decisions.value.newest.map((one) => one.id)).toEqual([6, 5, 4, 3].map(id));
  });

  test("cuts long lists, and says of how many", async () => {
    for (let n = 1; n <= 520; n++) store.decisions.add(decision({ id: id(n), swarmId: "docs", wallMs: T0 }));
    const { decisions } = await ask();
    const short = await ask({}, false);
    if (decisions.kind === "unknown" || short.decisions.kind === "unknown") throw new Error("not told");
    expect([decisions.value.total, decisions.value.newest.length]).toEqual([520, 200]);
    expect([short.decisions.value.total, short.decisions.value.newest.length]).toEqual([520, 5]);
  });

  test("tells when its breaker was open and how it is now, and those of the lanes", async () => {
    event(1, "event.outage", { heldBack: 3, failed: 1, tookMs: 5_000 });
    event(2, "event.outage", { heldBack: 7, failed: 0, tookMs: 20_000 }, T0 + 60_000);
    event(3, "event.outage", { heldBack: 9, failed: 9, tookMs: 1 }, T0, "other");
    event(4, "event.outage", { heldBack: 9, failed: 9, tookMs: 1 }, T0 - 24 * HOUR_MS);
    event(5, "event.recovered", { cause: "agentDied", tookMs: 900 });
    const { breakers } = await ask();
    expect(breakers).toEqual({
      kind: "known",
      value: {
        outages: [
          { fromMs: T0 + 40_000, toMs: T0 + 60_000, heldBack: 7, failed: 0 },
          { fromMs: T0 - 5_000, toMs: T0, heldBack: 3, failed: 1 },
        ],
        ...{ outageCount: 2, outageMs: 25_000, recoveries: 1, longestRecoveryMs: 900 },
        now: [
          { id: "swarm:docs", label: "Docs", of: "swarm", state: "closed", opens: 1 },
          { id: "lane:standard", label: "standard", of: "lane", state: "halfOpen", opens: 3 },
        ],
      },
    });
  });

  test("tells each anomaly once: whole since the engine's start, and of earlier ones that they began", async () => {
    const figures = { value: 14, usualLow: 3, usualHigh: 6 };
    event(1, "event.anomaly", { metric: "demand", score: 0.9, ...figures }, T0);
    event(2, "event.anomaly", { metric: "demand", score: 0.9, ...figures }, T0 + 1_000_000);
    event(3, "event.anomaly", { metric: "somethingElse", ...figures }, T0);
    const { anomalies } = await ask({
      anomalies: {
        episodes: () => [{ metric: "demand", sinceMs: T0 + 990_000, toMs: T0 + 1_200_000, score: 0.9, ...figures }],
      },
    });
    expect(anomalies).toEqual({
      kind: "known",
      value: {
        total: 2,
        newest: [
          { metric: "demand", sinceMs: T0 + 990_000, toMs: T0 + 1_200_000, end: "ended", ...figures },
          { metric: "demand", sinceMs: T0, toMs: null, end: "noted", ...figures },
        ],
      },
    });
  });

  test("tells what it was given, and what all swarms were given together", async () => {
    const add = (number: number, swarmId: string, resource: "cpu" | "network", wallMs = T0) => {
      const limits =
        resource === "cpu" ? { resource, swarmId, nice: 5 } : { resource, lanes: { standard: 3 as const } };
      const record: AllocationRecord = {
        ...{
          id: id(number),
          wallMs,
          by: "CLI",
          undoOf: null,
          undoneBy: null,
          state: { kind: "applied", elapsedMs: 9 },
        },
        steps: [{ limits, previous: null, state: { kind: "confirmed", notes: [] } }],
      };
      store.allocations.add(record);
    };
    add(1, "docs", "cpu", T0 - 24 * HOUR_MS);
    add(2, "docs", "cpu");
    add(3, "other", "cpu");
    add(4, "", "network");
    const { allocations } = await ask();
    expect(allocations).toMatchObject({
      value: {
        total: 2,
        newest: [
          { id: id(4), changes: [{ from: null, to: { resource: "network" } }] },
          { id: id(2), changes: [{ from: null, to: { resource: "cpu", nice: 5 } }], impact: null },
        ],
      },
    });
  });
});

describe("a report of which a part cannot be told", () => {
  const PORTS = {
    kpis: { report: () => Promise.reject(new CodedError("kpi.notReady", { swarmId: "docs", windowMs: 1 })) },
    bottlenecks: { find: () => Promise.reject(new CodedError("store.read", {})) },
    capacity: { plan: () => Promise.reject(new CodedError("heavy.failed", {})) },
    anomalies: {
      episodes: () => {
        throw new TypeError("broken");
      },
    },
  } satisfies Partial<SwarmReportsParts>;

  test.each(Object.keys(PORTS) as (keyof typeof PORTS)[])("%s: says why, and keeps every other part", async (name) => {
    measured(() => ({ live: 1, demand: 1 }));
    const whole = await ask();
    const report = await ask({ [name]: PORTS[name] });
    expect(report[name].kind).toBe("unknown");
    for (const part of ["kpis", "load", "decisions", "anomalies", "breakers", "bottlenecks", "capacity"] as const)
      if (part !== name) expect(report[part].kind, part).toBe(whole[part].kind);
    expect(report.recommendations.kind).toBe("known");
    if (name === "kpis") expect(report.cost).toEqual(report.kpis);
  });

  test("of an empty store: no load, no tasks, and no made-up zero", async () => {
    const report = await ask({ kpis: PORTS.kpis });
    expect(report.load).toMatchObject({ kind: "unknown", reason: { code: "report.noLoad" } });
    expect(report.tasks).toMatchObject({ value: { done: null, failed: null } });
    expect(report.policies).toMatchObject({ kind: "unknown", reason: { code: "training.none" } });
    expect(report.decisions).toMatchObject({ value: { total: 0, effect: null } });
    expect(performanceReportOutput.parse(report)).toEqual(report);
  });

  test("what was given up ends as such, and nothing is left that nobody waits for", async () => {
    const given = new AbortController();
    let pauses = 0;
    const pause = () => {
      if (++pauses === 5) given.abort();
      return Promise.resolve();
    };
    const capacity = { plan: () => Promise.reject(new CodedError("aborted", {})) };
    const asked = { timeframe: "24h", detailed: true } as const;
    await expect(reports({ pause, capacity }).report(swarm, asked, given.signal)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(pauses).toBeLessThan(9);
  });
});

describe("what is recommended", () => {
  const waiting = (over: Parameters<typeof decision>[0]) => {
    const made = decision({ id: id(1), swarmId: "docs", state: { kind: "recommended" }, ...over });
    store.decisions.add(made);
    const { from, to, reason, inputs: rest } = made;
    if (rest === null) throw new Error("no inputs");
    const scaling = { from, to, reason, inputs: rest, recommendationId: made.id };
    return { overview: () => overview({ swarms: [managed({ id: "docs", scaling })] }) };
  };
  const first = async (over: Partial<SwarmReportsParts>) => {
    const { recommendations } = await ask(over);
    if (recommendations.kind === "unknown") throw new Error("not told");
    return recommendations.value;
  };

  test("that more agents wait for the operator, with the load that follows at the forecast peak", async () => {
    const over = waiting({ from: 6, to: 8, inputs: inputs({ live: 6, predictedRatio: 1.2, predictedInMs: 120_000 }) });
    const [one] = await first(over);
    expect(one).toMatchObject({ action: { code: "report.apply" }, evidence: { kind: "decision", decisionId: id(1) } });
    expect(one?.gain).toEqual({
      kind: "known",
      value: { kind: "load", fromRatio: 1.2, toRatio: expect.closeTo(0.9), inMs: 120_000 },
    });
  });

  test("that fewer do, by the higher of load and forecast", async () => {
    const over = waiting({ from: 8, to: 4, inputs: inputs({ live: 8, currentRatio: 0.2, predictedRatio: 0.3 }) });
    expect((await first(over))[0]?.gain).toMatchObject({ value: { kind: "agents", fewer: 4 } });
  });

  test("with a gain that is not known where the load was not measured", async () => {
    const over = waiting({ inputs: inputs({ currentRatio: null }) });
    expect((await first(over))[0]?.gain).toEqual({
      kind: "unknown",
      reason: { code: "report.gainNoLoad", args: {} },
    });
  });

  test("auto, where it would have avoided waiting, and not where it would have cost some", async () => {
    const shadowed = (waitAvoidedSeconds: number | null, observedMs = 600_000) => {
      const shadow = { target: 8, spanMs: observedMs, observedMs, waitAvoidedSeconds, agentHours: 0.5, changes: 2 };
      const scaling = {
        ...{ from: 6, to: 6, reason: { code: "scaling.inBand", args: {} }, recommendationId: null },
        inputs: inputs({ shadow }),
      };
      return first({ overview: () => overview({ swarms: [managed({ id: "docs", scaling })] }) });
    };
    expect((await shadowed(600)).map(({ action }) => action.code)).toContain("report.auto");
    expect((await shadowed(600, 5_000)).map(({ action }) => action.code)).not.toContain("report.auto");
    for (const none of [-600, 0, null])
      expect((await shadowed(none)).map(({ action }) => action.code)).not.toContain("report.auto");
  });

  test("each thing to do once, however many findings ask for it", async () => {
    const found = (severity: "minor" | "critical"): Bottleneck => ({
      ...{ component: "cpu", kind: "utilisation", subject: null, severity, reason: null, evidence: [] },
      ...{ thresholds: null, suggestion: { code: "bottleneck.cpu", args: {} } },
    });
    const findings = [found("minor"), found("critical")];
    const list = await first({
      bottlenecks: { find: (swarmId) => Promise.resolve({ swarmId, madeAtMs: T0, windowMs: 1, findings }) },
    });
    const asked = list.filter(({ action }) => action.code === "bottleneck.cpu");
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      evidence: { severity: "critical" },
      gain: { kind: "unknown", reason: { code: "report.gainUntried" } },
    });
  });
});
