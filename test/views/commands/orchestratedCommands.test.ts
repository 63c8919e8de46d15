import { beforeEach, describe, expect, it, vi } from "vitest";
import { CLAIMED_ROLES, type ClaimedAnswer } from "../../../src/engine/protocol/orchestrators.ts";
import type { SwarmRow } from "../../../src/engine/protocol/model.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { orchestratedSample } from "../../cli/orchestratedSample.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { agent, managed, observed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const { pickOf } = await import("../../../src/views/commands/swarmChoice.ts");

const FLOW = { swarmId: "flow" };
const RECORDS = "5 of 5 records (claimed), 0 processes seen";
const answerOf = (role: ClaimedAnswer["role"]): ClaimedAnswer => ({
  ...{ role, tools: [role], grade: "record-only", atMs: 1_700_000_000_000, left: 3, reason: null },
  figures: [
    { path: "tasks.total", value: 7 },
    { path: "note\u001B[31m", value: "see [this](command:evil)\u202E" },
  ],
});
const topology = { kind: "confirmed", from: "mesh", to: "ring" };
const outcome = {
  ...{ kind: "confirmed", live: 0, elapsedMs: 79 },
  claimed: { records: 7, notes: [{ code: "scaled.added", args: { tool: "agent_spawn", count: 2 } }], topology },
};
const plan = {
  ...{ swarmId: "flow", from: 5, to: 7, source: "claimed", outcome: null, topology: null },
  reason: { code: "predictive.claimedLoad", args: { busy: 5, demand: 5, records: 5, to: 7 } },
};

let connection: FakeConnection;
let answers: Record<string, (params: never) => unknown>;
let documents: { title: string; text: string }[];
let opened: string[];

async function open(swarms: readonly SwarmRow[] = [orchestratedSample()]): Promise<void> {
  editor = freshEditor();
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms }));
  answers = {
    [calls.claimed.method]: ({ roles }: { roles: ClaimedAnswer["role"][] }) => ({
      ...{ swarmId: "flow", mode: "recommend", answers: roles.map(answerOf) },
    }),
    [calls.predictiveScale.method]: ({ apply }: { apply: boolean }) => (apply ? { ...plan, outcome, topology } : plan),
    [calls.swarmScale.method]: () => ({ ...FLOW, from: 5, to: 7, outcome }),
  };
  connection.answer = async (method, params) => {
    const say = answers[method];
    if (say === undefined) throw new Failure({ code: "method.unknown", args: { method } });
    return say(params as never);
  };
  documents = [];
  opened = [];
  const world = {
    ...{ session, overview: feed, version: "0.1.0" },
    readDocuments: { open: async (title: string, { text }: { text: string }) => void documents.push({ title, text }) },
    pages: {
      openMetrics: async () => void opened.push("metrics"),
      report: async () => ({
        open: (swarmId: string, timeframe: string) => void opened.push(`report ${swarmId} ${timeframe}`),
        exported: async ({ id }: { id: string }, { format }: { format: string }) => `exported ${id} as ${format}`,
      }),
    },
  };
  registerCommands(world as unknown as CommandWorld);
}
beforeEach(() => open());

const run = (id: string, argument?: unknown) => editor.commands.get(id)?.(argument);
const params = (method: string) =>
  connection.calls.filter((call) => call.method === method).map((call) => call.params as object);
const last = () => editor.shown.at(-1) ?? "";

