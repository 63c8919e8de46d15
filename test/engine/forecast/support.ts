import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, normal, type Rng } from "../../../src/engine/common/rng.ts";
import { AUGURS_FILES, loadAugurs } from "../../../src/engine/forecast/augurs.ts";
import { type Assessment, assess, type AssessDeps, type AssessOptions } from "../../../src/engine/forecast/assess.ts";
import { forecast, nothingToSay } from "../../../src/engine/forecast/forecast.ts";
import type { Fitted, Forecaster, History } from "../../../src/engine/forecast/forecaster.ts";
import { forecasters } from "../../../src/engine/forecast/models.ts";
import { loadTensorFlow, type TensorFlow } from "../../../src/engine/forecast/tensorFlow.ts";
import type { ForecastAnswer, ForecastRequest } from "../../../src/engine/ports.ts";
import { offeredLoad } from "../../../src/engine/providers/demo/day.ts";

const folder = join(import.meta.dirname, "../../../node_modules/@bsull/augurs");

export const augursBytes = {
  ets: new Uint8Array(readFileSync(join(folder, AUGURS_FILES.ets))),
  mstl: new Uint8Array(readFileSync(join(folder, AUGURS_FILES.mstl))),
};

export const augurs = loadAugurs(augursBytes);

export const wasmFolder = join(import.meta.dirname, "../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/");

let loading: Promise<TensorFlow> | null = null;

/** The network's library on its WebAssembly back end, loaded once in a file of tests. */
export function tensorFlow(): Promise<TensorFlow> {
  return (loading ??= loadTensorFlow({ wasmFolder, native: null }));
}

/** Every model that is fitted in milliseconds; the network takes no part, since nothing trains it. */
export const quickModels: readonly Forecaster[] = forecasters({ augurs, tensorFlow: null });

export function historyOf(values: Float64Array, season: number | null = null): History {
  return { values, season, calendar: null, others: [], spikes: null, filled: null };
}

export async function fitOf(model: Forecaster, history: History, horizon: number, seed = 1): Promise<Fitted> {
  return model.fit(history, { horizon, seed });
}

/** The next values as a model says them when it is fitted to what it continues. */
export async function continued(model: Forecaster, history: History, horizon: number): Promise<Float64Array> {
  return (await fitOf(model, history, horizon)).predict(history, horizon);
}

const quickDeps: AssessDeps = { models: quickModels, nowMs: () => 0 };

/** Tests and a forecast in one breath, as a file is forecast. */
export async function answerTo(
  asked: ForecastRequest,
  { models, nowMs }: AssessDeps = quickDeps,
  options: AssessOptions = {},
): Promise<ForecastAnswer> {
  const assessed = await assess(asked, { models, nowMs }, options);
  if (assessed.kind === "impossible") return nothingToSay(asked, assessed.reason, assessed.steps);
  const { calibration, result } = assessed.assessment;
  return forecast(asked, calibration, { models, learned: newestFits(result) });
}

export async function assessmentOf(asked: ForecastRequest, options: AssessOptions = {}): Promise<Assessment> {
  const assessed = await assess(asked, quickDeps, options);
  if (assessed.kind === "impossible") throw new Error(`not tested: ${assessed.reason.code}`);
  return assessed.assessment;
}

export function newestFits({ snapshots }: Assessment["result"]): Map<string, Fitted> {
  return new Map(
    [...snapshots].flatMap(([id, list]) => {
      const newest = list.at(-1);
      return newest === undefined ? [] : [[id, newest.fitted] as const];
    }),
  );
}

/** `count` values of `value(t, noise)`, noise standard normal from the seed. */
export function series(count: number, seed: number, value: (t: number, noise: () => number) => number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: count }, (_, t) => value(t, () => normal(rng)));
}

export function request(values: Float64Array, more: Partial<ForecastRequest> = {}): ForecastRequest {
  return {
    values,
    stepMs: 2_000,
    endMs: 1_700_000_000_000,
    dayMs: null,
    seasonSteps: null,
    horizonSteps: 24,
    confidence: 0.95,
    seed: 1,
    lowerBound: null,
    ...more,
  };
}

export const DEMO_SEASON = 180;

/**
 * Busy agents of the demo swarm if it never had too few: arrivals by its day, service times exponential with mean 1.1 s,
 * looked at every 0.1 s, as means of two seconds.
 */
export function demoDemand(days: number, seed: number): Float64Array {
  const rng = createRng(seed + 77);
  const leaves = 1 - Math.exp(-0.1 / 1.1);
  let busy = 0;
  return Float64Array.from({ length: days * DEMO_SEASON }, (_, step) => {
    let sum = 0;
    for (let tenth = 0; tenth < 20; tenth++) {
      busy += poisson(rng, (offeredLoad(step * 2_000 + tenth * 100, seed) * 0.1) / 1.1);
      for (let one = busy; one > 0; one--) if (rng() < leaves) busy--;
      sum += busy;
    }
    return sum / 20;
  });
}

function poisson(rng: Rng, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = rng(); product > limit; product *= rng()) count++;
  return count;
}
