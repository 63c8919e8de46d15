import { rmSync } from "node:fs";
import type { EngineConnection } from "../src/engine/client/types.ts";
import { demoSwarm } from "../src/engine/protocol/config.ts";
import type { ManagedSwarmRow } from "../src/engine/protocol/model.ts";
import { calls } from "../src/engine/protocol/rpc.ts";
import { DEMO_DAY_MS } from "../src/engine/providers/demo/day.ts";
import { Home } from "../test/engine/client/home.ts";
import { buildRealDist } from "../test/engine/integration/realEngine.ts";
import { report } from "./lib/report.ts";
import { simulateDays } from "../test/engine/integration/simulatedDays.ts";

/**
 * The demo swarm over one squeezed day (six minutes), three ways at once on this machine, each a real engine with real
 * workers and the same offered load: the adaptive scaler in `auto` with its forecast, the same without one (reactive
 * only), and a fixed size of 12. The days before, which a forecast has to have seen, are simulated into the stores of all
 * three. Waiting times are those of a first-come queue between the counts that the engine publishes once a second, so
 * they are known to about a second.
 */
const SIMULATED_DAYS = 4;
const FIXED = 12;
const SEED = 1;
const WARM_UP_MS = 15_000;

interface Variant {
  readonly name: string;
  readonly fixed: boolean;
  readonly predictionWeight: number;
}

const VARIANTS: readonly Variant[] = [
  { name: "auto with forecast", fixed: false, predictionWeight: 0.7 },
  { name: "auto, reactive only", fixed: false, predictionWeight: 0 },
  { name: `fixed ${FIXED}`, fixed: true, predictionWeight: 0.7 },
];

interface Sample {
  readonly atMs: number;
  readonly live: number;
  /** Tasks that ever came, and ever began. */
  readonly came: number;
  readonly began: number;
}

interface Run {
  readonly variant: Variant;
  readonly home: Home;
  readonly engine: EngineConnection;
  readonly samples: Sample[];
  readyTicks: number;
  ticks: number;
}

const dist = await buildRealDist();
const runs: Run[] = [];
try {
  for (const variant of VARIANTS) runs.push(await begin(variant));
  await pause(WARM_UP_MS);
  const fromMs = Date.now();
  for (const run of runs) run.samples.length = 0;
  process.stderr.write(`loop: one day takes ${DEMO_DAY_MS / 60_000} minutes\n`);
  await pause(DEMO_DAY_MS);
  for (const run of runs) await say(run, fromMs);
} finally {
  for (const { engine, home } of runs) {
    await home.stop(engine).catch(() => undefined);
    await home.remove();
  }
  rmSync(dist, { recursive: true, force: true });
}

async function begin(variant: Variant): Promise<Run> {
  const home = new Home();
  simulateDays(home.paths, SIMULATED_DAYS, SEED);
  const engine = await home.connect(home.options(dist));
  const { revision } = await engine.call(calls.configGet, {});
  const demo = demoSwarm.parse({
    mode: variant.fixed ? "observe" : "auto",
    initialAgents: variant.fixed ? FIXED : 4,
    seed: SEED,
    scaling: { predictionWeight: variant.predictionWeight },
  });
  await engine.call(calls.configPatch, { source: "bench", baseRevision: revision, patch: { demo, keepRunning: true } });
  await engine.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 60_000 });
  const run: Run = { variant, home, engine, samples: [], readyTicks: 0, ticks: 0 };
  await engine.subscribe("overview", true, ({ wallMs, swarms }) => {
    const row = swarms.find((swarm): swarm is ManagedSwarmRow => swarm.kind === "managed" && swarm.id === "demo");
    if (row === undefined) return;
    const busy = (row.demand ?? 0) - (row.waitingTasks ?? 0);
    const began = (row.tasksDone ?? 0) + busy;
    run.samples.push({ atMs: wallMs, live: row.live, began, came: began + (row.waitingTasks ?? 0) });
    run.ticks++;
    if (row.scaling?.inputs.forecastReason === null) run.readyTicks++;
  });
  return run;
}

async function say({ variant, engine, samples, readyTicks, ticks }: Run, fromMs: number): Promise<void> {
  const { decisions } = await engine.call(calls.decisions, { limit: 1_000 });
  const own = decisions.filter(({ origin, wallMs }) => origin === "scaler" && wallMs >= fromMs);
  const confirmed = own.filter(({ state }) => state.kind === "confirmed");
  const reversals = own.filter((d, at) => {
    const before = own[at + 1];
    return before !== undefined && d.to > d.from !== before.to > before.from;
  });
  const print = (name: string, value: number, unit: string): void =>
    void report({ bench: "loop", name: `${variant.name}: ${name}`, value, unit, better: "lower" });
  const waits = waitingSeconds(samples);
  print("waiting_p95", waits[Math.floor(waits.length * 0.95)] ?? Number.NaN, "s");
  print("waiting_mean", waits.reduce((sum, wait) => sum + wait, 0) / waits.length, "s");
  print("agent_seconds", agentSeconds(samples), "agent·s");
  print("actions", own.length, "actions");
  if (variant.fixed) return;
  print("actions_confirmed", confirmed.length, "actions");
  print("reversals", reversals.length, "reversals");
  if (variant.predictionWeight > 0) print("forecast_in_use", readyTicks / ticks, "share of ticks");
}

/** First come, first served: the k-th task waited from when the count that came passed k to when the count that began did. */
function waitingSeconds(samples: readonly Sample[]): number[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return [];
  const waits: number[] = [];
  for (let task = first.came + 1; task <= last.began; task++) {
    const came = crossing(samples, "came", task);
    const began = crossing(samples, "began", task);
    waits.push(Math.max(0, began - came) / 1000);
  }
  return waits.toSorted((a, b) => a - b);
}

function crossing(samples: readonly Sample[], count: "came" | "began", task: number): number {
  let low = 0;
  let high = samples.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.[count] ?? 0) >= task) high = middle;
    else low = middle + 1;
  }
  const after = samples[low];
  const before = samples[low - 1];
  if (after === undefined || before === undefined) return after?.atMs ?? 0;
  const share = (task - before[count]) / Math.max(1, after[count] - before[count]);
  return before.atMs + share * (after.atMs - before.atMs);
}

function agentSeconds(samples: readonly Sample[]): number {
  let sum = 0;
  samples.forEach(({ atMs, live }, index) => {
    const before = samples[index - 1];
    if (before !== undefined) sum += (live * (atMs - before.atMs)) / 1000;
  });
  return sum;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
