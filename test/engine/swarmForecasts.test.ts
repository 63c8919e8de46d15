import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { forecastShape } from "../../src/engine/forecastShape.ts";
import type {
  AssessAnswer,
  AssessTask,
  ForecastAnswer,
  ForecastRequest,
  ForecastTask,
  KeptFit,
  TrainTask,
} from "../../src/engine/ports.ts";
import type { SeriesKey } from "../../src/engine/protocol/model.ts";
import { SwarmForecasts } from "../../src/engine/swarmForecasts.ts";
import { reasonText } from "../../src/text/reasons.ts";

const demo = { id: "demo", timeScale: 240 };
const docs = { id: "docs", timeScale: 1 };
const never = new AbortController().signal;

function answerTo(request: ForecastRequest, ready = true, mae = 1): ForecastAnswer {
  const { confidence, stepMs, endMs, horizonSteps } = request;
  const figures = { mase: null, wape: null, accuracy: null, coverage: 0.95, intervalScore: null };
  return {
    ready,
    reason: ready ? null : { code: "forecast.tooShort", args: { steps: 3, needed: 60 } },
    model: ready ? "ensemble" : "none",
    baseline: ready ? "ewma" : null,
    confidence,
    stepMs,
    historyEndMs: endMs,
    historySteps: request.values.length,
    seasonSteps: request.seasonSteps,
    points: ready
      ? Array.from({ length: horizonSteps }, (_, h) => ({ atMs: endMs + (h + 1) * stepMs, mean: 3, lo: 2, hi: 4 }))
      : [],
    scores: ready ? [{ model: "ensemble", mae, ...figures, fitMs: 1, predictMs: 1 }] : [],
  };
}

const fitOf = (model: string, seenToMs: number): KeptFit => ({ model, seenToMs, horizonSteps: 30, json: "{}" });

type Kind = "assess" | "forecast" | "train";

