import * as vscode from "vscode";
import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import { recordsToProfile, type SeenProcess, seenProcesses } from "../../engine/protocol/orchestratedProcesses.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import { notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { inPick, show } from "../show.ts";
import { pickOf } from "./swarmChoice.ts";

const OTHER = { label: "Another Process…", description: "by its process id" } as const;

/** Which process is meant, as the call `profile/preview` takes it. */
export type Profiled = { readonly agentId: string } | { readonly pid: number } | { readonly swarmId: string };

/** Of a swarm of an orchestrator: its records are none, so a process of it that was seen is chosen by hand. */
export async function chooseSeen(swarm: OrchestratedSwarmRow): Promise<Profiled | null> {
  const seen = seenProcesses(swarm);
  const why = reasonText({ code: "profile.records", args: recordsToProfile(swarm) });
  if (seen.length === 0) {
    notify("warning", why, [
      { title: "Another Process…", run: () => vscode.commands.executeCommand(commandIds.profilePerformance) },
    ]);
    return null;
  }
  const picked = await vscode.window.showQuickPick(
    [...seen.map((one) => seenItem(swarm, one)), { ...OTHER, detail: "", profiled: null }],
    {
      title: "Profile Performance",
      placeHolder: `${recordsText(swarm.recordCount, swarm.target, swarm.agents.length)}. ${whichText(seen)}`,
    },
  );
  return picked === undefined ? null : (picked.profiled ?? askPid());
}

function whichText(seen: readonly SeenProcess[]): string {
  return seen.some(({ as }) => as !== "server")
    ? "A record cannot be profiled; which process?"
    : "No process of its agents is known here, and a record cannot be profiled; its server can.";
}

function seenItem(swarm: OrchestratedSwarmRow, { pid, as, name }: SeenProcess) {
  const agent = swarm.agents.find((one) => one.pid === pid);
  const what = { record: `names the record ${name} (claimed)`, agent: "no record is named by it", server: "no agent" };
  return {
    label: agent === undefined ? (as === "server" ? `MCP server ${pid}` : `process ${pid}`) : inPick(agentLabel(agent)),
    description: inPick(`${swarmLabel(swarm)}, ${what[as]}`),
    detail: inPick(agent?.command ?? ""),
    profiled: { pid } as Profiled | null,
  };
}

/** @returns `null` when the operator gave up */
export async function chooseProfiled(overview: Overview): Promise<Profiled | null> {
  // Those that use the most come first: that is what one looks for.
  const all = overview.swarms
    .flatMap((swarm) => swarm.agents.map((agent) => ({ swarm, agent })))
    .toSorted((a, b) => (b.agent.usage.cpuCores ?? -1) - (a.agent.usage.cpuCores ?? -1));
  const agents = all.map(({ swarm, agent }) => ({
    label: inPick(agentLabel(agent)),
    description: inPick(
      `${swarmLabel(swarm)}, ${show.cores(agent.usage.cpuCores)}, ${show.bytes(agent.usage.rssBytes)}`,
    ),
    detail: inPick(agent.command),
    profiled: { agentId: agent.id } as Profiled | null,
  }));
  // The processes of their agents stand above; what else there is of such a swarm is told, and never by silence.
  const orchestrated = overview.swarms
    .filter((swarm) => swarm.kind === "orchestrated")
    .map((swarm) => ({ ...pickOf(swarm), detail: "A process of it that was seen, its server among them", of: swarm }));
  const other = { ...OTHER, detail: "", profiled: null };
  const picked = await vscode.window.showQuickPick([...agents, ...orchestrated, other], {
    title: "Profile Performance",
    placeHolder: "Which process? You will see its command and open work before anything is done to it.",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return null;
  if ("of" in picked) return chooseSeen(picked.of);
  return picked.profiled ?? askPid();
}

async function askPid(): Promise<Profiled | null> {
  const pidOf = (typed: string): number | null => {
    const pid = /^\d{1,10}$/.test(typed.trim()) ? Number(typed) : 0;
    return pid >= 2 && pid < 2 ** 31 ? pid : null;
  };
  const typed = await vscode.window.showInputBox({
    title: "Profile Performance",
    prompt: "Process id",
    value: "",
    validateInput: (text) => (pidOf(text) === null ? "Use a process id above 1." : null),
  });
  const pid = typed === undefined ? null : pidOf(typed);
  return pid === null ? null : { pid };
}
