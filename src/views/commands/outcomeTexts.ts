import type { ActionOutcome } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
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
        text: `${what}, confirmed in ${durationText(outcome.elapsedMs)} (${outcome.live} alive)`,
      };
    case "unconfirmed":
      return {
        severity: "warning",
        text: `${what} is not confirmed after ${durationText(outcome.elapsedMs)}: ${outcome.live} alive. ${reasonText(outcome.reason)} The engine goes on trying.`,
      };
    case "refused":
      return { severity: "error", text: `${what} was refused, nothing was done. ${reasonText(outcome.reason)}` };
  }
}
