import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { AUGURS_FILES, loadAugurs } from "../../../src/engine/forecast/augurs.ts";
import { forecasters } from "../../../src/engine/forecast/models.ts";
import { rollingForecasts } from "../../../src/engine/forecast/rolling.ts";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import type { RollingRequest } from "../../../src/engine/ports.ts";

const folder = dirname(createRequire(import.meta.url).resolve("@bsull/augurs/ets"));
const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, name)));
const augurs = loadAugurs({ ets: read(AUGURS_FILES.ets), mstl: read(AUGURS_FILES.mstl) });
const deps = { models: forecasters({ augurs, tensorFlow: null }), nowMs: () => 0 };
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

function request(values: Float64Array, over: Partial<RollingRequest> = {}): RollingRequest {
  return {
    swarmId: "s",
    values,
    stepMs: HOUR_MS,
    startMs: START,
    dayMs: 24 * HOUR_MS,
    leadSteps: 2,
    season: "detect",
    fromStep: 0,
    confidence: 0.95,
    seed: 1,
    lowerBound: 0,
    ...over,
  };
}

/** Days of hours around a mean day. */
function days(seed: number, steps = 192): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: steps }, (_, t) => 10 + 6 * Math.sin((2 * Math.PI * t) / 24) + normal(rng));
}

test("says of a step only what could be known before it: another future changes nothing", async () => {
  const values = days(1);
  const other = values.map((value, step) => (step < 120 ? value : 99));
  const [one, two] = await Promise.all([values, other].map((load) => rollingForecasts(request(load), deps)));
  for (let step = 0; step <= 120; step++) expect(two?.at(step)).toEqual(one?.at(step));
  expect(one?.at(120)?.points.length).toBeGreaterThan(0);
  expect(two?.at(180)).not.toEqual(one?.at(180));
});

test("passes the engine's gate on a clear day, and its points lie after the moment they were made", async () => {
  const rolling = await rollingForecasts(request(days(2, 288)), deps);
  expect(rolling.ready).toBeGreaterThan(0.3 * rolling.made);
  for (let step = 0; step < 288; step += 7) {
    const forecast = rolling.at(step);
    if (forecast === null) continue;
    expect(forecast.madeAtMs).toBeLessThanOrEqual(START + step * HOUR_MS);
    for (const { atMs } of forecast.points) expect(atMs).toBeGreaterThan(forecast.madeAtMs);
  }
});

test("is asked in any order", async () => {
  const rolling = await rollingForecasts(request(days(3)), deps);
  const late = rolling.at(185);
  expect(rolling.at(90)?.madeAtMs).toBeLessThan(late?.madeAtMs ?? 0);
  expect(rolling.at(185)).toEqual(late);
  expect(rolling.at(0)).toBeNull();
});

test("of minutes is made on five of them, and still knows nothing of what is to come", async () => {
  const rng = createRng(4);
  const minutes = Float64Array.from({ length: 900 }, () => 5 + normal(rng));
  const rolling = await rollingForecasts(request(minutes, { stepMs: 60_000 }), deps);
  for (const step of [600, 703, 899]) {
    const forecast = rolling.at(step);
    expect(forecast?.stepMs).toBe(300_000);
    expect(forecast?.historyEndMs).toBeLessThanOrEqual(START + step * 60_000);
  }
});

test("of too little, of nothing measured and of one value is none, or not ready", async () => {
  for (const values of [new Float64Array(0), Float64Array.of(1, 2, 3), new Float64Array(300).fill(Number.NaN)]) {
    const rolling = await rollingForecasts(request(values), deps);
    expect(rolling.ready).toBe(0);
  }
});
