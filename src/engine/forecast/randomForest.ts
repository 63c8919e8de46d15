import { ewma } from "./ewma.ts";
import { FEATURE_REACH, featureRow, type FeatureShape, featureShape } from "./features.ts";
import { expectModel, finite, type Fitted, type Forecaster, type History } from "./forecaster.ts";
import { Forest } from "./forest.ts";
import type { ForestJson } from "./forestJson.ts";
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

const VERSION = 1;
const TREES = 50;
/** Only the newest rows are learned from: a fit of 5,000 takes less than a second. */
const MAX_ROWS = 5_000;
const LEAST_ROWS = 60;
/** Fine leaves follow what is regular, coarse ones do not follow noise; trees of both kinds are averaged. */
const LEAVES = [20, 60];
/** Of few rows a leaf may hold this share at most. */
const MAX_LEAF_SHARE = 0.05;

/**
 * Random forest over lags, rolling statistics, calendar and other metrics: what is to be added to the best simple rule, at
 * up to seven leads at once. Leaves say the median of their rows, which is the forecast of the least absolute error and
 * does not hear spikes.
 */
export const randomForest: Forecaster = {
  id: "rf",
  role: "candidate",
  refit: "seldom",
  least: (season, horizon) => Math.max(FEATURE_REACH, season ?? 0) + LEAST_ROWS + horizon,
  fit: (history, { horizon, seed }) => {
    const { values } = history;
    const knots = knotsOf(horizon);
    const alpha = ewma.fit(history, { horizon, seed }) as Fitted;
    const reference = bestReference(history, knots, alpha.toJSON()["alpha"] as number);
    const usable = learnableRows(history, FEATURE_REACH, knots).slice(-MAX_ROWS);
    const rows = usable.length;
    if (rows < LEAST_ROWS) throw new Error(`rf: ${rows} rows are too few`);
    const shape = featureShape(history);
    const width = featureRow(history, usable[0] as number, shape).length;
    const features = new Float64Array(rows * width);
    const targets = new Float64Array(rows * knots.length);
    for (const [row, t] of usable.entries()) {
      features.set(featureRow(history, t, shape), row * width);
      for (const [k, lead] of knots.entries())
        targets[row * knots.length + k] = (values[t + lead] as number) - referenceAt(reference, history, t, lead);
    }
    const coarsest = Math.max(2, Math.floor(rows * MAX_LEAF_SHARE));
    const forest = Forest.fit(
      { rows, features, width, targets, outputs: knots.length },
      { trees: TREES, seed, leastLeaf: LEAVES.map((leaf) => Math.min(leaf, coarsest)), leaf: "median" },
    );
    return fitted({ forest, shape, reference, knots });
  },
  revive: (json) => {
    expectModel(json, "rf", VERSION);
    const { forest, shape, reference, knots } = json as unknown as KeptJson;
    const revived = Forest.fromJSON(forest);
    if (revivedKnots(knots).length !== revived.outputs)
      throw new RangeError(`rf: a forest of ${revived.outputs} outputs needs as many knots`);
    return fitted({
      forest: revived,
      shape: { day: shape?.day === true, week: shape?.week === true },
      reference: revivedReference(reference),
      knots,
    });
  },
};

interface Kept {
  readonly forest: Forest;
  readonly shape: FeatureShape;
  readonly reference: Reference;
  readonly knots: readonly number[];
}

type KeptJson = Omit<Kept, "forest"> & { readonly forest: ForestJson };

function fitted({ forest, shape, reference, knots }: Kept): Fitted {
  return {
    predict: (history: History, horizon) => {
      const longest = knots.at(-1) as number;
      if (horizon > longest) throw new RangeError(`rf was fitted to ${longest} steps, not to ${horizon}`);
      const t = history.values.length - 1;
      const row = featureRow(history, t, shape);
      if (row.length !== forest.width) throw new Error(`rf knows ${forest.width} features, not ${row.length}`);
      const points = betweenKnots(knots, forest.predict(row), horizon);
      for (let h = 1; h <= horizon; h++)
        points[h - 1] = (points[h - 1] as number) + referenceAt(reference, history, t, h);
      return finite("rf", points, horizon);
    },
    toJSON: () => ({ model: "rf", version: VERSION, forest: forest.toJSON(), shape, reference, knots }),
  };
}
