import * as vscode from "vscode";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import { notify } from "../ask.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";

/** The agent of the row, or the one picked. `null`: none, or given up; it has been said. */
export async function chooseAgent(
  overview: Overview,
  subject: Subject | null,
  title: string,
  placeHolder: string,
): Promise<string | null> {
  if (subject?.kind === "agent") return subject.agentId;
  const all = overview.swarms.flatMap((swarm) => swarm.agents.map((agent) => ({ swarm, agent })));
  if (all.length === 0) {
    notify("info", "No agent is running on this machine.");
    return null;
  }
  const picked = await vscode.window.showQuickPick(
    all.map(({ swarm, agent }) => ({
      label: inPick(agentLabel(agent)),
      description: inPick(`${swarmLabel(swarm)}, ${agent.state}`),
      detail: inPick(agent.command),
      agentId: agent.id,
    })),
    { title, placeHolder, matchOnDetail: true },
  );
  return picked?.agentId ?? null;
}
