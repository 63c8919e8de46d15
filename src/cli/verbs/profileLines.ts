import type { ProfilePerformanceOutput } from "../../engine/protocol/cli.ts";
import type { ProfileFrame, Shares } from "../../engine/protocol/profiling.ts";
import { bytesText, countText, durationText, ratioText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { applicationWords } from "../../text/profileApplication.ts";
import {
  cpuMethodNote,
  cpuSummary,
  misnamedWarning,
  NOTHING_RAN,
  packageText,
  scriptText,
} from "../../text/profileCpu.ts";
import { placeText } from "../../text/profileFrame.ts";
import { blockingLines, ioWords } from "../../text/profileIo.ts";
import {
  growthText,
  memoryLines as moreMemoryLines,
  memorySummary,
  sitesNote,
  suspectText,
} from "../../text/profileMemory.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";

const SHARE_COLUMNS: readonly Column[] = [
  { title: "SELF", align: "right" },
  { title: "TOTAL", align: "right" },
];
const HOT_COLUMNS: readonly Column[] = [
  { title: "SAMPLES", align: "right" },
  ...SHARE_COLUMNS,
  { title: "FUNCTION", align: "left" },
];
const MOST_ROWS = 10;
const MOST_SUSPECTS = 5;
const MOST_GROUPS = 5;

/** A profile for people: each component in some lines, what is missing, and what to do at the end. */
export function profileLines(output: ProfilePerformanceOutput, width: number | null): Line[] {
  const { process, durationMs, ended, leftOpen, missing, recommendations, artefacts } = output;
  return [
    [{ text: `pid ${process.pid}`, tone: "strong" }, `  ${printable(process.command)}`],
    [`${durationText(durationMs)}${ended ? ", until it ended" : ""}`],
    ...(leftOpen === null ? [] : [[{ text: reasonText(leftOpen), tone: "warn" as const }]]),
    ...cpuLines(output.cpu, width),
    ...memoryLines(output.memory),
    ...(output.io === null ? [] : wordLines("I/O", ioWords(output.io))),
    ...(output.application === null ? [] : wordLines("Application", applicationWords(output.application))),
    ...(missing.length === 0 ? [] : [[]]),
    ...missing.map(({ component, reason }): Line => [{ text: `${component}: `, tone: "faint" }, reasonText(reason)]),
    ...(recommendations.length === 0 ? [] : [[], title("What to do")]),
    ...recommendations.map(({ target, suggestion, evidence }): Line => [
      `  ${printable(target)}: ${reasonText(suggestion)} `,
      { text: `(${reasonText(evidence)})`, tone: "faint" },
    ]),
    ...(artefacts.length === 0 ? [] : [[]]),
    ...artefacts.map(({ path, bytes }): Line => [{ text: `${path}  ${bytesText(bytes)}`, tone: "faint" }]),
  ];
}

/** `  file:line`, or nothing. */
export function framePlace(frame: ProfileFrame): string {
  const place = placeText(frame);
  return place === "" ? "" : `  ${place}`;
}

function title(text: string, more = ""): Line {
  return [{ text, tone: "strong" }, more];
}

/** The first beside the title, the others below it. */
function wordLines(name: string, [first = "", ...others]: readonly string[]): Line[] {
  return [[], title(name, `  ${first}`), ...others.map((text): Line => [`  ${text}`])];
}

function toned(text: string | null, tone: "warn" | "faint", indent = ""): Line[] {
  const span = (words: string): Span => ({ text: `${indent}${words}`, tone });
  return text === null ? [] : [[span(text)]];
}

function cpuLines(cpu: ProfilePerformanceOutput["cpu"], width: number | null): Line[] {
  if (cpu === null) return [];
  const rows = cpu.hotspots
    .slice(0, MOST_ROWS)
    .map((spot) => [
      String(spot.samples),
      ratioText(spot.selfRatio),
      ratioText(spot.totalRatio),
      `${printable(spot.name)}${framePlace(spot)}`,
    ]);
  return [
    [],
    title("CPU", `  ${cpuSummary(cpu)}`),
    ...toned(cpuMethodNote(cpu), "faint"),
    ...toned(misnamedWarning(cpu), "warn"),
    ...(rows.length === 0 ? [[`  ${NOTHING_RAN}`]] : table(HOT_COLUMNS, rows, width)),
    ...leftOutLine(rows.length, cpu.counts.functions),
    ...blockingLines(cpu.blockingCallers).map((line): Line => [`  ${line}`]),
    ...shareTable("FILE", cpu.scripts, scriptText, width),
    ...shareTable("PACKAGE", cpu.packages, packageText, width),
  ];
}

function leftOutLine(shown: number, all: number): Line[] {
  return shown < all ? [[{ text: `The first ${shown} of ${countText(all, "function")}.`, tone: "faint" }]] : [];
}

/** Of one row alone the table of functions has said it all. */
function shareTable<T extends Shares>(
  name: string,
  spots: readonly T[],
  textOf: (spot: T) => string,
  width: number | null,
): Line[] {
  if (spots.length < 2) return [];
  const rows = spots
    .slice(0, MOST_GROUPS)
    .map((spot) => [ratioText(spot.selfRatio), ratioText(spot.totalRatio), textOf(spot)]);
  return [[], ...table([...SHARE_COLUMNS, { title: name, align: "left", elastic: true }], rows, width)];
}

function memoryLines(memory: ProfilePerformanceOutput["memory"]): Line[] {
  if (memory === null) return [];
  return [
    [],
    title("Memory", `  ${memorySummary(memory)}`),
    ...memory.growth.map((one): Line => [`  ${growthText(one)}`]),
    ...memory.leaks
      .slice(0, MOST_SUSPECTS)
      .map((leak): Line => [`  leaks: ${printable(leak.name)}${framePlace(leak)}  ${suspectText(leak)}`]),
    ...moreMemoryLines(memory).map((line): Line => [`  ${line}`]),
    ...toned(sitesNote(memory), "faint", "  "),
  ];
}
