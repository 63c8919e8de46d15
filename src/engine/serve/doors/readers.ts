import type { ManagedSwarmRow } from "../../protocol/model.ts";
import type { MetricFacts, Metric, Reading } from "./metric.ts";

/** How figures are found in the facts, for the lists of metrics. */

/** Series are bounded whatever the engine shows: so many of each kind, in the order of the overview. */
export const MOST_SWARMS = 100;
export const MOST_AGENTS = 200;
export const MOST_KINDS = 50;

export function managedSwarms({ overview }: Pick<MetricFacts, "overview">): readonly ManagedSwarmRow[] {
  return overview.swarms.filter((row) => row.kind === "managed").slice(0, MOST_SWARMS);
}

export const one = (value: number | null | undefined): readonly Reading[] => [{ value }];
export const seconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : ms / 1000);

export function ofSwarms(
  read: (row: ManagedSwarmRow, facts: MetricFacts) => number | null | undefined,
): Metric["read"] {
  return (facts) => managedSwarms(facts).map((row) => ({ value: read(row, facts), labels: { swarm: row.id } }));
}

/** 1 for the state it is in and 0 for every other, so that a sum over time tells how long. */
export function states(labels: Readonly<Record<string, string>>, all: readonly string[], now: string): Reading[] {
  return all.map((state) => ({ value: state === now ? 1 : 0, labels: { ...labels, state } }));
}
