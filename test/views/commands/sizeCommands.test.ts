import { beforeEach, describe, expect, it, vi } from "vitest";
import { calls, type DecisionRow, type DecisionsState, type ScalePreview } from "../../../src/engine/protocol/rpc.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { decision, id, state, superseded, waiting } from "../decisions/decisions.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, observed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");
const { DecisionBook } = await import("../../../src/views/decisions/book.ts");

const preview: ScalePreview = {
  swarmId: "demo",
  label: "demo",
  from: 6,
  live: 6,
  to: 8,
  minAgents: 2,
  maxAgents: 16,
  ending: [],
  starting: 2,
  expectedRssBytes: 1,
  memoryAvailableBytes: 2,
  expectedCpuCores: null,
  steps: [8],
  pauseMs: 15_000,
  room: {
    agents: 9,
    basis: "learning",
    footprint: { rssBytes: null, cpuCores: null, taskSeconds: null, agents: 0, tasks: 0 },
    leftBytes: 2,
    availableBytes: 2,
    reserveBytes: 0,
    promisedBytes: 0,
    cpuAgents: null,
  },
  refusal: null,
  warnings: [],
};
const confirmed = (from: number, to: number) => ({
  swarmId: "demo",
  from,
  to,
  outcome: { kind: "confirmed", live: to, elapsedMs: 1_200 },
});

let connection: FakeConnection;
let answers: Record<string, (params: never) => unknown>;
let opened: (string | null)[];
let explained: string[];

/** An editor window connected to an engine that answers as `answers` says. */
async function open(rows: readonly DecisionRow[], swarms = [managed({ live: 8 }), observed()]): Promise<void> {
  const session = new FakeSession();
  const overviewFeed = new TopicFeed(session, "overview", () => undefined);
  const decisionsFeed = new TopicFeed(session, "decisions", () => undefined);
  const book = new DecisionBook(session, decisionsFeed);
  connection = session.connect();
  await Promise.all([overviewFeed.settled(), decisionsFeed.settled()]);
  connection.publish("overview", overview({ swarms }));
  connection.publish("decisions", state(rows));
  answers = {
    [calls.decisions.method]: ({ swarmId }: { swarmId?: string }): DecisionsState =>
      state(rows.filter((row) => swarmId === undefined || row.swarmId === swarmId)),
    [calls.scalePreview.method]: ({ target }: { target: number }) => ({ ...preview, to: target }),
    [calls.configGet.method]: () => ({ sources: {} }),
    [calls.swarmMode.method]: () => null,
    [calls.swarmHold.method]: () => ({ untilMs: null }),
    [calls.decisionDismiss.method]: () => null,
    [calls.decisionApply.method]: () => confirmed(6, 8),
    [calls.decisionUndo.method]: () => ({
      undoOf: id(1),
      result: confirmed(8, 6),
      notes: [{ code: "undo.newAgents", args: { count: 2 } }],
    }),
  };
  connection.answer = async (method, params) => {
    const say = answers[method];
    if (say === undefined) throw new Error(`no answer for ${method}`);
    return say(params as never);
  };
  opened = [];
  explained = [];
  const world: Partial<CommandWorld> = {
    session,
    overview: overviewFeed,
    decisions: book,
    pages: {
      openForecast: async (swarmId: string | null) => void opened.push(swarmId),
    } as unknown as CommandWorld["pages"],
    explanations: { open: async (row: DecisionRow) => void explained.push(row.id) } as CommandWorld["explanations"],
    version: "0.1.0",
  };
  registerCommands(world as CommandWorld);
}

const run = (command: string, argument?: unknown): Promise<void> | undefined =>
  editor.commands.get(command)?.(argument);
/** Calls that change something, with what they were made with. */
const done = (): unknown[] =>
  connection.calls.filter(({ method }) => !/Preview|decisions\/list|config\/get/.test(method));

beforeEach(() => {
  editor = freshEditor();
});

