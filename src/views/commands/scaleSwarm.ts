import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { inPick, line } from "../show.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { askTarget } from "./scaleInput.ts";
import { scaleQuestion } from "./scaleTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

/** Long enough to drain workers that finish their tasks; afterwards the engine goes on and the row says so. */
const DEADLINE_MS = 60_000;

export const scaleSwarm: Command = {
  id: commandIds.scaleSwarm,
  couldNot: "Could not scale the swarm",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const swarm = await chooseSwarm(
      await overviewNow(world, connection),
      subject,
      "Scale Swarm",
      (one) => one.activity.kind !== "stopped",
      'No swarm is running. Start one first, for example with "Swarm: Start Demo Swarm".',
    );
    if (swarm === null) return;
    const target = await askTarget(connection, swarm);
    if (target !== null) await scaleTo(world, connection, swarm.id, target);
  },
};

export const undoLast: Command = {
  id: commandIds.undoLast,
  couldNot: "Could not undo the last scale",
  acts: true,
  async run(world) {
    const last = world.undo.last;
    if (last === null) {
      notify("info", "No scale has been carried out from this window that could be undone.");
      return;
    }
    await scaleTo(world, await connected(world), last.swarmId, last.from);
  },
};

/** Preview, confirmation, action, outcome: the same way for scaling and for taking it back. */
async function scaleTo(
  world: CommandWorld,
  connection: EngineConnection,
  swarmId: string,
  target: number,
): Promise<void> {
  const preview = await connection.call(calls.scalePreview, { swarmId, target });
  const name = line(preview.label, 80);
  if (preview.refusal !== null) {
    notify("warning", `${name} stays at ${preview.from}: ${reasonText(preview.refusal)}`);
    return;
  }
  if (preview.to === preview.from && preview.starting === 0 && preview.ending.length === 0) {
    notify("info", `${name} has ${preview.from} agents already.`);
    return;
  }
  const { question, detail, agree } = scaleQuestion(preview);
  if (!(await confirm(question, detail, agree))) return;

  const what = `${name}: ${preview.from} → ${preview.to}`;
  // Remembered before the answer: a cancelled wait leaves the engine at work, and that is what one may want to undo.
  world.undo.remember({ swarmId, from: preview.from, to: preview.to });
  const result = await withProgress(`Scaling ${what}`, (signal) =>
    connection.call(
      calls.swarmScale,
      { swarmId, target, deadlineMs: DEADLINE_MS, expectedTarget: preview.from },
      signal,
    ),
  );
  if (result.outcome.kind === "refused") world.undo.remember(null);
  const { severity, text } = outcomeText(what, result.outcome);
  if (result.outcome.kind === "confirmed")
    vscode.window.setStatusBarMessage(`$(check) ${inPick(what)} confirmed`, 8_000);
  const undo = { title: "Undo", run: () => vscode.commands.executeCommand(commandIds.undoLast) };
  notify(severity, text, result.outcome.kind === "refused" ? [] : [undo]);
}
