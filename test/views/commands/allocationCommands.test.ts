import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AllocationRecord } from "../../../src/engine/protocol/allocators.ts";
import { planOfResources } from "../../../src/engine/protocol/resources.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { allocationSample, performancePlanSample, previewSample } from "../../cli/allocationSample.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, observed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");
const { Uri } = (await import("vscode")) as unknown as { Uri: { file(path: string): object } };

const FILE = JSON.stringify({ swarms: { docs: { agents: 6 } }, lanes: { standard: 4, background: 2 } });
const FROM = previewSample().changes.map(({ from }) => from);
const OLDER = "01994f00-0000-7000-8000-000000000001";
const { undoRefusal: _, ...applied } = allocationSample();
const acting: AllocationRecord = {
  ...applied,
  state: { kind: "acting" },
  steps: applied.steps.map((step, at) => ({ ...step, state: { kind: at === 0 ? "confirmed" : "acting", notes: [] } })),
};
const rolledBack = (reason: { code: string; args: object }, left = 0): AllocationRecord =>
  ({ ...applied, state: { kind: "rolledBack", reason, left } }) as AllocationRecord;
const aborted = () => new Failure({ code: "aborted", args: {} });
const closed = () => new Failure({ code: "rpc.closed", args: {} });

let session: FakeSession;
let connection: FakeConnection;
let answers: Record<string, (params: never) => unknown>;
/** The newest of the history, as the engine keeps it. */
let newest: AllocationRecord;
let world: CommandWorld;
let opened: string[];

async function answer(method: string, params: unknown): Promise<unknown> {
  const say = answers[method];
  if (say === undefined) throw new Error(`no answer for ${method}`);
  return say(params as never);
}

beforeEach(async () => {
  editor = freshEditor();
  editor.files.set("/work/r.json", FILE);
  session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish(
    "overview",
    overview({ swarms: [managed({ id: "docs", label: "docs", demo: false }), observed()] }),
  );
  newest = { ...applied, id: OLDER };
  answers = {
    [calls.allocations.method]: () => ({ allocations: [newest], more: false, support: [] }),
    [calls.allocationPreview.method]: previewSample,
    [calls.allocationApply.method]: () => applied,
    [calls.allocationUndo.method]: () => ({ ...applied, undoOf: applied.id }),
    [calls.optimizePerformance.method]: performancePlanSample,
    [calls.guard.method]: () => ({
      lanes: [
        { lane: "critical", capacity: 10 },
        { lane: "standard", capacity: 20 },
        { lane: "background", capacity: 5 },
      ],
    }),
  };
  connection.answer = answer;
  opened = [];
  const pages = { optimizeAllocation: async (swarmId: string) => void opened.push(swarmId) };
  world = { session, overview: feed, pages, version: "0.1.0" } as unknown as CommandWorld;
  registerCommands(world);
});
afterEach(() => vi.useRealTimers());

const allocate = (argument?: unknown) => editor.commands.get(commandIds.allocateResources)?.(argument);
const optimize = (argument?: unknown) => editor.commands.get(commandIds.optimizePerformance)?.(argument);
const asked = () => connection.calls.map(({ method }) => method);
const applies = () => connection.calls.filter(({ method }) => method === calls.allocationApply.method);
const last = () => editor.shown.at(-1) ?? "";
const settled = () => new Promise((resolve) => setImmediate(resolve));
const QUESTION = "Allocate resources by r.json?";

