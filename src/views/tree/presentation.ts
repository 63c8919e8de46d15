import type { SessionState } from "../../engine/client.ts";
import { reasonText } from "../../text/reasons.ts";
import { inMessage, show } from "../show.ts";

/** Rows of an engine that is being reached again stay this long: long enough for a restart, too short to mislead. */
export const KEEP_ROWS_MS = 15_000;

export interface Situation {
  readonly state: SessionState;
  readonly trusted: boolean;
  /** The state that is shown; `null` before the first. `empty`: it has no rows. */
  readonly latest: { readonly wallMs: number; readonly empty: boolean } | null;
  /** Since it arrived. */
  readonly ageMs: number;
  /** What a window in Restricted Mode may and may not do with these rows. */
  readonly restricted: string;
}

/**
 * What the view shows besides its rows.
 * @returns `rows`: whether the latest state is shown; `message`: a line above the rows. Without rows there is no line:
 *   the editor would show it instead of the welcome content
 */
export function presentation(situation: Situation): { rows: boolean; message: string | null } {
  const { state, trusted, latest, ageMs, restricted } = situation;
  if (latest === null || state.kind === "idle" || state.kind === "failed") return { rows: false, message: null };
  if (state.kind !== "connected") {
    if (ageMs > KEEP_ROWS_MS) return { rows: false, message: null };
    const why = state.kind === "waiting" ? ` ${inMessage(reasonText(state.reason), 200)}` : "";
    return { rows: true, message: `Connecting to the engine. Figures are from ${show.clock(latest.wallMs)}.${why}` };
  }
  if (latest.empty) return { rows: true, message: null };
  return { rows: true, message: trusted ? null : `Restricted Mode: ${restricted}` };
}
