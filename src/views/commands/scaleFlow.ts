import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { calls, type ScalePreview, type ScaleResult } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { confirm, notify, type NoticeAction, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { demoName, inPick, line } from "../show.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { scaleQuestion } from "./scaleTexts.ts";
import { DEMO_ID } from "./startSwarm.ts";

/** How sizes are changed, whoever suggested the size: preview, confirmation, action, outcome. */

/** Long enough to drain workers that finish their tasks; afterwards the engine goes on and the row says so. */
export const SCALE_DEADLINE_MS = 60_000;

/**
 * Shows what a size would do, and asks.
 * @returns the preview that was agreed to; `null` when there is nothing to do or the operator declined; it has been said
 */
export async function agreeToScale(
  connection: EngineConnection,
  swarmId: string,
  target: number,
): Promise<ScalePreview | null> {
  const preview = await connection.call(calls.scalePreview, { swarmId, target });
  const name = nameOf(preview);
  if (preview.refusal !== null) {
    const resume: NoticeAction = {
      title: "Resume",
      run: () => vscode.commands.executeCommand(commandIds.resume, { swarmId }),
    };
    const text = `${name} stays at ${preview.from}: ${reasonText(preview.refusal)}`;
    notify("warning", text, preview.refusal.code === "scale.onHold" ? [resume] : []);
    return null;
  }
  if (preview.to === preview.from && preview.starting === 0 && preview.ending.length === 0) {
    notify("info", `${name} has ${preview.from} agents already.`);
    return null;
  }
  const { question, detail, agree } = scaleQuestion(preview);
  return (await confirm(question, detail, agree)) ? preview : null;
}

/** `demo: 6 → 8`. */
export function previewTitle(preview: ScalePreview): string {
  return `${nameOf(preview)}: ${preview.from} → ${preview.to}`;
}

/** Progress while it is done, then how it ended, with an undo of what was done. Cancel stops the waiting, not the engine. */
export async function followScale(
  what: string,
  swarmId: string,
  act: (signal: AbortSignal) => Promise<ScaleResult>,
): Promise<void> {
  const { outcome } = await withProgress(`Scaling ${what}`, act);
  const { severity, text } = outcomeText(what, outcome);
  if (outcome.kind === "confirmed") vscode.window.setStatusBarMessage(`$(check) ${inPick(what)} confirmed`, 8_000);
  const undo = { title: "Undo", run: () => vscode.commands.executeCommand(commandIds.undoLast, { swarmId }) };
  notify(severity, text, outcome.kind === "refused" ? [] : [undo]);
}

function nameOf({ label, swarmId }: ScalePreview): string {
  return demoName(line(label, 80), swarmId === DEMO_ID);
}
