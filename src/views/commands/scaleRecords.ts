import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { swarmLabel } from "../agents/faces.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { inMessage } from "../show.ts";
import { outcomeText, withNotes } from "./outcomeTexts.ts";
import { parseTarget } from "./scaleTexts.ts";

/** Long enough for an orchestrator that is slow; it is told as unconfirmed afterwards. */
export const RECORDS_DEADLINE_MS = 60_000;

/** What a number of records more, or fewer, comes to. */
export function recordsEffect(more: number): readonly string[] {
  return [
    more > 0
      ? `Adds ${countText(more, "record")} to the orchestrator. A record is no process: its agents run only when the orchestrator runs them.`
      : `Takes ${countText(-more, "record")} out of the orchestrator, those that say they are busy never. No process is ended.`,
    "What was done is read back from its own records (claimed); then its topology tool is asked.",
  ];
}

/** Number, confirmation, action, and what was read back. */
export async function scaleRecords(connection: EngineConnection, swarm: OrchestratedSwarmRow): Promise<void> {
  const { id, recordCount, agents, minAgents, maxAgents } = swarm;
  const name = swarmLabel(swarm);
  const typed = await vscode.window.showInputBox({
    title: inMessage(`Scale ${name}`),
    value: String(recordCount ?? minAgents),
    prompt: `${recordsText(recordCount, null, agents.length)}; ${minAgents} to ${maxAgents}`,
    validateInput: (text) => {
      const target = parseTarget(text, swarm);
      return typeof target === "string" ? inMessage(target) : null;
    },
  });
  const target = typed === undefined ? null : parseTarget(typed, swarm);
  if (target === null || typeof target === "string") return;
  if (target === recordCount) return notify("info", `${name} has ${countText(target, "record")} already.`);
  const detail = [
    ...recordsEffect(target - (recordCount ?? 0)),
    `To undo: scale it back to ${recordCount ?? "what it was"}.`,
  ];
  const title = `${name}: ${recordCount ?? "–"} → ${target}`;
  if (
    !(await confirm(
      `Scale ${name} from ${recordCount ?? "–"} to ${countText(target, "record")}?`,
      detail,
      `Scale to ${target}`,
    ))
  )
    return;
  const params = { swarmId: id, target, deadlineMs: RECORDS_DEADLINE_MS };
  const { outcome } = await withProgress(`Scaling ${title}`, (signal) =>
    connection.call(calls.swarmScale, params, signal),
  );
  const { severity, text } = outcomeText(title, outcome);
  notify(severity, withNotes(text, outcome));
}
