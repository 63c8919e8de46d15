import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/engine/common/clock.ts";
import { createRng } from "../src/engine/common/rng.ts";
import { HeavyChild } from "../src/engine/act/heavyChild.ts";
import { Footprints } from "../src/engine/decide/footprints.ts";
import { createLookBack, type LookBackParts } from "../src/engine/lookBack.ts";
import type { SeriesValue, SwarmView } from "../src/engine/ports.ts";
import { configValues, historyPolicy } from "../src/engine/protocol/config.ts";
import type { Decision } from "../src/engine/protocol/model.ts";
import type { GuardState } from "../src/engine/protocol/tasks.ts";
import { openStore, type Store } from "../src/engine/store/store.ts";
import { exportedReport } from "../src/text/report/exports.ts";
import { moreReasons } from "../src/text/moreReasons.ts";
import { addReasons } from "../src/text/reasons.ts";
import { decision, inputs } from "../test/views/decisions/decisions.ts";
import { managed, overview } from "../test/views/overviews.ts";
import { median, report as print } from "./lib/report.ts";

/**
 * A detailed report on a week: series by the quarter of a minute, thousands of decisions and events, in a real store, by the
 * services as the engine joins them; growth through the heavy child. First the one that nothing was kept for, then others.
 */
const bench = "report";
const WEEK_MS = 7 * 86_400_000;
const TICK_MS = 15_000;
const DECISIONS = 4_000;
const EVENTS = 3_000;
const ROUNDS = 5;
/** Longest that the engine may be kept from its ticks by one stretch of work. */
const TICK_PATIENCE_MS = 100;
const swarmId = "docs";

