import * as vscode from "vscode";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import { inPick, show } from "../show.ts";

/** Which process is meant, as the call `profile/preview` takes it. */
export type Profiled = { readonly agentId: string } | { readonly pid: number } | { readonly swarmId: string };

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
  const other = { label: "Another Process…", description: "by its process id", detail: "", profiled: null };
  const picked = await vscode.window.showQuickPick([...agents, other], {
    title: "Profile Performance",
    placeHolder: "Which process? You will see its command and open work before anything is done to it.",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return null;
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
