import type { ClaimedSize, Decision, ScalingInputs, SwarmHold } from "../../engine/protocol/model.ts";
import { untilText } from "../../text/clock.ts";
import { durationText } from "../../text/figures.ts";
import { impactText } from "../../text/impact.ts";
import { notesText, recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { demoName, line, show } from "../show.ts";

/** The words of decisions, the same in rows, tooltips, documents, dialogs and the status bar. */

/** The swarm a decision is about. The demo is called one wherever it shows. */
export function decisionSwarm({ swarmId, swarmLabel }: Pick<Decision, "swarmId" | "swarmLabel">): string {
  return demoName(line(swarmLabel, 60), swarmId === "demo");
}

/** `6 → 8`. */
export function changeText({ from, to }: Pick<Decision, "from" | "to">): string {
  return `${from} → ${to}`;
}

/** `demo: 6 → 8`. */
export function titleText(decision: Decision): string {
  return `${decisionSwarm(decision)}: ${changeText(decision)}`;
}

/** What it changes, for the ear: `scale demo up from 6 to 8 agents`. */
export function spokenChange(decision: Decision): string {
  const { from, to } = decision;
  const name = decisionSwarm(decision);
  if (from === 0) return `start ${name} with ${to} agents`;
  if (to === 0) return `stop ${name}, ${from} agents`;
  return `scale ${name} ${to > from ? "up" : "down"} from ${from} to ${to} agents`;
}

/** The reason in a few characters: the one figure that led to it, or that somebody asked. */
export function shortWhy({ origin, from, to, inputs }: Decision): string {
  if (origin === "undo") return "undo";
  if (origin === "agent") return "asked by an agent";
  if (origin === "operator") return from === 0 ? "started" : to === 0 ? "stopped" : "by hand";
  if (inputs === null) return "by itself";
  const { currentRatio, predictedRatio, predictedInMs, anomaly } = inputs;
  const unusual = anomaly === undefined ? "" : ", unusual";
  if (!forecastLed(from, to, inputs)) return `load ${show.number(currentRatio)}${unusual}`;
  return `forecast ${show.number(predictedRatio)}${predictedInMs === null ? "" : ` in ${durationText(predictedInMs)}`}${unusual}`;
}

/** Growth that the load of the moment does not ask for is the forecast's. */
export function forecastLed(from: number, to: number, inputs: ScalingInputs): boolean {
  const { currentRatio, predictedRatio, scaleUpAbove } = inputs;
  return to > from && predictedRatio !== null && (currentRatio === null || currentRatio <= scaleUpAbove);
}

/** How it stands, in a few words. */
export function stateText(decision: Decision): string {
  const { state, undoneBy, plan, impact } = decision;
  const effect = impact === undefined ? "" : impactText(impact);
  const text = ((): string => {
    switch (state.kind) {
      case "recommended":
        return "waiting for you";
      case "withdrawn":
        return "withdrawn";
      case "acting":
        return plan === undefined ? "under way" : `under way, at ${plan.at} of ${decision.to}`;
      case "confirmed":
        return [
          `confirmed in ${durationText(state.elapsedMs)}`,
          ...claimedTexts(state),
          ...(effect === "" ? [] : [effect]),
        ].join(" · ");
      case "rolledBack":
        return `rolled back to ${state.to}`;
      case "unconfirmed":
        return `unconfirmed after ${durationText(state.elapsedMs)}, ${state.claimed === undefined ? `${state.live} alive` : recordsText(state.claimed.records, null, state.live)}`;
      case "refused":
        return "refused";
      case "interrupted":
        return "interrupted";
    }
  })();
  return undoneBy === null ? text : `${text}, undone`;
}

/** How it stands, as a sentence with the reason. */
export function outcomeSentence({ state, undoneBy, plan }: Decision): string {
  const text = ((): string => {
    switch (state.kind) {
      case "recommended":
        return "Waits for you: apply it or dismiss it. Nothing has been done.";
      case "withdrawn":
        return `Withdrawn at ${show.clock(state.atMs)}, nothing was done. ${reason(state.reason)}`;
      case "acting":
        return `Under way since ${show.clock(state.sinceMs)}${plan === undefined ? "" : `, at ${plan.at} agents now`}.`;
      case "rolledBack":
        return `Rolled back to ${state.to} after ${durationText(state.elapsedMs)}. ${reason(state.reason)}`;
      case "confirmed":
        return `Confirmed in ${durationText(state.elapsedMs)}: ${seenText(state)}.`;
      case "unconfirmed":
        return `Not confirmed after ${durationText(state.elapsedMs)}: ${seenText(state)}. ${reason(state.reason)}`;
      case "refused":
        return `Refused, nothing was done. ${reason(state.reason)}`;
      case "interrupted":
        return plan === undefined
          ? `Interrupted before anything was done. ${reason(state.reason)}`
          : `Interrupted. ${reason(state.reason)}`;
    }
  })();
  return undoneBy === null ? text : `${text} It was undone later.`;
}

/** Of an orchestrator's records it is their word that was read back, and that is said wherever it is called confirmed. */
function claimedTexts({ live, claimed }: { readonly live: number; readonly claimed?: ClaimedSize }): string[] {
  return claimed === undefined ? [] : [recordsText(claimed.records, null, live)];
}

function seenText({ live, claimed }: { readonly live: number; readonly claimed?: ClaimedSize }): string {
  if (claimed === undefined) return `${live} agents were seen alive`;
  const notes = notesText(claimed.notes);
  return `${recordsText(claimed.records, null, live)}${notes === "" ? "" : `: ${line(notes, 300)}`}`.replace(/\.$/, "");
}

/** Who decided. The name of a client is its own word. */
export function whoText({ origin, by, undoOf }: Decision): string {
  const client = by === null ? null : line(by, 80);
  switch (origin) {
    case "scaler":
      return client === null ? "the scaler" : `the scaler, applied by an operator (${client})`;
    case "operator":
      return client === null ? "an operator" : `an operator (${client})`;
    case "agent":
      return `an agent${client === null ? "" : ` (${client})`}`;
    case "undo":
      return `an operator${client === null ? "" : ` (${client})`}, to undo ${undoOf === null ? "another decision" : "an earlier decision"}`;
  }
}

export function reason(coded: { readonly code: string; readonly args: Decision["reason"]["args"] }): string {
  return line(reasonText(coded), 600);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `<1 min ago`, `3 min ago`, `2 h ago`, `4 d ago`: rounded down, so that a row changes as rarely as can be. */
export function agoText(wallMs: number, nowMs: number): string {
  const age = Math.max(0, nowMs - wallMs);
  if (age < MINUTE_MS) return "<1 min ago";
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`;
  if (age < 48 * HOUR_MS) return `${Math.floor(age / HOUR_MS)} h ago`;
  return `${Math.floor(age / (24 * HOUR_MS))} d ago`;
}

/** What is on hold, since nothing is decided about it; `null` when nothing is. */
export function holdsText(holds: readonly SwarmHold[]): string | null {
  if (holds.length === 0) return null;
  const names = holds.map(({ label, untilMs }) => `${line(label, 40)}${untilText(untilMs)}`);
  return `On hold, so not sized automatically: ${names.join(", ")}.`;
}
