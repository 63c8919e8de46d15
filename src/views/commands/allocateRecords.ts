import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import type { ResourceAllocation } from "../../engine/protocol/orchestrators.ts";
import { planOfResources } from "../../engine/protocol/resources.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { keptText, recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { inMessage, line } from "../show.ts";
import { outcomeText, withNotes } from "./outcomeTexts.ts";
import { RECORDS_DEADLINE_MS, recordsEffect } from "./scaleRecords.ts";
import { parseTarget } from "./scaleTexts.ts";

/**
 * Gives a swarm of an orchestrator agents: how many, and what memory each is reckoned with. How many fit is computed by the
 * engine, applied, and read back. Limits cannot be set for records, so they are not asked for.
 */
export async function allocateRecords(connection: EngineConnection, swarm: OrchestratedSwarmRow): Promise<void> {
  const { id, recordCount, minAgents, agents: seen } = swarm;
  const name = line(swarmLabel(swarm), 80);
  const agents = await askAgents(swarm, name, recordCount ?? minAgents);
  if (agents === null) return;
  const memory = await askMemory(swarm, name);
  if (memory === null) return;
  const requirements = { agents, ...(memory === "" ? {} : { memory: { high: memory } }) };
  const detail = [
    recordsText(recordCount, null, seen.length),
    memory === ""
      ? "Whether they fit into the memory is not reckoned."
      : `As many as fit into the memory measured here, at ${memory} each.`,
    ...(agents === recordCount ? [] : recordsEffect(agents - (recordCount ?? 0))),
    "Limits of CPU, memory and storage cannot be set for records. A note of it is left with the orchestrator.",
    `To undo: scale it back to ${recordCount ?? "what it was"}.`,
  ];
  if (!(await confirm(`Give ${name} ${countText(agents, "agent")}?`, detail, "Allocate"))) return;
  try {
    const done = await withProgress(`Allocating resources: ${name}`, (signal) =>
      connection.call(calls.allocateResources, { swarmId: id, requirements, deadlineMs: RECORDS_DEADLINE_MS }, signal),
    );
    tell(name, recordCount, done);
  } catch (error) {
    if (!isAborted(codedOf(error))) throw error;
    notify("info", `${name} is not waited for any longer. What was begun goes on; its row and Decisions show it.`);
  }
}

function tell(name: string, from: number | null, { agents, reasons, outcome, kept }: ResourceAllocation): void {
  const { severity, text } = outcomeText(agents === null ? name : `${name}: ${from ?? "–"} → ${agents}`, outcome);
  const more = [...reasons.map(reasonText), ...(kept === null ? [] : [keptText(kept)])];
  notify(severity, [withNotes(text, outcome), ...more].join(". ").replaceAll("..", "."));
}

async function askAgents(swarm: OrchestratedSwarmRow, name: string, value: number): Promise<number | null> {
  const { minAgents, maxAgents } = swarm;
  const typed = await vscode.window.showInputBox({
    title: inMessage(`Allocate Resources: ${name}`),
    prompt: `Agents, ${minAgents} to ${maxAgents}`,
    value: String(value),
    validateInput: (text) => {
      const target = parseTarget(text, swarm);
      return typeof target === "string" ? inMessage(target) : null;
    },
  });
  const target = typed === undefined ? null : parseTarget(typed, swarm);
  return typeof target === "number" ? target : null;
}

/** @returns an empty text: not reckoned; `null`: given up */
async function askMemory({ id }: OrchestratedSwarmRow, name: string): Promise<string | null> {
  const problemOf = (text: string): string | null => {
    if (text.trim() === "") return null;
    const read = planOfResources({ swarms: { [id]: { memory: { high: text.trim() } } } });
    return read.kind === "plan" ? null : inMessage(`${read.problems[0]?.problem ?? "not a size"}, or leave it empty`);
  };
  const typed = await vscode.window.showInputBox({
    title: inMessage(`Allocate Resources: ${name}`),
    prompt: "Memory that each is reckoned with, such as 512MB; empty: it is not reckoned",
    value: "",
    validateInput: problemOf,
  });
  return typed === undefined || problemOf(typed) !== null ? null : typed.trim();
}