describe("what an orchestrator claims of its swarm", () => {
  it.each([
    [commandIds.collectMetrics, "metrics_collect"],
    [commandIds.performanceReport, "performance_report"],
    [commandIds.analyzeBottlenecks, "bottleneck_analyze"],
  ])("is opened by %s as a document that calls it claimed, and cleans it", async (command, role) => {
    await run(command, FLOW);
    expect(params(calls.claimed.method)).toEqual([{ swarmId: "flow", roles: [role] }]);
    expect(CLAIMED_ROLES).toContain(role);
    const [{ title, text } = { title: "", text: "" }] = documents;
    expect(title).toBe(`flow ${role} (claimed)`);
    expect(text).toContain(
      "flow  as its orchestrator tells it (claimed)\n5 of 5 records (claimed), 0 processes seen\n",
    );
    expect(text).toMatch(
      /── \w+ \(claimed\) ──\nrecord-only: borne out by its own records alone\n {2}tasks\.total {2,}7\n/,
    );
    expect(text).toContain("and 3 more");
    for (const evil of ["\u001B", "\u202E"]) expect(text).not.toContain(evil);
    expect(opened).toEqual([]);
  });

  it("of its metrics has the processes that were seen beside it, as measured", async () => {
    await open([orchestratedSample({ agents: [agent({ pid: 4121 })] })]);
    await run(commandIds.collectMetrics, FLOW);
    expect(documents[0]?.text).toMatch(
      /── Seen here \(measured\) ──\n1 process of it\n {2}claude 4121 {2}0\.48 cores, 1\.1 GB, working\n/,
    );
  });

  it("is offered in the list, and the machine beside it is what it always was", async () => {
    await open([managed(), orchestratedSample()]);
    editor.answers.set("Collect Metrics", "The machine and its agents");
    await run(commandIds.collectMetrics);
    expect(editor.shown[0]).toBe("pick: Collect Metrics [The machine and its agents, flow]");
    expect(opened).toEqual(["metrics"]);
    editor.answers.set("Collect Metrics", "flow");
    await run(commandIds.collectMetrics);
    expect(documents).toHaveLength(1);
    editor.answers.set("Performance Report", "flow");
    await run(commandIds.performanceReport);
    expect(documents.at(-1)?.title).toBe("flow performance_report (claimed)");
    editor.answers.set("Analyze Bottlenecks", "flow");
    await run(commandIds.analyzeBottlenecks);
    expect(documents.at(-1)?.title).toBe("flow bottleneck_analyze (claimed)");
  });

  it("asks nobody where there is no orchestrator", async () => {
    await open([managed(), observed()]);
    await run(commandIds.collectMetrics);
    expect(editor.shown).toEqual([]);
    expect(opened).toEqual(["metrics"]);
  });

  it("that cannot be had is told with the reason", async () => {
    answers[calls.claimed.method] = () => {
      throw new Failure({ code: "orchestrator.notConnected", args: { swarmId: "flow", state: "waiting" } });
    };
    await run(commandIds.performanceReport, FLOW);
    expect(last()).toContain("Could not report on the swarm: 'flow' is not connected (waiting).");
    expect(documents).toEqual([]);
  });

  it("is exported as any report is", async () => {
    await run(commandIds.exportReport, { ...FLOW, format: "md" });
    expect(last()).toBe("info: exported flow as md");
  });
});

describe("what cannot be had of records", () => {
  it.each([
    [commandIds.forecastResources, "A forecast needs demand that was measured here over time. Instead, 'predict-size'"],
    [
      commandIds.optimizePerformance,
      "An allocation is found by what tasks of the engine's own took. Instead, 'predict-size'",
    ],
    [
      commandIds.optimizeAllocation,
      "An allocation is found by what tasks of the engine's own took. Instead, 'predict-size'",
    ],
  ])("%s says why, what does instead, and leads there", async (command, words) => {
    editor.answers.set("belongs to an orchestrator", "Predict Size…");
    await run(command, FLOW);
    await vi.waitFor(() => expect(params(calls.predictiveScale.method)).toHaveLength(1));
    expect(editor.shown[0]).toContain("warning: 'flow' belongs to an orchestrator");
    expect(editor.shown[0]).toContain(words);
    expect(editor.shown[0]).toContain("[Predict Size…]");
  });

  it("stands in the list with its reason, and takes nobody else's place", async () => {
    await open([managed(), orchestratedSample()]);
    editor.answers.set("Forecast Resources", "flow");
    await run(commandIds.forecastResources);
    expect(editor.shown[0]).toBe("pick: Forecast Resources [demo, flow]");
    expect(last()).toContain("'flow' belongs to an orchestrator");
    expect(connection.calls).toEqual([]);
  });

  it("is said where there is no other swarm, after what would help", async () => {
    await run(commandIds.forecastResources);
    expect(last()).toMatch(/^warning: There is no swarm to forecast\..*demo swarm\. 'flow' belongs to an orchestrator/);
  });

  it.each([
    commandIds.setMode,
    commandIds.stopSwarm,
    commandIds.startSwarm,
    commandIds.trainPolicy,
    commandIds.comparePolicies,
    commandIds.chooseKpiSwarm,
  ])("%s on its name takes no other swarm in its place", async (command) => {
    await open([managed(), orchestratedSample()]);
    await run(command, FLOW);
    expect(editor.shown).toHaveLength(1);
    expect(last()).toContain("'flow' belongs to an orchestrator");
    expect(last()).toContain("'swarm-scale', 'predict-size'");
    expect(connection.calls).toEqual([]);
  });

  it("an observed swarm that is named is told as that, and none is scaled for it", async () => {
    await open([managed(), observed()]);
    await run(commandIds.scaleSwarm, { swarmId: observed().id });
    expect(editor.shown).toHaveLength(1);
    expect(last()).toContain("observed");
    expect(connection.calls).toEqual([]);
  });
});

