import { describe, expect, test } from "vitest";
import type { ScalingInputs } from "../../../src/engine/protocol/model.ts";
import { REPLAY_POLICIES, UNTRAINED_POLICIES } from "../../../src/engine/protocol/replay.ts";
import type { DecisionRow, Overview } from "../../../src/engine/protocol/rpc.ts";
import type {
  ComparisonWish,
  PageComparison,
  ScalingHostMessage,
  ScalingPageState,
} from "../../../src/engine/protocol/scalingPage.ts";
import { ScalingChannel } from "../../../src/views/scaling/channel.ts";
import { failureText } from "../../../src/views/scaling/failureText.ts";
import { nowOf } from "../../../src/views/scaling/pageNow.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { comparison } from "../../webview/scalingStates.ts";
import { decision, inputs, state as decisionsOf } from "../decisions/decisions.ts";
import { managed, overview } from "../overviews.ts";

interface Asked {
  readonly swarmId: string;
  readonly wish: ComparisonWish;
  readonly signal: AbortSignal;
  readonly answer: (comparison: PageComparison) => Promise<void>;
  readonly refuse: (code: string) => Promise<void>;
}

/** What the page has after every message, the comparisons that were asked for, and what there is. */
function world(swarms: Overview["swarms"] = [managed({ id: "a", label: "A" }), managed({ id: "b", label: "B" })]) {
  const posted: ScalingHostMessage[] = [];
  const asked: Asked[] = [];
  const saved: string[] = [];
  const there = { overview: overview({ swarms }) as Overview | null };
  let page: ScalingPageState | null = null;
  const channel = new ScalingChannel({
    post: (message) => {
      posted.push(message);
      if (message.type === "full") page = message.state;
      if (message.type === "update" && page !== null) page = { ...page, ...message.changes };
    },
    compare: (swarmId, wish, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<PageComparison>();
      signal.addEventListener("abort", () => reject(new Failure({ code: "aborted", args: {} })));
      const settled = async (): Promise<void> => {
        await promise.catch(() => undefined);
        await Promise.resolve();
      };
      asked.push({
        ...{ swarmId, wish, signal },
        answer: (made) => (resolve(made), settled()),
        refuse: (code) => (reject(new Failure({ code, args: {} })), settled()),
      });
      return promise;
    },
    save: async (text, label) => (saved.push(`${label}: ${text}`), "Saved."),
    overview: () => there.overview,
    decisions: () => null,
    onProblem: () => undefined,
    wallMs: () => 5_000,
  });
  const shown = (): ScalingPageState => {
    if (page === null) throw new Error("the page has nothing yet");
    return page;
  };
  return { channel, posted, asked, saved, there, shown };
}

const ready = { predictedRatio: 1.2, predictedInMs: 60_000, forecastModel: "ensemble", forecastReason: null };
const scaling = (over: Partial<ScalingInputs> = {}) => ({
  ...{ from: 4, to: 6, reason: { code: "scaling.stale", args: { ageMs: 9_000 } }, recommendationId: "r1" },
  inputs: inputs({ ...ready, ...over }),
});

