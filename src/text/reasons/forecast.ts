import type { ReasonTexts } from "../reasonArgs.ts";

/** Forecasts and the child that makes them. */
export const forecastReasons: ReasonTexts = {};
