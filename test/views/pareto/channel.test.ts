import { describe, expect, test } from "vitest";
import type {
  AllocationExpected,
  AllocationPreview,
  AllocationRecord,
  AllocationRow,
  ResourceLimits,
} from "../../../src/engine/protocol/allocators.ts";
import type { Coded } from "../../../src/engine/protocol/model.ts";
import type { AllocationPoint, SwarmOptimization } from "../../../src/engine/protocol/optimize.ts";
import type { ParetoHostMessage, ParetoPageState, SearchWish } from "../../../src/engine/protocol/paretoPage.ts";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import { moreReasons } from "../../../src/text/moreReasons.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { ParetoChannel } from "../../../src/views/pareto/channel.ts";
import { optimizationOf, searchFailure } from "../../../src/views/pareto/said.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { optimization } from "../../webview/paretoStates.ts";
import { managed, observed, overview } from "../overviews.ts";

addReasons(moreReasons);

/** Lets what is settled reach those who wait for it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Call<R> {
  readonly signal: AbortSignal;
  readonly answer: (result: R) => Promise<void>;
  readonly refuse: (reason: Coded) => Promise<void>;
}

function called<R>(calls: Call<R>[], signal: AbortSignal): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  signal.addEventListener("abort", () => reject(new Failure({ code: "aborted", args: {} })));
  calls.push({
    signal,
    answer: (result) => (resolve(result), settle()),
    refuse: (reason) => (reject(new Failure(reason)), settle()),
  });
  return promise;
}

const agents = (count: number): ResourceLimits => ({ resource: "agents", swarmId: "a", agents: count });
const plan: AllocationPreview = {
  ...{ plan: [agents(6)], changes: [{ from: agents(4), to: agents(6) }], steps: 1, refusal: null },
  notes: [{ code: "allocation.noWeight", args: { weight: 200 } }],
};

function row(id: string, over: Partial<AllocationRow> = {}): AllocationRow {
  return {
    ...{ id, wallMs: 9_000, by: "test", undoOf: null, undoneBy: null, undoRefusal: null, state: { kind: "acting" } },
    steps: [{ limits: agents(6), previous: agents(4), state: { kind: "acting" } }],
    expected: { swarmId: "a", now: { minimizeLatency: 6.2 }, chosen: { minimizeLatency: 4.1 } },
    ...over,
  };
}
const done = {
  state: { kind: "applied", elapsedMs: 4_000 },
  steps: [{ limits: agents(6), previous: agents(4), state: { kind: "confirmed", notes: [] } }],
} as const satisfies Partial<AllocationRow>;

/** What the page has after every message, what was asked of the engine and of the operator, and what there is. */
function world(swarms: Overview["swarms"] = [managed({ id: "a", label: "A" }), managed({ id: "b", label: "B" })]) {
  const asked: { swarmId: string; wish: SearchWish }[] = [];
  const searches: Call<SwarmOptimization>[] = [];
  const previews: Call<AllocationPreview>[] = [];
  const applies: Call<AllocationRecord>[] = [];
  const undos: Call<AllocationRecord>[] = [];
  const applied: { plan: readonly ResourceLimits[]; expected: AllocationExpected }[] = [];
  const previewed: AllocationPoint[] = [];
  const dialogs: string[] = [];
  const there = { overview: overview({ swarms }) as Overview | null, rows: [] as AllocationRow[], trusted: true };
  const operator = { agrees: true };
  let page: ParetoPageState | null = null;
  let messages = 0;
  const channel = new ParetoChannel({
    post: (message: ParetoHostMessage) => {
      messages++;
      if (message.type === "full") page = message.state;
      else if (page !== null) page = { ...page, ...message.changes };
    },
    optimize: (swarmId, wish, signal) => (asked.push({ swarmId, wish }), called(searches, signal)),
    preview: (_swarmId, point, signal) => (previewed.push(point), called(previews, signal)),
    apply: ({ plan }, expected, signal) => (applied.push({ plan, expected }), called(applies, signal)),
    undo: () => called(undos, new AbortController().signal),
    confirm: async (question, detail, agree) => (
      dialogs.push([question, ...detail, agree].join("\n")),
      operator.agrees
    ),
    isTrusted: () => there.trusted,
    rows: () => there.rows,
    overview: () => there.overview,
    wallMs: () => 5_000,
  });
  const shown = (): ParetoPageState => {
    if (page === null) throw new Error("the page has nothing yet");
    return page;
  };
  const found = { ...optimization(), swarmId: "a" };
  /** With a front, and one of its solutions previewed. */
  const previewedOne = async (): Promise<void> => {
    channel.receive({ type: "ready" });
    channel.receive({ type: "search" });
    await searches.at(-1)?.answer(found);
    channel.receive({ type: "preview", madeAtMs: found.madeAtMs, solution: 3 });
    await previews.at(-1)?.answer(plan);
  };
  return {
    ...{ channel, asked, searches, previews, previewed, applies, applied, undos, dialogs, there, operator, shown },
    ...{ found, previewedOne, messages: () => messages },
  };
}