interface Asked {
  readonly kind: Kind;
  readonly task: AssessTask & ForecastTask & TrainTask;
  readonly signal: AbortSignal;
  readonly onProgress: ((ratio: number) => void) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** Promises that are settled have run their continuations by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Stored {
  readonly swarmId: string;
  readonly kind: string;
  readonly version: number;
  readonly trainedAtMs: number;
  readonly json: string;
}

/** The service with a history, two heavy children and a store that the test plays. */
function world(options: { value?: number; stored?: Map<string, Stored>; clock?: ManualClock } = {}) {
  const { value = 3, stored = new Map<string, Stored>(), clock = new ManualClock() } = options;
  const asked: Asked[] = [];
  const trained: Asked[] = [];
  const saved: Stored[] = [];
  const logged: string[] = [];
  const read: { key: SeriesKey; stepMs: number; steps: number; toMs: number }[] = [];
  const note = (code: string): void => void logged.push(code);
  const state = { values: value, broken: false, writable: true, minAccuracy: null as number | null, mae: 1 };
  const child = (into: Asked[]) => ({
    run: (kind: string, task: unknown, call: { signal: AbortSignal; onProgress?: (ratio: number) => void }) =>
      new Promise<never>((resolve, reject) => {
        call.signal.addEventListener("abort", () => reject(new CodedError("aborted", {})));
        into.push({
          ...{ kind: kind as Kind, task: task as Asked["task"], signal: call.signal, onProgress: call.onProgress },
          ...{ resolve: resolve as Asked["resolve"], fail: reject },
        });
      }),
  });
  const forecasts = new SwarmForecasts({
    series: {
      steps: (key, stepMs, steps, toMs) => {
        if (state.broken) throw new CodedError("store.read", {});
        read.push({ key, stepMs, steps, toMs });
        return new Float64Array(steps).fill(state.values);
      },
    },
    heavy: child(asked),
    asked: child(asked),
    trainer: child(trained),
    models: {
      save: (model) => {
        if (!state.writable) return false;
        saved.push(model);
        stored.set(`${model.swarmId} ${model.kind}`, model);
        return true;
      },
      load: (swarmId, kind) => stored.get(`${swarmId} ${kind}`) ?? null,
    },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    seed: 7,
    minAccuracy: () => state.minAccuracy,
  });
  /** Answers a request after `tookMs`, and lets the service take it. */
  const answer = async (ready = true, tookMs = 0, one: Asked = asked.at(-1) as Asked): Promise<void> => {
    clock.advance(tookMs);
    const made = answerTo(one.task.series, ready, state.mae);
    const assessed: AssessAnswer = {
      answer: made,
      byModel: (one.task.models ?? []).map((model) => ({ model, points: made.points, reason: null })),
      calibration: ready ? `tested at ${one.task.series.endMs}` : null,
      fits: ready ? [fitOf("rf", one.task.series.endMs)] : [],
      said: made.points,
      unusual: ready ? [{ atMs: one.task.series.endMs, value: 9, score: 0.8 }] : [],
    };
    one.resolve(one.kind === "assess" ? assessed : made);
    await settled();
  };
  return {
    ...{ clock, asked, trained, saved, stored, logged, read, state, forecasts, answer },
    look: (...swarms: (typeof demo)[]) => forecasts.look(swarms, clock.wallMs(), clock.monotonicMs()),
    fail: async (error: Error): Promise<void> => {
      asked.at(-1)?.fail(error);
      await settled();
    },
    /** Ends the training that runs, with a network of every length. */
    train: async (...fits: KeptFit[]): Promise<void> => {
      trained.at(-1)?.resolve(fits);
      await settled();
    },
  };
}

describe("the shape of a forecast", () => {
  test("of a real swarm: minutes, a day's season, an hour ahead, every five minutes", () => {
    expect(forecastShape(1)).toEqual({
      stepMs: 60_000,
      dayMs: 86_400_000,
      seasonSteps: 1_440,
      historySteps: 4_000,
      horizonSteps: 60,
      refreshMs: 300_000,
      assessMs: 1_800_000,
      trainMs: 21_600_000,
    });
  });

  test("of the squeezed demo: steps of two seconds, each of them a new forecast", () => {
    expect(forecastShape(240)).toEqual({
      stepMs: 2_000,
      dayMs: 360_000,
      seasonSteps: 180,
      historySteps: 2_520,
      horizonSteps: 30,
      refreshMs: 2_000,
      assessMs: 7_500,
      trainMs: 90_000,
    });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a time scale of %s", (scale) => {
    expect(() => forecastShape(scale)).toThrow(RangeError);
  });
});

describe("forecasts in the background", () => {
  test("begin with tests on whole steps up to now, and are there when the answer came", async () => {
    const { clock, look, answer, asked, read, forecasts, state } = world();
    state.minAccuracy = 80;
    look(demo);
    expect(forecasts.latest("demo")).toBeNull();
    const endMs = Math.floor(clock.wallMs() / 2_000) * 2_000;
    const key = { scope: "swarm", key: "demo", metric: "demand" };
    expect(read).toEqual([{ key, stepMs: 2_000, steps: 2_520, toMs: endMs }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ kind: "assess", task: { fits: [], mostTests: 30 } });
    expect(asked[0]?.task.series).toMatchObject({
      ...{ endMs, dayMs: 360_000, seasonSteps: 180, horizonSteps: 30, confidence: 0.95 },
      ...{ lowerBound: 0, seed: 7, minAccuracy: 80 },
    });
    await answer(true, 150);
    expect(forecasts.latest("demo")).toMatchObject({ swarmId: "demo", ready: true, madeAtMs: clock.wallMs() });
  });

  test("continue by what the tests have shown, until tests are due again", async () => {
    const { look, answer, asked, clock } = world();
    look(demo);
    const tested = (asked[0] as Asked).task.series.endMs;
    await answer(true, 100);
    const kinds: string[] = [];
    for (let step = 0; step < 6; step++) {
      clock.advance(2_000);
      const before = asked.length;
      look(demo);
      if (asked.length === before) continue;
      kinds.push((asked.at(-1) as Asked).kind);
      await answer(true, 0);
    }
    // Tests every 7.5 s, a forecast every 2 s between them.
    expect(kinds).toEqual(["forecast", "forecast", "forecast", "assess", "forecast", "forecast"]);
    expect(asked[1]?.task).toMatchObject({ calibration: `tested at ${tested}`, fits: [fitOf("rf", tested)] });
    // A forest is fitted in passing; what was fitted before is not tested again.
    expect(asked[4]?.task.fits).toEqual([]);
  });

  test("one request at a time, the longest due first", async () => {
    const { look, answer, asked, clock, read } = world();
    look(demo);
    clock.advance(1_000);
    look(demo, docs);
    expect(asked).toHaveLength(1);
    await answer(true, 2_000);
    // Docs has waited since its first look, the demo's next one is due only later.
    clock.advance(60_000);
    look(demo, docs);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.task.series.stepMs).toBe(60_000);
    await answer();
    look(demo, docs);
    expect(asked[2]?.task.series.stepMs).toBe(2_000);
    expect(new Set(read.map(({ key }) => key.key))).toEqual(new Set(["demo", "docs"]));
  });

  test("never take more than a tenth of the time", async () => {
    const { look, answer, asked, clock } = world();
    look(demo);
    await answer(true, 900);
    clock.advance(1_100);
    look(demo);
    expect(asked.at(-1)?.kind).toBe("forecast");
    await answer(true, 500);
    // Begun at 2 s, took half a second: not before 7 s.
    clock.advance(4_400);
    look(demo);
    expect(asked).toHaveLength(2);
    clock.advance(100);
    look(demo);
    expect(asked).toHaveLength(3);
    await answer(true, 0);
    // The tests took 0.9 s: not again before 9 s after they began.
    clock.advance(1_900);
    look(demo);
    expect(asked).toHaveLength(3);
    clock.advance(200);
    look(demo);
    expect(asked.at(-1)?.kind).toBe("assess");
  });

  test("as long as there was too little to test, each new step is tested", async () => {
    const { look, answer, asked, clock } = world();
    look(demo);
    await answer(false);
    clock.advance(2_000);
    look(demo);
    await answer(false);
    expect(asked.map(({ kind }) => kind)).toEqual(["assess", "assess"]);
  });

  test("a failure leaves the last one in place, is tried again later and later, and is over in the end", async () => {
    const { look, answer, fail, asked, clock, forecasts, logged } = world();
    look(demo);
    await answer();
    const first = forecasts.latest("demo");
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const since = clock.monotonicMs();
      const before = asked.length;
      while (asked.length === before) {
        clock.advance(500);
        look(demo);
      }
      waits.push(clock.monotonicMs() - since);
      await fail(new CodedError("heavy.deadline", { afterMs: 30_000 }));
      if (clock.monotonicMs() < 60_000) expect(forecasts.latest("demo")).toBe(first);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(logged.filter((code) => code === "forecast.failed")).toHaveLength(4);
    clock.advance(60_000);
    look(demo);
    const over = forecasts.latest("demo");
    expect(over).toMatchObject({ ready: false, reason: { code: "forecast.stale" }, points: [] });
    expect(reasonText(over?.reason as NonNullable<typeof over>["reason"] & object)).toBe(
      "The last forecast is over, and there is no new one yet: The background calculation took longer than 30 s and was ended.",
    );
    await answer();
    expect(forecasts.latest("demo")?.ready).toBe(true);
  });

  test("waiting between tries is bounded", async () => {
    const { look, fail, asked, clock } = world();
    for (let round = 0; round < 20; round++) {
      clock.advance(300_000);
      look(demo);
      expect(asked).toHaveLength(round + 1);
      await fail(new Error("odd"));
    }
  });

  test("a history that cannot be read is a failure like any other, and none at all needs no child", async () => {
    const { look, asked, forecasts, state, clock, logged } = world({ value: Number.NaN });
    look(demo);
    await settled();
    expect(asked).toHaveLength(0);
    expect(forecasts.latest("demo")).toMatchObject({ ready: false, model: "none", reason: { code: "forecast.empty" } });
    state.broken = true;
    clock.advance(2_000);
    look(demo);
    await settled();
    expect(logged).toContain("forecast.failed");
    expect(forecasts.latest("demo")?.reason?.code).toBe("forecast.empty");
  });

  test("what is not ready and has no points does not go stale: its reason stays the truth", async () => {
    const { look, answer, clock, forecasts } = world();
    look(demo);
    await answer(false);
    clock.advance(3_600_000);
    look(demo);
    expect(forecasts.latest("demo")?.reason?.code).toBe("forecast.tooShort");
  });

  test("a swarm that no longer runs keeps its forecast until it is over, and is forgotten then", async () => {
    const { look, answer, clock, forecasts, asked } = world();
    look(demo);
    await answer();
    clock.advance(30_000);
    look();
    expect(forecasts.latest("demo")?.ready).toBe(true);
    clock.advance(40_000);
    look();
    expect(forecasts.latest("demo")).toBeNull();
    expect(asked).toHaveLength(1);
  });

  test("disposed, it gives up what is under way and asks no more", async () => {
    const { look, forecasts, asked, trained, logged, clock, answer } = world();
    look(demo);
    await answer();
    clock.advance(2_000);
    look(demo);
    expect([asked.length, trained.length]).toEqual([2, 1]);
    const before = [...logged];
    forecasts.dispose();
    await settled();
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(trained[0]?.signal.aborted).toBe(true);
    clock.advance(1_000_000);
    look(demo);
    expect([asked.length, trained.length]).toEqual([2, 1]);
    expect(logged).toEqual(before);
    await expect(forecasts.ask(demo, undefined, undefined, never)).rejects.toMatchObject({ code: "aborted" });
  });

  test("tests are due at once when the history has changed, and again when it changed meanwhile", async () => {
    const { look, answer, asked, forecasts, clock } = world();
    look(demo);
    await answer();
    clock.advance(100);
    forecasts.renew("demo");
    forecasts.renew("unknown");
    look(demo);
    expect(asked.map(({ kind }) => kind)).toEqual(["assess", "assess"]);
    // Begun before the change: its answer does not count as the one after it.
    forecasts.renew("demo");
    await answer();
    clock.advance(100);
    look(demo);
    expect(asked.map(({ kind }) => kind)).toEqual(["assess", "assess", "assess"]);
    await answer();
    clock.advance(100);
    look(demo);
    expect(asked).toHaveLength(3);
  });
});

