import { createRng, type Rng } from "../../common/rng.ts";

/** The demo's day: 24 h squeezed by the time scale into six minutes. */
export const DEMO_TIME_SCALE = 240;
export const DEMO_DAY_MS = (24 * 3_600_000) / DEMO_TIME_SCALE;

/** Mean seconds an agent needs for one demo task, measured on an idle machine: 1.0 s of waiting, 0.1 s of CPU. */
export const MEAN_TASK_SECONDS = 1.1;

/** Offered load in agents kept busy: at a utilisation of 0.7 the day needs 2 agents at night and 12 at its higher peak. */
const NIGHT_LOAD = 1.3;
const PEAKS = [
  { at: 0.3, width: 0.07, height: 7.0 },
  { at: 0.68, width: 0.09, height: 5.2 },
] as const;

const SPIKE_LOAD = 4;
const SPIKE_MS = 8_000;

/**
 * Mean busy agents that the load asks for at a moment of the day: two Gaussian peaks over a base, and two spikes a day
 * whose times depend on seed and day alone, so that nothing announces them and a replay has them again.
 */
export function offeredLoad(wallMs: number, seed: number): number {
  const day = Math.floor(wallMs / DEMO_DAY_MS);
  const phase = wallMs / DEMO_DAY_MS - day;
  let load = NIGHT_LOAD;
  for (const peak of PEAKS) load += peak.height * Math.exp(-0.5 * ((phase - peak.at) / peak.width) ** 2);
  for (const start of spikeStarts(day, seed)) {
    const since = (phase - start) * DEMO_DAY_MS;
    if (since >= 0 && since < SPIKE_MS) load += SPIKE_LOAD;
  }
  return load;
}

export function spikeStarts(day: number, seed: number): readonly [number, number] {
  const rng = createRng((seed * 1_000_003 + day) | 0);
  return [0.02 + 0.43 * rng(), 0.52 + 0.43 * rng()];
}

const MAX_LOAD = NIGHT_LOAD + PEAKS[0].height + PEAKS[1].height + 2 * SPIKE_LOAD;

/**
 * Arrivals of a Poisson process with that rate between two moments, by thinning (Lewis and Shedler 1979): candidates at
 * the greatest rate, each kept with probability rate ÷ greatest rate.
 */
export function arrivalTimes(fromWallMs: number, toWallMs: number, seed: number, rng: Rng): readonly number[] {
  const greatestPerMs = MAX_LOAD / (MEAN_TASK_SECONDS * 1000);
  const times: number[] = [];
  for (let t = fromWallMs; ;) {
    t += -Math.log(1 - rng()) / greatestPerMs;
    if (t >= toWallMs) return times;
    if (rng() * MAX_LOAD < offeredLoad(t, seed)) times.push(t);
  }
}
