import { patternsOf } from "../../src/engine/analyse/patterns/patterns.ts";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import type { Patterns } from "../../src/engine/protocol/patterns.ts";
import { NOW_MS } from "./samples.ts";

const MINUTE_MS = 60_000;
const STEPS = 7 * 1_440;
const TO_MS = Math.floor(NOW_MS / MINUTE_MS) * MINUTE_MS;

/** A week that is busy on weekdays from eight to eighteen o'clock, UTC, as an engine would tell of it. */
export function patternsSample(steps = STEPS): Patterns {
  const fromMs = TO_MS - steps * MINUTE_MS;
  const rng = createRng(1);
  const demand = Float64Array.from({ length: steps }, (_, t) => {
    const at = new Date(fromMs + t * MINUTE_MS);
    const noon = (at.getUTCHours() + at.getUTCMinutes() / 60 - 13) / 3;
    const busy = [0, 6].includes(at.getUTCDay()) ? 1 : 8 * Math.exp(-0.5 * noon * noon);
    if (t % 500 === 77) return Number.NaN;
    return Math.max(0, 2 + busy + 0.5 * normal(rng) + (t === 6_000 ? 15 : 0));
  });
  const of = (metric: string, value: (t: number) => number) => ({
    scope: "swarm" as const,
    key: "docs",
    metric,
    fine: Float64Array.from({ length: steps }, (_, t) => value(t)),
    hours: null,
  });
  const machine = (metric: string, value: (t: number) => number) => ({
    ...of(metric, value),
    scope: "machine" as const,
    key: "",
  });
  const load = (t: number): number => demand[Math.max(0, t)] as number;
  const request = {
    fromMs,
    stepMs: MINUTE_MS,
    hours: null,
    timeScale: 1,
    zone: [{ fromMs: 0, offsetMs: 0 }],
    series: [
      of("demand", load),
      of("live", (t) => Math.ceil(load(t - (t % 10)) / 0.7)),
      of("cpuCores", (t) => 0.2 * load(t - 10) + 0.05 * normal(rng)),
      of("rssBytes", () => 3e8),
      machine("cpuBusyRatio", (t) => 0.05 * load(t) + 0.02 * normal(rng)),
      machine("memoryUsedBytes", (t) => 4e9 + 1e6 * t),
      machine("networkReceiveBytesPerSecond", () => 1e5 * (1 + rng())),
      machine("networkTransmitBytesPerSecond", () => Number.NaN),
    ],
  };
  const { series, correlations } = patternsOf(request);
  return {
    swarmId: "docs",
    madeAtMs: NOW_MS,
    windowMs: 7 * 86_400_000,
    timeScale: 1,
    hours: "local",
    series,
    correlations,
  };
}
