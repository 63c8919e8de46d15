import type { Lane } from "../../engine/protocol/lanes.ts";
import type { SubmitResult } from "../../engine/protocol/tasks.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";

export const laneChoices: readonly { readonly label: string; readonly description: string; readonly lane: Lane }[] = [
  { label: "standard", description: "the ordinary one", lane: "standard" },
  { label: "critical", description: "served first, with room of its own", lane: "critical" },
  { label: "background", description: "served last; shed first when there is too much", lane: "background" },
];

/** What is wrong with a prompt while it is typed; the engine checks the rest. */
export function promptProblem(text: string): string | null {
  return text.trim() === "" ? "Write what is to be done." : null;
}

/** Each line that says something. */
export function promptLines(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What became of a submission, in a sentence. */
export function submitSummary(
  results: readonly SubmitResult[],
  swarm: string,
  lane: Lane,
): { readonly text: string; readonly refused: boolean } {
  const accepted = results.filter(({ kind }) => kind !== "refused").length;
  const refusals = results.flatMap((result) => (result.kind === "refused" ? [result.reason] : []));
  const [first] = refusals;
  const taken = `${countText(accepted, "task")} submitted to ${swarm}, lane ${lane}`;
  if (first === undefined) return { text: taken, refused: false };
  const why = reasonText(first);
  if (results.length === 1) return { text: `The task was not taken. ${why}`, refused: true };
  return { text: `${taken}; ${countText(refusals.length, "task")} not taken. ${why}`, refused: true };
}
