import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { TestApi } from "../../src/extension.ts";
import type { AgentRow, ManagedSwarmRow } from "../../src/engine/protocol/model.ts";
import type { Lane } from "../../src/engine/protocol/lanes.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import type { TreeRow } from "./harness/operations.ts";
import { waitFor } from "./harness/waitFor.ts";

/** Steps that several editor tests take. Each can be the first: every file runs alone as well. */

export const AGENTS = "Agents";
/** Starting an engine on two busy cores, with a login shell to ask for its environment. */
const SLOW_MS = 30_000;

export async function api(): Promise<TestApi> {
  return (await extensionUnderTest().activate()) as TestApi;
}

export async function connected(): Promise<TestApi> {
  const test = await api();
  await waitFor("the engine", () => test.session.state.kind === "connected" && test.overview() !== null, {
    deadlineMs: SLOW_MS,
    show: () => test.session.state,
  });
  return test;
}

export async function showAgents(): Promise<void> {
  await vscode.commands.executeCommand("swarm.agents.focus");
}

/** `null` while it is not there: for what waits. */
async function demoNow(): Promise<ManagedSwarmRow | null> {
  const row = (await api()).overview()?.swarms.find((swarm) => swarm.id === "demo");
  return row?.kind === "managed" ? row : null;
}

export async function demo(): Promise<ManagedSwarmRow> {
  const row = await demoNow();
  assert.ok(row !== null, "the demo is not among the swarms");
  return row;
}

/** The demo running, every wanted agent alive, its row in sight. */
export async function startedDemo(): Promise<ManagedSwarmRow> {
  const test = await connected();
  await showAgents();
  const row = test.overview()?.swarms.find((swarm) => swarm.id === "demo");
  if (row?.kind !== "managed" || row.activity.kind === "stopped") {
    await vscode.commands.executeCommand("swarm.startDemo");
  }
  await rowLike(/^demo/);
  return waitFor(
    "all agents of the demo",
    async () => {
      const now = await demoNow();
      return now !== null && now.live === now.target && now.live > 0 && now.agents.length === now.live && now;
    },
    { deadlineMs: SLOW_MS, show: demoNow },
  );
}

/** The demo at exactly this size, by a call that asks nobody: where a test needs a beginning, not a dialog. */
export async function demoOf(size: number): Promise<ManagedSwarmRow> {
  await startedDemo();
  const connection = await (await api()).session.connection();
  await connection.call(calls.swarmScale, { swarmId: "demo", target: size, deadlineMs: 60_000, atOnce: true });
  return waitFor(
    `${size} agents`,
    async () => {
      const now = await demoNow();
      return now !== null && now.live === size && now.agents.length === size && now;
    },
    { deadlineMs: SLOW_MS, show: demoNow },
  );
}

export function rowLike(label: RegExp, description = /(?:)/): Promise<TreeRow> {
  return waitFor(
    `a row ${label}`,
    async () =>
      (await driver.treeRows(AGENTS)).find((row) => label.test(row.label) && description.test(row.description)),
    { deadlineMs: SLOW_MS, show: () => driver.treeRows(AGENTS) },
  );
}

/** Agents whose process is there: no more is asked than the kernel's word. */
export function alive(agents: readonly Pick<AgentRow, "pid">[]): number[] {
  return agents.map(({ pid }) => pid).filter((pid) => existsSync(`/proc/${pid}/stat`));
}

export async function dialogLike(message: RegExp): Promise<{ message: string; detail: string }> {
  return waitFor("the dialog", async () => {
    const dialog = await driver.dialogText();
    return dialog !== null && message.test(dialog.message) && dialog;
  });
}

export async function notificationLike(message: RegExp): Promise<void> {
  await waitFor(
    `a notification ${message}`,
    async () => (await driver.notifications()).some((one) => message.test(one.message)),
    { deadlineMs: SLOW_MS, show: () => driver.notifications() },
  );
}

/** What a failed test may leave open would make the next ones fail too. */
/** What was typed into files that nobody saved is given up: else closing them asks, and who closes all waits for ever. */
export async function closeUntitled(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isUntitled || document.isClosed) continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  }
}

export async function tidy(): Promise<void> {
  if ((await driver.dialogText()) !== null) await driver.dialogChoose("Cancel");
  if ((await driver.quickInputText()) !== null) await driver.pressKey("Escape");
  await vscode.commands.executeCommand("notifications.clearAll");
}

/** The orchestrators of the configuration, by a call. */
export async function orchestratorsAre(orchestrators: readonly object[]): Promise<void> {
  const engine = await (await connected()).session.connection();
  const { revision } = await engine.call(calls.configGet, {});
  const patch = { orchestrators } as never;
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch });
}

/** Gives work to a swarm by a call. @returns the tasks' ids; every one was taken, where a full lane refuses some and says so in its answer only */
export async function submitted(
  swarmId: string,
  lane: Lane,
  tasks: readonly { readonly prompt: string; readonly key?: string }[],
): Promise<readonly string[]> {
  const engine = await (await connected()).session.connection();
  const { results } = await engine.call(calls.taskSubmit, { swarmId, lane, tasks: [...tasks] });
  const ids = results.flatMap((result) => (result.kind === "accepted" ? [result.taskId] : []));
  assert.equal(ids.length, tasks.length, JSON.stringify(results));
  return ids;
}
