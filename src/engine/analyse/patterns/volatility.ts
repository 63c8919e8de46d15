import type { Pattern, VolatilityPattern } from "../../protocol/patterns.ts";
import { moments } from "./statistics.ts";
import { answered, DAY_MS, type Track } from "./track.ts";

/** A mean this small beside the standard deviation is as good as 0; nothing can be measured by it. */
const LEAST_MEAN_RATIO = 0.01;

/** Standard deviations of what level and time of day leave, and of the changes from step to step, over the mean's size. */
export function volatilityOf({ values, ...grid }: Track, expected: Float64Array): Pattern<VolatilityPattern> {
  return answered({ values, ...grid }, DAY_MS, () => {
    const { mean, variance: all } = moments(values);
    if (!(Math.abs(mean) > LEAST_MEAN_RATIO * Math.sqrt(all))) return "patterns.zeroMean";
    const remainder = values.map((value, t) => value - (expected[t] as number));
    const changes = values.map((value, t) => (t === 0 ? Number.NaN : value - (values[t - 1] as number)));
    const { count, variance } = moments(changes);
    if (count === 0) return "patterns.holes";
    const spread = Math.sqrt(moments(remainder).variance);
    return { remainderCv: spread / Math.abs(mean), changeCv: Math.sqrt(variance) / Math.abs(mean), mean };
  });
}
