import { type PolicyRow, REPLAY_BOUND } from "../engine/protocol/replay.ts";
import { durationText, numberText, ratioText } from "./figures.ts";

/** What policies cost in a replay, in one way for page and command line. Everything here is simulated. */

export function isBound({ name }: Pick<PolicyRow, "name">): boolean {
  return name === REPLAY_BOUND;
}

/** `hpa`; of the one that knows the future, that it is a bound and no policy. */
export function policyName({ name }: Pick<PolicyRow, "name">): string {
  return name === REPLAY_BOUND ? `${name} (bound)` : name;
}

/** Three digits of a small figure, all whole ones of a large one. */
export function costText(value: number): string {
  return numberText(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

type Figures = Pick<
  PolicyRow,
  "unmet" | "unmetRatio" | "waitP95Sec" | "agentHours" | "actions" | "reversals" | "utilisation"
>;

export function policyTexts(row: Figures): Readonly<Record<keyof Figures, string>> {
  return {
    unmetRatio: row.unmetRatio === null ? "–" : `${numberText(100 * row.unmetRatio, 3)}%`,
    unmet: costText(row.unmet),
    waitP95Sec: durationText(row.waitP95Sec * 1_000),
    agentHours: costText(row.agentHours),
    actions: String(row.actions),
    reversals: String(row.reversals),
    utilisation: row.utilisation === null ? "–" : ratioText(row.utilisation),
  };
}

/** What the forecasts of the adaptive policy were worth, where it was among those compared. */
export function forecastsText({ made, ready }: { readonly made: number; readonly ready: number }): string {
  if (made === 0) return "Too little for a forecast: the adaptive policy reacted alone.";
  return `${ready} of ${numberText(made)} ${made === 1 ? "forecast" : "forecasts"} passed their tests and were used.`;
}

/** Steps that bring no work; empty when every one was measured. */
export function missingText(missing: number): string {
  return missing === 0
    ? ""
    : `${numberText(missing)} ${missing === 1 ? "step" : "steps"} without a measurement bring no work.`;
}
