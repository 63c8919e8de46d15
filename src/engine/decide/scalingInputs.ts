import type { LoadReading, ScalerView } from "../ports.ts";
import type { Coded, ScalingInputs } from "../protocol/model.ts";
import type { MeanLoad } from "./loadWindow.ts";

/** A reading older than this many ticks is stale. */
const STALE_TICKS = 3;

/** Mean demand, agents' worth of work. */
type Demand = Pick<MeanLoad, "low" | "high" | "heldBack">;

/** What a scaler adds to what every scaler sees: what it expects, and between which loads it leaves the swarm alone. */
export type OwnInputs = Pick<
  ScalingInputs,
  | "predictedRatio"
  | "predictedInMs"
  | "combinedRatio"
  | "forecastModel"
  | "forecastReason"
  | "scaleUpAbove"
  | "scaleDownBelow"
>;

export function scalingInputs(view: ScalerView, load: Demand | null, own: OwnInputs): ScalingInputs {
  return {
    live: view.live,
    target: view.target,
    minAgents: view.minAgents,
    maxAgents: view.maxAgents,
    // What is held back is known, though it counts for no growth; what is not known leaves the demand unknown.
    demand: load === null || (load.low !== load.high && load.heldBack === 0) ? null : load.low,
    demandSource: view.reading?.source ?? "unknown",
    ...(load === null || load.heldBack === 0 ? {} : { heldBack: load.heldBack }),
    ...(view.anomaly == null ? {} : { anomaly: view.anomaly }),
    currentRatio: currentRatio(view, load),
    ...own,
  };
}

/** Demand ÷ live agents; `null` when either is not known. */
export function currentRatio({ live }: ScalerView, load: Demand | null): number | null {
  return load === null || live === 0 ? null : load.low / live;
}

/** Why nothing can be decided on what was measured; `null` when something can. */
export function unusable({
  reading,
  nowMonotonicMs,
  tickIntervalMs,
}: ScalerView): (Coded & { readonly code: "scaling.missing" | "scaling.stale" }) | null {
  if (reading === null || !isSound(reading)) return { code: "scaling.missing", args: {} };
  const ageMs = nowMonotonicMs - reading.monotonicMs;
  if (ageMs > STALE_TICKS * tickIntervalMs) return { code: "scaling.stale", args: { ageMs: Math.round(ageMs) } };
  return null;
}

/** A load that can be: finite, not negative, the lower bound not above the upper. */
export function isSound({ low, high }: LoadReading): boolean {
  return Number.isFinite(low) && Number.isFinite(high) && low >= 0 && low <= high;
}
