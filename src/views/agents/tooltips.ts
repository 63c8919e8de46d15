import type { AgentRow, ManagedSwarmRow, ProcessRow, SwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { clockText } from "../../text/clock.ts";
import { countText, durationText } from "../../text/figures.ts";
import { adviceText } from "../../text/policy.ts";
import { reasonText } from "../../text/reasons.ts";
import { factText, scalingFacts } from "../decisions/facts.ts";
import { line, show } from "../show.ts";
import { agentLabel, type GroupRole, swarmLabel } from "./faces.ts";
import type { OrchestratedWords } from "./orchestrated.ts";
import { cpuLine, ioLine, memoryLine, sampledLine, tag } from "./figures.ts";

/**
 * Tooltips are plain text: names and command lines come from processes, and plain text has no links and no markup. Each
 * line names a figure, its source and the span of time behind it.
 */
export function swarmTooltip(swarm: SwarmRow, overview: Overview, words: OrchestratedWords | null = null): string {
  const lines = [swarmLabel(swarm)];
  if (swarm.kind === "managed") lines.push(...managedLines(swarm, overview));
  else if (swarm.kind === "orchestrated") lines.push(...(words?.lines(swarm) ?? []));
  else {
    lines.push("Observed: agents somebody else started. They are shown and never scaled or limited.");
    lines.push(swarm.directory === null ? "Folder unknown (not readable)" : `Folder ${line(swarm.directory, 300)}`);
    lines.push(`${countText(swarm.agents.length, "agent")} · ${tag("measured", overview, "now")}`);
  }
  lines.push(cpuLine(swarm.usage, overview), memoryLine(swarm.usage, overview), ioLine(swarm.usage, overview));
  lines.push(sampledLine(overview));
  return lines.join("\n");
}

function managedLines(swarm: ManagedSwarmRow, overview: Overview): string[] {
  const lines: string[] = [];
  if (swarm.demo) lines.push("This is a demo: real worker processes with a simulated load.");
  lines.push(
    `${swarm.live} of ${swarm.target} agents alive · ${tag("measured", overview, "now")} · bounds ${swarm.minAgents} to ${swarm.maxAgents}`,
  );
  lines.push(
    swarm.utilisation === null
      ? "Load unknown: no agents, or their demand is not known"
      : `Load ${show.number(swarm.utilisation)} = demand ${show.number(swarm.demand)} ÷ ${swarm.live} agents · derived, now`,
  );
  if (swarm.demandSource === "derived") lines.push("Demand is the CPU share of its agents · derived");
  lines.push(
    swarm.waitingTasks === null
      ? "Waiting tasks unknown: a swarm without tasks"
      : `${countText(swarm.waitingTasks, "task")} waiting · measured (the queue is the engine's own), now`,
  );
  lines.push(`Mode ${swarm.mode}${swarm.timeScale === 1 ? "" : ` · time scale ×${show.number(swarm.timeScale)}`}`);
  switch (swarm.activity.kind) {
    case "scaling":
      lines.push(`Scaling ${swarm.activity.from} → ${swarm.activity.to} since ${show.clock(swarm.activity.sinceMs)}`);
      break;
    case "unconfirmed":
      lines.push(
        `Asked for ${swarm.activity.target}, seen ${swarm.activity.live}: ${line(reasonText(swarm.activity.reason), 300)}`,
      );
      break;
    case "held":
      lines.push(`On hold: ${line(reasonText(swarm.activity.reason), 300)}`);
      break;
    case "steady":
    case "stopped":
      break;
  }
  if (swarm.held && swarm.activity.kind !== "held")
    lines.push(
      `On hold by an operator: no growth and no automatic change until ${swarm.heldUntilMs === undefined ? "" : `${clockText(swarm.heldUntilMs)}, or until `}it is resumed.`,
    );
  lines.push(...scalerLines(swarm));
  if (swarm.problem !== null) lines.push(line(reasonText(swarm.problem), 300));
  return lines;
}

/** What the scaler thinks now, and the figures it rests on. */
function scalerLines({ scaling }: ManagedSwarmRow): string[] {
  if (scaling === null) return [];
  const { from, to, reason, inputs, dqn } = scaling;
  const verdict = to === from ? `leaves it at ${from}` : `wants ${from} → ${to}`;
  return [
    `Scaler ${verdict}: ${line(reasonText(reason), 300)}`,
    ...(dqn === undefined ? [] : [line(adviceText(dqn), 300)]),
    ...scalingFacts(inputs)
      .filter(({ key }) => key === "predicted" || key === "combined" || key === "thresholds")
      .map((fact) => `${fact.name} ${factText(fact)}`),
  ];
}

export function agentTooltip(swarm: SwarmRow, agent: AgentRow, overview: Overview): string {
  const lines = [`${agentLabel(agent)} · ${swarmLabel(swarm)}`, `Command ${line(agent.command, 500)}`];
  if (agent.problem !== null) lines.push(line(reasonText(agent.problem), 300));
  lines.push(`${agent.state} since ${show.clock(agent.stateSinceMs)} · ${stateSourceText(agent)}`);
  lines.push(
    `Started ${show.clock(agent.startedAtMs)} (${durationText(overview.wallMs - agent.startedAtMs)} before the sample)`,
  );
  if (agent.tasksDone !== null) lines.push(`${countText(agent.tasksDone, "task")} done · measured, since start`);
  lines.push(cpuLine(agent.usage, overview), memoryLine(agent.usage, overview), ioLine(agent.usage, overview));
  lines.push(`${countText(agent.usage.processCount, "process", "processes")} in its tree`, sampledLine(overview));
  return lines.join("\n");
}

function stateSourceText(agent: AgentRow): string {
  switch (agent.stateSource) {
    case "derived":
      return "derived from what its processes use";
    case "claimed":
      return "claimed by the agent itself";
    case "measured":
    case "unknown":
      return agent.stateSource;
  }
}

export function processTooltip(process: ProcessRow, overview: Overview): string {
  const usage = { ...process, readBytes: null, writeBytes: null, processCount: 1 };
  return [
    `${line(process.name, 200)} · pid ${process.pid}`,
    cpuLine(usage, overview),
    memoryLine(usage, overview),
    sampledLine(overview),
  ].join("\n");
}

export const groupTooltips: Readonly<Record<GroupRole, string>> = {
  helpers: "Helpers: MCP servers the agent runs, with what they started · derived from their command lines",
  tools: "Tools: tests, compilers and shells the agent runs · derived: what is neither the agent nor a helper",
  support: "Support: processes that serve the swarm and are none of its agents",
};
