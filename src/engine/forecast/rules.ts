import { expectModel, finite, type Fitted, type Forecaster, type History } from "./forecaster.ts";

const VERSION = 1;

/** A rule without parameters: there is nothing to fit, and nothing to keep but its name. */
export function rule(
  id: string,
  least: Forecaster["least"],
  predict: (history: History, horizon: number) => Float64Array,
): Forecaster {
  const fitted: Fitted = { predict, toJSON: () => ({ model: id, version: VERSION }) };
  return {
    id,
    role: "baseline",
    refit: "once",
    least,
    fit: () => fitted,
    revive: (json) => {
      expectModel(json, id, VERSION);
      return fitted;
    },
  };
}

export interface ContinuerOptions {
  readonly id: string;
  readonly role: Forecaster["role"];
  readonly least: Forecaster["least"];
  /** @returns `horizon` values; they are checked here */
  readonly next: (history: History, horizon: number) => ArrayLike<number>;
}

/** A model that is fitted to the very history it continues, anew at every origin: its fit is its forecast. */
export function continuer({ id, role, least, next }: ContinuerOptions): Forecaster {
  const fitted = (points: Float64Array, steps: number): Fitted => ({
    predict: ({ values }, horizon) => {
      if (values.length !== steps || horizon > points.length)
        throw new RangeError(`${id} continues the ${steps} values it was fitted to by ${points.length}, not others`);
      return points.slice(0, horizon);
    },
    toJSON: () => ({ model: id, version: VERSION, steps, points: [...points] }),
  });
  return {
    id,
    role,
    refit: "origin",
    least,
    fit: (history, { horizon }) => fitted(finite(id, next(history, horizon), horizon), history.values.length),
    revive: (json) => {
      expectModel(json, id, VERSION);
      const { steps, points } = json;
      if (!Number.isInteger(steps) || !Array.isArray(points) || !points.every(Number.isFinite))
        throw new RangeError(`${id}: steps and finite points must be given`);
      return fitted(Float64Array.from(points as number[]), steps as number);
    },
  };
}
