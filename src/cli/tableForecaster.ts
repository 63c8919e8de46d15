import type { tableForecaster } from "../engine/forecast/tableForecaster.ts";

/** The engine's own models in this process: reads a table, finds its season, forecasts it. */
export type TableForecaster = ReturnType<typeof tableForecaster>;

/** A forecast of whatever series. */
export type SeriesAnswer = ReturnType<TableForecaster["forecast"]>;
