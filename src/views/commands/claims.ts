import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { OrchestratedSwarmRow, SwarmRow } from "../../engine/protocol/model.ts";
import type { CLAIMED_ROLES } from "../../engine/protocol/orchestrators.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { notify, withProgress } from "../ask.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { claimsDocument } from "./claimsText.ts";
import type { CommandWorld } from "./command.ts";
import { orchestratedOf, pickOf } from "./swarmChoice.ts";

export type ClaimedRole = (typeof CLAIMED_ROLES)[number];

/** What an orchestrator says of its swarm, as a document to read; it can be saved like any other. */
export async function openClaims(
  world: CommandWorld,
  connection: EngineConnection,
  swarm: OrchestratedSwarmRow,
  role: ClaimedRole,
): Promise<void> {
  const label = line(swarmLabel(swarm), 40);
  try {
    const { answers } = await withProgress(`Asking the orchestrator of ${label}`, (signal) =>
      connection.call(calls.claimed, { swarmId: swarm.id, roles: [role] }, signal),
    );
    await world.readDocuments.open(`${label} ${role} (claimed)`, {
      text: claimsDocument(swarm, answers, role === "metrics_collect"),
      links: [],
    });
  } catch (error) {
    if (!isAborted(codedOf(error))) throw error;
    notify("info", `The orchestrator of ${label} is not waited for any longer. Nothing was changed.`);
  }
}

/**
 * For what is of the machine and all its swarms, unless it is of one of an orchestrator: the row's, or the one that is picked.
 * Where there is no such swarm nobody is asked.
 * @returns `all`: not of one; `null`: the operator gave up
 */
export async function chooseScope(
  swarms: readonly SwarmRow[] | undefined,
  subject: Subject | null,
  title: string,
  all: { readonly label: string; readonly description: string },
): Promise<OrchestratedSwarmRow | "all" | null> {
  const meant = orchestratedOf(swarms, subject);
  if (meant !== null) return meant;
  const known = swarms?.filter((swarm) => swarm.kind === "orchestrated") ?? [];
  if (subject?.kind === "swarm" || known.length === 0) return "all";
  const picked = await vscode.window.showQuickPick(
    [
      { ...all, scope: "all" as OrchestratedSwarmRow | "all" },
      ...known.map((swarm) => ({ ...pickOf(swarm), detail: "What its orchestrator claims", scope: swarm })),
    ],
    { title, placeHolder: "Of what?" },
  );
  return picked?.scope ?? null;
}
