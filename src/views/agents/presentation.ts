import type { SessionState } from "../../engine/client.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { inMessage, show } from "../show.ts";

/** Rows of an engine that is being reached again stay this long: long enough for a restart, too short to mislead. */
export const KEEP_ROWS_MS = 15_000;

export interface Situation {
  readonly state: SessionState;
  readonly trusted: boolean;
  readonly latest: Overview | null;
  /** Since the latest overview arrived. */
  readonly ageMs: number;
}

/**
 * What the view shows besides its rows.
 * @returns `rows`: whether the latest overview is shown; `message`: a line above the rows. Without rows there is no line:
 *   the editor would show it instead of the welcome content
 */
export function presentation({ state, trusted, latest, ageMs }: Situation): { rows: boolean; message: string | null } {
  if (latest === null || state.kind === "idle" || state.kind === "failed") return { rows: false, message: null };
  if (state.kind !== "connected") {
    if (ageMs > KEEP_ROWS_MS) return { rows: false, message: null };
    const why = state.kind === "waiting" ? ` ${inMessage(reasonText(state.reason), 200)}` : "";
    return { rows: true, message: `Connecting to the engine. Figures are from ${show.clock(latest.wallMs)}.${why}` };
  }
  if (latest.swarms.length === 0) return { rows: true, message: null };
  return {
    rows: true,
    message: trusted
      ? null
      : "Restricted Mode: agents are shown; nothing is started, scaled or stopped from this window.",
  };
}
