import { exitCode, forecastFlags, type ForecastOutput, forecastOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { Forecast } from "../../engine/protocol/model.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { CliFailure, usageFailure } from "../failure.ts";
import { type FileFlags, progressOf, readFileSeries, requestOf } from "../fileSeries.ts";
import type { SeriesAnswer } from "../tableForecaster.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineDetailedVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { type Forecasted, forecastLines } from "./forecastLines.ts";
import { predictionOutput, worded } from "./predictions.ts";

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
      const { input, horizon } = flags;
      if (horizon === undefined) throw new RangeError("horizon must be given with a file");
      return forecastFile({ ...flags, input }, horizon, context);
    }
    const connection = await context.connect(!flags["no-start"]);
    const named = flags.demo || flags["swarm-id"] !== undefined;
    const swarmId = named ? swarmIdOf(flags) : await onlySwarm(connection, context);
    const timeHorizon = flags["time-horizon"];
    if (timeHorizon === undefined && flags.confidence === undefined) {
      const answer = await connection.call(calls.forecast, { swarmId }, context.interrupt);
      return { origin: "engine", subject: swarmId, output: engineOutput(answer), answer };
    }
    context.tell({ code: "forecast.predicting", args: { swarmId } });
    const predicted = await connection.call(
      calls.predictScaling,
      {
        swarmId,
        ...(timeHorizon === undefined ? {} : { timeHorizon }),
        ...(flags.confidence === undefined ? {} : { confidence: flags.confidence }),
      },
      context.interrupt,
    );
    const answer = predicted.predictions.demand.forecast;
    const output = { ...engineOutput(answer), ...predictionOutput(predicted) };
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
  // The engine says why not, and what can be done instead.
  if (ids.length === 0) ids.push(...swarms.filter(({ kind }) => kind === "orchestrated").map(({ id }) => id));
  const [only] = ids;
  if (only === undefined) throw new CliFailure(exitCode.failure, "forecast.noSwarm", {});
  if (ids.length > 1) throw usageFailure("forecast.whichSwarm", { known: ids.join(", ") });
  return only;
}

/** @throws CodedError `csv.*`, `prometheus.*`, CliFailure `file.*` */
async function forecastFile(
  flags: FileFlags & { readonly confidence?: number | undefined; readonly model?: string | undefined },
  horizonSteps: number,
  context: VerbContext,
): Promise<Forecasted> {
  const series = await readFileSeries(flags, context);
  const { times, stepSeconds, column, forecaster } = series;
  const request = requestOf(series, horizonSteps, flags.confidence);
  const answer = await forecaster.forecast(request, flags.model, progressOf(context));
  const stepsAhead: PointTime = (_point, index) => index + 1;
  const time: PointTime = times === null ? stepsAhead : ({ atMs }) => new Date(atMs).toISOString();
  return { origin: "file", subject: column, output: outputOf(answer, stepSeconds, time), answer };
}

/** A forecast of the engine with the keys that only those have. */
function engineOutput({ swarmId, madeAtMs, ...answer }: Forecast): ForecastOutput {
  const { confidence, seasonSteps, historyEndMs, historySteps, scores } = answer;
  return {
    ...outputOf(answer, answer.stepMs / 1000, isoTime),
    ...{ swarmId, confidence, seasonSteps, madeAtMs, historyEndMs, historySteps, scores },
  };
}

const isoTime: PointTime = ({ atMs }) => new Date(atMs).toISOString();

type PointTime = (point: SeriesAnswer["points"][number], index: number) => string | number;

/** The keys that every forecast has, and no other. */
function outputOf(answer: SeriesAnswer, stepSeconds: number | null, time: PointTime): ForecastOutput {
  const { ready, reason, model, points } = answer;
  return {
    ready,
    ...(reason === null ? {} : { reason: worded(reason) }),
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
