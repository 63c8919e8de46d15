import type { StacksOutput } from "../../engine/protocol/cli.ts";
import { countText, durationText, ratioText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { reasonText } from "../../text/reasons.ts";
import { STACK_PART_TEXTS, systemCallText, THREAD_STATE_TEXTS, threadPlaceText } from "../../text/stacks.ts";
import type { Line } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { framePlace } from "./profileLines.ts";

const COLUMNS: readonly Column[] = [
  { title: "THREAD", align: "right" },
  { title: "NAME", align: "left" },
  { title: "CPU", align: "right" },
  { title: "STATE", align: "left" },
  { title: "SYSTEM CALL", align: "left" },
  { title: "IN THE KERNEL", align: "left", elastic: true },
];

/** What it does, its JavaScript, its threads, and what is not told. */
export function stackLines(output: StacksOutput, width: number | null): Line[] {
  const { process, verdict, frames, idleMs, threads, moreThreads, untold, leftOpen } = output;
  const rows = threads.map((thread) => [
    ...[String(thread.tid), printable(thread.name), ratioText(thread.cpuRatio), THREAD_STATE_TEXTS[thread.state]],
    ...[systemCallText(thread), threadPlaceText(thread)],
  ]);
  return [
    [{ text: `pid ${process.pid}`, tone: "strong" }, `  ${printable(process.command)}`],
    [reasonText(verdict), { text: " (derived)", tone: "faint" }],
    ...(frames.length === 0 ? [] : [[]]),
    ...(idleMs === null ? [] : [[`No JavaScript ran, and none began within ${durationText(idleMs)}.`]]),
    ...frames.map((frame): Line => [`  at ${printable(frame.name)}`, { text: framePlace(frame), tone: "faint" }]),
    ...(rows.length === 0 ? [] : [[], ...table(COLUMNS, rows, width)]),
    ...(moreThreads === 0
      ? []
      : [[{ text: `${countText(moreThreads, "more thread")} not shown.`, tone: "faint" as const }]]),
    ...(untold.length === 0 ? [] : [[]]),
    ...untold.map(({ part, reason }): Line => [
      { text: `${STACK_PART_TEXTS[part]}: `, tone: "faint" },
      reasonText(reason),
    ]),
    ...(leftOpen === null ? [] : [[{ text: reasonText(leftOpen), tone: "warn" as const }]]),
  ];
}
