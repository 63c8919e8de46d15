import type { Augurs } from "./augurs.ts";
import { ets } from "./ets.ts";
import { ewma } from "./ewma.ts";
import type { Forecaster } from "./forecaster.ts";
import { harmonic } from "./harmonic.ts";
import { holtWinters } from "./holtWinters.ts";
import { mstl } from "./mstl.ts";
import { naive } from "./naive.ts";
import { rollingMedian } from "./rollingMedian.ts";
import { seasonalNaive } from "./seasonalNaive.ts";

/** Every forecaster that works alone; `blend.ts` mixes them. A new one is a file and a line here. */
export function forecasters(augurs: Augurs): readonly Forecaster[] {
  return [naive, seasonalNaive, ewma, rollingMedian, ets(augurs), holtWinters, harmonic, mstl(augurs)];
}