describe("what the page has", () => {
  test("is the first swarm, seven days and every policy that needs no training, and nothing compared", () => {
    const { channel, shown, posted } = world();
    expect(posted).toEqual([]);
    channel.receive({ type: "ready" });
    expect(shown()).toMatchObject({ swarmId: "a", gone: null, run: { kind: "idle" }, comparison: null });
    expect(shown().wish).toEqual({ days: 7, policies: UNTRAINED_POLICIES });
    expect(shown().swarms.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("has the network among the policies where one was trained, until somebody says what to compare", () => {
    const dqn = { to: 3, atMs: 1, decisions: 1, agreed: 1, more: 0, acts: false, reason: null };
    const trained = managed({ id: "a", scaling: { ...scaling(), dqn } });
    const { channel, shown } = world([trained, managed({ id: "b" })]);
    channel.receive({ type: "ready" });
    expect(shown().wish.policies).toEqual(REPLAY_POLICIES);
    channel.receive({ type: "choose", swarmId: "b" });
    expect(shown().wish.policies).toEqual(UNTRAINED_POLICIES);
    channel.receive({ type: "wish", wish: { days: 7, policies: ["hpa"] } });
    channel.receive({ type: "choose", swarmId: "a" });
    expect(shown().wish.policies).toEqual(["hpa"]);
  });

  test("changes with the swarm unless it is paused, and is sent whole when it is seen again", async () => {
    const { channel, shown, posted, there } = world();
    channel.receive({ type: "ready" });
    there.overview = overview({ swarms: [managed({ id: "a", demand: 9 })] });
    await channel.refresh();
    expect(shown().now?.demand).toBe(9);
    channel.receive({ type: "live", live: false });
    expect(channel.wantsUpdates).toBe(false);
    there.overview = overview({ swarms: [managed({ id: "a", demand: 1 })] });
    await channel.refresh();
    expect(shown().now?.demand).toBe(9);
    channel.setVisible(false);
    channel.receive({ type: "live", live: true });
    channel.setVisible(true);
    expect(posted.at(-1)?.type).toBe("full");
    expect(shown().now?.demand).toBe(1);
  });

  test("takes no message but the page's own", () => {
    const { channel, posted } = world();
    const wish = { days: 2, policies: ["hpa"] };
    const others: unknown[] = [null, {}, { type: "compare", swarmId: "a" }, { type: "wish", wish }];
    others.push({ type: "wish", wish: { days: 7, policies: [] } }, { type: "save", text: "" });
    others.push({ type: "wish", wish: { days: 7, policies: ["magic"] } });
    for (const message of others) expect(channel.receive(message), JSON.stringify(message)).toBe(false);
    expect(posted).toEqual([]);
  });
});

describe("a comparison", () => {
  test("is of the swarm that is shown, with what was wished, and takes the place of the one before", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "wish", wish: { days: 3, policies: ["hpa", "adaptive"] } });
    channel.receive({ type: "compare" });
    expect(asked[0]).toMatchObject({ swarmId: "a", wish: { days: 3, policies: ["hpa", "adaptive"] } });
    expect(shown().run).toEqual({ kind: "comparing", sinceMs: 5_000, wish: shown().wish });
    await asked[0]?.answer(comparison);
    expect(shown()).toMatchObject({ run: { kind: "idle" }, comparison });
    channel.receive({ type: "compare" });
    expect(shown()).toMatchObject({ run: { kind: "comparing" }, comparison });
    const later = { ...comparison, madeAtMs: 1 };
    await asked[1]?.answer(later);
    expect(shown().comparison).toEqual(later);
  });

  test("runs once at a time", () => {
    const { channel, asked } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "compare" });
    channel.receive({ type: "compare" });
    expect(asked).toHaveLength(1);
  });

  test("that a command asks for begins before the page has loaded, or the first overview has come", async () => {
    const { channel, asked, there, shown } = world();
    const { overview: latest } = there;
    there.overview = null;
    channel.compare("b", { days: 1 });
    expect(asked).toEqual([]);
    there.overview = latest;
    await channel.refresh();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ swarmId: "b", wish: { days: 1, policies: UNTRAINED_POLICIES } });
    channel.receive({ type: "ready" });
    expect(shown()).toMatchObject({ swarmId: "b", wish: { days: 1 }, run: { kind: "comparing" } });
  });

  test("can be cancelled, and the one before stays", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "compare" });
    await asked[0]?.answer(comparison);
    channel.receive({ type: "compare" });
    channel.receive({ type: "cancel" });
    expect(asked[1]?.signal.aborted).toBe(true);
    await asked[1]?.refuse("aborted");
    expect(shown()).toMatchObject({ run: { kind: "cancelled" }, comparison });
  });

  test("that fails says why in words, and can be tried again", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "compare" });
    await asked[0]?.refuse("replay.empty");
    expect(shown().run).toMatchObject({ kind: "failed", text: expect.stringContaining("import its past") });
    channel.receive({ type: "compare" });
    expect(shown().run.kind).toBe("comparing");
  });

  test("is not asked of an engine that is not there: that is said at once", () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.setLink({ kind: "disconnected", text: "Connecting to the engine." });
    channel.receive({ type: "compare" });
    expect(asked).toEqual([]);
    expect(shown().run).toEqual({
      kind: "failed",
      text: "Policies are compared by the engine. Connecting to the engine.",
    });
  });

  test("ends with the page, and with another swarm, whose page is empty", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "compare" });
    channel.receive({ type: "choose", swarmId: "b" });
    expect(asked[0]?.signal.aborted).toBe(true);
    await asked[0]?.refuse("aborted");
    expect(shown()).toMatchObject({ swarmId: "b", run: { kind: "idle" }, comparison: null });
    channel.receive({ type: "compare" });
    channel.dispose();
    expect(asked[1]?.signal.aborted).toBe(true);
  });

  test("of a swarm that is removed ends, which is told; no other one takes its place until it is chosen", async () => {
    const { channel, asked, there, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "compare" });
    const { overview: both } = there;
    there.overview = overview({ swarms: [managed({ id: "b" })] });
    await channel.refresh();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(shown()).toMatchObject({ swarmId: null, gone: "A (demo)", now: null, comparison: null });
    await channel.refresh();
    expect(shown().gone).toBe("A (demo)");
    channel.receive({ type: "choose", swarmId: "b" });
    expect(shown()).toMatchObject({ swarmId: "b", gone: null });
    channel.compare("a", {});
    expect(shown()).toMatchObject({ swarmId: null, gone: "a", run: { kind: "idle" } });
    there.overview = both;
    await channel.refresh();
    expect(shown()).toMatchObject({ swarmId: "a", gone: null });
    expect(asked).toHaveLength(1);
  });
});