describe("the network", () => {
  test("is trained in the other child once there is something to test it on, and tested when it is there", async () => {
    const { look, answer, asked, trained, train, clock, forecasts, logged, saved } = world();
    look(demo);
    expect(trained).toHaveLength(0);
    await answer();
    look(demo);
    expect(trained).toHaveLength(1);
    expect(trained[0]?.task).toMatchObject({ model: "lstm", series: { horizonSteps: 30, seasonSteps: 180 } });
    expect(forecasts.report("demo").trainingRatio).toBe(0);
    trained[0]?.onProgress?.(0.4);
    expect(forecasts.report("demo").trainingRatio).toBe(0.4);
    // Forecasts go on besides, without a second training.
    clock.advance(2_000);
    look(demo);
    expect(asked.at(-1)?.kind).toBe("forecast");
    await answer();
    expect(trained).toHaveLength(1);
    const networks = [fitOf("lstm", 1_000), fitOf("lstm", 2_000)];
    await train(...networks);
    expect(logged).toContain("forecast.trained");
    expect(saved.some(({ kind, json }) => kind === "lstm" && json.includes("2000"))).toBe(true);
    expect(forecasts.report("demo").trainingRatio).toBeNull();
    look(demo);
    expect(asked.at(-1)).toMatchObject({ kind: "assess", task: { fits: networks } });
    await answer();
    const { learned } = forecasts.report("demo");
    expect(learned.map(({ model }) => model)).toEqual(["rf", "lstm"]);
  });

  test("is trained anew after its time, and at a failure not before it", async () => {
    const { look, answer, trained, train, clock, logged } = world();
    look(demo);
    await answer();
    look(demo);
    trained[0]?.fail(new CodedError("heavy.died", {}));
    await settled();
    expect(logged).toContain("forecast.trainingFailed");
    clock.advance(89_000);
    look(demo);
    await answer();
    expect(trained).toHaveLength(1);
    clock.advance(1_000);
    look(demo);
    expect(trained).toHaveLength(2);
    await answer();
    await train(fitOf("lstm", 1));
    clock.advance(60_000);
    look(demo);
    expect(trained).toHaveLength(2);
  });

  test("is trained before its time when the error has grown by half since it was", async () => {
    const { look, answer, trained, train, clock, logged, state } = world();
    const assess = async (): Promise<void> => {
      clock.advance(10_000);
      look(demo);
      await answer();
    };
    look(demo);
    await answer();
    look(demo);
    await train(fitOf("lstm", 1));
    await assess();
    state.mae = 1.4;
    await assess();
    expect(logged).not.toContain("forecast.drift");
    state.mae = 1.6;
    await assess();
    expect(logged).toContain("forecast.drift");
    look(demo);
    expect(trained).toHaveLength(2);
    await train(fitOf("lstm", 2));
    // What the error is now is what the next one is held against.
    logged.length = 0;
    await assess();
    await assess();
    expect(logged).not.toContain("forecast.drift");
  });

  test("that learned nothing changes nothing", async () => {
    const { look, answer, train, saved, trained, clock } = world();
    look(demo);
    await answer();
    look(demo);
    await train();
    expect(saved.filter(({ kind }) => kind === "lstm")).toEqual([]);
    clock.advance(2_000);
    look(demo);
    expect(trained).toHaveLength(1);
  });
});

