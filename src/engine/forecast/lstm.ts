import { ewma } from "./ewma.ts";
import { expectModel, finite, type Fitted, type FittedJson, type Forecaster } from "./forecaster.ts";
import { lstmForward, type LstmWeights, lstmWeights } from "./lstmCell.ts";
import { train, TrainingRows } from "./lstmTraining.ts";
import { FEATURES, WINDOW, windowAt } from "./lstmWindow.ts";
import {
  bestReference,
  betweenKnots,
  knotsOf,
  learnableRows,
  type Reference,
  referenceAt,
  revivedKnots,
  revivedReference,
} from "./references.ts";
import type { TensorFlow } from "./tensorFlow.ts";

const VERSION = 1;
const LEAST_ROWS = 300;

/**
 * LSTM network (TensorFlow.js): 48 steps of level, of the same step a season or a day ago, and of the time of day; 32 units;
 * what is to be added to the best simple rule at up to seven leads at once. Trained on the absolute error, in spreads of the
 * series, stopped early by the newest rows, which are held out.
 *
 * @param load `null`: cannot be trained here, only continued from a kept fit
 */
export function lstm(load: (() => Promise<TensorFlow>) | null): Forecaster {
  return {
    id: "lstm",
    role: "candidate",
    refit: "seldom",
    least: (season, horizon) =>
      load === null ? Number.POSITIVE_INFINITY : Math.max(WINDOW, season ?? 0) + LEAST_ROWS + horizon,
    fit: async (history, { horizon, seed, signal, onProgress }) => {
      if (load === null) throw new Error("lstm: there is nothing here to train with");
      const library = await load();
      const knots = knotsOf(horizon);
      const alpha = (await ewma.fit(history, { horizon, seed })).toJSON()["alpha"] as number;
      const reference = bestReference(history, knots, alpha);
      const usable = learnableRows(history, WINDOW - 1, knots);
      if (usable.length < LEAST_ROWS) throw new Error(`lstm: ${usable.length} rows are too few`);
      const data = new TrainingRows(history, reference, knots, usable);
      const { weights, share } = await train(library, data, { seed, signal, onProgress });
      return fitted({ weights, share, reference, knots, backend: library.backend });
    },
    revive: (json) => fitted(revived(json)),
  };
}

interface Kept {
  readonly weights: LstmWeights;
  /** Share of the network's correction that is used. */
  readonly share: number;
  readonly reference: Reference;
  readonly knots: readonly number[];
  /** What it was trained with. */
  readonly backend: string;
}

function fitted(kept: Kept): Fitted {
  const { weights, share, reference, knots, backend } = kept;
  return {
    predict: (history, horizon) => {
      const longest = knots.at(-1) as number;
      if (horizon > longest) throw new RangeError(`lstm was fitted to ${longest} steps, not to ${horizon}`);
      const t = history.values.length - 1;
      if (t < WINDOW - 1) throw new RangeError(`lstm looks at ${WINDOW} values, got ${t + 1}`);
      const { window, spread } = windowAt(history, t);
      const corrections = lstmForward(weights, window).map((value) => share * spread * value);
      const points = betweenKnots(knots, corrections, horizon);
      for (let h = 1; h <= horizon; h++)
        points[h - 1] = (points[h - 1] as number) + referenceAt(reference, history, t, h);
      return finite("lstm", points, horizon);
    },
    toJSON: () => ({
      model: "lstm",
      version: VERSION,
      share,
      reference,
      knots,
      backend,
      units: weights.units,
      weights: [weights.kernel, weights.recurrent, weights.bias, weights.denseKernel, weights.denseBias].map(rounded),
    }),
  };
}

/** @throws CodedError `model.version`; RangeError for what is no model */
function revived(json: FittedJson): Kept {
  expectModel(json, "lstm", VERSION);
  const { share, reference, knots, backend, units, weights } = json as unknown as Omit<Kept, "weights"> & {
    units: number;
    weights: readonly (readonly number[])[];
  };
  if (!Array.isArray(weights) || !(Number.isInteger(units) && units >= 1) || !Number.isFinite(share))
    throw new RangeError("lstm: units, share and weights must be given");
  const outputs = revivedKnots(knots).length;
  return {
    share,
    reference: revivedReference(reference),
    knots,
    backend: String(backend),
    weights: lstmWeights(weights, { features: FEATURES, units, outputs }),
  };
}

/** Nine digits bring every float32 back as it was, and are half as long as what JSON would write. */
function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}
