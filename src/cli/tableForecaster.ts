import type { tableForecaster } from "../engine/forecast/tableForecaster.ts";

/** The engine's own models in this process: finds the season of a series, tests them on it, forecasts it. */
export type TableForecaster = ReturnType<typeof tableForecaster>;

export type SeriesRequest = Parameters<TableForecaster["forecast"]>[0];

/** A forecast of whatever series. */
export type SeriesAnswer = Awaited<ReturnType<TableForecaster["forecast"]>>;

/** What the tests of all models on a series have shown. */
export type SeriesAssessment = Extract<
  Awaited<ReturnType<TableForecaster["assess"]>>,
  { kind: "assessed" }
>["assessment"];
