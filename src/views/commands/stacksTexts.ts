import type { ProfilePreview } from "../../engine/protocol/profiling.ts";
import { reasonText } from "../../text/reasons.ts";
import { line } from "../show.ts";

const LISTED = 8;

/** Names pid, command and open work: what the operator agrees to is exactly what is opened. */
export function stacksQuestion({ pid, command, openWork }: ProfilePreview): { question: string; detail: string[] } {
  const listed = openWork.slice(0, LISTED).map((work) => reasonText(work));
  const more = openWork.length - listed.length;
  return {
    question: `Open the inspector of process ${pid}?`,
    detail: [
      `Command: ${line(command, 300)}`,
      listed.length === 0
        ? "No open work was seen."
        : `Open work: ${listed.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      "It stands still for some milliseconds, goes on, and the inspector is closed again. Without it only its threads are told.",
    ],
  };
}