describe("Allocate Resources", () => {
  it("shows from what to what, in how many steps, whom it touches and how to undo, and does it once agreed to", async () => {
    editor.openPath = "/work/r.json";
    editor.answers.set("Allocate Resources", "Open a resources file…").set(QUESTION, "Allocate");
    await allocate();
    expect(connection.calls.find(({ method }) => method === calls.allocationPreview.method)?.params).toEqual({
      plan: [
        { resource: "agents", swarmId: "docs", agents: 6 },
        { resource: "network", lanes: { standard: 4, background: 2 } },
      ],
    });
    expect(editor.details[0]?.split("\n")).toEqual([
      "docs: agents 4 → 6",
      "lanes: standard 8 → 4",
      expect.stringMatching(/^In 4 steps, each seen before the next\./),
      expect.stringContaining("Lanes are shared"),
      expect.stringMatching(/^To undo: "Undo" /),
    ]);
    expect(applies()[0]?.params).toEqual({ plan: previewSample().plan, from: FROM });
    expect(last()).toBe("info: r.json: applied in 9.2 s [Undo]");
  });

  it("does nothing when the question is declined, or nothing is chosen", async () => {
    await allocate({ uri: Uri.file("/work/r.json") });
    expect(editor.shown).toContain(`modal: ${QUESTION} [Allocate]`);
    await allocate();
    expect(applies()).toEqual([]);
  });

  it("takes the file in the editor as it is shown, saved or not, and is told which by an argument", async () => {
    editor.active = { uri: Uri.file("/work/r.json"), languageId: "json", getText: () => '{"lanes":{"critical":3}}' };
    editor.answers.set("Allocate Resources", "The file in the editor");
    await allocate();
    await allocate(Uri.file("/work/r.json"));
    const previews = connection.calls.filter(({ method }) => method === calls.allocationPreview.method);
    const plan = [{ resource: "network", lanes: { critical: 3 } }];
    expect(previews.map(({ params }) => params)).toEqual([{ plan }, { plan }]);
    expect(editor.shown.filter((line) => line.startsWith("pick"))).toHaveLength(1);
  });

  it("offers no file of the editor that is no JSON", async () => {
    editor.active = { uri: Uri.file("/work/a.md"), languageId: "markdown", getText: () => "" };
    await allocate();
    expect(editor.shown).toEqual(["pick: Allocate Resources [Open a resources file…, New resources file]"]);
  });

  it("writes what the swarms have now into a new file, which is valid and changes nothing", async () => {
    editor.answers.set("Allocate Resources", "New resources file");
    await allocate();
    expect(planOfResources(JSON.parse(editor.document ?? ""))).toEqual({
      kind: "plan",
      plan: [
        { resource: "agents", swarmId: "docs", agents: 8 },
        { resource: "network", lanes: { critical: 10, standard: 20, background: 5 } },
      ],
    });
    expect(asked()).not.toContain(calls.allocationPreview.method);
    expect(last()).toContain("[Allocate Resources…]");
  });

  it.each([
    ["{", /^error: .*r\.json' is not JSON: /],
    [
      '{"swarms":{"docs":{"memory":{"high":"lots"}}}}',
      /^error: r\.json cannot be applied, nothing was done\. swarms\.docs\.memory\.high: use bytes or a size such as 512MB or 2GiB \[Open File\]$/,
    ],
    ['{"swarms":{"docs":{"agents":1001}}}', /swarms\.docs\.agents: use at most 1000/],
    [
      '{"swarms":{"docs":{"agents":1.5,"cpu":{"nice":"a"}}},"lanes":{"standard":"b","critical":"c"},"more":1}',
      /swarms\.docs\.agents: .*; swarms\.docs\.cpu\.nice: .*; lanes\..*; and 2 more/,
    ],
    ["{}", /names nothing to change/],
  ])("tells the problems of %s by their places, and asks no engine", async (text, message) => {
    editor.files.set("/work/r.json", text);
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(message);
    expect(asked()).toEqual([]);
  });

  it("takes no file that is far too large", async () => {
    editor.files.set("/work/r.json", "x".repeat(2_000_000));
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toContain("larger than 1 MB");
  });

  it("says why nothing may be done, and when there is nothing to do", async () => {
    const refusal = { code: "allocation.belowNeed", args: { limitBytes: 1e7, needBytes: 2e7 } };
    answers[calls.allocationPreview.method] = () => ({ ...previewSample(), changes: [], refusal });
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(/^warning: r\.json: nothing is done\. An agent needs/);
    answers[calls.allocationPreview.method] = () => ({ ...previewSample(), plan: [], changes: [] });
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toContain("there is nothing to change");
    answers[calls.allocationPreview.method] = () => {
      throw new Failure({ code: "swarm.unknown", args: { swarmId: "docs", known: "demo" } });
    };
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(/^error: Could not allocate resources: .*docs/);
    expect(applies()).toEqual([]);
  });

  it("shows the steps as they are seen", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    editor.answers.set(QUESTION, "Allocate");
    answers[calls.allocationApply.method] = async () => {
      await vi.advanceTimersByTimeAsync(1_000);
      newest = acting;
      await vi.advanceTimersByTimeAsync(1_000);
      return applied;
    };
    await allocate(Uri.file("/work/r.json"));
    expect(editor.said).toEqual(["step 2 of 2, lanes: standard 8 → 4"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(editor.said).toHaveLength(1);
  });

  it("that was cancelled waits until all is taken back, and says so", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    editor.answers.set(QUESTION, "Allocate");
    answers[calls.allocationApply.method] = () => {
      newest = acting;
      editor.cancel();
      throw aborted();
    };
    const done = allocate(Uri.file("/work/r.json"));
    await vi.advanceTimersByTimeAsync(1_500);
    expect(last()).toMatch(/^progress/);
    newest = rolledBack({ code: "aborted", args: {} });
    await vi.advanceTimersByTimeAsync(1_000);
    await done;
    expect(last()).toBe("info: r.json: rolled back: Cancelled before it was done.");
  });

  it("that was cancelled before it began says that nothing was done", async () => {
    editor.answers.set(QUESTION, "Allocate");
    answers[calls.allocationApply.method] = () => {
      throw aborted();
    };
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toBe("info: r.json: cancelled before anything was done.");
  });

  it("says what was rolled back and why, and what could not be", async () => {
    editor.answers.set(QUESTION, "Allocate");
    const reason = { code: "plan.waiting", args: { beforeMs: 100, afterMs: 9_000 } };
    answers[calls.allocationApply.method] = () => rolledBack(reason);
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(/^warning: r\.json: rolled back: .*[^\]]$/);
    answers[calls.allocationApply.method] = () => rolledBack(reason, 1);
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(/^error: r\.json: rolled back, but for 1 step: .* \[Undo\]$/);
    answers[calls.allocationApply.method] = () => {
      throw new Failure({ code: "allocation.busy", args: {} });
    };
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toContain("Could not allocate resources: Another allocation is under way.");
  });

  it("asks the next engine what became of it when its engine is lost", async () => {
    editor.answers.set(QUESTION, "Allocate");
    answers[calls.allocationApply.method] = () => {
      newest = { ...acting, state: { kind: "interrupted" } };
      session.lose();
      connection = session.connect();
      connection.answer = answer;
      throw closed();
    };
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toBe("warning: r.json: interrupted: the engine ended in the middle [Undo]");
  });

  it("says that the outcome is not known when no engine can tell", async () => {
    editor.answers.set(QUESTION, "Allocate");
    answers[calls.allocationApply.method] = () => {
      session.set({ kind: "failed", reason: { code: "engine.failed", args: {} } });
      throw closed();
    };
    await allocate(Uri.file("/work/r.json"));
    expect(last()).toMatch(/^warning: r\.json: what became of it is not known\. The engine ended/);
  });

  it("is taken back by Undo, which shows to what and asks", async () => {
    editor.answers.set(QUESTION, "Allocate").set("r.json: applied", "Undo").set("Take back", "Take Back");
    await allocate(Uri.file("/work/r.json"));
    await settled();
    expect(editor.details[1]?.split("\n")).toEqual(["lanes: standard 4 → 8", "docs: agents 6 → 4"]);
    expect(connection.calls.find(({ method }) => method === calls.allocationUndo.method)?.params).toEqual({
      allocationId: applied.id,
    });
    expect(last()).toBe("info: r.json: taken back in 9.2 s");
    answers[calls.allocationUndo.method] = () => {
      throw new Failure({ code: "allocation.overtaken", args: { by: OLDER } });
    };
    await allocate(Uri.file("/work/r.json"));
    await settled();
    expect(last()).toMatch(/^error: Could not take the allocation back: A later allocation/);
  });

  it("is refused in Restricted Mode without a word to the engine", async () => {
    editor.trusted = false;
    await allocate(Uri.file("/work/r.json"));
    await optimize({ swarmId: "docs", strategy: "latency" });
    expect(asked()).toEqual([]);
    expect(editor.shown.filter((line) => line.includes("Restricted Mode"))).toHaveLength(2);
  });
});

