import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { OrchestratedSwarmRow, SwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { recordsText, topologyText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { inMessage, inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { parseTarget } from "./scaleTexts.ts";

/** Long enough for an orchestrator that is slow; it is told as unconfirmed afterwards. */
const RECORDS_DEADLINE_MS = 60_000;

/**
 * The swarm of an orchestrator that is meant: the row's, or the one picked where there are others too.
 * @returns `undefined`: another kind of swarm is meant; `null`: the operator gave up
 */
export async function chooseOrchestrated(
  { swarms }: Overview,
  subject: Subject | null,
): Promise<OrchestratedSwarmRow | null | undefined> {
  const known = swarms.filter((swarm) => swarm.kind === "orchestrated");
  if (subject?.kind === "swarm") return known.find(({ id }) => id === subject.swarmId);
  if (known.length === 0) return undefined;
  const ours = swarms.filter((swarm) => swarm.kind === "managed" && swarm.activity.kind !== "stopped");
  if (known.length === 1 && ours.length === 0) return known[0];
  const picks = [...known, ...ours].map((swarm: SwarmRow) => ({
    label: inPick(swarmLabel(swarm)),
    description:
      swarm.kind === "orchestrated"
        ? recordsText(swarm.recordCount, swarm.target, swarm.agents.length)
        : countText(swarm.agents.length, "agent"),
    swarm,
  }));
  const picked = await vscode.window.showQuickPick(picks, { title: "Scale Swarm", placeHolder: "Which swarm?" });
  if (picked === undefined) return null;
  return picked.swarm.kind === "orchestrated" ? picked.swarm : undefined;
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
  const more = target - (recordCount ?? 0);
  const detail = [
    more > 0
      ? `Adds ${countText(more, "record")} to the orchestrator. A record is no process: its agents run only when the orchestrator runs them.`
      : `Takes ${countText(-more, "record")} out of the orchestrator, those that say they are busy never. No process is ended.`,
    "What was done is read back from its own records (claimed); then its topology tool is asked.",
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
  const claimed = outcome.kind === "refused" ? undefined : outcome.claimed;
  const notes = [...(claimed?.notes ?? []).map(reasonText), topologyText(claimed?.topology)].filter(
    (one) => one !== "",
  );
  notify(severity, notes.length === 0 ? text : `${text}. ${notes.join("; ")}`);
}