describe("Scale Swarm", () => {
  it("tells in its list how many records there are and that they are claimed, and where it does not do why", () => {
    const row = orchestratedSample();
    expect(pickOf(row)).toEqual({ label: "flow", description: RECORDS });
    expect(pickOf(row, "forecast").detail).toContain("Instead, 'predict-size'");
    expect(pickOf(managed()).description).toBe("6 of 8 agents, recommend");
  });

  it("offers it with its records, and scales it by number", async () => {
    await open([managed(), orchestratedSample()]);
    editor.answers.set("Scale Swarm", "flow");
    editor.answers.set("0 to 15", "7");
    editor.answers.set("Scale flow from 5 to 7 records?", "Scale to 7");
    await run(commandIds.scaleSwarm);
    expect(params(calls.swarmScale.method)).toEqual([{ swarmId: "flow", target: 7, deadlineMs: 60_000 }]);
    expect(last()).toBe(
      "info: flow: 5 → 7, confirmed in 79 ms (7 records (claimed), 0 processes seen). 'agent_spawn' added 2 records; topology mesh → ring (claimed)",
    );
  });
});

describe("Predict Size", () => {
  it("shows the plan with its reason, asks, and makes it so, the topology after it", async () => {
    editor.answers.set("Scale flow: 5 → 7 (claimed)?", "Scale to 7");
    await run(commandIds.predictSize, FLOW);
    expect(params(calls.predictiveScale.method)).toEqual([
      { swarmId: "flow", apply: false, deadlineMs: 60_000 },
      { swarmId: "flow", apply: true, expectedTo: 7, deadlineMs: 60_000 },
    ]);
    expect(editor.details[0]).toContain("5 of 5 records say they are busy");
    expect(editor.details[0]).toContain("A record is no process");
    expect(editor.details[0]).toContain("To undo: scale it back to 5.");
    expect(last()).toContain(
      "7 records (claimed), 0 processes seen). 'agent_spawn' added 2 records; topology mesh → ring (claimed)",
    );
  });

  it("does nothing without a yes, and says why where none is planned", async () => {
    await run(commandIds.predictSize, FLOW);
    expect(params(calls.predictiveScale.method)).toHaveLength(1);
    answers[calls.predictiveScale.method] = () => ({
      ...plan,
      ...{ to: null, reason: { code: "predictive.unknownLoad", args: { told: 1, records: 5 } } },
    });
    await run(commandIds.predictSize, FLOW);
    expect(last()).toBe(
      "info: flow: nothing is planned (claimed). Not all of its 5 records say whether they are busy, so its load is not known and nothing is planned.",
    );
  });

  it("says that another size is planned by now, and that nothing was done", async () => {
    const refused = { kind: "refused", reason: { code: "predictive.changed", args: { expected: 7, actual: 9 } } };
    answers[calls.predictiveScale.method] = ({ apply }: { apply: boolean }) =>
      apply ? { ...plan, to: 9, outcome: refused, topology: null } : plan;
    editor.answers.set("Scale flow: 5 → 7 (claimed)?", "Scale to 7");
    await run(commandIds.predictSize, FLOW);
    expect(last()).toContain("error: flow: 5 → 7 was refused, nothing was done. By now 9 would be planned, and not 7");
  });

  it("of a swarm of ours goes on as Scale Swarm does, with its preview", async () => {
    await open([managed()]);
    const reason = { code: "predictive.forecast", args: { to: 9, steps: 2 } };
    answers[calls.predictiveScale.method] = () => ({
      ...plan,
      swarmId: "demo",
      from: 8,
      to: 9,
      source: "derived",
      reason,
    });
    await run(commandIds.predictSize);
    expect(editor.shown[1]).toContain(
      "info: demo: 8 → 9 (derived). The forecast of the next hour needs up to 9 agents.",
    );
    expect(params(calls.scalePreview.method)).toEqual([{ swarmId: "demo", target: 9 }]);
    expect(params(calls.predictiveScale.method)).toHaveLength(1);
  });
});

