import { rmSync } from "node:fs";
import type { EngineConnection } from "../src/engine/client/types.ts";
import { demoSwarm } from "../src/engine/protocol/config.ts";
import type { AllocationPoint, ObjectiveId } from "../src/engine/protocol/optimize.ts";
import { calls } from "../src/engine/protocol/rpc.ts";
import type { TaskRow } from "../src/engine/protocol/tasks.ts";
import { DEMO_DAY_MS } from "../src/engine/providers/demo/day.ts";
import { Home } from "../test/engine/client/home.ts";
import { buildRealDist } from "../test/engine/integration/realEngine.ts";
import { report } from "./lib/report.ts";

/**
 * How far the latency that the optimiser predicts for an allocation is from the one that is measured once it is applied: a
 * real engine, real workers, the demo swarm with nobody sizing it. One day of its own (six minutes) is looked at, the best
 * allocation for the default weights is applied, and the next day is measured: mean time from the arrival of a task to its
 * end, over all that arrived on that day and ended. The day after is not the same day: its spikes come at other times.
 */
const AGENTS = 12;
const SEED = 1;
const SETTLE_MS = 10_000;
const PAGE = 500;

const dist = await buildRealDist();
const home = new Home();
let engine: EngineConnection | null = null;
try {
  engine = await home.connect(home.options(dist));
  const { revision } = await engine.call(calls.configGet, {});
  const demo = demoSwarm.parse({ mode: "observe", initialAgents: AGENTS, seed: SEED });
  await engine.call(calls.configPatch, { source: "bench", baseRevision: revision, patch: { demo, keepRunning: true } });
  await engine.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 60_000 });
  process.stderr.write(`allocation: two days of ${DEMO_DAY_MS / 60_000} minutes\n`);
  await pause(SETTLE_MS + DEMO_DAY_MS);
  const before = await measured(engine, Date.now() - DEMO_DAY_MS);

  const answer = await engine.call(calls.optimize, { swarmId: "demo" });
  const pick = answer.front[answer.pick];
  if (pick === undefined) throw new Error("the front has no pick");
  const preview = await engine.call(calls.allocationPreview, { swarmId: "demo", allocation: pick.allocation });
  if (preview.refusal !== null) throw new Error(`refused: ${JSON.stringify(preview.refusal)}`);
  process.stderr.write(`allocation: ${JSON.stringify(preview.changes)}\n`);
  const record = await engine.call(calls.allocationApply, { plan: preview.plan });
  if (record.state.kind !== "applied") throw new Error(`not applied: ${JSON.stringify(record.state)}`);
  await pause(SETTLE_MS);
  const fromMs = Date.now();
  await pause(DEMO_DAY_MS);
  const after = await measured(engine, fromMs);

  const print = (name: string, value: number, unit: string, better: "lower" | "higher"): void =>
    void report({ bench: "allocation", name, value, unit, better });
  const { current, calibration } = answer;
  const now = current === null ? Number.NaN : aim(current, "minimizeLatency");
  print("agents before", AGENTS, "agents", "lower");
  print(
    "agents after",
    pick.allocation.agents.reduce((sum, cell) => sum + cell.agents, 0),
    "agents",
    "lower",
  );
  print("latency before, by the model", now, "s", "lower");
  print("latency before, measured", before.latencySec, "s", "lower");
  print("latency after, predicted", aim(pick, "minimizeLatency"), "s", "lower");
  print("latency after, measured", after.latencySec, "s", "lower");
  print(
    "latency after, |predicted − measured| ÷ measured",
    off(aim(pick, "minimizeLatency"), after.latencySec),
    "ratio",
    "lower",
  );
  print("utilisation after, predicted", aim(pick, "maximizeUtilization"), "ratio", "higher");
  print("waits of the first day, error of the model (WAPE)", calibration.waitWape ?? Number.NaN, "ratio", "lower");
  print("tasks of the second day", after.tasks, "tasks", "higher");
} finally {
  if (engine !== null) await home.stop(engine).catch(() => undefined);
  await home.remove();
  rmSync(dist, { recursive: true, force: true });
}

function aim(point: AllocationPoint, id: ObjectiveId): number {
  return point.objectives.find((one) => one.id === id)?.value ?? Number.NaN;
}

function off(predicted: number, actual: number): number {
  return Math.abs(predicted - actual) / actual;
}

async function measured(connection: EngineConnection, fromMs: number): Promise<{ latencySec: number; tasks: number }> {
  const latencies: number[] = [];
  for (let before: string | undefined; ;) {
    const page = await connection.call(calls.tasks, {
      ...{ swarmId: "demo", limit: PAGE },
      ...(before === undefined ? {} : { before }),
    });
    for (const row of page.tasks) {
      const endedAtMs = endOf(row);
      if (row.submittedAtMs >= fromMs && endedAtMs !== null) latencies.push(endedAtMs - row.submittedAtMs);
    }
    const last = page.tasks.at(-1);
    if (last === undefined || !page.more || last.submittedAtMs < fromMs) break;
    before = last.id;
  }
  const sum = latencies.reduce((all, ms) => all + ms, 0);
  return { latencySec: sum / latencies.length / 1_000, tasks: latencies.length };
}

function endOf({ state }: TaskRow): number | null {
  return state.kind === "done" ? state.atMs : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
