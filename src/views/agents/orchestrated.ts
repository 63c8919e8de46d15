import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import type { AgentRecord, GradedTool, ToolGrade } from "../../engine/protocol/orchestrators.ts";
import { GRADE_WORDS, recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { rowContexts } from "../ids.ts";
import { line, show } from "../show.ts";
import type { Icon, TreeNode } from "../tree/node.ts";

/** Rows of a swarm of an orchestrator: what it says, apart from what was seen. Loaded when there is one. */

const gradeIcons: Readonly<Record<ToolGrade, Icon>> = {
  verified: { name: "pass", color: "charts.green" },
  "record-only": { name: "note", color: "charts.blue" },
  stub: { name: "error", color: "list.warningForeground" },
  absent: { name: "circle-slash", color: "disabledForeground" },
  unprobed: { name: "question", color: "disabledForeground" },
};

function orchestratedIcon({ activity, link }: OrchestratedSwarmRow): Icon {
  if (link.kind !== "connected") return { name: "debug-disconnect", color: "disabledForeground" };
  return activity.kind === "scaling"
    ? { name: "arrow-swap", color: "charts.blue" }
    : activity.kind === "unconfirmed"
      ? { name: "question", color: "list.warningForeground" }
      : { name: "references", color: null };
}

/** `5 of 5 records (claimed), 0 processes seen · ruflo 3.43.0 · recommend`. */
function orchestratedDescription(swarm: OrchestratedSwarmRow): string {
  const { recordCount, target, agents, link, activity, server, mode, problem } = swarm;
  // Where nothing was told yet, why not stands first: a narrow sidebar shows little more than that.
  if (recordCount === null && problem !== null)
    return [...(swarm.wantsToken ? ["token missing"] : []), line(reasonText(problem), 160), mode].join(" · ");
  const parts = [recordsText(recordCount, target, agents.length)];
  if (link.kind === "connecting") parts.push("connecting");
  if (activity.kind === "scaling") parts.push(`scaling to ${activity.to}`);
  if (activity.kind === "unconfirmed") parts.push("unconfirmed");
  if (server !== null) parts.push(line(`${server.name} ${server.version}`.trim(), 40));
  parts.push(mode);
  if (problem !== null) parts.push(line(reasonText(problem), 80));
  return parts.join(" · ");
}

function orchestratedLines(swarm: OrchestratedSwarmRow): string[] {
  const { recordCount, recordsAtMs, target, agents, server, dialect, activity, problem, link } = swarm;
  return [
    `${recordsText(recordCount, target, agents.length)}${recordsAtMs === null ? "" : ` · records read ${show.clock(recordsAtMs)}`}`,
    ...(server === null
      ? []
      : [
          `It calls itself ${line(`${server.name} ${server.version}`.trim(), 80)} · claimed${dialect === null ? "" : ` · speaks as version ${dialect.slice(1)}`}`,
        ]),
    ...(link.kind === "waiting" ? [`Not connected, tried again at ${show.clock(link.retryAtMs)}`] : []),
    ...(activity.kind === "unconfirmed"
      ? [`Asked for ${activity.target}, read back ${activity.live}: ${line(reasonText(activity.reason), 300)}`]
      : []),
    ...(problem === null ? [] : [line(reasonText(problem), 300)]),
    reasonText(swarm.advice),
  ];
}

/** The tools with their grades, and the records, each under a row of its own. */
function orchestratedNodes(parentId: string, swarm: OrchestratedSwarmRow): readonly TreeNode[] {
  const { tools, records, recordCount } = swarm;
  const toolsId = `${parentId}/tools`;
  const recordsId = `${parentId}/records`;
  return [
    ...(tools.length === 0
      ? []
      : [
          group(
            toolsId,
            `tools (${tools.length})`,
            gradesText(tools),
            "tools",
            rowContexts.orchestratorTools,
            () => "Tools of the orchestrator, each graded by what was seen of it",
            tools.map((tool) => toolNode(toolsId, tool)),
          ),
        ]),
    ...(recordCount === null || recordCount === 0
      ? []
      : [
          group(
            recordsId,
            `records (${recordCount})`,
            "claimed",
            "list-unordered",
            rowContexts.orchestratorRecords,
            () => "Agents as the orchestrator tells of them · claimed: a record is no process",
            records.map((record, at) =>
              recordNode(`${recordsId}/${records.findIndex(({ id }) => id === record.id) === at ? "" : at}`, record),
            ),
          ),
        ]),
  ];
}

/** `1 verified, 6 record-only, 2 stub`. */
function gradesText(tools: readonly GradedTool[]): string {
  return (Object.keys(GRADE_WORDS) as ToolGrade[])
    .map((grade) => [tools.filter((tool) => tool.grade === grade).length, grade] as const)
    .filter(([count]) => count > 0)
    .map(([count, grade]) => `${count} ${grade}`)
    .join(", ");
}

function group(
  id: string,
  label: string,
  description: string,
  icon: string,
  context: string,
  tooltip: () => string,
  children: readonly TreeNode[],
): TreeNode {
  return {
    id,
    subject: { kind: "group" },
    face: {
      label,
      description,
      icon: { name: icon, color: null },
      context,
      spoken: `${label}: ${description}`,
      fold: "closed",
    },
    tooltip,
    children,
  };
}

function toolNode(parentId: string, { role, grade, tools, reason }: GradedTool): TreeNode {
  const called =
    tools.length === 0 || (tools.length === 1 && tools[0] === role) ? "" : ` · ${line(tools.join(", "), 80)}`;
  const description = `${grade}${called}`;
  return {
    id: `${parentId}/${role}`,
    subject: { kind: "group" },
    face: {
      label: role,
      description,
      icon: gradeIcons[grade],
      context: rowContexts.orchestratorTool,
      spoken: `tool ${role}: ${grade}, ${GRADE_WORDS[grade]}`,
      fold: "none",
    },
    tooltip: () => `${role} · ${grade}: ${GRADE_WORDS[grade]}\n${line(reasonText(reason), 300)}`,
    children: [],
  };
}

function recordNode(parentId: string, { id, type, status, pid }: AgentRecord): TreeNode {
  const label = line(id, 60);
  const description = [type, status, pid === null ? null : `process ${pid}`]
    .flatMap((part) => (part === null ? [] : [line(part, 40)]))
    .join(" · ");
  return {
    id: `${parentId}.${id}`,
    subject: pid === null ? { kind: "group" } : { kind: "process", pid },
    face: {
      label,
      description,
      icon: { name: "note", color: null },
      context: pid === null ? rowContexts.orchestratorRecord : rowContexts.orchestratorRecordSeen,
      spoken: `record ${label}: ${description}, claimed`,
      fold: "none",
    },
    tooltip: () =>
      `${line(id, 120)} · a record, claimed\n${pid === null ? "No process names it on its command line." : `Process ${pid} names it on its command line.`}`,
    children: [],
  };
}

export const orchestratedWords = {
  icon: orchestratedIcon,
  description: orchestratedDescription,
  lines: orchestratedLines,
  nodes: orchestratedNodes,
} as const;
export type OrchestratedWords = typeof orchestratedWords;
