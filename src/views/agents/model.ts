import type { Overview } from "../../engine/protocol/rpc.ts";
import type { AgentRow, ProcessRow, SwarmRow } from "../../engine/protocol/model.ts";
import { countText } from "../../text/figures.ts";
import { rowContexts } from "../ids.ts";

import { agentFace, groupFace, type GroupRole, processFace, swarmFace } from "./faces.ts";
import type { OrchestratedWords } from "./orchestrated.ts";
import { byNeedThenName, needsAttention } from "./order.ts";
import type { TreeNode } from "../tree/node.ts";
import { agentTooltip, groupTooltips, processTooltip, swarmTooltip } from "./tooltips.ts";

/** Rows of one parent before "Show 50 more". */
export const PAGE_ROWS = 50;

/**
 * The tree for one state of the engine.
 * @param words for swarms of orchestrators, which few have; `null`: not loaded yet
 * @param pages how many pages of a parent's rows were asked for, by the parent's id (`root` for swarms)
 */
export function agentsTree(
  overview: Overview,
  pages: ReadonlyMap<string, number>,
  words: OrchestratedWords | null = null,
): readonly TreeNode[] {
  const swarms = overview.swarms.toSorted(byNeedThenName(needsAttention.swarm, (swarm) => [swarm.label, swarm.id]));
  return paged(
    ROOT_ID,
    swarms.map((swarm) => swarmNode(swarm, overview, pages, words)),
    pages,
  );
}

export const ROOT_ID = "root";

function swarmNode(
  swarm: SwarmRow,
  overview: Overview,
  pages: ReadonlyMap<string, number>,
  words: OrchestratedWords | null,
): TreeNode {
  const id = `swarm/${swarm.id}`;
  const agents = swarm.agents.toSorted(
    byNeedThenName(needsAttention.agent, (agent) => [agent.name, agent.startedAtMs, agent.pid]),
  );
  return {
    id,
    subject: { kind: "swarm", swarmId: swarm.id },
    face: swarmFace(swarm, overview, words),
    tooltip: () => swarmTooltip(swarm, overview, words),
    children: [
      ...paged(
        id,
        agents.map((agent) => agentNode(id, swarm, agent, overview, pages)),
        pages,
      ),
      ...(swarm.kind === "managed" && swarm.support.length > 0
        ? [groupNode(id, "support", swarm.support, overview, pages)]
        : []),
      ...(swarm.kind === "orchestrated" && words !== null
        ? words.nodes(id, swarm).map((node) => ({ ...node, children: paged(node.id, node.children, pages) }))
        : []),
    ],
  };
}

function agentNode(
  parentId: string,
  swarm: SwarmRow,
  agent: AgentRow,
  overview: Overview,
  pages: ReadonlyMap<string, number>,
): TreeNode {
  const id = `${parentId}/agent/${agent.id}`;
  const groups: TreeNode[] = [];
  if (agent.helpers.length > 0) groups.push(groupNode(id, "helpers", agent.helpers, overview, pages));
  if (agent.tools.length > 0) groups.push(groupNode(id, "tools", agent.tools, overview, pages));
  return {
    id,
    subject: { kind: "agent", swarmId: swarm.id, agentId: agent.id },
    face: agentFace(swarm, agent, overview),
    tooltip: () => agentTooltip(swarm, agent, overview),
    children: groups,
  };
}

function groupNode(
  parentId: string,
  role: GroupRole,
  processes: readonly ProcessRow[],
  overview: Overview,
  pages: ReadonlyMap<string, number>,
): TreeNode {
  const id = `${parentId}/${role}`;
  const sorted = processes.toSorted(
    byNeedThenName(
      () => false,
      (one) => [one.name, one.startTime, one.pid],
    ),
  );
  return {
    id,
    subject: { kind: "group" },
    face: groupFace(role, sorted),
    tooltip: () => groupTooltips[role],
    children: paged(
      id,
      sorted.map((one) => processNode(id, one, overview)),
      pages,
    ),
  };
}

function processNode(parentId: string, process: ProcessRow, overview: Overview): TreeNode {
  return {
    id: `${parentId}/${process.pid}-${process.startTime}`,
    subject: { kind: "process", pid: process.pid },
    face: processFace(process, overview),
    tooltip: () => processTooltip(process, overview),
    children: [],
  };
}

/** The first pages of rows, and a row that shows the next. */
function paged(parentId: string, rows: readonly TreeNode[], pages: ReadonlyMap<string, number>): readonly TreeNode[] {
  const limit = PAGE_ROWS * (pages.get(parentId) ?? 1);
  // A last page of one row would only replace the row that offers it.
  if (rows.length <= limit + 1) return rows;
  const hidden = rows.length - limit;
  const label = `Show ${Math.min(PAGE_ROWS, hidden)} more`;
  return [
    ...rows.slice(0, limit),
    {
      id: `${parentId}/more`,
      subject: { kind: "more", parentId },
      face: {
        label,
        description: `${hidden} not shown`,
        icon: { name: "ellipsis", color: null },
        context: rowContexts.more,
        spoken: `${label}, ${hidden} rows are not shown`,
        fold: "none",
      },
      tooltip: () => `${rows.length} rows in all`,
      children: [],
    },
  ];
}

/** `12 agents (6 demo)`, with the demo's named as such wherever they are counted. */
export function agentCountText(swarms: readonly SwarmRow[]): string {
  let all = 0;
  let demo = 0;
  for (const swarm of swarms) {
    all += swarm.agents.length;
    if (swarm.kind === "managed" && swarm.demo) demo += swarm.agents.length;
  }
  return demo === 0 ? countText(all, "agent") : `${countText(all, "agent")} (${demo} demo)`;
}