describe("a search", () => {
  test("is of the first swarm with the usual options, and only when it is asked for", async () => {
    const { channel, asked, searches, shown, found, messages } = world();
    expect(messages()).toBe(0);
    channel.receive({ type: "ready" });
    expect(shown()).toMatchObject({ swarmId: "a", run: { kind: "idle" }, optimization: null, untrusted: null });
    expect(asked).toEqual([]);
    channel.receive({ type: "search" });
    expect(shown().run).toEqual({ kind: "searching", sinceMs: 5_000 });
    channel.receive({ type: "search" });
    expect(asked).toEqual([
      { swarmId: "a", wish: { weights: null, budgetPerHour: null, population: 100, generations: 200 } },
    ]);
    await searches[0]?.answer(found);
    expect(shown()).toMatchObject({ run: { kind: "idle" }, optimization: { swarmId: "a" } });
  });

  test("is made with what was wished, of the swarm that the command names", async () => {
    const { channel, asked } = world();
    channel.receive({ type: "ready" });
    const wish = { weights: { minimizeLatency: 1 }, budgetPerHour: 2, population: 60, generations: 50 };
    channel.receive({ type: "wish", wish });
    channel.optimize("b");
    expect(asked).toEqual([{ swarmId: "b", wish }]);
  });

  test("waits for the first overview, when the command opens the page before there is one", () => {
    const { channel, asked, there } = world();
    const known = there.overview;
    there.overview = null;
    channel.optimize("b");
    expect(asked).toEqual([]);
    there.overview = known;
    channel.receive({ type: "ready" });
    expect(asked).toHaveLength(1);
  });

  test("that fails says why in words, and keeps what was found before", async () => {
    const { channel, searches, shown, found } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "search" });
    await searches[0]?.answer(found);
    channel.receive({ type: "search" });
    await searches[1]?.refuse({ code: "optimize.infeasible", args: { binding: "budget", alone: true } });
    const { run, optimization: kept } = shown();
    expect(run).toMatchObject({ kind: "failed" });
    expect(run.kind === "failed" && run.text).toContain("the budget for an hour");
    expect(kept).not.toBeNull();
  });

  test("is given up by Cancel, by another swarm, and by the end of the page", async () => {
    const { channel, searches, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "search" });
    channel.receive({ type: "cancel" });
    await settle();
    expect(shown().run).toEqual({ kind: "cancelled" });
    channel.receive({ type: "search" });
    channel.receive({ type: "choose", swarmId: "b" });
    expect(searches[1]?.signal.aborted).toBe(true);
    expect(shown()).toMatchObject({ swarmId: "b", run: { kind: "idle" } });
    channel.receive({ type: "search" });
    channel.dispose();
    expect(searches[2]?.signal.aborted).toBe(true);
  });

  test("without a connection is told at once", () => {
    const { channel, asked, shown } = world();
    channel.setLink({ kind: "disconnected", text: "Connecting to the engine." });
    channel.receive({ type: "ready" });
    channel.receive({ type: "search" });
    expect(asked).toEqual([]);
    expect(shown().run).toEqual({
      kind: "failed",
      text: "Allocations are searched by the engine. Connecting to the engine.",
    });
  });
});

describe("what is shown", () => {
  test("is none of the swarms where only observed ones are there, and says which one has gone", () => {
    const none = world([observed()]);
    none.channel.receive({ type: "ready" });
    expect(none.shown()).toMatchObject({ swarmId: null, swarms: [] });
    const { channel, there, shown } = world();
    channel.receive({ type: "ready" });
    there.overview = overview({ swarms: [managed({ id: "b", label: "B" })] });
    void channel.refresh();
    expect(shown()).toMatchObject({ swarmId: null, optimization: null, gone: expect.stringContaining("A") });
  });

  test("is sent whole when it is seen again, and not at all while it is hidden", () => {
    const { channel, messages, there } = world();
    channel.receive({ type: "ready" });
    channel.setVisible(false);
    expect(channel.wantsUpdates).toBe(false);
    const before = messages();
    there.trusted = false;
    void channel.refresh();
    expect(messages()).toBe(before);
    channel.setVisible(true);
    expect(messages()).toBe(before + 1);
    channel.dispose();
    expect(channel.wantsUpdates).toBe(false);
  });

  test("takes no message that is none of its own", () => {
    const { channel } = world();
    for (const message of [null, 1, {}, { type: "apply", plan: [] }, { type: "undo", allocationId: "x" }])
      expect(channel.receive(message)).toBe(false);
  });
});

