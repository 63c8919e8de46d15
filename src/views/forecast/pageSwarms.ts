import { type Span, SPANS } from "../../engine/protocol/forecastParts.ts";
import type { ForecastPageState } from "../../engine/protocol/forecastPage.ts";
import type { DecisionsState, HistoryAnswer } from "../../engine/protocol/rpc.ts";
import { stateText } from "../decisions/words.ts";

/** What was done to the swarm that is shown, and how much of it there is to show. */

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
