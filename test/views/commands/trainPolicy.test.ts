import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PolicyReport } from "../../../src/engine/protocol/dqn.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const row = (name: string, unmet: number, agentHours: number) => ({
  ...{ name, unmet, agentHours, unmetRatio: 0.01, waitP95Sec: 0, actions: 1, reversals: 0, utilisation: 0.5 },
  ...{ backlog: 0, costAgentHours: agentHours },
});
const report: PolicyReport = {
  ...{ swarmId: "demo", timeScale: 240, reason: null, trainingRatio: null, acts: false },
  retraining: { dueAtMs: null, reason: null, last: null },
  trained: {
    ...{ trainedAtMs: 0, tookMs: 1, episodes: 1_000, takenAfter: 900, seed: 1, curve: [] },
    by: "operator",
    weights: { unmet: 10, waiting: 1, agents: 1, changes: 30 },
    basis: {
      ...{ steps: 1, missing: 0, stepSeconds: 2, tickSeconds: 1, minAgents: 2, maxAgents: 16, startUpSeconds: 1 },
      ...{ fixedAgents: 3, forecasts: { made: 0, ready: 0 } },
    },
    evaluation: {
      policies: [row("adaptive", 100, 200), row("dqn", 88, 206)],
      ...{ beats: true, fromMs: 0, toMs: 720_000 },
    },
  },
};

let connection: FakeConnection;
let train: () => Promise<unknown>;

beforeEach(async () => {
  editor = freshEditor();
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms: [managed()] }));
  train = () => Promise.resolve(report);
  connection.answer = (method) =>
    method === calls.trainPolicy.method ? train() : Promise.reject(new Failure({ code: "rpc.closed", args: {} }));
  registerCommands({ session, overview: feed, version: "0.1.0" } as unknown as CommandWorld);
});

const run = () => editor.commands.get(commandIds.trainPolicy)?.({ swarmId: "demo" });
const shown = () => JSON.stringify(editor);

describe("Train Scaling Policy", () => {
  it("trains for the swarm it was called on, and says what the network is worth", async () => {
    await run();
    expect(connection.calls.find(({ method }) => method === calls.trainPolicy.method)?.params).toEqual({
      swarmId: "demo",
      deadlineMs: 1_200_000,
    });
    expect(shown()).toContain("12% less unmet demand, 3% more agent-hours");
    expect(shown()).toContain("last 2 d");
  });

  it("that was cancelled says that nothing has changed", async () => {
    train = () => Promise.reject(new Failure({ code: "aborted", args: {} }));
    await run();
    expect(shown()).toContain("was cancelled");
  });

  it("that is refused says why", async () => {
    train = () => Promise.reject(new Failure({ code: "training.busy", args: { swarmId: "demo" } }));
    await run();
    expect(shown()).toContain("is being trained already");
  });

  it("is refused in Restricted Mode without a word to the engine", async () => {
    editor.trusted = false;
    await run();
    expect(connection.calls.some(({ method }) => method === calls.trainPolicy.method)).toBe(false);
    expect(shown()).toContain("Restricted Mode");
  });
});