describe("Optimize Performance", () => {
  const ASK = "Optimize docs for latency?";

  it("says what was found, what would change and what it should bring, and applies it with what was expected", async () => {
    editor.answers.set("Optimize Performance", "Adaptive").set(ASK, "Apply");
    await optimize();
    expect(connection.calls.find(({ method }) => method === calls.optimizePerformance.method)?.params).toEqual({
      swarmId: "docs",
      strategy: "adaptive",
    });
    expect(editor.shown).toContain("pick: Optimize Performance [Adaptive, Latency, Cost, Balanced]");
    expect(editor.shown).toContain(`modal: ${ASK} [Apply, Show Trade-offs]`);
    const detail = editor.details[0] ?? "";
    expect(detail).toContain("lanes saturation is major: the strategy latency.");
    expect(detail).toMatch(/^(?:critical|major): \w/m);
    expect(detail).toContain("Expected (derived, by a queueing model): Latency 6.2 s → 4.1 s, Utilisation 90% → 60%.");
    expect(detail).toContain("On measured waits the model was off by 18% (400 tasks). 93% agreement over seeds.");
    expect(detail).toContain("Cost takes no part: ");
    expect(detail).toContain("docs: agents 4 → 6");
    expect(applies()[0]?.params).toEqual({ plan: previewSample().plan, from: FROM, expected: applied.expected });
    expect(last()).toBe("info: docs: applied in 9.2 s [Undo]");
  });

  it("asks for nothing that it was told, but for the go-ahead", async () => {
    await optimize({ swarmId: "docs", strategy: "cost" });
    expect(connection.calls[0]?.params).toEqual({ swarmId: "docs", strategy: "cost" });
    expect(editor.shown.filter((line) => line.startsWith("pick"))).toEqual([]);
    expect(applies()).toEqual([]);
    await optimize({ swarmId: "docs", strategy: "magic" });
    expect(last()).toMatch(/^pick: Optimize Performance/);
  });

  it("shows the trade-offs instead", async () => {
    editor.answers.set(ASK, "Show Trade-offs");
    await optimize({ swarmId: "docs", strategy: "adaptive" });
    expect(editor.shown).toContain(`modal: ${ASK} [Apply, Show Trade-offs]`);
    expect(opened).toEqual(["docs"]);
    expect(applies()).toEqual([]);
  });

  it("says so when nothing better was found, and why nothing may be done", async () => {
    const plan = performancePlanSample();
    answers[calls.optimizePerformance.method] = () => ({
      ...plan,
      preview: { ...plan.preview, plan: [], changes: [] },
    });
    await optimize({ swarmId: "docs", strategy: "adaptive" });
    expect(last()).toBe("info: docs: no better allocation was found than the one in force. Nothing is changed.");
    const refusal = { code: "allocation.belowNeed", args: { limitBytes: 1e7, needBytes: 2e7 } };
    answers[calls.optimizePerformance.method] = () => ({ ...plan, preview: { ...plan.preview, changes: [], refusal } });
    await optimize({ swarmId: "docs", strategy: "adaptive" });
    expect(last()).toMatch(/^warning: docs: nothing is done\. An agent needs/);
  });

  it("that was cancelled while it searched has changed nothing, and too little measured is told", async () => {
    answers[calls.optimizePerformance.method] = () => {
      throw aborted();
    };
    await optimize({ swarmId: "docs", strategy: "adaptive" });
    expect(last()).toBe("info: The search for docs was cancelled. Nothing was changed.");
    answers[calls.optimizePerformance.method] = () => {
      throw new Failure({ code: "optimize.noArrivals", args: { lanes: 3 } });
    };
    await optimize({ swarmId: "docs", strategy: "adaptive" });
    expect(last()).toMatch(/^error: Could not optimize the performance: No task came/);
    expect(applies()).toEqual([]);
  });

  it("needs a swarm that runs", async () => {
    connection.publish("overview", overview({ swarms: [observed()] }));
    await optimize();
    expect(last()).toMatch(/^info: No swarm is running/);
  });
});

