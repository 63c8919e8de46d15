import { expect, test } from "vitest";
import { predictedPlan } from "../../src/engine/decide/predictedPlan.ts";
import type { AskedSeries, SwarmView } from "../../src/engine/ports.ts";
import { scalingPolicy } from "../../src/engine/protocol/config.ts";
import { PREDICTED_METRICS } from "../../src/engine/protocol/forecast.ts";
import { ScalingPredictions } from "../../src/engine/scalingPredictions.ts";
import { forecastOf } from "./decide/view.ts";

const swarm = {
  ...{ id: "s", timeScale: 240, minAgents: 1, maxAgents: 9 },
  scaling: scalingPolicy.parse({}),
} as unknown as SwarmView;

function world(more: Parameters<typeof forecastOf>[2] = {}) {
  const asked: AskedSeries[] = [];
  let underWay = 0;
  let most = 0;
  const predictions = new ScalingPredictions({
    forecasts: {
      forecastOf: async (_swarm, series) => {
        asked.push(series);
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        underWay--;
        const forecast = forecastOf(0, [4, 5], more);
        return { forecast, byModel: series.models.map((model) => ({ model, points: forecast.points, reason: null })) };
      },
    },
    plan: predictedPlan,
  });
  return { predictions, asked, atOnce: () => most };
}

const never = new AbortController().signal;
const request = { timeHorizonSeconds: 3_600, confidence: 0.9, models: ["lstm", "ensemble"] } as const;

test("each metric is forecast by itself, one after the other, over the horizon in the swarm's own time", async () => {
  const { predictions, asked, atOnce } = world();
  const made = await predictions.predict(swarm, request, never);
  expect(Object.keys(made.predictions)).toEqual([...PREDICTED_METRICS]);
  expect(atOnce()).toBe(1);
  // An hour of a swarm whose day takes six minutes: 15 s, in steps of 2 s.
  for (const series of asked)
    expect(series).toMatchObject({ horizonSteps: 8, confidence: 0.9, models: request.models });
  expect(asked.map(({ keys }) => keys.map(({ scope, metric }) => `${scope} ${metric}`))).toEqual([
    ["swarm demand"],
    ["swarm cpuCores"],
    ["swarm rssBytes"],
    ["machine networkReceiveBytesPerSecond", "machine networkTransmitBytesPerSecond"],
    ["swarm live"],
  ]);
  expect(Object.values(made.predictions).map(({ unit }) => unit)).toEqual([
    ...["agents", "cores", "bytes", "bytesPerSecond", "agents"],
  ]);
  expect(made.predictions.cpu.byModel.map(({ model }) => model)).toEqual(["lstm", "ensemble"]);
  expect(made).toMatchObject({ swarmId: "s", timeHorizonSeconds: 3_600, scalingPlan: { ready: true } });
});

test("the confidence is told as it was asked and as it was held", async () => {
  const figures = { mae: 1, mase: 1, wape: 1, accuracy: 0, intervalScore: 1, fitMs: 1, predictMs: 1 };
  const scores = [{ model: "ensemble", ...figures, coverage: 0.93 }];
  const { predictions } = world({ model: "ensemble", scores });
  expect((await predictions.predict(swarm, request, never)).confidence).toEqual({ asked: 0.9, backTested: 0.93 });
  const untested = await world({ scores: [] }).predictions.predict(swarm, request, never);
  expect(untested.confidence.backTested).toBeNull();
});

test("of a demand that is not ready no sizes follow", async () => {
  const reason = { code: "forecast.tooShort", args: { steps: 1, needed: 60 } };
  const { predictions } = world({ ready: false, reason });
  expect((await predictions.predict(swarm, request, never)).scalingPlan).toEqual({ ready: false, reason, steps: [] });
});
