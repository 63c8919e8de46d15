import { describe, expect, it } from "vitest";
import { agentCountText, agentsTree, PAGE_ROWS } from "../../../src/views/agents/model.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";
import { inputs } from "../decisions/decisions.ts";
import {
  agent,
  host,
  hostileStrings,
  managed,
  observed,
  overview,
  process,
  unknownUsage,
  unprintable,
} from "../overviews.ts";

const noPages = new Map<string, number>();

/** The tree as text: label, then description, indented. */
function dump(nodes: readonly TreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ face, children }) => [
    `${indent}${face.label} | ${face.description}`,
    ...dump(children, `${indent}  `),
  ]);
}

function everyNode(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children)]);
}

describe("the Agents tree", () => {
  it("shows swarms, agents, helpers and tools as names with figures beside them", () => {
    const swarms = [
      observed({
        agents: [
          agent({
            helpers: [process(), process({ pid: 4131, name: "mcp-server-memory" })],
            tools: [process({ pid: 4140, name: "vitest", cpuCores: null, rssBytes: null })],
          }),
        ],
      }),
      managed({ support: [process({ pid: 50, name: "model API (demo)" })] }),
    ];
    expect(dump(agentsTree(overview({ swarms }), noPages))).toEqual([
      "Claude Code · api-server | 1 agent · 41% · 3.2 GB · observed",
      "  claude 4121 | working 4 min · 12% · 1.1 GB",
      "    helpers (2) | ",
      "      mcp-server-git 4130 | 0.5% · 80 MB",
      "      mcp-server-memory 4131 | 0.5% · 80 MB",
      "    tools: vitest | ",
      "      vitest 4140 | – · –",
      "demo | 6 of 8 · load 0.71 · 3 waiting · recommend · ×240",
      "  support: model API (demo) | ",
      "    model API (demo) 50 | 0.5% · 80 MB",
    ]);
  });

  it("shows a dash for what is unknown, never a zero", () => {
    const swarms = [
      observed({ agents: [agent({ usage: unknownUsage })], usage: unknownUsage }),
      managed({ utilisation: null, demand: null, waitingTasks: null }),
    ];
    const lines = dump(agentsTree(overview({ swarms, intervalMs: null }), noPages));
    expect(lines).toEqual([
      "Claude Code · api-server | 1 agent · – · – · observed",
      "  claude 4121 | working 4 min · – · –",
      "demo | 6 of 8 · load – · – waiting · recommend · ×240",
    ]);
  });

  it("has no share of a machine whose capacity is unknown", () => {
    const [row] = agentsTree(overview({ host: null, swarms: [observed()] }), noPages);
    expect(row?.face.description).toBe("3 agents · – · 3.2 GB · observed");
  });

  it("calls a demo a demo, whatever its label", () => {
    const [row] = agentsTree(overview({ swarms: [managed({ label: "busy bees" })] }), noPages);
    expect(row?.face.label).toBe("busy bees (demo)");
    const [configured] = agentsTree(
      overview({ swarms: [managed({ id: "bees", label: "busy bees", demo: false, timeScale: 1 })] }),
      noPages,
    );
    expect(configured?.face.label).toBe("busy bees");
    expect(configured?.face.description).not.toContain("×");
  });

  it("says what the scaler wants beside the load, and why in the tooltip", () => {
    const scaling = {
      from: 6,
      to: 8,
      reason: { code: "some.reason", args: { load: 0.92 } },
      inputs: inputs(),
      recommendationId: null,
    };
    const row = (over: Parameters<typeof managed>[0]) => agentsTree(overview({ swarms: [managed(over)] }), noPages)[0];
    expect(row({ scaling })?.face.description).toBe("6 of 8 · load 0.71 · wants 8 · 3 waiting · recommend · ×240");
    expect(row({ scaling })?.tooltip()).toContain("Scaler wants 6 → 8: some.reason: load 0.92");
    expect(row({ scaling })?.tooltip()).toContain("Combined load 0.92 · derived");
    const ahead = { ...scaling, inputs: inputs({ currentRatio: 0.7, predictedRatio: 0.93, predictedInMs: 120_000 }) };
    expect(row({ scaling: ahead })?.face.description).toContain("wants 8: 0.93 expected");
    const left = { ...scaling, to: 6 };
    expect(row({ scaling: left })?.face.description).not.toContain("wants");
    expect(row({ scaling: left })?.tooltip()).toContain("Scaler leaves it at 6: some.reason");
  });

  it("shows a hold by word and shape, and offers Resume instead of Hold", () => {
    const faces = [
      managed(),
      managed({ held: true }),
      managed({ held: true, activity: { kind: "held", reason: { code: "hold.operator", args: {} } } }),
      managed({ held: true, activity: { kind: "stopped" }, live: 0 }),
    ].map((swarm) => agentsTree(overview({ swarms: [swarm] }), noPages)[0]?.face);
    expect(faces.map((face) => face?.description.includes("on hold"))).toEqual([false, true, true, true]);
    expect(faces.map((face) => face?.icon.name === "debug-pause")).toEqual([false, true, true, false]);
    expect(faces.map((face) => face?.context)).toEqual([
      "managed.running",
      "managed.running.held",
      "managed.running.held",
      "managed.stopped.held",
    ]);
  });

  it("tells when a hold ends by itself, on the row and in its tooltip", () => {
    const heldUntilMs = Date.now() + 900_000;
    const [row] = agentsTree(overview({ swarms: [managed({ held: true, heldUntilMs })] }), noPages);
    const at = new Date(heldUntilMs).toLocaleTimeString();
    expect(row?.face.description).toContain(`on hold until ${at}`);
    expect(row?.tooltip()).toContain(`no automatic change until ${at}, or until it is resumed.`);
  });

  it("tags the load of a swarm without tasks as derived, and has nothing that could wait there", () => {
    const swarm = managed({ demandSource: "derived", waitingTasks: null, demo: false, timeScale: 1 });
    const [row] = agentsTree(overview({ swarms: [swarm] }), noPages);
    expect(row?.face.description).toBe("6 of 8 · load 0.71 derived · recommend");
    expect(row?.tooltip()).toContain("Demand is the CPU share of its agents · derived");
  });

  it("puts what needs attention first and keeps everything else by name", () => {
    const swarms = [
      observed({ id: "c", label: "c" }),
      observed({ id: "b", label: "b", agents: [agent({ problem: { code: "worker.garbage", args: { line: "x" } } })] }),
      observed({ id: "a10", label: "a 10" }),
      observed({ id: "a9", label: "a 9" }),
    ];
    const order = (wall: number): string[] =>
      agentsTree(overview({ swarms: wall % 2 === 0 ? swarms : swarms.toReversed() }), noPages).map(
        ({ face }) => face.label,
      );
    expect(order(0)).toEqual(["b", "a 9", "a 10", "c"]);
    expect(order(1)).toEqual(order(0));
  });

  it("does not move a row because it works or waits", () => {
    const busy = managed({ id: "z", label: "z", demo: false, waitingTasks: 900, utilisation: 3 });
    const rows = agentsTree(overview({ swarms: [busy, observed({ label: "a" })] }), noPages);
    expect(rows.map(({ face }) => face.label)).toEqual(["a", "z"]);
  });

  it("gives every row an id of its own that outlives other figures", () => {
    const swarms = [observed({ agents: [agent({ helpers: [process()], tools: [process({ pid: 1 })] })] }), managed()];
    const ids = (wallMs: number): string[] =>
      everyNode(agentsTree(overview({ swarms, wallMs, host: host({ cpuCapacityCores: 2 }) }), noPages)).map(
        ({ id }) => id,
      );
    expect(new Set(ids(1)).size).toBe(ids(1).length);
    expect(ids(1)).toEqual(ids(99_999));
  });

  it("pages long lists, and shows the next page when asked", () => {
    const agents = Array.from({ length: 130 }, (_, at) => agent({ pid: 1000 + at }));
    const swarm = observed({ agents });
    const children = (pages: ReadonlyMap<string, number>): readonly TreeNode[] =>
      agentsTree(overview({ swarms: [swarm] }), pages)[0]?.children ?? [];
    const first = children(noPages);
    expect(first).toHaveLength(PAGE_ROWS + 1);
    const more = first.at(-1);
    expect(more?.face).toMatchObject({ label: "Show 50 more", description: "80 not shown" });
    const parentId = more?.subject.kind === "more" ? more.subject.parentId : "";
    const second = children(new Map([[parentId, 2]]));
    expect(second.slice(0, 50).map(({ id }) => id)).toEqual(first.slice(0, 50).map(({ id }) => id));
    expect(second.at(-1)?.face.label).toBe("Show 30 more");
    expect(children(new Map([[parentId, 3]]))).toHaveLength(130);
  });

  it("tells in each tooltip what is measured, derived, claimed or unknown, and when it was sampled", () => {
    const [claude, demo] = agentsTree(overview({ swarms: [observed(), managed()] }), noPages);
    expect(claude?.tooltip()).toContain("CPU 41% of this machine (1.64 of 4 cores) · derived over 1 s");
    expect(claude?.tooltip()).toMatch(/Sampled \d/);
    expect(claude?.children[0]?.tooltip()).toContain("derived from what its processes use");
    expect(demo?.tooltip()).toContain("This is a demo");
    expect(demo?.tooltip()).toContain("Load 0.71 = demand 4.26 ÷ 6 agents · derived");
    const unknown = agentsTree(overview({ swarms: [observed({ usage: unknownUsage })] }), noPages)[0];
    expect(unknown?.tooltip()).toContain("CPU – · unknown");
  });

  it("never says by colour alone what a state is", () => {
    const states = ["starting", "idle", "working", "draining", "stopping", "unconfirmed", "unresponsive"] as const;
    const agents = states.map((state, at) => agent({ pid: 10 + at, state }));
    const rows = agentsTree(overview({ swarms: [observed({ agents })] }), noPages)[0]?.children ?? [];
    expect(new Set(rows.map(({ face }) => face.icon.name)).size).toBe(states.length);
    for (const state of states) expect(rows.some(({ face }) => face.description.startsWith(state))).toBe(true);
  });

  it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    "shows hostile text %s as text, within bounds, in rows, for screen readers and in tooltips",
    (_, text) => {
      const problem = { code: text, args: { line: text } };
      const bad = agent({
        name: text,
        command: text,
        problem,
        helpers: [process({ name: text })],
        tools: [process({ name: text })],
      });
      const swarms = [
        observed({ label: text, directory: text, agents: [bad] }),
        managed({
          label: text,
          problem,
          agents: [bad],
          scaling: {
            from: 6,
            to: 8,
            reason: problem,
            inputs: inputs({ forecastModel: text, forecastReason: problem }),
            recommendationId: text,
          },
        }),
      ];
      const nodes = everyNode(agentsTree(overview({ swarms }), noPages));
      expect(nodes.length).toBeGreaterThan(10);
      for (const { face, tooltip } of nodes) {
        for (const shown of [face.label, face.description, face.spoken]) {
          expect(shown).not.toMatch(unprintable);
          expect(shown.length).toBeLessThan(500);
        }
        for (const line of tooltip().split("\n")) expect(line).not.toMatch(unprintable);
        expect(tooltip().length).toBeLessThan(4_000);
      }
    },
  );
});

describe("the count of agents", () => {
  it("names those of the demo", () => {
    const five = Array.from({ length: 5 }, (_, at) => agent({ pid: at + 2 }));
    expect(agentCountText([observed()])).toBe("3 agents");
    expect(agentCountText([observed(), managed({ agents: five })])).toBe("8 agents (5 demo)");
    expect(agentCountText([])).toBe("0 agents");
  });
});
