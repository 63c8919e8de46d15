import type { KpiInputs, KpiMeans, KpiTotals } from "../../../../src/engine/ports.ts";

export const STEPS = 60;
export const STEP_MS = 10_000;
export const FROM_MS = 1_000_000;

type Given<N extends string> = Partial<Record<N, number | readonly number[] | Float64Array>>;

/** Sixty steps of ten seconds. A number is the value of every step; what is not given was not measured. */
export function inputsOf(
  given: Given<KpiMeans | KpiTotals> & Partial<Omit<KpiInputs, "means" | "totals">> = {},
): KpiInputs {
  const of = (name: KpiMeans | KpiTotals): Float64Array => {
    const value = given[name] ?? Number.NaN;
    return typeof value === "number" ? new Float64Array(STEPS).fill(value) : Float64Array.from(value);
  };
  const grid = { fromMs: FROM_MS, stepMs: STEP_MS };
  return {
    fromMs: FROM_MS,
    toMs: FROM_MS + STEPS * STEP_MS,
    means: {
      ...grid,
      series: {
        live: of("live"),
        busy: of("busy"),
        demand: of("demand"),
        rssBytes: of("rssBytes"),
        forecast: of("forecast"),
        needed: of("needed"),
        startable: of("startable"),
      },
    },
    totals: {
      ...grid,
      series: {
        tickMs: of("tickMs"),
        done: of("done"),
        faultDone: of("faultDone"),
        faultFailed: of("faultFailed"),
        cost: of("cost"),
      },
    },
    footprintBytes: given.footprintBytes ?? null,
    costReason: given.costReason ?? null,
    responses: given.responses ?? [],
    impacts: given.impacts ?? [],
    recoveries: given.recoveries ?? [],
    outages: given.outages ?? [],
  };
}

/** A value for each step. */
export const perStep = (value: (step: number) => number): number[] => Array.from({ length: STEPS }, (_, n) => value(n));

/** `count` rows, evenly over the window. */
export const rows = <T extends object>(count: number, row: (n: number) => T): (T & { atMs: number })[] =>
  Array.from({ length: count }, (_, n) => ({ atMs: FROM_MS + Math.floor((n * STEPS * STEP_MS) / count), ...row(n) }));
