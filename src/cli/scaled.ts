import type { ScaleOutput } from "../engine/protocol/cli.ts";
import type { ScaleResult } from "../engine/protocol/rpc.ts";
import { notesText, recordsText, topologyAfterText } from "../text/orchestrated.ts";
import { accepted, outcomeLines } from "./act.ts";
import type { Line } from "./lines.ts";

/** @throws CliFailure when the engine refused: nothing was done */
export function settled({ swarmId, from, to, outcome }: ScaleResult): ScaleOutput {
  return { swarmId, from, to, outcome: accepted(outcome) };
}

/** @param verb what was done, once it is confirmed */
export function scaleLines(verb: string, { swarmId, from, to, outcome }: ScaleOutput): Line[] {
  const done = outcome.kind === "confirmed" ? verb : "asked for";
  const { claimed } = outcome;
  if (claimed !== undefined) {
    const seen = recordsText(claimed.records, to, outcome.live);
    const notes = notesText(claimed.notes);
    const topology = topologyAfterText(claimed.topology);
    return [
      [{ text: swarmId, tone: "strong" }, `  ${done}: ${from} → ${to} records`],
      ...outcomeLines(outcome, false),
      [`  ${seen}`],
      ...(notes === "" ? [] : [[{ text: `  ${notes}`, tone: "faint" }] satisfies Line]),
      ...(topology === "" ? [] : [[`  ${topology}`] satisfies Line]),
    ];
  }
  return [[{ text: swarmId, tone: "strong" }, `  ${done}: ${from} → ${to} agents`], ...outcomeLines(outcome)];
}