const toMs = Math.floor(Date.now() / TICK_MS) * TICK_MS;
const fromMs = toMs - WEEK_MS;
const uuid = (n: number): string => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`;

function writeSeries(store: Store): void {
  const rng = createRng(7);
  const policy = historyPolicy.parse({});
  let done = 0;
  for (let wallMs = fromMs; wallMs < toMs; wallMs += TICK_MS) {
    const day = Math.sin((2 * Math.PI * (wallMs % 86_400_000)) / 86_400_000);
    const demand = Math.max(0, 8 + 5 * day + rng() * 2);
    const live = Math.max(2, Math.ceil(demand * 1.2));
    done += demand / 8;
    const values = [
      ...of("swarm", swarmId, {
        ...{ demand, live, target: live, waitingTasks: Math.max(0, demand - live), cpuCores: demand * 0.4 },
        ...{ rssBytes: live * 4e8, tasksDone: Math.floor(done), tasksFailed: Math.floor(done / 90) },
        ...{ faultTasksDone: 0, faultTasksFailed: 0, startableRatio: 1, forecastDemand: demand * 1.05 },
      }),
      ...of("machine", "", {
        ...{ tickMs: 4 + rng(), cpuBusyRatio: 0.3 + 0.02 * demand, memoryUsedBytes: 8e9 + live * 4e8 },
        ...{ diskUsedBytes: 4e10, memoryPressureRatio: 0, cpuPressureRatio: 0.05, ioPressureRatio: 0.01 },
      }),
    ];
    if (!store.series.append({ wallMs, intervalMs: TICK_MS, values })) throw new Error("a tick was not kept");
    store.series.maintain(wallMs, policy);
  }
}

function of(scope: "swarm" | "machine", key: string, figures: Readonly<Record<string, number>>): SeriesValue[] {
  return Object.entries(figures).map(([metric, value]) => ({ scope, key, metric, value, source: "measured" }));
}

function writeRows(store: Store): void {
  const figures = {
    begun: 40,
    runs: 40,
    errorRatio: 0.01,
    demand: 8,
    cpuPressure: 0,
    memoryPressure: 0,
    ioPressure: 0,
  };
  for (let n = 0; n < DECISIONS; n++) {
    const wallMs = Math.round(fromMs + (n / DECISIONS) * WEEK_MS);
    const made: Decision = decision({
      ...{ id: uuid(n), swarmId, wallMs, inputs: inputs(), from: 6, to: n % 2 === 0 ? 8 : 5 },
      reason: { code: "scaling.up", args: { current: 0.92, threshold: 0.8 } },
      impact: {
        windowMs: 300_000,
        before: { ...figures, waitedP95Ms: 900 + (n % 700) },
        after: { ...figures, waitedP95Ms: 500 + (n % 900) },
      },
    });
    store.decisions.add(made);
  }
  const codes = [
    ["event.outage", { heldBack: 3, failed: 1, tookMs: 20_000 }],
    ["event.recovered", { cause: "agentDied", tookMs: 4_000 }],
    ["event.anomaly", { metric: "demand", value: 20, usualLow: 4, usualHigh: 14, score: 0.9 }],
    ["event.mode", { from: "recommend", to: "auto", by: "CLI" }],
  ] as const;
  for (let n = 0; n < EVENTS; n++) {
    const [code, args] = codes[n % codes.length] as (typeof codes)[number];
    const wallMs = Math.round(fromMs + (n / EVENTS) * WEEK_MS);
    store.events.add({ id: uuid(100_000 + n), wallMs, swarmId, code, args });
  }
}

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "bench-report-"));
const heavy = new HeavyChild({
  script: join(root, "src/engine/heavy.ts"),
  filesFolder: join(root, "node_modules/@bsull/augurs"),
});
const clock = { ...systemClock, wallMs: () => toMs };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
try {
  const store = openStore({ path: join(folder, "a.db"), machineId: "bench", clock });
  writeSeries(store);
  writeRows(store);
  const config = configValues.parse({ prices: { currency: "EUR", agentHour: 0.4, cpuHour: 0.05 } });
  const swarm = {
    ...{ id: swarmId, label: "Docs", agentType: "worker", supportOf: null, timeScale: 1, mode: "auto" },
    ...{ minAgents: 1, maxAgents: 24, scaling: { policy: "adaptive", targetUtilisation: 0.7 }, startUpMs: () => 8_000 },
  } as unknown as SwarmView;
  const swarms = { list: () => [swarm], get: () => swarm } as unknown as LookBackParts["swarms"];
  const footprints = new Footprints({ models: store.models, targetOf: () => 6 });
  const guard = { lanes: [], breakers: [], wallMs: toMs, faults: null } as unknown as GuardState;
  const now = overview({ swarms: [managed({ id: swarmId, demo: false, timeScale: 1 })] });
  const lookBack = createLookBack({
    ...{ ...store, heavy, clock, swarms, footprints },
    work: { counts: () => null, startable: () => null } as unknown as LookBackParts["work"],
    forecasts: { latest: () => null } as unknown as LookBackParts["forecasts"],
    policies: {
      report: () => ({ trained: null, reason: { code: "training.none", args: {} } }) as never,
    },
    anomalies: { episodes: () => [] },
    preview: () => Promise.reject(new Error("nothing is allocated here")),
    config: () => config,
    overview: () => now,
    guard: () => guard,
    cpuCores: () => 8,
    ...{ profileFolder: folder, log: quiet, ownPids: new Set<number>() },
    networkOf: () => ({ reason: { code: "training.none", args: {} } }) as never,
  });
  const signal = new AbortController().signal;
  const make = () => lookBack.reports.report(swarm, { timeframe: "7d", detailed: true }, signal);
  const firstBegun = performance.now();
  const made = await make();
  const firstMs = performance.now() - firstBegun;
  for (const part of ["kpis", "load", "tasks", "cost", "decisions", "anomalies", "breakers", "capacity"] as const)
    if (made[part].kind === "unknown") throw new Error(`${part}: ${JSON.stringify(made[part])}`);
  if (made.decisions.kind === "known" && made.decisions.value.total < DECISIONS - 1)
    throw new Error("decisions are missing");

  const times: number[] = [];
  let longestMs = 0;
  let last = performance.now();
  // A tick that is due is late by the longest stretch of work that nothing interrupts.
  const watch = setInterval(() => {
    const at = performance.now();
    longestMs = Math.max(longestMs, at - last);
    last = at;
  }, 1);
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    await make();
    times.push(performance.now() - begun);
  }
  clearInterval(watch);
  print({ bench, name: "first_detailed_week", value: firstMs, unit: "ms", target: 2_000, better: "lower" });
  print({ bench, name: "detailed_week", value: median(times), unit: "ms", target: 2_000, better: "lower" });
  print({ bench, name: "longest_stretch", value: longestMs, unit: "ms", target: TICK_PATIENCE_MS, better: "lower" });

  addReasons(moreReasons);
  for (const format of ["html", "md", "json"] as const) {
    const rendered: number[] = [];
    let text = "";
    for (let round = 0; round <= ROUNDS; round++) {
      const begun = performance.now();
      text = exportedReport(made, format);
      if (round > 0) rendered.push(performance.now() - begun);
    }
    print({ bench, name: `${format}_rendering`, value: median(rendered), unit: "ms", better: "lower" });
    print({ bench, name: `${format}_size`, value: text.length / 1_000, unit: "kB", better: "lower" });
  }
  lookBack.dispose();
  store.close();
} finally {
  heavy.dispose();
  rmSync(folder, { recursive: true, force: true });
}
