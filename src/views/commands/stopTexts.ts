import type { AgentRow, ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { StopPreview } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import { line, show } from "../show.ts";

const LISTED = 8;

/** What stopping a swarm ends, by name, and what happens to the tasks in hand. */
export function stopSwarmQuestion(swarm: ManagedSwarmRow, wallMs: number): { question: string; detail: string[] } {
  const busy = swarm.agents.filter((agent) => agent.state === "working" || agent.state === "draining");
  const detail = [`Ends ${countText(swarm.live, "agent")}${swarm.demo ? " of the demo" : ""}.`];
  if (busy.length === 0) detail.push("None has a task in hand.");
  else {
    const listed = busy.slice(0, LISTED).map((agent) => busyText(agent, wallMs));
    const more = busy.length - listed.length;
    detail.push(
      `Tasks in hand: ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}. Each is finished first, up to the drain timeout; with "Stop Now" none is, and they run again later.`,
    );
  }
  if (swarm.waitingTasks !== null && swarm.waitingTasks > 0) {
    detail.push(`${countText(swarm.waitingTasks, "waiting task")} will not be taken while the swarm is stopped.`);
  }
  detail.push(swarm.demo ? 'To undo: "Swarm: Start Demo Swarm".' : 'To undo: "Swarm: Start Swarm".');
  return { question: `Stop ${swarmLabel(swarm)}?`, detail };
}

function busyText(agent: AgentRow, wallMs: number): string {
  return `${agentLabel(agent)} (${agent.state} ${show.duration(Math.max(0, wallMs - agent.stateSinceMs))})`;
}

/** Names pid, command and open work: what the operator agrees to is exactly what is stopped. */
export function stopAgentQuestion(preview: StopPreview): { question: string; detail: string[] } {
  const detail = [`Command: ${line(preview.command, 300)}`];
  if (preview.processCount > 1) detail.push(`Ends its whole tree of ${preview.processCount} processes.`);
  if (preview.openWork.length === 0) detail.push("No open work was seen.");
  else {
    const listed = preview.openWork.slice(0, LISTED).map((work) => reasonText(work));
    const more = preview.openWork.length - listed.length;
    const what = preview.managed ? "Open work" : "Open work that is lost";
    detail.push(`${what}: ${listed.join("; ")}${more > 0 ? `; and ${more} more` : ""}`);
    if (preview.managed)
      detail.push(
        'Its task is finished first, up to the drain timeout; with "Stop Now" it is not, and runs again later.',
      );
  }
  detail.push(
    preview.managed
      ? `It belongs to swarm ${line(preview.swarmId, 64)}, which starts another one to keep its size.`
      : "It was not started by this extension. It cannot be started again from here.",
  );
  return { question: `Stop agent with pid ${preview.pid}?`, detail };
}
