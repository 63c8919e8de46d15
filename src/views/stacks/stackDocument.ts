import type { ProfileFrame, StackReport } from "../../engine/protocol/profiling.ts";
import { countText, durationText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { STACK_PART_TEXTS, systemCallText, THREAD_STATE_TEXTS, threadPlaceText } from "../../text/stacks.ts";
import type { ReadDocument, TextLink } from "../readDocuments.ts";
import { line, show } from "../show.ts";

/** A dump as plain text. What comes from the process is shown line by line, without what could act on whoever reads it. */
export function stackDocument(report: StackReport, nowMs: number): ReadDocument {
  const { process, verdict, frames, idleMs, threads, moreThreads, untold, leftOpen } = report;
  const links: TextLink[] = [];
  const out = [
    `Stacks of process ${process.pid} at ${show.clock(nowMs)}`,
    line(process.command, 1_000),
    "",
    `${reasonText(verdict)} (derived)`,
    ...(leftOpen === null ? [] : [reasonText(leftOpen)]),
  ];
  if (frames.length > 0 || idleMs !== null) out.push("", "── JavaScript ──");
  if (idleMs !== null) out.push(`None ran, and none began within ${durationText(idleMs)}.`);
  for (const frame of frames) {
    const begin = `  at ${line(frame.name, 200)}  `;
    const place = placeOf(frame);
    if (frame.file !== null)
      links.push({
        ...{ at: out.length, from: begin.length, to: begin.length + place.length, file: frame.file },
        ...{ line: frame.line ?? 1, column: frame.column ?? 1 },
      });
    out.push(`${begin}${place}`.trimEnd());
  }
  if (threads.length > 0) out.push("", "── Threads ──", ...table(threadRows(report)));
  if (moreThreads > 0) out.push(`${countText(moreThreads, "more thread")} not shown.`);
  if (untold.length > 0) out.push("", "── Not told ──");
  for (const { part, reason } of untold) out.push(`${STACK_PART_TEXTS[part]}: ${reasonText(reason)}`);
  return { text: `${out.join("\n")}\n`, links };
}

/** `file:line:column` */
function placeOf({ file, line: at, column }: ProfileFrame): string {
  if (file === null) return "";
  return `${line(file, 1_000)}${at === null ? "" : `:${at}`}${at === null || column === null ? "" : `:${column}`}`;
}

function threadRows({ threads }: StackReport): readonly (readonly string[])[] {
  return [
    ["Thread", "Name", "CPU", "State", "System call", "In the kernel"],
    ...threads.map((thread) => [
      ...[String(thread.tid), line(thread.name, 40), ratioText(thread.cpuRatio), THREAD_STATE_TEXTS[thread.state]],
      ...[systemCallText(thread), threadPlaceText(thread)],
    ]),
  ];
}

/** Columns as wide as their widest cell; numbers need no more here, where all is read from the left. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
