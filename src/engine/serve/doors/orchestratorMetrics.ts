import type { OrchestratedSwarmRow } from "../../protocol/model.ts";
import { gauge, type Metric, type MetricFacts, type Reading } from "./metric.ts";
import { MOST_SWARMS } from "./readers.ts";

/** Swarms of orchestrators: what they say of themselves is told apart from what was seen of them. */
export const orchestratorsMetrics: readonly Metric[] = [
  gauge(
    "orchestrator.connected",
    "{state}",
    "1 while the orchestrator of a swarm is connected, 0 while it is not.",
    ofOrchestrated(({ link }) => (link.kind === "connected" ? 1 : 0)),
  ),
  gauge(
    "orchestrator.records",
    "{thing}",
    "Agents that the orchestrator says it has. Claimed: a record is no process.",
    // What was said before the link was lost is not what is so now.
    ofOrchestrated(({ link, recordCount }) => (link.kind === "connected" ? recordCount : null), { source: "claimed" }),
  ),
  gauge(
    "orchestrator.agents",
    "{agent}",
    "Processes that were found to be its agents.",
    ofOrchestrated(({ agents }) => agents.length, { source: "measured" }),
  ),
];

function ofOrchestrated(
  read: (row: OrchestratedSwarmRow) => number | null,
  labels: Readonly<Record<string, string>> = {},
): (facts: MetricFacts) => readonly Reading[] {
  return ({ overview }) =>
    overview.swarms
      .filter((row) => row.kind === "orchestrated")
      .slice(0, MOST_SWARMS)
      .map((row) => ({ value: read(row), labels: { swarm: row.id, ...labels } }));
}
