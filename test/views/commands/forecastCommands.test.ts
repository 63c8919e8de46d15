import { beforeEach, describe, expect, it, test, vi } from "vitest";
import type { ScalingPrediction } from "../../../src/engine/protocol/forecast.ts";
import { PREDICTED_METRICS } from "../../../src/engine/protocol/forecast.ts";
import type { PageResources } from "../../../src/engine/protocol/forecastParts.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { horizonPrompt, parseConfidence, parseHorizon } from "../../../src/views/commands/forecastTexts.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { FakeSession } from "../fakeSession.ts";
import { managed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const point = { atMs: 900, mean: 5, lo: 4, hi: 6 };
function prediction(): ScalingPrediction {
  const forecast = {
    ...{ swarmId: "demo", ready: true, reason: null, model: "ensemble", confidence: 0.9, stepMs: 2_000, madeAtMs: 7 },
    ...{
      historyEndMs: 0,
      historySteps: 9,
      seasonSteps: null,
      baseline: "ewma",
      points: [{ ...point, atMs: 1 }, point],
    },
    scores: [],
  };
  const metric = { unit: "agents" as const, forecast, byModel: [] };
  return {
    ...{ swarmId: "demo", timeHorizonSeconds: 3_600 },
    predictions: { demand: metric, cpu: metric, memory: metric, network: metric, agents: metric },
    scalingPlan: { ready: false, reason: { code: "forecast.empty", args: {} }, steps: [] },
    confidence: { asked: 0.9, backTested: 0.92 },
  };
}

let asked: { method: string; params: unknown }[];
let answer: () => unknown;
let shown: PageResources[];
let saved: string[];
let opened: (string | null)[];

beforeEach(async () => {
  editor = freshEditor();
  asked = [];
  answer = prediction;
  shown = [];
  saved = [];
  opened = [];
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  const connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms: [managed()] }));
  connection.answer = async (method, params) => {
    asked.push({ method, params });
    return answer();
  };
  const pages = {
    openForecast: async (swarmId: string | null) => void opened.push(swarmId),
    forecast: async () => ({
      showResources: (resources: PageResources) => void shown.push(resources),
      save: async (kind: string, target: { fsPath: string } | null) => {
        saved.push(`${kind} ${target === null ? "asked" : target.fsPath}`);
        return answer();
      },
    }),
  };
  registerCommands({ session, overview: feed, pages, version: "0.1.0" } as unknown as CommandWorld);
});

const run = (id: string, argument?: unknown) => editor.commands.get(id)?.(argument);

describe("Forecast Resources", () => {
  it("asks how far and how sure, with what is usual filled in, and shows what came on the page", async () => {
    editor.answers.set("How far ahead", "2 h");
    editor.answers.set("With what confidence", "90%");
    await run(commandIds.forecastResources);
    expect(editor.shown).toEqual([
      "input: How far ahead, in the swarm's own time? It passes 240 times as fast: an hour of it is 15 s. (1 h)",
      "input: With what confidence should the intervals hold the values? (0.95)",
      "progress: Forecasting the resources of demo: all models are tested, which takes some tens of seconds",
    ]);
    expect(asked).toEqual([
      { method: calls.predictScaling.method, params: { swarmId: "demo", timeHorizon: 7_200, confidence: 0.9 } },
    ]);
    expect(shown).toMatchObject([
      {
        ...{ swarmId: "demo", horizonMs: 3_600_000, timeScale: 240, confidence: 0.9, backTested: 0.92, madeAtMs: 7 },
        plan: { ready: false, reason: "Nothing has been measured yet, so there is nothing to forecast from." },
      },
    ]);
    expect(shown[0]?.metrics.map(({ metric, end }) => [metric, end])).toEqual(
      PREDICTED_METRICS.map((metric) => [metric, point]),
    );
  });

  it("asks nothing that is named already; what is not sensible counts as not named", async () => {
    await run(commandIds.forecastResources, { swarmId: "demo", horizonSeconds: 600, confidence: 0.8 });
    expect(asked[0]?.params).toEqual({ swarmId: "demo", timeHorizon: 600, confidence: 0.8 });
    await run(commandIds.forecastResources, { swarmId: "demo", horizonSeconds: "an hour", confidence: 7 });
    expect(editor.shown.at(-1)).toContain("input: How far ahead");
    expect(asked).toHaveLength(1);
  });

  it("is allowed in Restricted Mode: it only looks", async () => {
    editor.trusted = false;
    await run(commandIds.forecastResources, { swarmId: "demo", horizonSeconds: 600, confidence: 0.8 });
    expect(shown).toHaveLength(1);
  });

  it("says what failed, and that a cancelled one was", async () => {
    const named = { swarmId: "demo", horizonSeconds: 600, confidence: 0.8 };
    answer = () => {
      throw new Failure({ code: "heavy.deadline", args: { afterMs: 30_000 } });
    };
    await run(commandIds.forecastResources, named);
    expect(editor.shown.at(-1)).toContain("error: Could not forecast the resources: The background calculation");
    answer = () => {
      throw new Failure({ code: "aborted", args: {} });
    };
    await run(commandIds.forecastResources, named);
    expect(editor.shown.at(-1)).toBe("info: The forecast of demo's resources was cancelled.");
  });
});

describe("Export Forecast", () => {
  it("asks as what, and leaves it to the page where to", async () => {
    answer = () => "Saved to /tmp/a.png";
    editor.answers.set("Export Forecast", "PNG");
    await run(commandIds.exportForecast);
    expect(saved).toEqual(["png asked"]);
    expect(editor.shown).toEqual(["pick: Export Forecast [CSV, PNG]", "info: Saved to /tmp/a.png"]);
  });

  it("writes to the path that is named, of the swarm that is named", async () => {
    answer = () => "Saved.";
    await run(commandIds.exportForecast, { swarmId: "demo", kind: "csv", path: "/tmp/a.csv" });
    expect([opened, saved]).toEqual([["demo"], ["csv /tmp/a.csv"]]);
  });

  it("says why nothing could be exported", async () => {
    answer = () => {
      throw new Failure({ code: "export.nothing", args: {} });
    };
    await run(commandIds.exportForecast, { kind: "csv" });
    expect(editor.shown.at(-1)).toContain("Could not export the forecast: There is nothing to export");
  });
});

describe("what is typed", () => {
  test.each([
    ["1h", 3_600],
    [" 90 min ", 5_400],
    ["30m", 1_800],
    ["45 s", 45],
    ["2 D", 172_800],
    ["1.5 h", 5_400],
    ["365d", 31_536_000],
  ])("a horizon of %j", (typed, seconds) => expect(parseHorizon(typed)).toBe(seconds));

  test.each(["", "1", "h", "0 h", "-1 h", "1 y", "366 d", "1e9 s", "0.5 s", "1 constructor", "1 __proto__"])(
    "no horizon: %j",
    (typed) => expect(typeof parseHorizon(typed)).toBe("string"),
  );

  test.each([
    ["0.95", 0.95],
    ["95%", 0.95],
    [".5", 0.5],
    ["99.9 %", 0.999],
  ])("a confidence of %j", (typed, share) => expect(parseConfidence(typed)).toBeCloseTo(share));

  test.each(["", "95", "1", "0.4", "100%", "0,95", "NaN", "-0.9"])("no confidence: %j", (typed) =>
    expect(typeof parseConfidence(typed)).toBe("string"),
  );

  test("a swarm in real time has no other time to explain", () => expect(horizonPrompt(1)).toBe("How far ahead?"));
});
