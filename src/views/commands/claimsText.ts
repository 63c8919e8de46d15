import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import type { ClaimedAnswer } from "../../engine/protocol/orchestrators.ts";
import { countText } from "../../text/figures.ts";
import { AS_CLAIMED, claimedBlocks, recordsText } from "../../text/orchestrated.ts";
import { agentLabel, swarmLabel } from "../agents/faces.ts";
import { line, show } from "../show.ts";

/** What tools of an orchestrator said, with how far each is borne out; first what was seen here. All texts are somebody else's. */
export function claimsDocument(
  swarm: OrchestratedSwarmRow,
  answers: readonly ClaimedAnswer[],
  withProcesses: boolean,
): string {
  const { recordCount, target, agents } = swarm;
  const out = [
    `${line(swarmLabel(swarm), 80)}  ${AS_CLAIMED}`,
    recordsText(recordCount, target, agents.length),
    ...(answers[0] === undefined ? [] : [`Asked ${show.clock(answers[0].atMs)}`]),
  ];
  if (withProcesses) {
    out.push("", "── Seen here (measured) ──", `${countText(agents.length, "process", "processes")} of it`);
    for (const agent of agents)
      out.push(
        `  ${agentLabel(agent)}  ${show.cores(agent.usage.cpuCores)}, ${show.bytes(agent.usage.rssBytes)}, ${agent.state}`,
      );
  }
  for (const { role, grade, reason, figures, more } of claimedBlocks(answers)) {
    out.push("", `── ${role} (claimed) ──`, grade);
    if (reason !== null) out.push(reason);
    const width = Math.max(0, ...figures.map(([path]) => line(path, 80).length));
    for (const [path, value, checked] of figures)
      out.push(`  ${line(path, 80).padEnd(width)}  ${line(value, 300)}${checked === "" ? "" : `  (${checked})`}`);
    if (more !== null) out.push(`  ${more}`);
  }
  return `${out.join("\n")}\n`;
}
