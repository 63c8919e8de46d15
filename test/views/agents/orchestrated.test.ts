import { describe, expect, it } from "vitest";
import { agentsTree } from "../../../src/views/agents/model.ts";
import { rowContexts } from "../../../src/views/ids.ts";
import { orchestratedWords } from "../../../src/views/agents/orchestrated.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";
import { orchestratedSample } from "../../cli/orchestratedSample.ts";
import { hostileStrings, overview, unprintable } from "../overviews.ts";

const noPages = new Map<string, number>();

function dump(nodes: readonly TreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ face, children }) => [
    `${indent}${face.label} | ${face.description}`,
    ...dump(children, `${indent}  `),
  ]);
}

function everyNode(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children)]);
}

describe("a swarm of an orchestrator in the tree", () => {
  it("shows what is claimed and what was seen, its tools with their grades, and its records", () => {
    expect(dump(agentsTree(overview({ swarms: [orchestratedSample()] }), noPages, orchestratedWords))).toEqual([
      "flow | 5 of 5 records (claimed), 0 processes seen · ruflo 3.0.0 · recommend",
      "  tools (5) | 1 verified, 1 record-only, 1 stub, 1 absent, 1 unprobed",
      "    metrics_collect | verified · system_metrics, performance_metrics",
      "    swarm_status | record-only",
      "    swarm_scale | stub · agent_pool",
      "    daa_resource_alloc | absent",
      "    agent_spawn | unprobed",
      "  records (5) | claimed",
      "    agent-1 | worker · idle",
      "    agent-2 | worker · busy · process 4121",
    ]);
  });

  it("lets a record be profiled that a process names, and no other", () => {
    const nodes = everyNode(agentsTree(overview({ swarms: [orchestratedSample()] }), noPages, orchestratedWords));
    const of = (label: string) => {
      const node = nodes.find(({ face }) => face.label === label);
      return [node?.face.context, node?.subject];
    };
    expect(of("agent-1")).toEqual([rowContexts.orchestratorRecord, { kind: "group" }]);
    expect(of("agent-2")).toEqual([rowContexts.orchestratorRecordSeen, { kind: "process", pid: 4121 }]);
  });

  it("comes first and says why while it cannot be reached, and while a size is unconfirmed", () => {
    const reason = { code: "mcp.timeout", args: { call: "agent_list", afterMs: 10_000 } };
    const lost = orchestratedSample({ problem: reason, link: { kind: "waiting", reason, retryAtMs: 1 } });
    const [row] = agentsTree(overview({ swarms: [lost] }), noPages, orchestratedWords);
    expect(row?.face.description).toContain("The server has not answered 'agent_list' within 10 s.");
    expect(row?.face.icon.name).toBe("warning");
    const unconfirmed = orchestratedSample({
      activity: {
        kind: "unconfirmed",
        target: 2,
        live: 5,
        reason: { code: "scale.recordsStay", args: { records: 5, target: 2 } },
      },
    });
    const [unsure] = agentsTree(overview({ swarms: [unconfirmed] }), noPages, orchestratedWords);
    expect(unsure?.face.description).toContain("unconfirmed");
    expect(unsure?.tooltip()).toContain("Asked for 2, read back 5: 5 records remain");
  });

  it("says in its tooltip that nothing follows from what is claimed", () => {
    const [row] = agentsTree(overview({ swarms: [orchestratedSample()] }), noPages, orchestratedWords);
    expect(row?.tooltip()).toContain("It calls itself ruflo 3.0.0 · claimed · speaks as version 3");
    expect(row?.tooltip()).toContain("Its figures are claimed, so nothing is sized by them");
  });

  it("keeps every row's id its own and its text clean, whatever it is told", () => {
    const records = [...hostileStrings, ...hostileStrings].map((text) => ({
      ...{ id: text, type: text, status: text, busy: null, pid: null },
    }));
    const server = { name: hostileStrings[0] ?? "", version: hostileStrings[1] ?? "" };
    const swarms = [
      orchestratedSample({ records, recordCount: records.length, server, label: hostileStrings[2] ?? "" }),
    ];
    const nodes = everyNode(agentsTree(overview({ swarms }), noPages, orchestratedWords));
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    for (const { face, tooltip } of nodes) {
      for (const text of [face.label, face.description, face.spoken]) expect(text).not.toMatch(unprintable);
      expect(tooltip().replaceAll("\n", "")).not.toMatch(unprintable);
    }
  });
});
