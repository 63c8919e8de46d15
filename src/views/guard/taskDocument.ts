import type { OutputTail, TaskDetail } from "../../engine/protocol/tasks.ts";
import { bytesText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { line, show } from "../show.ts";
import { taskStateText } from "./words.ts";

/** A task as plain text. What an agent said is shown line by line, without what could act on whoever reads it. */
export function taskDocument(task: TaskDetail, nowMs: number): string {
  const { swarmId, lane, priority, attempt, maxAttempts, submittedAtMs, submittedBy, state } = task;
  return [
    `Task ${task.id}`,
    `${taskStateText(state, nowMs)}`,
    `Swarm ${line(swarmId)} · lane ${lane} · priority ${priority} · attempt ${attempt} of ${maxAttempts}`,
    `Submitted at ${show.clock(submittedAtMs)} by ${line(submittedBy)}`,
    "",
    "── Asked for ──",
    lines(task.input),
    ...stream("Output", task.stdout, "Nothing yet."),
    ...stream("Errors", task.stderr, null),
    "",
  ].join("\n");
}

function stream(title: string, { text, droppedBytes }: OutputTail, empty: string | null): readonly string[] {
  if (text === "" && empty === null) return [];
  const dropped = droppedBytes > 0 ? [`(${bytesText(droppedBytes)} before this were not kept)`] : [];
  return ["", `── ${title} ──`, ...dropped, text === "" ? (empty ?? "") : lines(text)];
}

/** Line breaks and tabs stay, everything else that is not text goes. */
function lines(raw: string): string {
  return raw
    .split(/\r\n|\n|\r/)
    .map((one) => one.split("\t").map(printable).join("\t"))
    .join("\n");
}
