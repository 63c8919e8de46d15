import type { PastSeries } from "../ports.ts";
import type { RollUp } from "./decimate.ts";
import { floorTo, HOUR_MS, MINUTE_MS, stored } from "./packing.ts";

/** A sample of an imported minute stands for this long; the finest step that a forecast asks for. */
export const SAMPLE_MS = 2_000;
const MINUTES = HOUR_MS / MINUTE_MS;
const SAMPLES = HOUR_MS / SAMPLE_MS;
/** A step ends where the next one begins, unless that one is this many steps away. */
const NEXT_STEP = 1.5;

/** One hour of a series from elsewhere, as history keeps hours. */
export interface HourOfPast {
  readonly hourMs: number;
  /** Of each minute; `null` where nothing is known. */
  readonly minutes: readonly (RollUp | null)[];
  /** One each `SAMPLE_MS`, NaN where nothing is known; `null` when they were not asked for. */
  readonly samples: Float32Array | null;
}

/**
 * The hours of a series that hold a value, oldest first. A step stands for all of the time that it covers: a minute gets
 * the mean of the steps in it by the time that each has of it, and a step that is longer than a minute fills all of its
 * minutes with the one value that is known, its least and its greatest alike. A minute that is filled weighs as much as a
 * measured one with a sample every `SAMPLE_MS`; that is a weight of time, and no count of measurements.
 * @param wantsSamples by the begin of an hour
 */
export function* hoursOf(
  { times, values, stepMs, fromMs, toMs }: PastSeries,
  wantsSamples: (hourMs: number) => boolean,
): Generator<HourOfPast> {
  const endOf = (i: number): number => {
    const time = times[i] as number;
    const next = times[i + 1] ?? Number.POSITIVE_INFINITY;
    return next - time <= NEXT_STEP * stepMs ? next : time + stepMs;
  };
  let step = 0;
  for (let hourMs = floorTo(fromMs, HOUR_MS); hourMs < toMs;) {
    while (step < times.length && (endOf(step) <= Math.max(fromMs, hourMs) || Number.isNaN(values[step]))) step++;
    if (step >= times.length) return;
    const next = floorTo(Math.max(hourMs, times[step] as number), HOUR_MS);
    if (next > hourMs) {
      hourMs = next;
      continue;
    }
    const hour = new OpenHour(hourMs, wantsSamples(hourMs));
    const until = Math.min(hourMs + HOUR_MS, toMs);
    for (let i = step; i < times.length && (times[i] as number) < until; i++) {
      // As it will be kept, so that no mean lies outside of least and greatest.
      const value = stored(values[i] as number);
      if (!Number.isNaN(value))
        hour.add(Math.max(times[i] as number, fromMs, hourMs), Math.min(endOf(i), until), value);
    }
    const whole = hour.close();
    if (whole !== null) yield whole;
    hourMs += HOUR_MS;
  }
}

class OpenHour {
  readonly #hourMs: number;
  readonly #weights = new Float64Array(MINUTES);
  readonly #sums = new Float64Array(MINUTES);
  readonly #least = new Float64Array(MINUTES).fill(Number.POSITIVE_INFINITY);
  readonly #greatest = new Float64Array(MINUTES).fill(Number.NEGATIVE_INFINITY);
  readonly #samples: { readonly weights: Float64Array; readonly sums: Float64Array } | null;

  constructor(hourMs: number, hasSamples: boolean) {
    this.#hourMs = hourMs;
    this.#samples = hasSamples ? { weights: new Float64Array(SAMPLES), sums: new Float64Array(SAMPLES) } : null;
  }

  add(fromMs: number, toMs: number, value: number): void {
    spread(fromMs - this.#hourMs, toMs - this.#hourMs, MINUTE_MS, (minute, ms) => {
      this.#weights[minute] = (this.#weights[minute] ?? 0) + ms;
      this.#sums[minute] = (this.#sums[minute] ?? 0) + ms * value;
      this.#least[minute] = Math.min(this.#least[minute] ?? value, value);
      this.#greatest[minute] = Math.max(this.#greatest[minute] ?? value, value);
    });
    const samples = this.#samples;
    if (samples === null) return;
    spread(fromMs - this.#hourMs, toMs - this.#hourMs, SAMPLE_MS, (at, ms) => {
      samples.weights[at] = (samples.weights[at] ?? 0) + ms;
      samples.sums[at] = (samples.sums[at] ?? 0) + ms * value;
    });
  }

  close(): HourOfPast | null {
    if (this.#weights.every((weight) => weight === 0)) return null;
    const minutes = Array.from(this.#weights, (weight, minute): RollUp | null =>
      weight === 0
        ? null
        : {
            count: Math.max(1, Math.round(weight / SAMPLE_MS)),
            mean: (this.#sums[minute] ?? 0) / weight,
            min: this.#least[minute] ?? Number.NaN,
            max: this.#greatest[minute] ?? Number.NaN,
          },
    );
    const samples = this.#samples;
    return {
      hourMs: this.#hourMs,
      minutes,
      samples:
        samples === null
          ? null
          : Float32Array.from(samples.weights, (weight, at) =>
              weight === 0 ? Number.NaN : (samples.sums[at] ?? 0) / weight,
            ),
    };
  }
}

/** How many ms of each slot of `widthMs` lie within `[fromMs, toMs)`. */
function spread(fromMs: number, toMs: number, widthMs: number, add: (slot: number, ms: number) => void): void {
  for (let slot = Math.floor(fromMs / widthMs); slot * widthMs < toMs; slot++) {
    const ms = Math.min(toMs, (slot + 1) * widthMs) - Math.max(fromMs, slot * widthMs);
    if (ms > 0) add(slot, ms);
  }
}
