import type { ForecastAnswer, ForecastRequest } from "../ports.ts";
import { type AugursBytes, loadAugurs } from "./augurs.ts";
import { detectSeason } from "./detectSeason.ts";
import { forecast } from "./forecast.ts";

/** Everything that forecasts the series of a file, without an engine: the same models, tests and gate. */
export function tableForecaster(bytes: AugursBytes) {
  const augurs = loadAugurs(bytes);
  return {
    detectSeason,
    forecast: (request: ForecastRequest): ForecastAnswer => forecast(request, { augurs }),
  };
}
