import { type Span, SPANS } from "../../engine/protocol/forecastParts.ts";
import type { ForecastPageState } from "../../engine/protocol/forecastPage.ts";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { DecisionsState, HistoryAnswer, Overview } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { stateText } from "../decisions/words.ts";

/** Swarms to choose from, and what was done to the one that is shown. */

export function managedOf(overview: Overview | null): readonly ManagedSwarmRow[] {
  return (overview?.swarms ?? []).filter((swarm) => swarm.kind === "managed");
}

export function swarmChoices(overview: Overview | null): ForecastPageState["swarms"] {
  return managedOf(overview).map((swarm) => ({ id: swarm.id, label: swarmLabel(swarm), timeScale: swarm.timeScale }));
}

export function actionsOf(decisions: DecisionsState | null, id: string | null): ForecastPageState["actions"] {
  return (decisions?.decisions ?? [])
    .filter(({ swarmId, state }) => swarmId === id && state.kind !== "withdrawn")
    .map((decision) => ({
      atMs: decision.wallMs,
      from: decision.from,
      to: decision.to,
      state: stateText(decision),
    }));
}

/** The shortest span that holds all that was imported; `null` when nothing was, or not within the longest. */
export function spanThatFits({ series }: HistoryAnswer, toMs: number): Span | null {
  const begins = series.flatMap(({ imported }) => imported.map(({ fromMs }) => fromMs));
  if (begins.length === 0) return null;
  const reach = toMs - Math.min(...begins);
  const spans = Object.entries(SPANS) as readonly (readonly [Span, number])[];
  return spans.find(([, ms]) => ms >= reach)?.[0] ?? spans.at(-1)?.[0] ?? null;
}
