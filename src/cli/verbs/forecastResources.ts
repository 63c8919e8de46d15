import { exitCode, forecastFlags, type ForecastOutput, forecastOutput } from "../../engine/protocol/cli.ts";
import { readSeries, type TableFlags } from "../../engine/forecast/fromTable.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { CliFailure, usageFailure } from "../failure.ts";
import type { SeriesAnswer } from "../tableForecaster.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineDetailedVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { type Forecasted, forecastLines } from "./forecastLines.ts";

const DEFAULT_CONFIDENCE = 0.95;
/** Fixed, so that the same file gives the same answer. */
const SEED = 1;
/** Stands for the unknown step of a file without times; nothing of it reaches the output. */
const NOMINAL_STEP_MS = 1_000;

export const forecastResources = defineDetailedVerb({
  name: "forecast-resources",
  summary: "Forecast the demand of a swarm, or a column of a CSV file",
  notes: [
    "Ready means better than every baseline on this series, with intervals that hold what they say; only then the scaler uses",
    "it. Exit code 3: not ready, with the reason; the points shown then are the best baseline's.",
    "A file needs no engine: --input FILE --horizon STEPS. A log of events becomes a series with --bucket 60s --agg count.",
  ],
  flags: forecastFlags,
  output: forecastOutput,
  run: async (flags, context): Promise<Forecasted> => {
    if (flags.input !== undefined) {
      const { input, horizon, season } = flags;
      if (horizon === undefined) throw new RangeError("horizon must be given with a file");
      return forecastFile(
        { input, horizonSteps: horizon, table: flags, season, confidence: flags.confidence },
        context,
      );
    }
    const connection = await context.connect(!flags["no-start"]);
    const named = flags.demo || flags["swarm-id"] !== undefined;
    const swarmId = named ? swarmIdOf(flags) : await onlySwarm(connection, context);
    const horizon = flags["time-horizon"] === undefined ? {} : { horizonSeconds: flags["time-horizon"] };
    const confidence = flags.confidence === undefined ? {} : { confidence: flags.confidence };
    const { madeAtMs, ...answer } = await connection.call(
      calls.forecast,
      { swarmId, ...horizon, ...confidence },
      context.interrupt,
    );
    const { confidence: given, seasonSteps, historyEndMs, historySteps, scores } = answer;
    const output = {
      ...outputOf(answer, answer.stepMs / 1000, ({ atMs }) => new Date(atMs).toISOString()),
      ...{ swarmId, confidence: given, seasonSteps, madeAtMs, historyEndMs, historySteps, scores },
    };
    return { origin: "engine", subject: swarmId, output, answer };
  },
  value: ({ output }) => output,
  render: (forecasted, width) => forecastLines(forecasted, width),
  exit: ({ output }) => (output.ready ? exitCode.ok : exitCode.notReady),
});

/** @throws CliFailure when there is none, or more than one to choose from */
async function onlySwarm(connection: EngineConnection, context: VerbContext): Promise<string> {
  const { swarms } = await connection.call(calls.overview, {}, context.interrupt);
  const ids = swarms.filter(({ kind }) => kind === "managed").map(({ id }) => id);
  const [only] = ids;
  if (only === undefined) throw new CliFailure(exitCode.failure, "forecast.noSwarm", {});
  if (ids.length > 1) throw usageFailure("forecast.whichSwarm", { known: ids.join(", ") });
  return only;
}

interface FileRequest {
  readonly input: string;
  readonly horizonSteps: number;
  readonly table: TableFlags;
  readonly season: number | undefined;
  readonly confidence: number | undefined;
}

/** @throws CodedError `csv.*`, `prometheus.*`, CliFailure `file.*` */
async function forecastFile(request: FileRequest, context: VerbContext): Promise<Forecasted> {
  const pieces = context.readPieces(request.input, context.interrupt);
  const { values, times, stepSeconds, column } = await readSeries(pieces, request.table);
  const forecaster = await context.loadForecaster();
  const answer = forecaster.forecast({
    values,
    stepMs: stepSeconds === null ? NOMINAL_STEP_MS : stepSeconds * 1000,
    endMs: times?.at(-1) ?? 0,
    seasonSteps: request.season ?? forecaster.detectSeason(values),
    horizonSteps: request.horizonSteps,
    confidence: request.confidence ?? DEFAULT_CONFIDENCE,
    seed: SEED,
    lowerBound: null,
  });
  const stepsAhead: PointTime = (_point, index) => index + 1;
  const time: PointTime = times === null ? stepsAhead : ({ atMs }) => new Date(atMs).toISOString();
  return { origin: "file", subject: column, output: outputOf(answer, stepSeconds, time), answer };
}

type PointTime = (point: SeriesAnswer["points"][number], index: number) => string | number;

/** The keys that every forecast has, and no other. */
function outputOf(answer: SeriesAnswer, stepSeconds: number | null, time: PointTime): ForecastOutput {
  const { ready, reason, model, points } = answer;
  return {
    ready,
    ...(reason === null
      ? {}
      : { reason: { code: reason.code, args: { ...reason.args }, message: reasonText(reason) } }),
    model,
    stepSeconds,
    points: points.map((point, index) => ({
      t: time(point, index),
      mean: point.mean,
      lo: point.lo,
      hi: point.hi,
    })),
  };
}