describe("a recommendation", () => {
  const recommended = decision({ id: id(5), state: waiting, undoRefusal: superseded });

  it("is applied as this decision after it was shown what it does, and its end is told", async () => {
    await open([recommended]);
    editor.answers.set("Scale demo from 6 to 8 agents?", "Scale to 8");
    await run(commandIds.applyRecommendation);
    expect(done()).toEqual([{ method: calls.decisionApply.method, params: { decisionId: id(5), deadlineMs: 60_000 } }]);
    expect(editor.shown).toContain("info: demo: 6 → 8, confirmed in 1.2 s (8 alive) [Undo]");
  });

  it("is left alone on Cancel, and when the engine would refuse it", async () => {
    await open([recommended]);
    await run(commandIds.applyRecommendation);
    expect(editor.shown).toEqual(["modal: Scale demo from 6 to 8 agents? [Scale to 8]"]);
    answers[calls.scalePreview.method] = () => ({ ...preview, refusal: { code: "scale.onHold", args: {} } });
    await run(commandIds.applyRecommendation);
    expect(editor.shown.at(-1)).toMatch(/^warning: demo stays at 6: .* on hold.*\[Resume\]$/);
    expect(done()).toEqual([]);
  });

  it("that no longer holds is answered by the engine's reason", async () => {
    await open([recommended]);
    editor.answers.set("Scale demo", "Scale to 8");
    answers[calls.decisionApply.method] = () => {
      throw new Failure({ code: "decision.over", args: {} });
    };
    await run(commandIds.applyRecommendation, { decisionId: id(5) });
    expect(editor.shown.at(-1)).toMatch(/^error: Could not apply the recommendation: /);
  });

  it("is dismissed without a question", async () => {
    await open([recommended]);
    await run(commandIds.dismissRecommendation, { decisionId: id(5) });
    expect(done()).toEqual([{ method: calls.decisionDismiss.method, params: { decisionId: id(5) } }]);
  });

  it("is asked for when several wait, and missed in words when none does", async () => {
    await open([recommended, decision({ id: id(4), from: 3, to: 2, state: waiting, undoRefusal: superseded })]);
    await run(commandIds.dismissRecommendation);
    expect(editor.shown).toEqual(["pick: Dismiss Recommendation [6 → 8 demo · load 0.92, 3 → 2 demo · load 0.92]"]);
    await open([decision()]);
    await run(commandIds.applyRecommendation);
    expect(editor.shown.at(-1)).toBe("info: No recommendation waits for you.");
  });
});

