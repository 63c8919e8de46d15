import type { ForecastRequest } from "../../ports.ts";
import type { UnusualStep } from "../../protocol/model.ts";
import { detectAll } from "./detectRows.ts";

/** Marks that are told, at most: the newest. */
const MOST_TOLD = 500;

/**
 * What was unusual in a series by what came before it, as marks for a chart and as a mask that keeps it out of what is
 * learned. The same detector as watches each tick.
 */
export function unusualSteps({ values, stepMs, endMs, seasonSteps, seed }: ForecastRequest): {
  readonly flags: Uint8Array;
  readonly steps: readonly UnusualStep[];
} {
  const { scores, flags } = detectAll({ values, times: null }, { seed, seasonSteps });
  const steps: UnusualStep[] = [];
  for (let t = values.length - 1; t >= 0 && steps.length < MOST_TOLD; t--) {
    const value = values[t] as number;
    if (flags[t] !== 1 || !Number.isFinite(value)) continue;
    steps.push({ atMs: endMs - (values.length - 1 - t) * stepMs, value, score: scores[t] as number });
  }
  return { flags, steps: steps.toReversed() };
}
