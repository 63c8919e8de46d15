import { scalingPolicy } from "../../../src/engine/protocol/config.ts";
import type { Forecast } from "../../../src/engine/protocol/model.ts";
import type { ScalerView } from "../../../src/engine/ports.ts";

export const policy = scalingPolicy.parse({});
export const WALL = 1_700_000_000_000;

/** What a scaler sees at one moment: `demand` on `live` agents, everything else in order. */
export function view(nowMs: number, live: number, demand: number | null, over: Partial<ScalerView> = {}): ScalerView {
  return {
    swarmId: "s",
    nowMonotonicMs: nowMs,
    nowWallMs: WALL + nowMs,
    live,
    target: live,
    minAgents: 2,
    maxAgents: 50,
    reading: demand === null ? null : { monotonicMs: nowMs, low: demand, high: demand, source: "measured" },
    tickIntervalMs: 1_000,
    forecast: null,
    startUpMs: null,
    policy,
    timeScale: 1,
    ...over,
  };
}

/** A ready forecast of one value a minute from now on. */
export function forecastOf(nowMs: number, means: readonly number[], over: Partial<Forecast> = {}): Forecast {
  return {
    swarmId: "s",
    ready: true,
    reason: null,
    model: "ensemble",
    confidence: 0.95,
    stepMs: 60_000,
    madeAtMs: WALL + nowMs,
    historyEndMs: WALL + nowMs,
    historySteps: 5_000,
    seasonSteps: 1_440,
    baseline: "ets",
    points: means.map((mean, index) => ({ atMs: WALL + nowMs + (index + 1) * 60_000, mean, lo: mean, hi: mean })),
    scores: [],
    ...over,
  };
}
