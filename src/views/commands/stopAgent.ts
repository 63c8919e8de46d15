import * as vscode from "vscode";
import { calls, type Overview } from "../../engine/protocol/rpc.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import type { Subject } from "../tree/node.ts";
import { choose, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { stopAgentQuestion } from "./stopTexts.ts";

const DEADLINE_MS = 60_000;

export const stopAgent: Command = {
  id: commandIds.stopAgent,
  couldNot: "Could not stop the agent",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const agentId = await chooseAgent(await overviewNow(world, connection), subject);
    if (agentId === null) return;
    const preview = await connection.call(calls.stopPreview, { agentId });
    const { question, detail } = stopAgentQuestion(preview);
    // Of what somebody else started the signal is the only way there is.
    const isBusy = preview.managed && preview.openWork.length > 0;
    const way = await choose(question, detail, isBusy ? ["Stop Agent", "Stop Now"] : ["Stop Agent"]);
    if (way === null) return;
    // The identity that was shown goes with the request: by now the pid may be another process.
    const { pid, startTime } = preview;
    const { outcome } = await withProgress(`Stopping agent ${pid}`, (signal) =>
      connection.call(
        calls.agentStop,
        { agentId, pid, startTime, deadlineMs: DEADLINE_MS, ...(way === "Stop Now" ? { now: true } : {}) },
        signal,
      ),
    );
    if (outcome.kind === "confirmed") return;
    const { severity, text } = outcomeText(`Stop of agent ${pid}`, outcome);
    notify(severity, text);
  },
};

async function chooseAgent(overview: Overview, subject: Subject | null): Promise<string | null> {
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
    {
      title: "Stop Agent",
      placeHolder: "Which agent? You will see its command and open work first.",
      matchOnDetail: true,
    },
  );
  return picked?.agentId ?? null;
}