describe("an undo", () => {
  it("takes the newest decision that can be undone, after showing what it does", async () => {
    await open([decision({ id: id(3), undoRefusal: superseded }), decision({ id: id(2) }), decision({ id: id(1) })]);
    editor.answers.set("Scale demo from 6 to 6", "Scale to 6");
    await run(commandIds.undoLast);
    expect(done()).toEqual([{ method: calls.decisionUndo.method, params: { decisionId: id(2), deadlineMs: 60_000 } }]);
    expect(editor.shown).toContain(
      "info: Undone: 2 agents that ended are not brought back: new ones take their places, without what those had in memory.",
    );
    expect(editor.shown).toContain("info: demo: 8 → 6, confirmed in 1.2 s (6 alive) [Undo]");
  });

  it("is that of one swarm where it was asked on one", async () => {
    await open([decision({ id: id(3) }), decision({ id: id(2), swarmId: "api" })]);
    editor.answers.set("Scale", "Scale to 6");
    await run(commandIds.undoLast, { swarmId: "api" });
    expect(done()).toMatchObject([{ params: { decisionId: id(2) } }]);
  });

  it("of a start is a stop, and of a stop a start, each asked about as such", async () => {
    await open([decision({ origin: "operator", from: 0, to: 8, inputs: null })]);
    await run(commandIds.undoDecision, { decisionId: id(1) });
    expect(editor.shown).toEqual(["modal: Stop demo? [Stop Swarm]"]);
    await open([decision({ origin: "operator", from: 8, to: 0, inputs: null })]);
    await run(commandIds.undoDecision, { decisionId: id(1) });
    expect(editor.shown.at(-1)).toBe("modal: Start demo again with 8 agents? [Start Again]");
    expect(done()).toEqual([]);
  });

  it("that is not possible says why, and does nothing", async () => {
    await open([decision({ undoRefusal: superseded })]);
    await run(commandIds.undoLast);
    await run(commandIds.undoDecision, { decisionId: id(1) });
    await open([]);
    await run(commandIds.undoLast);
    expect(editor.shown).toHaveLength(3);
    expect(editor.shown[0]).toMatch(/^info: Nothing can be undone now\. The last decision was demo: 6 → 8\. /);
    expect(editor.shown[1]).toMatch(/^warning: demo: 6 → 8 cannot be undone\. /);
    expect(editor.shown[2]).toMatch(/^info: No change of a swarm's size has been made/);
    expect(done()).toEqual([]);
  });
});

describe("the mode of a swarm", () => {
  const own = managed({ id: "api", label: "api", demo: false });

  it("is auto for the demo at once, for a swarm of one's own after one question", async () => {
    await open([]);
    editor.answers.set("Mode of", "auto");
    await run(commandIds.setMode);
    expect(done()).toEqual([{ method: calls.swarmMode.method, params: { swarmId: "demo", mode: "auto" } }]);

    await open([], [own]);
    await run(commandIds.setMode);
    expect(editor.shown.at(-1)).toBe("pick: Let the scaler size api by itself? [Keep recommend, Switch to auto]");
    expect(done()).toEqual([]);
    editor.answers.set("Let the scaler", "Switch to auto");
    await run(commandIds.setMode);
    expect(done()).toEqual([{ method: calls.swarmMode.method, params: { swarmId: "api", mode: "auto" } }]);
  });

  it("is written into the user's settings where they are the source of the swarms, and only there", async () => {
    await open([], [own]);
    editor.answers.set("Mode of", "observe");
    editor.setting = [{ id: "api", command: "x" }];
    await run(commandIds.setMode);
    expect(editor.setting).toEqual([{ id: "api", command: "x" }]);
    answers[calls.configGet.method] = () => ({ sources: { swarms: "editor settings" } });
    await run(commandIds.setMode);
    expect(editor.setting).toEqual([{ id: "api", command: "x", mode: "observe" }]);
  });

  it("stays where it is when it is chosen again", async () => {
    await open([]);
    editor.answers.set("Mode of", "recommend");
    await run(commandIds.setMode);
    expect(done()).toEqual([]);
  });
});

describe("hold and resume", () => {
  it("are asked of the swarm meant, without a question", async () => {
    await open([], [managed(), managed({ id: "api", label: "api", demo: false, held: true })]);
    await run(commandIds.hold);
    await run(commandIds.resume);
    expect(done()).toEqual([
      { method: calls.swarmHold.method, params: { swarmId: "demo", held: true } },
      { method: calls.swarmHold.method, params: { swarmId: "api", held: false } },
    ]);
  });
});

describe("Pause Scaling and Resume Scaling", () => {
  const api = managed({ id: "api", label: "api", demo: false });
  const hold = (swarmId: string, held: boolean, more = {}) => ({
    method: calls.swarmHold.method,
    params: { swarmId, held, ...more },
  });

  it("put the only swarm on hold for as long as the operator says, and nothing without an answer", async () => {
    await open([]);
    await run(commandIds.pauseScaling);
    expect(done()).toEqual([]);
    editor.answers.set("Pause Scaling of demo", "15 minutes");
    await run(commandIds.pauseScaling);
    editor.answers.set("Pause Scaling of demo", "Until resumed");
    await run(commandIds.pauseScaling);
    expect(done()).toEqual([hold("demo", true, { forSeconds: 900 }), hold("demo", true)]);
    expect(editor.shown).toContain(
      "status: $(debug-pause) demo is on hold for 15 minutes: no growth, no automatic change",
    );
  });

  it("are for one of several swarms or for all of them", async () => {
    await open([], [managed({ held: true }), { ...api, held: true }]);
    editor.answers.set("Pause Scaling", "All 2 swarms");
    editor.answers.set("Pause Scaling of all 2 swarms", "1 hour");
    await run(commandIds.pauseScaling);
    editor.answers.set("Resume Scaling", "api");
    await run(commandIds.resumeScaling);
    expect(done()).toEqual([
      hold("demo", true, { forSeconds: 3_600, keepLonger: true }),
      hold("api", true, { forSeconds: 3_600, keepLonger: true }),
      hold("api", false),
    ]);
  });

  it("resume says so when nothing is on hold", async () => {
    await open([]);
    await run(commandIds.resumeScaling);
    expect(done()).toEqual([]);
    expect(editor.shown.at(-1)).toBe("info: No swarm was put on hold by an operator.");
  });
});

describe("data", () => {
  it("is backed up where the operator says, or not at all", async () => {
    await open([]);
    await run(commandIds.backUp);
    expect(done()).toEqual([]);
    answers[calls.backup.method] = ({ path }: { path: string }) => ({ path, bytes: 12e6, elapsedMs: 300 });
    editor.savePath = "/b/s.db";
    await run(commandIds.backUp);
    expect(done()).toEqual([{ method: calls.backup.method, params: { path: "/b/s.db" } }]);
    expect(editor.shown.at(-1)).toBe("info: Backed up 12 MB in 300 ms: /b/s.db [Copy Path]");
    answers[calls.backup.method] = () => {
      throw new Failure({ code: "backup.exists", args: { path: "/b/s.db" } });
    };
    await run(commandIds.backUp);
    expect(editor.shown.at(-1)).toMatch(/^error: Could not back up the data: .*\/b\/s\.db/);
  });

  it("for a report is opened to be read, without the values of settings", async () => {
    await open([]);
    answers[calls.diagnostics.method] = () => ({ wallMs: 1 });
    editor.setting = [{ id: "api", command: "CANARY", env: { TOKEN: "CANARY" } }];
    await run(commandIds.collectDiagnostics);
    expect(JSON.parse(editor.document ?? "")).toMatchObject({
      engine: { wallMs: 1 },
      editor: { settings: { swarms: 1 } },
    });
    expect(editor.document).not.toContain("CANARY");
  });
});

describe("a window in Restricted Mode", () => {
  it("changes nothing and says why, and may still look", async () => {
    await open([decision({ state: waiting })]);
    editor.trusted = false;
    for (const command of [
      "setMode",
      "hold",
      "resume",
      "pauseScaling",
      "resumeScaling",
      "applyRecommendation",
      "dismissRecommendation",
      "undoDecision",
      "undoLast",
      "backUp",
    ] as const) {
      await run(commandIds[command]);
      expect(editor.shown.pop(), command).toMatch(/Restricted Mode/);
    }
    expect(connection.calls).toEqual([]);
    await run(commandIds.explainDecision, { decisionId: id(1) });
    await run(commandIds.openForecast, { decisionId: id(1) });
    await run(commandIds.openForecast);
    expect(explained).toEqual([id(1)]);
    expect(opened).toEqual(["demo", null]);
  });
});
