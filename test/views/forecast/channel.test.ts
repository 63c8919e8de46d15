import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnomaliesAnswer } from "../../../src/engine/protocol/anomalies.ts";
import type { ForecastReport, UnusualStep } from "../../../src/engine/protocol/forecast.ts";
import { MAX_CSV_CHARS } from "../../../src/engine/protocol/forecastExport.ts";
import type { ForecastHostMessage, ForecastPageState } from "../../../src/engine/protocol/forecastPage.ts";
import type { ImportedSpan } from "../../../src/engine/protocol/imports.ts";
import type { Patterns } from "../../../src/engine/protocol/patterns.ts";
import type { Forecast } from "../../../src/engine/protocol/model.ts";
import type { HistoryAnswer, Overview } from "../../../src/engine/protocol/rpc.ts";
import { ForecastChannel } from "../../../src/views/forecast/channel.ts";
import { fileNameOf } from "../../../src/views/pages/fileName.ts";
import { resources } from "../../webview/forecastStates.ts";
import { managed } from "../overviews.ts";

const NOW = 1_700_000_000_000;

interface Held {
  readonly what: string;
  readonly go: () => void;
}

function world(swarms: Overview["swarms"] = [managed({ id: "a" }), managed({ id: "b", timeScale: 1 })]) {
  const posted: ForecastHostMessage[] = [];
  const asked: string[] = [];
  const failures: string[] = [];
  const saved: string[] = [];
  const wanted: string[] = [];
  const held: Held[] = [];
  const state = {
    clock: 0,
    failing: false,
    holding: false,
    imported: [] as ImportedSpan[],
    trained: 0.5,
    made: 1,
    unusual: [] as UnusualStep[],
  };
  const series = (metric: string) => ({
    scope: "swarm" as const,
    key: "a",
    metric,
    source: "measured" as const,
    fromMs: 0,
    bucketMs: 1,
    resolution: "sample" as const,
    imported: state.imported,
    mean: [1],
    min: [1],
    max: [1],
  });
  const forecast = (swarmId: string, model = "none"): Forecast => ({
    swarmId,
    ready: false,
    reason: { code: "forecast.empty", args: {} },
    model,
    confidence: 0.95,
    stepMs: 2_000,
    madeAtMs: state.made,
    historyEndMs: 0,
    historySteps: 0,
    seasonSteps: null,
    baseline: null,
    points: [],
    scores: [],
  });
  const answer = async <T>(what: string, value: () => T): Promise<T> => {
    asked.push(what);
    if (state.holding) await new Promise<void>((go) => held.push({ what, go }));
    if (state.failing) throw Object.assign(new Error("no"), { code: "forecast.none", args: {} });
    return value();
  };
  const channel = new ForecastChannel({
    post: (message) => void posted.push(message),
    history: (swarmId, fromMs, toMs, points) =>
      answer(points === 1 ? `reach ${swarmId}` : `history ${swarmId} ${toMs - fromMs}`, (): HistoryAnswer => ({
        fromMs,
        toMs,
        series: [series("demand"), series("live")],
      })),
    report: (swarmId) =>
      answer(`report ${swarmId}`, (): ForecastReport => ({
        swarmId,
        forecast: forecast(swarmId),
        said: [{ atMs: 1, mean: 1, lo: 0, hi: 2 }],
        unusual: state.unusual,
        assessedAtMs: 5,
        learned: [],
        trainingRatio: state.trained,
      })),
    anomalies: (swarmId, fromMs, toMs) =>
      answer(`anomalies ${swarmId}`, (): AnomaliesAnswer => ({
        ...{ swarmId, fromMs, toMs },
        episodes: [{ metric: "demand", sinceMs: 1, toMs: null, value: 9, usualLow: 1, usualHigh: 3, score: 0.9 }],
      })),
    ofModel: (swarmId, model) => answer(`${model} ${swarmId}`, () => forecast(swarmId, model)),
    patterns: (swarmId) =>
      answer(`patterns ${swarmId}`, (): Patterns => ({
        ...{ swarmId, madeAtMs: 1, windowMs: 1, timeScale: 1, hours: "local" as const, series: [] },
        correlations: [
          {
            pair: "cpuMemory",
            first: { scope: "machine", key: "", metric: "x" },
            second: { scope: "machine", key: "", metric: "y" },
            correlation: { kind: "undefined", reason: { code: "patterns.constant", args: {} } },
          },
        ],
      })),
    askResources: (swarmId) => void wanted.push(swarmId),
    save: (content, label) =>
      answer("save", () => {
        saved.push(`${content.kind} ${label}`);
        return "Saved.";
      }),
    overview: () => ({ wallMs: NOW, swarms }) as unknown as Overview,
    decisions: () => null,
    onProblem: ({ code }) => void failures.push(code),
    monotonicMs: () => state.clock,
  });
  return {
    ...{ channel, posted, asked, failures, saved, wanted, held, state },
    pass: (ms: number) => void (state.clock += ms),
    /** The page as it stands after all messages. */
    page: (): ForecastPageState => {
      let now: Partial<ForecastPageState> | null = null;
      for (const message of posted) {
        if (message.type === "full") now = { ...message.state };
        else if (message.type === "update" && now !== null) Object.assign(now, message.changes);
      }
      if (now === null) throw new Error("nothing was sent");
      return now as ForecastPageState;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const numbered = (posted: readonly ForecastHostMessage[]) =>
  posted.flatMap((message) => (message.type === "full" || message.type === "update" ? [message.seq] : []));
/** Names of what was sent again. */
const sentKeys = (posted: readonly ForecastHostMessage[]) =>
  posted.flatMap((message) => (message.type === "update" ? Object.keys(message.changes) : []));

describe("the page's channel", () => {
  test("is silent until the page is ready, then sends everything, then what changed, in order", async () => {
    const { channel, posted, page } = world();
    await channel.refresh();
    expect(posted).toEqual([]);
    channel.receive({ type: "ready" });
    await turn();
    expect(posted[0]).toMatchObject({ type: "full", seq: 1, state: { swarmId: "a", span: "5m" } });
    expect(numbered(posted)).toEqual(posted.map((_, index) => index + 1));
    expect(page()).toMatchObject({
      history: { demand: { mean: [1] } },
      report: { trainingRatio: 0.5 },
      said: [{ mean: 1 }],
      anomalies: [{ fromMs: 1, toMs: null, text: "demand 9, usually 1 to 3" }],
      problem: null,
    });
  });

  test("shows the swarm that was asked for, with the span that suits it; a squeezed day is minutes long", async () => {
    const { channel, posted, asked } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.show("b");
    await turn();
    const each = (id: string, span: number) => [
      `report ${id}`,
      `reach ${id}`,
      `history ${id} ${span}`,
      `anomalies ${id}`,
    ];
    expect(asked).toEqual([...each("a", 300_000), ...each("b", 21_600_000)]);
    expect(posted.find((message) => message.type === "update" && message.changes.swarmId === "b")).toMatchObject({
      changes: { span: "6h", history: null, report: null, said: [], anomalies: [] },
    });
    channel.receive({ type: "choose", swarmId: "b", span: "1h" });
    await turn();
    expect(asked.slice(-2)).toEqual(["history b 3600000", "anomalies b"]);
  });

  test("shows unusual steps of the history as episodes, those that were watched once", async () => {
    const { channel, page, state } = world();
    const step = (at: number, value: number, score: number) => ({ atMs: -100_000 + at * 2_000, value, score });
    state.unusual = [
      step(0, 7, 0.6),
      step(1, 9, 0.9),
      step(2, 8, 0.7),
      step(10, 5, 0.6),
      { atMs: 1_000, value: 9, score: 0.9 },
    ];
    channel.receive({ type: "ready" });
    await turn();
    expect(page().anomalies).toMatchObject([
      { fromMs: -102_000, toMs: -96_000, value: 9, peakScore: 0.9, text: "demand 9, unlike what came before it" },
      { fromMs: -82_000, toMs: -80_000, value: 5 },
      { fromMs: 1, toMs: null, text: "demand 9, usually 1 to 3" },
    ]);
  });

  test("shows an imported past whole, until another span is chosen", async () => {
    const { channel, page, state } = world();
    state.imported = [{ fromMs: NOW - 20 * 86_400_000, toMs: NOW - 86_400_000, stepMs: 300_000 }];
    channel.receive({ type: "ready" });
    await turn();
    expect(page()).toMatchObject({ span: "30d", history: { imported: state.imported } });
    channel.receive({ type: "choose", swarmId: "a", span: "24h" });
    await turn();
    expect(page().span).toBe("24h");
  });

  test("asks again only when it is due, one at a time, and nothing while it is hidden or paused", async () => {
    const { channel, asked, pass, posted } = world();
    channel.receive({ type: "ready" });
    await turn();
    await channel.refresh();
    expect(asked).toHaveLength(4);
    pass(2_000);
    await Promise.all([channel.refresh(), channel.refresh(), channel.refresh()]);
    expect(asked.slice(4)).toEqual(["report a", "history a 300000"]);
    channel.setVisible(false);
    expect(channel.wantsUpdates).toBe(false);
    const before = posted.length;
    pass(60_000);
    await channel.refresh();
    channel.setVisible(true);
    channel.receive({ type: "live", live: false });
    await channel.refresh();
    await turn();
    // Everything when it was shown again; no answer that came after the pause.
    expect(posted.length).toBe(before + 1);
  });

  test("sends only what changed: the long parts not with every tick", async () => {
    const { channel, posted, pass, state } = world();
    channel.receive({ type: "ready" });
    await turn();
    const before = posted.length;
    await channel.refresh();
    expect(posted).toHaveLength(before);
    pass(2_500);
    state.trained = 0.6;
    await channel.refresh();
    expect(sentKeys(posted.slice(before)).toSorted()).toEqual(["history", "report"]);
  });

  test("tells what a paused page asks for, and nothing else", async () => {
    const { channel, asked, page, pass } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.receive({ type: "live", live: false });
    pass(60_000);
    channel.receive({ type: "choose", swarmId: "a", span: "24h" });
    await turn();
    expect(asked).toContain("history a 86400000");
    expect(page()).toMatchObject({ span: "24h", history: { bucketMs: 1 } });
  });

  test("goes on with the swarm that was chosen while the one before was slow", async () => {
    const { channel, asked, held, state, page } = world();
    state.holding = true;
    channel.receive({ type: "ready" });
    await turn();
    channel.show("b");
    state.holding = false;
    for (const { go } of held) go();
    await turn();
    expect(asked).toEqual(["report a", "report b", "reach b", "history b 21600000", "anomalies b"]);
    expect(page()).toMatchObject({ swarmId: "b", history: { bucketMs: 1 } });
  });

  test("says what could not be read, and goes on when it can", async () => {
    const { channel, page, failures, pass, state } = world();
    state.failing = true;
    channel.receive({ type: "ready" });
    await turn();
    expect(failures).toEqual(["forecast.none"]);
    expect(page().problem).toContain("no forecast");
    state.failing = false;
    pass(5_000);
    await channel.refresh();
    expect(page().problem).toBeNull();
  });

  test("without a swarm it is empty, and asks for nothing", async () => {
    const { channel, posted, asked, wanted } = world([]);
    channel.receive({ type: "ready" });
    channel.receive({ type: "model", model: "lstm" });
    channel.receive({ type: "patterns", open: true });
    channel.receive({ type: "resources" });
    await turn();
    expect(asked).toEqual([]);
    expect(wanted).toEqual([]);
    expect(posted[0]).toMatchObject({ state: { swarmId: null, now: null, swarms: [] } });
  });
});

describe("a model that is chosen", () => {
  test("is asked for at its own pace, and given up when the gate's choice is wanted again", async () => {
    const { channel, asked, page, pass } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.receive({ type: "model", model: "lstm" });
    await turn();
    expect(page().chosen).toMatchObject({ model: "lstm", forecast: { kind: "known", value: { model: "lstm" } } });
    await channel.refresh();
    expect(asked.filter((one) => one === "lstm a")).toHaveLength(1);
    pass(5_000);
    await channel.refresh();
    expect(asked.filter((one) => one === "lstm a")).toHaveLength(2);
    channel.receive({ type: "model", model: null });
    await turn();
    expect(page().chosen).toBeNull();
    pass(5_000);
    await channel.refresh();
    expect(asked.filter((one) => one === "lstm a")).toHaveLength(2);
  });

  test("keeps nothing else waiting, and the last one wins", async () => {
    const { channel, held, page, asked, state, pass } = world();
    channel.receive({ type: "ready" });
    await turn();
    state.holding = true;
    channel.receive({ type: "model", model: "lstm" });
    channel.receive({ type: "model", model: "rf" });
    state.holding = false;
    await turn();
    pass(2_000);
    // It settles with the slow one; what is quick has been read long before.
    void channel.refresh();
    await turn();
    expect(asked.filter((one) => one === "report a")).toHaveLength(2);
    expect(page().chosen).toMatchObject({ model: "rf", forecast: { kind: "asking" } });
    for (const { go } of held) go();
    await turn();
    expect(page().chosen).toMatchObject({ model: "rf", forecast: { kind: "known", value: { model: "rf" } } });
  });

  test("that cannot be asked says why, and is asked again later", async () => {
    const { channel, page, pass, state } = world();
    channel.receive({ type: "ready" });
    await turn();
    state.failing = true;
    channel.receive({ type: "model", model: "rf" });
    await turn();
    expect(page().chosen?.forecast).toMatchObject({ kind: "failed", text: expect.stringContaining("no forecast") });
    state.failing = false;
    pass(10_000);
    await channel.refresh();
    expect(page().chosen?.forecast.kind).toBe("failed");
    pass(25_000);
    await channel.refresh();
    expect(page().chosen?.forecast.kind).toBe("known");
  });
});

describe("patterns and resources", () => {
  test("patterns are read when somebody looks, and seldom", async () => {
    const { channel, asked, page, pass } = world();
    channel.receive({ type: "ready" });
    await turn();
    expect(page().patterns).toEqual({ kind: "none" });
    channel.receive({ type: "patterns", open: true });
    await turn();
    expect(page().patterns).toMatchObject({
      kind: "known",
      value: { correlations: [{ label: "CPU and memory", pattern: { kind: "undefined" } }] },
    });
    pass(60_000);
    await channel.refresh();
    expect(asked.filter((one) => one === "patterns a")).toHaveLength(1);
    pass(600_000);
    await channel.refresh();
    expect(asked.filter((one) => one === "patterns a")).toHaveLength(2);
    channel.receive({ type: "patterns", open: false });
    pass(600_000);
    await channel.refresh();
    expect(asked.filter((one) => one === "patterns a")).toHaveLength(2);
  });

  test("resources are asked for by the page and shown for their own swarm alone", async () => {
    const { channel, wanted, page } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.receive({ type: "resources" });
    expect(wanted).toEqual(["a"]);
    channel.showResources({ ...resources, swarmId: "b" });
    await turn();
    expect(page()).toMatchObject({ swarmId: "b", resources: { kind: "known" } });
    channel.show("a");
    expect(page().resources).toEqual({ kind: "none" });
  });
});

describe("what is saved", () => {
  const csv = { type: "save", content: { kind: "csv", text: "time\r\n" } } as const;
  const never = new AbortController().signal;

  test("of the page's own accord goes where the operator wants it, and the page is told", async () => {
    const { channel, saved, posted, state } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.receive(csv);
    await turn();
    expect(saved).toEqual(["csv demo"]);
    expect(posted.at(-1)).toEqual({ type: "saved", text: "Saved." });
    state.failing = true;
    channel.receive(csv);
    await turn();
    expect(posted.at(-1)).toMatchObject({ type: "saved", text: expect.stringContaining("Could not save") });
  });

  test("of a command waits until the page has what it is made of", async () => {
    const { channel, posted, saved } = world();
    const made = channel.make("csv", never);
    await turn();
    expect(posted).toEqual([]);
    channel.receive({ type: "ready" });
    await turn();
    expect(posted.at(-1)).toEqual({ type: "make", kind: "csv" });
    channel.receive(csv);
    expect(await made).toMatchObject({ content: csv.content, label: "demo" });
    expect(saved).toEqual([]);
  });

  test("is refused when there is nothing, when it takes too long, and when the page is closed", async () => {
    const { channel } = world();
    const nothing = channel.make("png", never);
    channel.receive({ type: "save", content: { kind: "nothing" } });
    await expect(nothing).rejects.toMatchObject({ code: "export.nothing" });
    const given = new AbortController();
    const late = channel.make("png", given.signal);
    given.abort();
    await expect(late).rejects.toMatchObject({ code: "export.nothing" });
    const open = channel.make("csv", never);
    channel.dispose();
    await expect(open).rejects.toMatchObject({ code: "export.nothing" });
  });
});

describe("messages of the page", () => {
  test("are taken without an error, whatever they are (2,000 of them)", async () => {
    const { channel } = world();
    const type = fc.constantFrom("ready", "live", "choose", "model", "patterns", "resources", "save", "make");
    const kind = fc.constantFrom("csv", "png", "nothing", "exe");
    const near = fc.record(
      {
        type,
        live: fc.anything(),
        model: fc.anything(),
        open: fc.anything(),
        content: fc.record({ kind, text: fc.anything(), data: fc.anything() }),
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), (message) => {
        expect(typeof channel.receive(message)).toBe("boolean");
      }),
      { numRuns: 2_000 },
    );
    await turn();
  });

  test.each([
    { type: "choose", swarmId: "x".repeat(10_000), span: null },
    { type: "choose", swarmId: null, span: "9y" },
    { type: "model", model: "gpt" },
    { type: "patterns", open: "yes" },
    { type: "resources", swarmId: "a" },
    { type: "save", content: { kind: "csv", text: "" } },
    { type: "save", content: { kind: "csv", text: "x".repeat(MAX_CSV_CHARS + 1) } },
    { type: "save", content: { kind: "csv", text: "x", path: "/etc/passwd" } },
    { type: "save", content: { kind: "png", data: "R0lGODlh" } },
    { type: "save", content: { kind: "png", data: "iVBORw0KGgo<svg>" } },
    { type: "save", content: { kind: "exe", data: "TVqQ" } },
  ])("are refused beyond what they may hold: %#", (message) => {
    expect(world().channel.receive(message)).toBe(false);
  });
});

test("the name of a file has nothing of a label that means something in a path", () => {
  const at = new Date(2026, 10, 26, 14, 5);
  expect(fileNameOf("forecast", "API server (demo)", "csv", at)).toBe("forecast-api-server-demo-2026-11-26-1405.csv");
  expect(fileNameOf("forecast", "../../etc/passwd", "png", at)).toBe("forecast-etc-passwd-2026-11-26-1405.png");
  expect(fileNameOf("forecast", "\u202E\u0000", "csv", at)).toBe("forecast-swarm-2026-11-26-1405.csv");
});
