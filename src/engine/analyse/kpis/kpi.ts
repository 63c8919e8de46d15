import type { Coded } from "../../common/errors.ts";
import type { KpiInputs } from "../../ports/kpis.ts";
import type { KpiDenominator, KpiId, KpiTarget, KpiUnit } from "../../protocol/kpis.ts";

/** What one key figure comes to. */
export interface KpiMeasure {
  /** `null`: there is none, for `reason`. */
  readonly value: number | null;
  /** Why, when it is not for want of observations alone. */
  readonly reason: Coded | null;
  readonly observations: number;
  readonly denominator: KpiDenominator;
}

/** A key figure: one file and one line in `all.ts`. */
export interface KpiDefinition {
  readonly id: KpiId;
  readonly unit: KpiUnit;
  readonly better: "higher" | "lower";
  readonly target: KpiTarget | null;
  readonly source: "measured" | "derived";
  /** Never throws, whatever was not measured. */
  readonly measure: (inputs: KpiInputs) => KpiMeasure;
}

/** A share of something: unknown with that reason where there is nothing of it. */
export function ratioMeasure(
  part: number,
  whole: number,
  { observations, unit, empty }: { observations: number; unit: KpiDenominator["unit"]; empty: string },
): KpiMeasure {
  const denominator = { value: observations === 0 ? null : whole, unit };
  // Nothing was observed: that is said by the count.
  if (observations === 0) return { value: null, reason: null, observations, denominator };
  if (!(whole > 0)) return { value: null, reason: { code: empty, args: {} }, observations, denominator };
  return { value: part / whole, reason: null, observations, denominator };
}