describe("a solution", () => {
  test("is previewed in words: what would change, and what is left out", async () => {
    const { previewedOne, shown, previewed, found } = world();
    await previewedOne();
    expect(previewed).toEqual([found.front[3]]);
    expect(shown().preview).toMatchObject({
      ...{ solution: 3, kind: "ready", changes: ["a: agents 4 → 6"], steps: 1, refusal: null },
    });
    expect(shown().preview).toMatchObject({ notes: [expect.stringContaining("CPU weight of 200")] });
  });

  test("of another search than the page means is not previewed, and a new search forgets the old preview", async () => {
    const { channel, previewedOne, previews, shown, found, searches } = world();
    await previewedOne();
    channel.receive({ type: "preview", madeAtMs: found.madeAtMs - 1, solution: 3 });
    channel.receive({ type: "preview", madeAtMs: found.madeAtMs, solution: 4_000 });
    expect(previews).toHaveLength(1);
    channel.receive({ type: "search" });
    await searches.at(-1)?.answer({ ...found, madeAtMs: found.madeAtMs + 1 });
    expect(shown().preview).toBeNull();
  });

  test("is applied after the operator has agreed, with what is expected of it", async () => {
    const { channel, previewedOne, shown, dialogs, applied, applies, there } = world();
    await previewedOne();
    there.rows = [row("01-before", done)];
    channel.receive({ type: "apply" });
    await settle();
    expect(dialogs[0]).toMatch(
      /^Apply this allocation to a\?\na: agents 4 → 6\n.*CPU weight of 200.*\nExpected by the model \(derived\): latency 6\.2 s → /,
    );
    expect(dialogs[0]).toContain("To go back later");
    expect(applied[0]?.plan).toEqual([agents(6)]);
    expect(applied[0]?.expected).toMatchObject({ swarmId: "a", now: { minimizeLatency: 6.2 } });
    expect(shown()).toMatchObject({ preview: null, application: { kind: "asked", isUndo: false } });
    // A second one meanwhile is not even asked about.
    channel.receive({ type: "apply" });
    await settle();
    expect(dialogs).toHaveLength(1);
    there.rows = [row("02-own"), row("01-before", done)];
    await channel.refresh();
    expect(shown().application).toMatchObject({
      ...{ kind: "known", id: "02-own", isOver: false, state: "under way, step 1 of 1", canStop: true },
      ...{ steps: [{ text: "a: agents 4 → 6", state: "setting" }], expected: "latency 6.2 s → 4.1 s (derived)" },
    });
    await applies[0]?.answer({ ...row("02-own", done) });
    there.rows = [row("02-own", done), row("01-before", done)];
    await channel.refresh();
    expect(shown().application).toMatchObject({
      isOver: true,
      isWell: true,
      state: "applied in 4 s",
      undoRefusal: null,
    });
  });

  test("is not applied when the operator does not agree, when it is refused, and from an untrusted window", async () => {
    const { channel, previewedOne, shown, dialogs, applied, there, operator, previews, found } = world();
    await previewedOne();
    operator.agrees = false;
    channel.receive({ type: "apply" });
    await settle();
    expect(dialogs).toHaveLength(1);
    operator.agrees = true;
    there.trusted = false;
    channel.receive({ type: "apply" });
    await channel.refresh();
    expect(shown().untrusted).toContain("Restricted Mode");
    there.trusted = true;
    channel.receive({ type: "preview", madeAtMs: found.madeAtMs, solution: 1 });
    await previews.at(-1)?.answer({ ...plan, refusal: { code: "allocation.busy", args: {} } });
    channel.receive({ type: "apply" });
    await settle();
    expect(shown().preview).toMatchObject({ refusal: expect.stringContaining("Another allocation") });
    expect(dialogs).toHaveLength(1);
    expect(applied).toEqual([]);
  });

  test("that is stopped is taken back, which the engine tells of", async () => {
    const { channel, previewedOne, shown, applies, there } = world();
    await previewedOne();
    channel.receive({ type: "apply" });
    await settle();
    there.rows = [row("02")];
    channel.receive({ type: "stop" });
    expect(applies[0]?.signal.aborted).toBe(true);
    await settle();
    expect(shown().application).toMatchObject({
      kind: "known",
      state: "being taken back",
      isOver: false,
      canStop: false,
    });
    const rolledBack = { kind: "rolledBack", reason: { code: "aborted", args: {} }, left: 0 } as const;
    there.rows = [row("02", { state: rolledBack })];
    await channel.refresh();
    expect(shown().application).toMatchObject({ isOver: true, isWell: false });
    expect(JSON.stringify(shown().application)).toContain("rolled back");
  });

  test("that the engine refuses outright says why; one whose connection was lost, what becomes of it", async () => {
    const one = world();
    await one.previewedOne();
    one.channel.receive({ type: "apply" });
    await settle();
    await one.applies[0]?.refuse({ code: "allocation.busy", args: {} });
    one.there.rows = [row("09-of-somebody-else")];
    await one.channel.refresh();
    expect(one.shown().application).toMatchObject({ kind: "failed", text: expect.stringContaining("Another") });
    const two = world();
    await two.previewedOne();
    two.channel.receive({ type: "apply" });
    await settle();
    await two.applies[0]?.refuse({ code: "rpc.closed", args: {} });
    expect(two.shown().application).toMatchObject({
      kind: "failed",
      text: expect.stringContaining("is taken back then"),
    });
  });

  test("that is being applied goes on when the page ends or shows another swarm", async () => {
    const { channel, previewedOne, shown, applies } = world();
    await previewedOne();
    channel.receive({ type: "apply" });
    await settle();
    channel.receive({ type: "choose", swarmId: "b" });
    expect(shown().application).toBeNull();
    channel.receive({ type: "choose", swarmId: "a" });
    expect(shown().application).toMatchObject({ kind: "asked" });
    channel.dispose();
    expect(applies[0]?.signal.aborted).toBe(false);
  });

  test("of somebody else is told too: after a reload, or from the command line", async () => {
    const { channel, shown, there } = world();
    const other: Partial<AllocationRow> = {
      steps: [{ limits: { resource: "agents", swarmId: "b", agents: 2 }, previous: null, state: { kind: "waiting" } }],
      expected: { swarmId: "b", now: null, chosen: {} },
    };
    there.rows = [row("03", other), row("02", done), row("01", done)];
    channel.receive({ type: "ready" });
    expect(shown().application).toMatchObject({ kind: "known", id: "02", canStop: false, undoRefusal: null });
    channel.receive({ type: "choose", swarmId: "b" });
    expect(shown().application).toMatchObject({ id: "03", isOver: false, canStop: false });
  });

  test("is undone after the operator has agreed to what comes back", async () => {
    const { channel, previewedOne, shown, dialogs, applies, undos, there } = world();
    const id = "0190c6f2-7b1a-7000-8000-000000000001";
    await previewedOne();
    channel.receive({ type: "apply" });
    await settle();
    there.rows = [row(id, done)];
    await applies[0]?.answer(row(id, done));
    channel.receive({ type: "undo", allocationId: id });
    await settle();
    expect(dialogs.at(-1)).toMatch(/^Undo this allocation\?\na: agents 6 → 4\n/);
    expect(undos).toHaveLength(1);
    const undoing = row("0190c6f2-7b1a-7000-8000-000000000002", { ...done, undoOf: id });
    there.rows = [undoing, row(id, { ...done, undoneBy: undoing.id })];
    await undos[0]?.answer(undoing);
    expect(shown().application).toMatchObject({
      kind: "known",
      isUndo: true,
      state: "taken back in 4 s",
      isWell: true,
    });
  });
});

