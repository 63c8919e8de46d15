import type { ForecastRequest, PatternsRequest } from "../../../src/engine/ports.ts";

/** Ten seasons of a noiseless wave. */
export const waveRequest: ForecastRequest = {
  values: Float64Array.from({ length: 240 }, (_, t) => 5 + 2 * Math.sin((2 * Math.PI * t) / 24)),
  stepMs: 60_000,
  endMs: 1_700_000_000_000,
  dayMs: null,
  seasonSteps: 24,
  horizonSteps: 12,
  confidence: 0.9,
  seed: 1,
  lowerBound: 0,
};

export const hangRequest: ForecastRequest = { ...waveRequest, horizonSteps: 1 };

/** Ten days of hours that repeat themselves. */
export const patternsRequest: PatternsRequest = {
  fromMs: 1_700_000_000_000,
  stepMs: 3_600_000,
  hours: null,
  timeScale: 1,
  zone: [{ fromMs: 0, offsetMs: 0 }],
  series: [{ scope: "swarm", key: "a", metric: "demand", fine: waveRequest.values, hours: null }],
};
