import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import type { ForecastAnswer, ForecastRequest } from "../../src/engine/ports.ts";
import { forecastShape, SwarmForecasts } from "../../src/engine/swarmForecasts.ts";
import { reasonText } from "../../src/text/reasons.ts";

const demo = { id: "demo", timeScale: 240 };
const docs = { id: "docs", timeScale: 1 };
const never = new AbortController().signal;

function answerTo(request: ForecastRequest, ready = true): ForecastAnswer {
  const { confidence, stepMs, endMs, horizonSteps } = request;
  return {
    ready,
    reason: ready ? null : { code: "forecast.tooShort", args: { steps: 3, needed: 60 } },
    model: ready ? "harmonic" : "none",
    confidence,
    stepMs,
    historyEndMs: endMs,
    historySteps: request.values.length,
    seasonSteps: request.seasonSteps,
    points: ready
      ? Array.from({ length: horizonSteps }, (_, h) => ({ atMs: endMs + (h + 1) * stepMs, mean: 3, lo: 2, hi: 4 }))
      : [],
    scores: [],
  };
}

interface Asked {
  readonly request: ForecastRequest;
  readonly signal: AbortSignal;
  readonly answer: (answer: ForecastAnswer) => void;
  readonly fail: (error: Error) => void;
}

/** The service with a history, a heavy child and a store that the test plays. */
function world(value = 3) {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const saved: { swarmId: string; json: string }[] = [];
  const logged: string[] = [];
  const read: { key: string; stepMs: number; steps: number; toMs: number }[] = [];
  const note = (code: string): void => void logged.push(code);
  const state = { values: value, broken: false, writable: true };
  const forecasts = new SwarmForecasts({
    series: {
      steps: ({ key, metric }, stepMs, steps, toMs) => {
        expect(metric).toBe("demand");
        if (state.broken) throw new CodedError("store.read", {});
        read.push({ key, stepMs, steps, toMs });
        return new Float64Array(steps).fill(state.values);
      },
    },
    heavy: {
      run: (_kind, request, { signal }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(new CodedError("aborted", {})));
          asked.push({ request: request as ForecastRequest, signal, answer: resolve as Asked["answer"], fail: reject });
        }),
    },
    models: { save: (model) => state.writable && saved.push(model) > 0 },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    seed: 7,
  });
  return {
    clock,
    asked,
    saved,
    logged,
    read,
    state,
    forecasts,
    look: (...swarms: (typeof demo)[]) => forecasts.look(swarms, clock.wallMs(), clock.monotonicMs()),
    /** Answers the newest request after `tookMs`, and lets the service take it. */
    answer: async (ready = true, tookMs = 0): Promise<void> => {
      clock.advance(tookMs);
      const last = asked.at(-1) as Asked;
      last.answer(answerTo(last.request, ready));
      await settled();
    },
    fail: async (error: Error): Promise<void> => {
      asked.at(-1)?.fail(error);
      await settled();
    },
  };
}

/** Promises that are settled have run their continuations by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the shape of a forecast", () => {
  test("of a real swarm: minutes, a day's season, an hour ahead, every five minutes", () => {
    expect(forecastShape(1)).toEqual({
      stepMs: 60_000,
      seasonSteps: 1_440,
      historySteps: 4_000,
      horizonSteps: 60,
      refreshMs: 300_000,
    });
  });

  test("of the squeezed demo: steps of two seconds, each of them a new forecast", () => {
    expect(forecastShape(240)).toEqual({
      stepMs: 2_000,
      seasonSteps: 180,
      historySteps: 2_520,
      horizonSteps: 30,
      refreshMs: 2_000,
    });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a time scale of %s", (scale) => {
    expect(() => forecastShape(scale)).toThrow(RangeError);
  });
});

describe("forecasts in the background", () => {
  test("rest on whole steps up to now, and are there when the answer came", async () => {
    const { clock, look, answer, asked, read, forecasts } = world();
    look(demo);
    expect(forecasts.latest("demo")).toBeNull();
    const endMs = Math.floor(clock.wallMs() / 2_000) * 2_000;
    expect(read).toEqual([{ key: "demo", stepMs: 2_000, steps: 2_520, toMs: endMs }]);
    expect(asked[0]?.request).toMatchObject({
      endMs,
      seasonSteps: 180,
      horizonSteps: 30,
      confidence: 0.95,
      lowerBound: 0,
    });
    await answer(true, 150);
    expect(forecasts.latest("demo")).toMatchObject({ swarmId: "demo", ready: true, madeAtMs: clock.wallMs() });
  });

  test("one request at a time, the longest due first", async () => {
    const { look, answer, asked, clock, read } = world();
    look(demo);
    clock.advance(1_000);
    look(demo, docs);
    expect(asked).toHaveLength(1);
    await answer(true, 2_000);
    // Docs has waited since its first look, the demo's next one is due only now.
    clock.advance(60_000);
    look(demo, docs);
    expect(asked).toHaveLength(2);
    expect(read.at(-1)?.key).toBe("docs");
    await answer();
    look(demo, docs);
    expect(read.map(({ key }) => key)).toEqual(["demo", "docs", "demo"]);
  });

  test("a new one with each step, but never more than a tenth of the time", async () => {
    const { look, answer, asked, clock } = world();
    look(demo);
    await answer(true, 100);
    clock.advance(1_800);
    look(demo);
    expect(asked).toHaveLength(1);
    clock.advance(100);
    look(demo);
    expect(asked).toHaveLength(2);
    await answer(true, 900);
    clock.advance(8_000);
    look(demo);
    expect(asked).toHaveLength(2);
    clock.advance(100);
    look(demo);
    expect(asked).toHaveLength(3);
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
    const { look, asked, forecasts, state, clock, logged } = world(Number.NaN);
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

  test("scores are kept when model or readiness change, else every five minutes", async () => {
    const { look, answer, clock, saved, state } = world();
    const round = async (ready = true): Promise<void> => {
      clock.advance(2_000);
      look(demo);
      await answer(ready);
    };
    state.writable = false;
    await round();
    state.writable = true;
    await round();
    await round();
    expect(saved).toHaveLength(1);
    expect(JSON.parse(saved[0]?.json ?? "")).toMatchObject({ model: "harmonic", ready: true, stepMs: 2_000 });
    clock.advance(300_000);
    await round();
    expect(saved).toHaveLength(2);
  });

  test("disposed, it gives up what is under way and asks no more", async () => {
    const { look, forecasts, asked, logged, clock } = world();
    look(demo);
    forecasts.dispose();
    await settled();
    expect(asked[0]?.signal.aborted).toBe(true);
    clock.advance(10_000);
    look(demo);
    expect(asked).toHaveLength(1);
    expect(logged).toEqual([]);
  });
});

describe("a forecast that somebody asks for", () => {
  test("has its own horizon, divided by the time scale, and its own confidence", async () => {
    const { forecasts, asked, answer, look } = world();
    look(docs);
    const made = forecasts.ask(demo, 3_600_000, 0.8, never);
    expect(asked.at(-1)?.request).toMatchObject({ horizonSteps: 8, confidence: 0.8, stepMs: 2_000 });
    await answer();
    expect((await made).points).toHaveLength(8);
    // It is an answer, not the swarm's forecast.
    expect(forecasts.latest("demo")).toBeNull();
    const real = forecasts.ask(docs, 3_600_000, undefined, never);
    expect(asked.at(-1)?.request).toMatchObject({ horizonSteps: 60, confidence: 0.95 });
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
});
