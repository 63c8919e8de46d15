import type { CapacityPlan, CapacityResource, CapacityRow, RunsOut, Spread } from "../engine/protocol/capacity.ts";
import { bytesText, numberText, UNKNOWN } from "./figures.ts";
import { figureText } from "./figureUnits.ts";

/** Capacity in words. Loaded where it is shown, never at the start. */

export const RESOURCE_WORDS: Readonly<Record<CapacityResource, string>> = {
  memory: "Memory",
  cpu: "CPU",
  disk: "Disk",
  agents: "Agents",
};

/** `1.2 GB (p95 1.8 GB)`. */
export function spreadText(spread: Spread | null, text: (value: number) => string): string {
  return spread === null ? UNKNOWN : `${text(spread.p50)} (p95 ${text(spread.p95)})`;
}

export function amountText(value: number | null, unit: CapacityRow["unit"]): string {
  return unit === "bytes" ? bytesText(value) : figureText(value, unit);
}

function dayText(days: number | null): string {
  if (days === null) return "never";
  return days < 1 ? "less than a day" : `${numberText(days, days < 10 ? 1 : 0)} d`;
}

/** `in 42 d (30 d to 70 d)`. */
export function runsOutText(runsOut: RunsOut | null): string {
  if (runsOut === null) return UNKNOWN;
  const { inDays, soonestInDays, latestInDays } = runsOut;
  if (inDays === 0) return "now";
  const isExact = soonestInDays === inDays && latestInDays === inDays;
  const interval = isExact ? "" : ` (${dayText(soonestInDays)} to ${dayText(latestInDays)})`;
  if (inDays === null) return soonestInDays === null ? "not at this growth" : `not by the trend${interval}`;
  return `in ${dayText(inDays)}${interval}`;
}

/** `Memory`; of agents, whose. */
export function capacityName({ resource, swarmId }: Pick<CapacityRow, "resource" | "swarmId">): string {
  return swarmId === null ? RESOURCE_WORDS[resource] : `${RESOURCE_WORDS[resource]} ${swarmId}`;
}

/** What runs out first, in one sentence. */
export function firstText({
  first,
  horizonDays,
  rows,
}: Pick<CapacityPlan, "first" | "horizonDays"> & { readonly rows: readonly Pick<CapacityRow, "runsOut">[] }): string {
  if (first === null)
    return rows.some(({ runsOut }) => runsOut !== null)
      ? `Of what is known nothing runs out within ${numberText(horizonDays)} days.`
      : "When anything runs out is not known.";
  return runsOutFirstText(first);
}

export function runsOutFirstText(first: NonNullable<CapacityPlan["first"]>): string {
  return first.inDays === 0
    ? `${capacityName(first)} is used up now.`
    : `${capacityName(first)} runs out first, in ${numberText(first.inDays, 1)} days.`;
}