describe("one model, as it continues the demand", () => {
  test("is asked with what the last tests have shown, over the usual horizon, and changes nothing", async () => {
    const { forecasts, look, answer, asked, clock } = world();
    look(demo);
    await answer();
    const before = forecasts.latest("demo");
    const made = forecasts.askModel(demo, "rf", never);
    const { kind, task } = asked.at(-1) as Asked;
    expect({ kind, model: task.model, calibration: task.calibration }).toEqual({
      kind: "forecast",
      model: "rf",
      calibration: `tested at ${task.series.endMs}`,
    });
    expect(task.fits.map(({ model }) => model)).toEqual(["rf"]);
    expect(task.series.horizonSteps).toBe(forecastShape(240).horizonSteps);
    await answer();
    expect(await made).toMatchObject({ swarmId: "demo", madeAtMs: clock.wallMs() });
    expect(forecasts.latest("demo")).toBe(before);
  });

  test("is refused as long as nothing was tested, and given up with its asker or the service", async () => {
    const { forecasts, look, answer } = world();
    await expect(forecasts.askModel(demo, "rf", never)).rejects.toMatchObject({
      code: "forecast.untested",
      args: { swarmId: "demo", model: "rf" },
    });
    look(demo);
    await answer(false);
    await expect(forecasts.askModel(demo, "rf", never)).rejects.toThrow("forecast.untested");
    look(demo);
    const later = world();
    later.look(demo);
    await later.answer();
    await expect(later.forecasts.askModel(demo, "rf", AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
    const pending = later.forecasts.askModel(demo, "rf", never);
    later.forecasts.dispose();
    await expect(pending).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("what was learned", () => {
  test("is told by model: the newest fit, when it was trained, and with what", async () => {
    const { forecasts, look, answer, train, clock, trained } = world();
    look(demo);
    await answer();
    look(demo);
    const endMs = trained.at(-1)?.task.series.endMs ?? 0;
    clock.advance(5_000);
    await train({ ...fitOf("lstm", endMs - 4_000), backend: "wasm" }, { ...fitOf("lstm", endMs), backend: "wasm" });
    expect(forecasts.report("demo").learned).toEqual([
      { model: "rf", seenToMs: endMs, trainedAtMs: clock.wallMs() - 5_000, backend: null },
      { model: "lstm", seenToMs: endMs, trainedAtMs: clock.wallMs(), backend: "wasm" },
    ]);
  });

  test("is kept when model or readiness change, else every five minutes", async () => {
    const { look, answer, clock, saved, state, asked } = world();
    const round = async (ready = true): Promise<void> => {
      clock.advance(8_000);
      look(demo);
      expect(asked.at(-1)?.kind).toBe("assess");
      await answer(ready);
    };
    state.writable = false;
    await round();
    state.writable = true;
    await round();
    await round();
    expect(saved).toHaveLength(1);
    expect(saved[0]).toMatchObject({ swarmId: "demo", kind: "forecast" });
    expect(JSON.parse(saved[0]?.json ?? "")).toHaveProperty("calibration");
    clock.advance(300_000);
    await round();
    expect(saved).toHaveLength(2);
  });

  test("lets an engine that starts again forecast at once, and test after that", async () => {
    const before = world();
    before.look(demo);
    await before.answer();
    before.look(demo);
    await before.train(fitOf("lstm", 5));
    const { look, asked, answer, forecasts, clock } = world({ stored: before.stored, clock: before.clock });
    look(demo);
    expect(asked[0]?.kind).toBe("forecast");
    expect(asked[0]?.task.calibration).toMatch(/^tested at /);
    expect(asked[0]?.task.fits.map(({ model }) => model)).toEqual(["rf", "lstm"]);
    expect(forecasts.report("demo")).toMatchObject({ forecast: null, said: expect.any(Array) as unknown[] });
    expect(forecasts.report("demo").said).toHaveLength(30);
    expect(forecasts.report("demo").assessedAtMs).not.toBeNull();
    await answer();
    expect(forecasts.latest("demo")?.ready).toBe(true);
    clock.advance(100);
    look(demo);
    expect(asked.map(({ kind }) => kind)).toEqual(["forecast", "assess"]);
  });

  test("by another version is dropped, and tested anew", async () => {
    const before = world();
    before.look(demo);
    await before.answer();
    const { look, asked, fail, clock, answer, forecasts } = world({ stored: before.stored, clock: before.clock });
    look(demo);
    await fail(new CodedError("model.version", { model: "calibration", version: 0, known: 1 }));
    clock.advance(4_000);
    look(demo);
    expect(asked.map(({ kind }) => kind)).toEqual(["forecast", "assess"]);
    expect(asked[1]?.task.fits).toEqual([]);
    await answer();
    expect(forecasts.latest("demo")?.ready).toBe(true);
  });

  test("that fails for whatever reason is tested anew too, instead of failing for ever", async () => {
    const before = world();
    before.look(demo);
    await before.answer();
    const { look, asked, fail, clock } = world({ stored: before.stored, clock: before.clock });
    look(demo);
    await fail(new CodedError("internal", {}));
    clock.advance(4_000);
    look(demo);
    expect(asked.map(({ kind }) => kind)).toEqual(["forecast", "assess"]);
  });

  test.each(["", "{", "null", "[]", "{}", "7"])("damaged in the store, as %j, is as good as none", (json) => {
    const stored = new Map(
      ["forecast", "lstm"].map((kind): [string, Stored] => [
        `demo ${kind}`,
        { swarmId: "demo", kind, version: 2, trainedAtMs: 1, json },
      ]),
    );
    const { look, asked, forecasts } = world({ stored });
    look(demo);
    expect(asked[0]?.kind).toBe("assess");
    expect(forecasts.report("demo")).toMatchObject({ said: [], learned: [], assessedAtMs: null });
  });

  test("of another form is not read", () => {
    const json = JSON.stringify({ calibration: "x", fits: [], said: [] });
    const stored = new Map([
      ["demo forecast", { swarmId: "demo", kind: "forecast", version: 1, trainedAtMs: 1, json }],
    ]);
    const { look, asked } = world({ stored });
    look(demo);
    expect(asked[0]?.kind).toBe("assess");
  });

  test("is reported with the forecast; of an unknown swarm there is nothing", async () => {
    const { look, answer, forecasts, clock } = world();
    expect(forecasts.report("demo")).toEqual({
      ...{
        swarmId: "demo",
        forecast: null,
        said: [],
        unusual: [],
        assessedAtMs: null,
        learned: [],
        trainingRatio: null,
      },
    });
    look(demo);
    await answer();
    const report = forecasts.report("demo");
    expect(report.forecast).toBe(forecasts.latest("demo"));
    expect(report).toMatchObject({ swarmId: "demo", assessedAtMs: clock.wallMs(), trainingRatio: null });
    expect(report.said).toHaveLength(30);
    expect(report.unusual).toEqual([{ atMs: report.forecast?.historyEndMs, value: 9, score: 0.8 }]);
    expect(report.learned.map(({ model }) => model)).toEqual(["rf"]);
  });
});

describe("a forecast that somebody asks for", () => {
  test("has its own horizon, divided by the time scale, and its own confidence", async () => {
    const { forecasts, asked, answer, look } = world();
    look(docs);
    const made = forecasts.ask(demo, 3_600_000, 0.8, never);
    const task = asked.at(-1) as Asked;
    expect(task).toMatchObject({ kind: "assess", task: { mostTests: 20, models: [] } });
    expect(task.task.series).toMatchObject({ horizonSteps: 8, confidence: 0.8, stepMs: 2_000 });
    await answer();
    expect((await made).points).toHaveLength(8);
    // It is an answer, not the swarm's forecast.
    expect(forecasts.latest("demo")).toBeNull();
    const real = forecasts.ask(docs, 3_600_000, undefined, never);
    expect(asked.at(-1)?.task.series).toMatchObject({ horizonSteps: 60, confidence: 0.95 });
    await answer();
    expect((await real).swarmId).toBe("docs");
  });

  test("can be given up, also before it began", async () => {
    const { forecasts, asked } = world();
    const controller = new AbortController();
    const made = forecasts.ask(demo, undefined, undefined, controller.signal);
    controller.abort();
    await expect(made).rejects.toMatchObject({ code: "aborted" });
    await expect(forecasts.ask(demo, undefined, undefined, controller.signal)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(asked).toHaveLength(1);
    await expect(forecasts.ask(demo, 0, undefined, never)).rejects.toThrow(RangeError);
  });

  test("of several series is of their sum, and what each model says comes with it", async () => {
    const { forecasts, asked, answer, read } = world();
    const keys: SeriesKey[] = ["networkReceiveBytesPerSecond", "networkTransmitBytesPerSecond"].map((metric) => ({
      ...{ scope: "machine", key: "", metric },
    }));
    const wanted = { keys, horizonSteps: 5, confidence: 0.9, models: ["lstm", "ensemble"] };
    const made = forecasts.forecastOf(demo, wanted, never);
    expect(read.map(({ key }) => key)).toEqual(keys);
    const { series, models, fits } = (asked.at(-1) as Asked).task;
    expect(new Set(series.values)).toEqual(new Set([6]));
    expect(models).toEqual(["lstm", "ensemble"]);
    expect(fits).toEqual([]);
    await answer();
    const { forecast, byModel } = await made;
    expect(forecast).toMatchObject({ swarmId: "demo", confidence: 0.9 });
    expect(byModel.map(({ model, points }) => [model, points.length])).toEqual([
      ["lstm", 5],
      ["ensemble", 5],
    ]);
  });

  test("of the demand takes the network along, of another series it does not", async () => {
    const { forecasts, asked, look, answer, train } = world();
    look(demo);
    await answer();
    look(demo);
    await train(fitOf("lstm", 5));
    const asking = (metric: string): Promise<unknown> =>
      forecasts.forecastOf(
        demo,
        { keys: [{ scope: "swarm", key: "demo", metric }], horizonSteps: 5, confidence: 0.9, models: [] },
        never,
      );
    void asking("demand");
    expect(asked.at(-1)?.task.fits).toEqual([fitOf("lstm", 5)]);
    await answer();
    void asking("cpuCores");
    expect(asked.at(-1)?.task.fits).toEqual([]);
    await answer();
  });

  test("of what was never measured says so without a child", async () => {
    const { forecasts, asked } = world({ value: Number.NaN });
    const keys: SeriesKey[] = [{ scope: "swarm", key: "demo", metric: "demand" }];
    const { forecast, byModel } = await forecasts.forecastOf(
      demo,
      { keys, horizonSteps: 5, confidence: 0.9, models: ["lstm"] },
      never,
    );
    expect(asked).toHaveLength(0);
    expect(forecast).toMatchObject({ ready: false, reason: { code: "forecast.empty" } });
    expect(byModel).toEqual([{ model: "lstm", points: [], reason: { code: "forecast.empty", args: {} } }]);
  });
});
