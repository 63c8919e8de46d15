import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { connected } from "./steps.ts";

/** Swarms with somebody's load as their past, for tests of what is made of it. */

const DAY_MS = 86_400_000;
/** Where in its day a trace ends, whatever the hour: while the load rises. What can be said of it is then always the same. */
const END_PHASE = 0.3;

/**
 * Agents' worth of work, ending about now: a day's curve with noise, and now and then a spike of three steps.
 * @param spikeEvery steps from one spike to the next
 */
export function trace(stepMs: number, steps: number, spikeEvery: number): string {
  const rng = createRng(7);
  const end = Math.floor(Date.now() / stepMs) * stepMs;
  const rows = Array.from({ length: steps }, (_, t) => {
    const atMs = end - (steps - 1 - t) * stepMs;
    const day = 6 - 4 * Math.cos(2 * Math.PI * (END_PHASE - (end - atMs) / DAY_MS));
    const spike = t % spikeEvery >= 300 && t % spikeEvery < 303 ? 14 : 0;
    return `${new Date(atMs).toISOString()},${Math.max(0, day * (1 + 0.08 * normal(rng)) + spike).toFixed(3)}`;
  });
  return `time,load\n${rows.join("\n")}\n`;
}

async function configure(change: (swarms: readonly { readonly id: string }[]) => readonly object[]): Promise<void> {
  const engine = await (await connected()).session.connection();
  const { revision, values } = await engine.call(calls.configGet, {});
  const swarms = change(values.swarms) as typeof values.swarms;
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms } });
}

/** A swarm of commands that has no past. @param command one process of it a task */
export async function defineSwarm(id: string, command = "cat", args: readonly string[] = []): Promise<void> {
  const swarm = {
    id,
    label: id,
    command,
    args,
    agents: "command",
    minAgents: 1,
    maxAgents: 20,
    drainTimeoutSeconds: 1,
  };
  await configure((swarms) => [...swarms, swarm]);
  const test = await connected();
  await waitFor("its row", () => test.overview()?.swarms.some((one) => one.id === id) === true);
}

export async function removeSwarm(id: string): Promise<void> {
  await configure((swarms) => swarms.filter((one) => one.id !== id));
}

/** Makes this the swarm's past, by command and after a look at the preview. */
export async function importPast(swarmId: string, csv: string): Promise<void> {
  const engine = await (await connected()).session.connection();
  const folder = await mkdtemp(join(tmpdir(), "swarm-trace-"));
  const path = join(folder, "trace.csv");
  await writeFile(path, csv);
  const wish = { swarmId, path, column: "load", metric: "demand", shiftToNow: false };
  const done = vscode.commands.executeCommand("swarm.importMetrics", wish);
  const dialog = await waitFor("the preview", () => driver.dialogText(), {
    deadlineMs: 30_000,
    show: async () => [await driver.notifications(), await driver.quickPickItems()],
  });
  assert.match(`${dialog.message} ${dialog.detail}`, /trace\.csv/);
  await driver.dialogChoose("Import");
  const imported = async () => {
    const toMs = Date.now();
    const key = { scope: "swarm", key: swarmId, metric: "demand" } as const;
    const { series } = await engine.call(calls.history, { series: [key], fromMs: toMs - 864e5, toMs, points: 100 });
    return series[0]?.imported ?? [];
  };
  await waitFor("the history", async () => (await imported()).length > 0, {
    deadlineMs: 60_000,
    show: () => driver.notifications(),
  });
  await done;
  await rm(folder, { recursive: true });
}
