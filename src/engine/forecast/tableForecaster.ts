import type { ForecastAnswer, ForecastRequest, RollingForecasts, RollingRequest } from "../ports.ts";
import { assess, type Assessed, type AssessOptions } from "./assess.ts";
import { type AugursBytes, loadAugurs } from "./augurs.ts";
import { detectSeason } from "./detectSeason.ts";
import { forecast, nothingToSay } from "./forecast.ts";
import { forecasters, type ModelParts } from "./models.ts";
import { rollingForecasts } from "./rolling.ts";

/** Of a file so many of its newest values are used. */
export const MOST_FILE_STEPS = 20_000;

export interface TableForecasterParts {
  readonly augurs: AugursBytes;
  readonly tensorFlow: ModelParts["tensorFlow"];
  readonly nowMs: () => number;
}

/** Everything that tests models on a file and forecasts it, without an engine: the same models, tests and gate. */
export function tableForecaster({ augurs, tensorFlow, nowMs }: TableForecasterParts) {
  const models = forecasters({ augurs: loadAugurs(augurs), tensorFlow });
  const test = (
    request: ForecastRequest,
    options: AssessOptions & { readonly only?: readonly string[] | undefined } = {},
  ): Promise<Assessed> => {
    const { only } = options;
    // The simple rules always run: they are what the others are measured by.
    const wanted = models.filter(({ id, role }) => only === undefined || role === "baseline" || only.includes(id));
    return assess(request, { models: wanted, nowMs }, { mostSteps: MOST_FILE_STEPS, ...options });
  };
  return {
    detectSeason,
    assess: test,
    /** Those that would have been there at each step of it. */
    rolling: (request: RollingRequest, options: Parameters<typeof rollingForecasts>[2]): Promise<RollingForecasts> =>
      rollingForecasts(request, { models, nowMs }, options),
    /** @param model of whom points are wanted; the gate's choice when left out */
    forecast: async (request: ForecastRequest, model?: string, options?: AssessOptions): Promise<ForecastAnswer> => {
      const assessed = await test(request, options);
      if (assessed.kind === "impossible") return nothingToSay(request, assessed.reason, assessed.steps);
      const { calibration, result } = assessed.assessment;
      const learned = new Map(
        [...result.snapshots].flatMap(([id, snapshots]) => {
          const newest = snapshots.at(-1);
          return newest === undefined ? [] : [[id, newest.fitted] as const];
        }),
      );
      return forecast(request, calibration, { models, learned }, model, MOST_FILE_STEPS);
    },
  };
}
