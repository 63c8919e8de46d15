import { unusualSteps } from "../engine/analyse/anomaly/unusualSteps.ts";
import { calendarSeason } from "../engine/forecast/calendarSeason.ts";
import { readSeries, type TableFlags } from "../engine/forecast/fromTable.ts";
import type { TableForecaster, SeriesRequest } from "./tableForecaster.ts";
import type { VerbContext } from "./world.ts";

/** Fixed, so that the same file gives the same answer. */
const SEED = 1;
/** Stands for the unknown step of a file without times; nothing of it reaches the output. */
const NOMINAL_STEP_MS = 1_000;
const DAY_MS = 86_400_000;
/** Share that parameters are chosen on: the newest part is what models are judged by. */
const TRAINING_SHARE = 0.7;
const DEFAULT_CONFIDENCE = 0.95;
/** How often whoever waits is told how far it is. */
const TELL_MS = 2_000;

/** One column of a file, and the models to test on it. */
export interface FileSeries {
  readonly column: string;
  readonly values: Float64Array;
  /** Epoch ms; `null` when the file has no times. */
  readonly times: Float64Array | null;
  readonly stepSeconds: number | null;
  readonly season: number | null;
  readonly forecaster: TableForecaster;
}

export interface FileFlags extends TableFlags {
  readonly input: string;
  readonly season?: number | undefined;
}

/** @throws CodedError `csv.*`, `prometheus.*`, `install.incomplete`, CliFailure `file.*` */
export async function readFileSeries(flags: FileFlags, context: VerbContext): Promise<FileSeries> {
  const pieces = context.readPieces(flags.input, context.interrupt);
  const { values, times, stepSeconds, column } = await readSeries(pieces, flags);
  const forecaster = await context.loadForecaster();
  const training = values.subarray(0, Math.floor(values.length * TRAINING_SHARE));
  const season = flags.season ?? calendarSeason(forecaster.detectSeason(training), stepSeconds);
  return { column, values, times, stepSeconds, season, forecaster };
}

export function requestOf(
  { values, times, stepSeconds, season }: FileSeries,
  horizonSteps: number,
  confidence: number | undefined,
): SeriesRequest {
  const request: SeriesRequest = {
    values,
    stepMs: stepSeconds === null ? NOMINAL_STEP_MS : stepSeconds * 1000,
    endMs: times?.at(-1) ?? 0,
    dayMs: times === null ? null : DAY_MS,
    seasonSteps: season,
    horizonSteps,
    confidence: confidence ?? DEFAULT_CONFIDENCE,
    seed: SEED,
    lowerBound: null,
  };
  return { ...request, spikes: unusualSteps(request).flags };
}

/** Tells whoever watches how far the tests are, or a training. */
export function progressOf(
  context: VerbContext,
  code: "forecast.progress" | "training.progress" = "forecast.progress",
): { signal: AbortSignal; onProgress: (doneRatio: number) => void } {
  let toldMs = context.monotonicMs();
  return {
    signal: context.interrupt,
    onProgress: (doneRatio) => {
      if (context.monotonicMs() - toldMs < TELL_MS) return;
      toldMs = context.monotonicMs();
      context.tell({ code, args: { percent: Math.round(100 * doneRatio) } });
    },
  };
}
