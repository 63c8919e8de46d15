import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { TaskRow, TaskStateKind } from "../../engine/protocol/tasks.ts";
import { reasonText } from "../../text/reasons.ts";
import { confirm, notify } from "../ask.ts";
import { taskText } from "../guard/words.ts";
import { commandIds } from "../ids.ts";
import { inPick, line } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, type CommandWorld, connected } from "./command.ts";

/** Picked from: more than this nobody reads. */
const LISTED = 200;

export const openTaskOutput: Command = {
  id: commandIds.openTaskOutput,
  couldNot: "Could not open the task",
  acts: false,
  async run(world, subject) {
    const connection = await connected(world);
    const task = await chooseTask(connection, subject, "Open Task Output", null, "There are no tasks yet.");
    if (task !== null) await world.taskOutputs.open(task);
  },
};

export const showTasks: Command = {
  id: commandIds.showTasks,
  couldNot: "Could not show the tasks",
  acts: false,
  async run(world) {
    const connection = await connected(world);
    const task = await chooseTask(
      connection,
      null,
      "Tasks",
      null,
      'There are no tasks yet. Submit one with "Swarm: Submit Task…".',
    );
    if (task !== null) await actOn(world, connection, task);
  },
};

export const cancelTask: Command = {
  id: commandIds.cancelTask,
  couldNot: "Could not cancel the task",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const open = ["running", "waiting"] as const;
    const task = await chooseTask(connection, subject, "Cancel Task", open, "No task runs or waits.");
    if (task !== null) await cancel(connection, task);
  },
};

export const retryTask: Command = {
  id: commandIds.retryTask,
  couldNot: "Could not retry the task",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const over = ["failed", "cancelled"] as const;
    const task = await chooseTask(connection, subject, "Retry Task", over, "No task has failed or was cancelled.");
    if (task !== null) await retry(connection, task);
  },
};

/** The task that is meant: the row's, or the one picked. `null`: none, or given up; it has been said. */
async function chooseTask(
  connection: EngineConnection,
  subject: Subject | null,
  title: string,
  states: readonly TaskStateKind[] | null,
  none: string,
): Promise<TaskRow | null> {
  if (subject?.kind === "task") return connection.call(calls.task, { taskId: subject.taskId });
  const only = states === null ? {} : { states: [...states] };
  const { tasks } = await connection.call(calls.tasks, { ...only, limit: LISTED });
  if (tasks.length === 0) {
    notify("info", none);
    return null;
  }
  const nowMs = Date.now();
  const picked = await vscode.window.showQuickPick(
    tasks.map((task) => ({
      label: inPick(line(task.label, 80) || "task"),
      description: inPick(`${taskText(task, nowMs)} · ${task.lane}`),
      task,
    })),
    { title, placeHolder: "Which task? Newest first.", matchOnDescription: true },
  );
  return picked?.task ?? null;
}

async function actOn(world: CommandWorld, connection: EngineConnection, task: TaskRow): Promise<void> {
  const { kind } = task.state;
  const actions: { label: string; run: () => Promise<void> }[] = [
    { label: "$(output) Open Output", run: () => world.taskOutputs.open(task) },
  ];
  if (vscode.workspace.isTrusted) {
    if (kind === "waiting" || kind === "running")
      actions.push({ label: "$(close) Cancel", run: () => cancel(connection, task) });
    if (kind === "failed" || kind === "cancelled")
      actions.push({ label: "$(refresh) Retry", run: () => retry(connection, task) });
  }
  const picked = await vscode.window.showQuickPick(actions, { title: inPick(line(task.label, 80)) });
  await picked?.run();
}

async function cancel(connection: EngineConnection, task: TaskRow): Promise<void> {
  const running = task.state.kind === "running";
  const detail = [
    "Its agent is asked to give it up, and ended after five seconds when it does not. What it has done so far stays as it is.",
  ];
  if (running && !(await confirm(`Cancel the running task "${line(task.label, 80)}"?`, detail, "Cancel Task"))) return;
  const { results } = await connection.call(calls.taskCancel, { taskIds: [task.id] });
  const [result] = results;
  if (result?.kind === "refused") notify("info", reasonText(result.reason));
  else
    vscode.window.setStatusBarMessage(
      result?.kind === "stopping" ? "$(sync~spin) The task is being stopped" : "$(check) The task is cancelled",
      8_000,
    );
}

async function retry(connection: EngineConnection, task: TaskRow): Promise<void> {
  const result = await connection.call(calls.taskRetry, { taskId: task.id });
  if (result.kind === "refused") notify("warning", reasonText(result.reason));
  else vscode.window.setStatusBarMessage("$(check) The task was submitted once more", 8_000);
}
