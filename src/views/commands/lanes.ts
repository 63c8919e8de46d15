import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { LaneAction, LaneRow } from "../../engine/protocol/tasks.ts";
import { confirm, notify } from "../ask.ts";
import { laneText } from "../guard/words.ts";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import { EDITOR_SOURCE } from "../settings/plan.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, connected } from "./command.ts";
import { laneSizeProblem } from "./laneTexts.ts";

/** Pausing and resuming are each other's undo and lose nothing: done without a question. */
export const pauseLane = gateCommand(commandIds.pauseLane, "pause", "Pause Lane", (row) => row.gate !== "paused");
export const resumeLane = gateCommand(commandIds.resumeLane, "resume", "Resume Lane", (row) => row.gate !== "open");
export const drainLane = gateCommand(commandIds.drainLane, "drain", "Drain Lane", (row) => row.gate !== "draining");

const SAID = {
  pause: "is paused: nothing of it starts, what runs goes on",
  resume: "is open",
  drain: "is draining: nothing new comes in, what waits is worked off",
} as const;

function gateCommand(id: Command["id"], action: LaneAction, title: string, fits: (row: LaneRow) => boolean): Command {
  return {
    id,
    couldNot: `Could not ${action} the lane`,
    acts: true,
    async run(world, subject) {
      const connection = await connected(world);
      const row = await chooseLaneRow(connection, subject, title, fits);
      if (row === null) return;
      await connection.call(calls.laneAction, { lane: row.lane, action });
      vscode.window.setStatusBarMessage(`$(check) Lane ${row.lane} ${SAID[action]}`, 8_000);
    },
  };
}

export const resizeLane: Command = {
  id: commandIds.resizeLane,
  couldNot: "Could not resize the lane",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const row = await chooseLaneRow(connection, subject, "Resize Lane", () => true);
    if (row === null) return;
    const capacity = await askNumber(`Capacity of lane ${row.lane}`, "Tasks that run at once", row.capacity, 1, 10_000);
    if (capacity === null) return;
    const queueLimit = await askNumber(
      `Queue of lane ${row.lane}`,
      "Tasks that may wait; more are shed",
      row.queueLimit,
      0,
      1_000_000,
    );
    if (queueLimit === null || (capacity === row.capacity && queueLimit === row.queueLimit)) return;
    const detail = [
      `Capacity ${row.capacity} → ${capacity}, queue ${row.queueLimit} → ${queueLimit}.`,
      ...(capacity < row.inUse ? [`${row.inUse} run now; none is ended, the size is reached as they end.`] : []),
      ...(queueLimit < row.queued ? [`${row.queued} wait now; none is dropped, new ones are shed.`] : []),
    ];
    if (!(await confirm(`Resize lane ${row.lane}?`, detail, "Resize"))) return;
    await connection.call(calls.laneResize, { lane: row.lane, capacity, queueLimit });
    const { sources, values } = await connection.call(calls.configGet, {});
    // Where the user's settings are the source, they say the same from now on.
    if (sources.faultTolerance === EDITOR_SOURCE) {
      const section = vscode.workspace.getConfiguration(settingsSection);
      await section.update(settingNames.faultTolerance, values.faultTolerance, vscode.ConfigurationTarget.Global);
    }
    vscode.window.setStatusBarMessage(`$(check) Lane ${row.lane}: capacity ${capacity}, queue ${queueLimit}`, 8_000);
  },
};

async function chooseLaneRow(
  connection: EngineConnection,
  subject: Subject | null,
  title: string,
  fits: (row: LaneRow) => boolean,
): Promise<LaneRow | null> {
  const { lanes } = await connection.call(calls.guard, {});
  if (subject?.kind === "lane") return lanes.find(({ lane }) => lane === subject.lane) ?? null;
  const fitting = lanes.filter(fits);
  if (fitting.length === 0) {
    notify("info", "No lane needs that.");
    return null;
  }
  const picked = await vscode.window.showQuickPick(
    fitting.map((row) => ({ label: row.lane, description: inPick(laneText(row)), row })),
    { title, placeHolder: "Which lane?" },
  );
  return picked?.row ?? null;
}

async function askNumber(
  title: string,
  prompt: string,
  present: number,
  min: number,
  max: number,
): Promise<number | null> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt,
    value: String(present),
    valueSelection: [0, String(present).length],
    validateInput: (text) => laneSizeProblem(text, min, max),
  });
  return typed === undefined ? null : Number(typed.trim());
}
