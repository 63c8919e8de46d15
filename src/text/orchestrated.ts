import type { Coded } from "../engine/protocol/model.ts";
import type {
  AllocationKept,
  ClaimedAnswer,
  PredictiveScale,
  ToolGrade,
  TopologyResult,
} from "../engine/protocol/orchestrators.ts";
import { countText, numberText, UNKNOWN } from "./figures.ts";
import { reasonText } from "./reasons.ts";

/** What each grade means, for people. */
export const GRADE_WORDS: Readonly<Record<ToolGrade, string>> = {
  verified: "borne out in part by what was seen here",
  "record-only": "borne out by its own records alone",
  stub: "answers, and does nothing or makes its answer up",
  absent: "not there",
  unprobed: "not known yet",
};

/** `5 of 5 records (claimed), 0 processes seen`; without a size asked for, `5 records (claimed), …`. */
export function recordsText(records: number | null, target: number | null, processes: number): string {
  const told = records === null ? UNKNOWN : String(records);
  const said =
    target === null
      ? records === null
        ? `records ${UNKNOWN}`
        : countText(records, "record")
      : `${told} of ${countText(target, "record")}`;
  return `${said} (claimed), ${countText(processes, "process", "processes")} seen`;
}

/** What was done to the records and what did nothing, as a sentence; empty when there is nothing to say. */
export function notesText(notes: readonly Coded[]): string {
  return notes.length === 0 ? "" : `${notes.map(reasonText).join("; ")}.`;
}

/** Behind the name of a swarm, wherever its orchestrator's answers are shown. */
export const AS_CLAIMED = "as its orchestrator tells it (claimed)";

/** What one tool answered, in words: how far it is borne out, what it says, how much more there is. */
export interface ClaimedBlock {
  readonly role: string;
  /** `record-only: borne out by its own records alone`. */
  readonly grade: string;
  /** Why there is no figure; `null` when there are. */
  readonly reason: string | null;
  /** `checked`: `as measured here`, or empty: it was held against nothing. */
  readonly figures: readonly (readonly [path: string, value: string, checked: string])[];
  /** `and 3 more`; `null` when all are there. */
  readonly more: string | null;
}

/** Everything in it is claimed, and somebody else's text. */
export function claimedBlocks(answers: readonly ClaimedAnswer[]): readonly ClaimedBlock[] {
  return answers.map(({ role, grade, figures, left, reason }) => ({
    role,
    grade: `${grade}: ${GRADE_WORDS[grade]}`,
    reason: reason === null ? null : reasonText(reason),
    figures: figures.map(({ path, value, verified }) => [
      path,
      typeof value === "number" ? numberText(value) : String(value),
      verified === true ? "as measured here" : "",
    ]),
    more: left > 0 ? `and ${left} more` : null,
  }));
}

/** `3 → 5 (claimed)`: the size that follows from the load to come. */
export function plannedText({ from, to, source }: Pick<PredictiveScale, "from" | "to" | "source">): string {
  const plan = to === null ? "nothing is planned" : to === from ? `stays at ${from}` : `${from} → ${to}`;
  return `${plan} (${source})`;
}

export function topologyText(topology: TopologyResult): string {
  if (topology.kind !== "confirmed") return `topology ${topology.kind}: ${reasonText(topology.reason)}`;
  const { from, to } = topology;
  return `topology ${from === to ? `is ${to} already` : `${from} → ${to}`} (claimed)`;
}

/** What became of the topology after a size; empty where there is nothing to improve it by. */
export function topologyAfterText(topology: TopologyResult | undefined): string {
  return topology === undefined || topology.kind === "refused" ? "" : topologyText(topology);
}

/** Whether the orchestrator has a note of what its swarm was given. */
export function keptText({ kept, tool, reason }: AllocationKept): string {
  return kept ? `noted by '${tool}' (claimed)` : `note not confirmed: ${reason === null ? "" : reasonText(reason)}`;
}

/** `closed, 0 failures in a row`: the breaker before every call to it. */
export function breakerText({ state, failures }: { readonly state: string; readonly failures: number }): string {
  return `${state}, ${countText(failures, "failure")} in a row`;
}