describe("Allocate Resources", () => {
  const allocated = {
    ...{ swarmId: "flow", gathered: [], agents: 4, outcome, allocationId: null },
    reasons: [{ code: "allocation.room", args: { asked: 6, eachBytes: 5e8, leftBytes: 2e9, fits: 4 } }],
    kept: { tool: "memory_store", kept: true, reason: null },
  };
  beforeEach(() => {
    answers[calls.allocateResources.method] = () => allocated;
    editor.answers.set("Agents, 0 to 15", "6");
    editor.answers.set("Memory that each", "512MB");
    editor.answers.set("Give flow 6 agents?", "Allocate");
  });

  it("asks for agents and memory, gives them, and tells what was read back, what did not fit, and the note", async () => {
    await run(commandIds.allocateResources, FLOW);
    expect(params(calls.allocateResources.method)).toEqual([
      { swarmId: "flow", requirements: { agents: 6, memory: { high: "512MB" } }, deadlineMs: 60_000 },
    ]);
    expect(editor.details[0]).toContain("5 records (claimed), 0 processes seen");
    expect(editor.details[0]).toContain("Limits of CPU, memory and storage cannot be set for records.");
    for (const part of [
      "flow: 5 → 4, confirmed",
      "7 records (claimed)",
      "4 fit in all.",
      "noted by 'memory_store' (claimed)",
    ])
      expect(last()).toContain(part);
  });

  it("is offered beside the files, and does nothing without a yes or with a size that is none", async () => {
    editor.answers.set("Allocate Resources", "flow");
    editor.answers.delete("Give flow 6 agents?");
    await run(commandIds.allocateResources);
    expect(editor.shown[0]).toBe("pick: Allocate Resources [Open a resources file…, New resources file, flow]");
    editor.answers.set("Give flow 6 agents?", "Allocate");
    editor.answers.set("Memory that each", "plenty");
    await run(commandIds.allocateResources, FLOW);
    expect(last()).toBe("invalid: use bytes or a size such as 512MB or 2GiB, or leave it empty");
    expect(connection.calls).toEqual([]);
  });

  it("reckons no memory where none is given", async () => {
    editor.answers.set("Memory that each", "");
    await run(commandIds.allocateResources, FLOW);
    expect(params(calls.allocateResources.method)).toMatchObject([{ requirements: { agents: 6 } }]);
    expect(editor.details[0]).toContain("is not reckoned");
  });
});

describe("Profile Performance", () => {
  const stop = () => {
    throw new Failure({ code: "profile.noProcess", args: { pid: 1 } });
  };

  it("offers the process that a record names, those below its server, and the server", async () => {
    const seen = [agent({ pid: 4121 }), agent({ pid: 4200, name: "codex" })];
    await open([orchestratedSample({ agents: seen })]);
    answers[calls.profilePreview.method] = stop;
    editor.answers.set("Profile Performance", "MCP server 4100");
    await run(commandIds.profilePerformance, FLOW);
    expect(editor.shown[0]).toBe(
      "pick: Profile Performance [claude 4121, codex 4200, MCP server 4100, Another Process…]",
    );
    expect(params(calls.profilePreview.method)).toEqual([{ pid: 4100 }]);
  });

  it("from the palette leads there as well", async () => {
    answers[calls.profilePreview.method] = stop;
    editor.onPick = () =>
      editor.answers.set("Profile Performance", editor.shown.length === 0 ? "flow" : "process 4121");
    await run(commandIds.profilePerformance);
    expect(editor.shown.slice(0, 2)).toEqual([
      "pick: Profile Performance [flow, Another Process…]",
      "pick: Profile Performance [process 4121, MCP server 4100, Another Process…]",
    ]);
    expect(params(calls.profilePreview.method)).toEqual([{ pid: 4121 }]);
  });

  it.each([
    [{ link: { kind: "connected", sinceMs: 0 } as const }, "Its server is reached by a URL"],
    [{ link: { kind: "connecting", sinceMs: 0 } as const }, "Its server does not run now"],
  ])("where there is no process at all says why and what else can be profiled (%#)", async (link, words) => {
    await open([orchestratedSample({ ...link, records: [], serverPid: null })]);
    await run(commandIds.profilePerformance, FLOW);
    expect(last()).toContain(
      "warning: 'flow' belongs to an orchestrator: its agents are 5 records (claimed), and 0 processes of them were seen.",
    );
    expect(last()).toContain(words);
    expect(last()).toContain("[Another Process…]");
    expect(connection.calls).toEqual([]);
  });
});

describe("Configure Fault Tolerance", () => {
  it("tells the breaker before it, and what that keeps to", async () => {
    editor.answers.set("Configure Fault Tolerance", "flow");
    await run(commandIds.configureFaultTolerance);
    expect(editor.shown[0]).toMatch(/^pick: Configure Fault Tolerance \[.*, flow\]$/);
    expect(last()).toContain("info: orchestrator:flow: closed, 0 failures in a row. It stands before every call");
  });
});