describe("Undo Allocation", () => {
  const rows = (...list: readonly object[]) => {
    answers[calls.allocations.method] = () => ({ allocations: list, more: false, support: [] });
  };
  const undo = () => editor.commands.get(commandIds.undoAllocation)?.();
  const undone = () => connection.calls.filter(({ method }) => method === calls.allocationUndo.method);
  const newer = { ...allocationSample(), id: "01994f00-0000-7000-8000-0000000000bb" };

  it("asks which, shows to what it goes back, and does so once agreed to", async () => {
    rows(newer, allocationSample());
    editor.answers.set("Undo Allocation", "docs: agents 4 → 6 and 1 more").set("Take back", "Take Back");
    await undo();
    expect(editor.details[0]).toContain("lanes: standard 4 → 8");
    expect(undone().map(({ params }) => params)).toEqual([{ allocationId: newer.id }]);
  });

  it("leaves out what cannot be undone, and undoes themselves", async () => {
    const overtaken = { code: "allocation.overtaken", args: { id: "a", by: "b" } };
    rows({ ...newer, undoRefusal: overtaken }, { ...allocationSample(), undoOf: newer.id });
    await undo();
    expect(last()).toBe("info: No allocation can be undone now.");
    expect(undone()).toEqual([]);
  });

  it("given up at the choice or the question changes nothing", async () => {
    rows(newer);
    await undo();
    editor.answers.set("Undo Allocation", "docs: agents 4 → 6 and 1 more");
    await undo();
    expect(undone()).toEqual([]);
  });

  it("refused by the engine says why", async () => {
    rows(newer);
    editor.answers.set("Undo Allocation", "docs: agents 4 → 6 and 1 more").set("Take back", "Take Back");
    answers[calls.allocationUndo.method] = () => {
      throw new Failure({ code: "allocation.busy", args: {} });
    };
    await undo();
    expect(last()).toMatch(/^error: Could not undo the allocation: Another allocation is under way/);
  });
});