describe("an answer in words", () => {
  test("says how far the model was off, or why that cannot be said", () => {
    const found = optimization();
    const said = (over: Partial<SwarmOptimization["calibration"]>): string =>
      optimizationOf({ ...found, calibration: { ...found.calibration, ...over } }).said.waitError;
    expect(said({})).toBe("On measured waits the model was off by 18% (812 tasks).");
    expect(said({ waitWape: null })).toContain("None of 812 tasks was seen to wait");
    const waitWapeReason = { code: "optimize.modelUnstable", args: { agents: 2, lane: "standard" } };
    expect(said({ waitWape: null, waitWapeReason })).toContain("by it 2 agents could not have done");
  });

  test("says which aims take no part, and why the present is not known", () => {
    const reason = { code: "optimize.unmeasured", args: { datum: "price", kind: "demo" } };
    const { said } = optimizationOf({
      ...optimization({ current: null }),
      aimsLeftOut: [{ id: "minimizeCost", reason }],
    });
    expect(said.aimsLeftOut[0]).toMatch(/^Cost is no aim: no prices are configured\. Set "prices"/);
    const unmeasured = { code: "optimize.unmeasured", args: { datum: "residentMemory", kind: "demo" } };
    const other = optimizationOf({ ...optimization(), aimsLeftOut: [{ id: "minimizeCost", reason: unmeasured }] });
    expect(other.said.aimsLeftOut[0]).toMatch(/^Cost is no aim: How much memory an agent of .demo. keeps/);
    expect(said.current).toContain("is not known");
  });

  test("says that nothing was changed when the connection was lost, and what to do when it took too long", () => {
    expect(searchFailure({ code: "rpc.closed", args: {} })).toContain("Nothing of the swarm was changed");
    expect(searchFailure({ code: "heavy.deadline", args: { kind: "optimize", afterMs: 1_000 } })).toContain(
      "fewer generations",
    );
  });
});
