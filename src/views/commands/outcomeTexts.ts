import type { ActionOutcome } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { recordsText, topologyAfterText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";

export interface OutcomeText {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
}

/** How an action ended, in words. "Confirmed" is kept for what the engine saw. @param what `demo: 6 → 8` */
export function outcomeText(what: string, outcome: ActionOutcome): OutcomeText {
  switch (outcome.kind) {
    case "confirmed":
      return {
        severity: "info",
        text: `${what}, confirmed in ${durationText(outcome.elapsedMs)} (${claimedSeen(outcome) ?? `${outcome.live} alive`})`,
      };
    case "unconfirmed":
      if (outcome.claimed !== undefined)
        return {
          severity: "warning",
          text: `${what} is not confirmed after ${durationText(outcome.elapsedMs)}: ${claimedSeen(outcome)}. ${reasonText(outcome.reason)}`,
        };
      return {
        severity: "warning",
        text: `${what} is not confirmed after ${durationText(outcome.elapsedMs)}: ${outcome.live} alive. ${reasonText(outcome.reason)} The engine goes on trying.`,
      };
    case "refused":
      return { severity: "error", text: `${what} was refused, nothing was done. ${reasonText(outcome.reason)}` };
  }
}

/** `5 records (claimed), 0 processes seen`; `null` for a swarm of ours. */
function claimedSeen({ claimed, live }: Exclude<ActionOutcome, { kind: "refused" }>): string | null {
  return claimed === undefined ? null : recordsText(claimed.records, null, live);
}

/** With what was done to the records, and what did nothing. */
export function withNotes(text: string, outcome: ActionOutcome): string {
  if (outcome.kind === "refused" || outcome.claimed === undefined) return text;
  const { notes, topology } = outcome.claimed;
  const told = [...notes.map(reasonText), topologyAfterText(topology)].filter((one) => one !== "");
  return told.length === 0 ? text : `${text}. ${told.join("; ")}`;
}
