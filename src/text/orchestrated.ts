import type { Coded } from "../engine/protocol/model.ts";
import type { ToolGrade, TopologyResult } from "../engine/protocol/orchestrators.ts";
import { countText, UNKNOWN } from "./figures.ts";
import { reasonText } from "./reasons.ts";

/** What each grade means, for people. */
export const GRADE_WORDS: Readonly<Record<ToolGrade, string>> = {
  verified: "borne out by what was seen here",
  "record-only": "borne out by its own records alone",
  stub: "answers, and does nothing or makes its answer up",
  absent: "not there",
  unprobed: "not asked yet: that would change something",
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

/** What became of the topology after a confirmed size; empty where there is nothing to improve it by. */
export function topologyText(topology: TopologyResult | undefined): string {
  if (topology === undefined || topology.kind === "refused") return "";
  if (topology.kind === "unconfirmed") return `topology unconfirmed: ${reasonText(topology.reason)}`;
  const { from, to } = topology;
  return from === to ? `topology is ${to} already (claimed)` : `topology ${from} → ${to} (claimed)`;
}
