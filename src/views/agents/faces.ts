import type { AgentRow, AgentState, ManagedSwarmRow, ProcessRow, SwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { untilText } from "../../text/clock.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { rowContexts } from "../ids.ts";
import { forecastLed } from "../decisions/words.ts";
import type { OrchestratedWords } from "./orchestrated.ts";
import { DASH, demoName, line, show } from "../show.ts";
import { cpuShare } from "./figures.ts";
import { needsAttention } from "./order.ts";
import type { Face, Icon } from "../tree/node.ts";

const warning: Icon = { name: "warning", color: "list.warningForeground" };

/** Every state has a shape and a word of its own; the colour only repeats them. */
const stateIcons: Readonly<Record<AgentState, Icon>> = {
  starting: { name: "watch", color: "charts.yellow" },
  idle: { name: "circle-large-outline", color: "charts.green" },
  working: { name: "play-circle", color: "charts.blue" },
  draining: { name: "arrow-circle-down", color: "charts.yellow" },
  stopping: { name: "stop-circle", color: "charts.yellow" },
  unconfirmed: { name: "question", color: "list.warningForeground" },
  unresponsive: warning,
};

export function swarmLabel(swarm: SwarmRow): string {
  return demoName(line(swarm.label, 80), swarm.kind === "managed" && swarm.demo);
}

export function agentLabel(agent: AgentRow): string {
  const name = line(agent.name, 60);
  return new RegExp(`(^|\\D)${agent.pid}$`).test(name) ? name : `${name} ${agent.pid}`;
}

/** @param words for swarms of orchestrators; `null`: not loaded yet */
export function swarmFace(swarm: SwarmRow, overview: Overview, words: OrchestratedWords | null = null): Face {
  const label = swarmLabel(swarm);
  const description =
    swarm.kind === "managed"
      ? managedDescription(swarm)
      : swarm.kind === "orchestrated"
        ? (words?.description(swarm) ?? "")
        : observedDescription(swarm, overview);
  const trouble = needsAttention.swarm(swarm);
  return {
    label,
    description,
    icon: trouble ? warning : swarmIcon(swarm, words),
    context: swarmContext(swarm),
    spoken: `${label}: ${swarm.kind === "managed" ? "managed swarm, " : swarm.kind === "orchestrated" ? "swarm of an orchestrator, " : ""}${description}${trouble ? ", needs attention" : ""}`,
    // A swarm without agents keeps its twistie: rows do not change their shape when the first one starts.
    fold: "open",
  };
}

function swarmContext(swarm: SwarmRow): string {
  if (swarm.kind === "observed") return rowContexts.observed;
  if (swarm.kind === "orchestrated")
    return swarm.wantsToken ? rowContexts.orchestratedNoToken : rowContexts.orchestrated;
  if (swarm.activity.kind === "stopped")
    return swarm.held ? rowContexts.managedStoppedHeld : rowContexts.managedStopped;
  return swarm.held ? rowContexts.managedRunningHeld : rowContexts.managedRunning;
}

function swarmIcon(swarm: SwarmRow, words: OrchestratedWords | null): Icon {
  if (swarm.kind === "observed") return { name: "eye", color: null };
  if (swarm.kind === "orchestrated") return words?.icon(swarm) ?? { name: "references", color: null };
  if (swarm.held && swarm.activity.kind === "steady") return { name: "debug-pause", color: "charts.yellow" };
  switch (swarm.activity.kind) {
    case "stopped":
      return { name: "circle-slash", color: "disabledForeground" };
    case "steady":
      return { name: "server-process", color: "charts.green" };
    case "scaling":
      return { name: "arrow-swap", color: "charts.blue" };
    case "unconfirmed":
      return { name: "question", color: "list.warningForeground" };
    case "held":
      return { name: "debug-pause", color: "charts.yellow" };
  }
}

function observedDescription(swarm: SwarmRow, overview: Overview): string {
  return [
    countText(swarm.agents.length, "agent"),
    show.percent(cpuShare(swarm.usage, overview)),
    show.bytes(swarm.usage.rssBytes),
    "observed",
  ].join(" · ");
}

function managedDescription(swarm: ManagedSwarmRow): string {
  const parts: string[] = [];
  if (swarm.activity.kind === "stopped" && swarm.live === 0) parts.push("stopped");
  else parts.push(`${swarm.live} of ${swarm.target}`);
  if (swarm.activity.kind === "unconfirmed") parts.push("unconfirmed");
  if (swarm.held || swarm.activity.kind === "held") parts.push(`on hold${untilText(swarm.heldUntilMs)}`);
  if (swarm.live > 0) {
    const fromCpu = swarm.demandSource === "derived";
    parts.push(`load ${show.number(swarm.utilisation)}${fromCpu ? " derived" : ""}`);
    const wanted = wantedText(swarm);
    if (wanted !== null) parts.push(wanted);
    // A swarm whose demand is its CPU has no queue: nothing can wait.
    if (swarm.waitingTasks !== null) parts.push(`${swarm.waitingTasks} waiting`);
    else if (!fromCpu) parts.push(`${DASH} waiting`);
  }
  parts.push(swarm.mode);
  if (swarm.timeScale !== 1) parts.push(`×${show.number(swarm.timeScale)}`);
  if (swarm.problem !== null) parts.push(line(reasonText(swarm.problem), 80));
  return parts.join(" · ");
}

/** `wants 8`, and the expected load where that is why; `null` when the scaler leaves it as it is. */
function wantedText({ scaling }: ManagedSwarmRow): string | null {
  if (scaling === null || scaling.to === scaling.from) return null;
  const ahead = forecastLed(scaling.from, scaling.to, scaling.inputs);
  return `wants ${scaling.to}${ahead ? `: ${show.number(scaling.inputs.predictedRatio)} expected` : ""}`;
}

export function agentFace(swarm: SwarmRow, agent: AgentRow, overview: Overview): Face {
  const label = agentLabel(agent);
  const sinceMs = Math.max(0, overview.wallMs - agent.stateSinceMs);
  const parts = [
    `${agent.state} ${sinceMs < 1_000 ? "<1 s" : show.duration(roundedDown(sinceMs))}`,
    show.percent(cpuShare(agent.usage, overview)),
    show.bytes(agent.usage.rssBytes),
  ];
  if (agent.problem !== null) parts.push(line(reasonText(agent.problem), 80));
  const description = parts.join(" · ");
  const demo = swarm.kind === "managed" && swarm.demo ? "demo agent " : "agent ";
  return {
    label,
    description,
    icon: needsAttention.agent(agent)
      ? agent.problem === null
        ? stateIcons[agent.state]
        : warning
      : stateIcons[agent.state],
    context: rowContexts.agent,
    spoken: `${demo}${label}: ${description}`,
    fold: agent.helpers.length + agent.tools.length > 0 ? "closed" : "none",
  };
}

/** Whole seconds below a minute, whole minutes above: a row that counts tenths would never rest. */
function roundedDown(ms: number): number {
  const unit = ms < 60_000 ? 1_000 : 60_000;
  return Math.floor(ms / unit) * unit;
}

export type GroupRole = "helpers" | "tools" | "support";

const groupIcons: Readonly<Record<GroupRole, string>> = { helpers: "plug", tools: "tools", support: "server" };

/** `helpers (2)`; `tools: vitest, tsc`. */
export function groupFace(role: GroupRole, processes: readonly ProcessRow[]): Face {
  const names = [...new Set(processes.map((one) => line(one.name, 40)))];
  const listed = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const label = role === "helpers" ? `helpers (${processes.length})` : `${role}: ${listed}`;
  return {
    label,
    description: "",
    icon: { name: groupIcons[role], color: null },
    context: rowContexts.group,
    spoken: role === "helpers" ? countText(processes.length, "helper process", "helper processes") : label,
    fold: "closed",
  };
}

export function processFace(process: ProcessRow, overview: Overview): Face {
  const usage = { ...process, readBytes: null, writeBytes: null, processCount: 1 };
  const label = `${line(process.name, 60)} ${process.pid}`;
  const description = `${show.percent(cpuShare(usage, overview))} · ${show.bytes(process.rssBytes)}`;
  return {
    label,
    description,
    icon: { name: "gear", color: null },
    context: rowContexts.process,
    spoken: `process ${label}: ${description}`,
    fold: "none",
  };
}