test("a table is saved under the swarm's name, and it is said how that went", async () => {
  const { channel, posted, saved } = world();
  channel.receive({ type: "ready" });
  channel.receive({ type: "save", text: "a,b\r\n" });
  await Promise.resolve();
  expect(saved).toEqual(["A (demo): a,b\r\n"]);
  expect(posted.at(-1)).toEqual({ type: "saved", text: "Saved." });
});

test("every failure names its remedy", () => {
  const text = (code: string, args = {}) => failureText({ code, args });
  expect(text("replay.empty")).toBe(
    'Nothing was measured, so there is no load to compare on. Let the swarm run for a while, compare more days, or import its past with "Swarm: Import Metrics…".',
  );
  expect(text("rpc.closed")).toContain("Nothing of the swarm was changed");
  expect(text("rpc.timeout", { afterMs: 600_000 })).toMatch(/within 10 min.*Compare fewer days, or fewer policies\.$/);
  expect(text("heavy.deadline", { afterMs: 1_000 })).toMatch(/Compare fewer days, or fewer policies\.$/);
  expect(text("swarm.unknown", { swarmId: "x", known: "demo" })).toContain("Known: demo.");
});

describe("the swarm as it is now", () => {
  const swarm = (over: Parameters<typeof managed>[0] = {}) => managed({ id: "a", ...over });
  const decisions = (over: Partial<DecisionRow>) => decisionsOf([decision({ swarmId: "a", ...over })]);

  test("has what the scaler wants and why, and what the forecast says", () => {
    const now = nowOf(swarm({ scaling: scaling() }), null, 1);
    expect(now?.verdict).toMatchObject({ from: 4, to: 6, waits: true, reason: expect.stringContaining("9 s old") });
    expect(now?.forecast).toEqual({ kind: "ready", model: "ensemble", predictedRatio: 1.2, inMs: 60_000 });
    const refused = scaling({ forecastReason: { code: "forecast.empty", args: {} } });
    expect(nowOf(swarm({ scaling: refused }), null, 1)?.forecast).toMatchObject({ kind: "none" });
    expect(nowOf(swarm({ scaling: null }), null, 1)).toMatchObject({ verdict: null, forecast: null, shadow: null });
  });

  test("has the plan in force, of this swarm and while it is under way", () => {
    const acting = { state: { kind: "acting", sinceMs: 0 }, from: 4, to: 8, plan: { steps: [6, 8], at: 6 } } as const;
    expect(nowOf(swarm(), decisions(acting), 1)?.plan).toMatchObject({ from: 4, steps: [6, 8], at: 6 });
    expect(nowOf(swarm(), decisions({ ...acting, swarmId: "b" }), 1)?.plan).toBeNull();
    const over = { ...acting, state: { kind: "confirmed", live: 8, elapsedMs: 1 } } as const;
    expect(nowOf(swarm(), decisions(over), 1)?.plan).toBeNull();
  });

  test("says what holds it, in the operator's name or the engine's", () => {
    expect(nowOf(swarm(), null, 1)?.held).toEqual([]);
    const activity = { kind: "held", reason: { code: "hold.noOperator", args: { seconds: 60 } } } as const;
    expect(nowOf(swarm({ held: true, activity }), null, 1)?.held).toEqual([
      expect.stringContaining("Put on hold by an operator"),
      expect.stringContaining("Nobody has been connected for 60 s"),
    ]);
  });
});
