import type { Augurs } from "./augurs.ts";
import { ets } from "./ets.ts";
import { ewma } from "./ewma.ts";
import type { Forecaster } from "./forecaster.ts";
import { harmonic } from "./harmonic.ts";
import { linear } from "./linear.ts";
import { lstm } from "./lstm.ts";
import { median } from "./median.ts";
import { mstl } from "./mstl.ts";
import { naive } from "./naive.ts";
import { randomForest } from "./randomForest.ts";
import { snaive } from "./snaive.ts";
import type { TensorFlow } from "./tensorFlow.ts";

export interface ModelParts {
  readonly augurs: Augurs;
  /** Called when a network is trained; `null` where none is: kept ones are continued without it. */
  readonly tensorFlow: (() => Promise<TensorFlow>) | null;
}

/** Every forecaster that works alone; `ensemble.ts` mixes them. A new one is a file and a line here. */
export function forecasters({ augurs, tensorFlow }: ModelParts): readonly Forecaster[] {
  return [naive, snaive, ewma, median, ets(augurs), mstl(augurs), harmonic, linear, randomForest, lstm(tensorFlow)];
}
