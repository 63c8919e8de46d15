import type {
  AssessTask,
  ForecastRequest,
  ForecastTask,
  PatternsRequest,
  ReplayRequest,
  TrainTask,
} from "../../../src/engine/ports.ts";
import { scalingPolicy } from "../../../src/engine/protocol/config.ts";

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

/** What a child is asked that does not read it. */
export const anyTask: ForecastTask = { series: waveRequest, calibration: "", fits: [] };

export const assessTask: AssessTask = { series: waveRequest, fits: [], mostTests: 4 };

/** As short as a network can be trained on. */
export const trainTask: TrainTask = {
  series: {
    ...waveRequest,
    values: Float64Array.from({ length: 360 }, (_, t) => 5 + Math.sin(t / 3) + 0.1 * Math.sin(t * t)),
    seasonSteps: null,
    horizonSteps: 1,
  },
  model: "lstm",
};

/** Ten days of hours that repeat themselves. */
export const patternsRequest: PatternsRequest = {
  fromMs: 1_700_000_000_000,
  stepMs: 3_600_000,
  hours: null,
  timeScale: 1,
  zone: [{ fromMs: 0, offsetMs: 0 }],
  series: [{ scope: "swarm", key: "a", metric: "demand", fine: waveRequest.values, hours: null }],
};

/** Some days of the wave as a load of hours, for a few agents. */
export const replayRequest: ReplayRequest = {
  load: waveRequest.values.subarray(0, 64),
  stepSeconds: 3_600,
  startMs: 1_700_000_000_000,
  dayMs: 86_400_000,
  season: null,
  timeScale: 1,
  minAgents: 2,
  maxAgents: 20,
  scaling: scalingPolicy.parse({}),
  startUpSeconds: 30,
  drainSeconds: 0,
  taskSeconds: 30,
  fixedAgents: null,
  warmUpRatio: 0,
  policies: ["hpa", "adaptive", "clairvoyant"],
  network: null,
  seed: 1,
};
