import type { DocumentRow, MemorySeries, ProfileDocument } from "../engine/protocol/profilePage.ts";
import { bytesText } from "./figures.ts";
import { NOTHING_RAN } from "./profileCpu.ts";
import { sinceText } from "./profileMemory.ts";
import { literal } from "./report/markdown.ts";

export const SERIES_NAMES: Readonly<Record<MemorySeries, string>> = {
  rss: "RSS",
  pss: "PSS",
  heapUsed: "Heap used",
  heapTotal: "Heap total",
  external: "External",
  swap: "Swap",
};

export const HOT_SPOT_HEADS = ["Self", "Total"] as const;
export const SUSPECT_HEADS = ["Grown", "A second", "Looks"] as const;

/** A profile's report as Markdown (CommonMark with the tables of GitHub). The picture's figures are in its table. */
export function profileMarkdown(document: ProfileDocument): string {
  const { title, about, warnings, recommendations, cpu, memory, io, application, missing, files } = document;
  const parts = [
    `# Profile: ${literal(title)}`,
    ...[...about, ...warnings].map(literal),
    "## What to do",
    recommendations.length === 0
      ? "Nothing stands out."
      : list(recommendations.map(({ target, suggestion, evidence }) => `${target}: ${suggestion} (${evidence})`)),
  ];
  if (cpu !== null) {
    parts.push(`## CPU (${cpu.source})`, ...[cpu.summary, ...cpu.notes].map(literal));
    if (cpu.warning !== null) parts.push(literal(cpu.warning));
    parts.push(cpu.rows.length === 0 ? NOTHING_RAN : functions(HOT_SPOT_HEADS, cpu.rows));
  }
  if (memory !== null) {
    const heads = memory.series.map(({ id }) => SERIES_NAMES[id]);
    parts.push("## Memory (measured; growth and places derived)", literal(memory.summary));
    if (memory.growth.length > 0) parts.push(list(memory.growth));
    if (memory.suspects.length > 0) parts.push(functions(SUSPECT_HEADS, memory.suspects));
    if (memory.sitesNote !== null) parts.push(literal(memory.sitesNote));
    const rows = memory.atMs.map((at, row) => [
      sinceText(at),
      ...memory.series.map(({ values }) => bytesText(values[row] ?? null)),
    ]);
    if (rows.length > 0) parts.push(table(["At", ...heads], heads.length + 1, rows));
  }
  if (io !== null) parts.push(`## I/O (${io.source})`, list(io.lines));
  if (application !== null) parts.push(`## Application (${application.source})`, list(application.lines));
  if (missing.length > 0)
    parts.push("## Not told", list(missing.map(({ component, text }) => `${component}: ${text}`)));
  if (files.length > 0) parts.push("## Files", list(files.map(({ path, size }) => `${path} (${size})`)));
  return `${parts.join("\n\n")}\n`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${literal(line)}`).join("\n");
}

function functions(heads: readonly string[], rows: readonly DocumentRow[]): string {
  return table(
    [...heads, "Function", "Place"],
    heads.length,
    rows.map(({ figures, name, place }) => [...figures, name, place]),
  );
}

/** @param figures so many of the first columns are figures */
function table(heads: readonly string[], figures: number, rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(heads.map(literal)),
    line(heads.map((_, column) => (column < figures ? "---:" : "---"))),
    ...rows.map((row) => line(row.map((cell) => (cell === "" ? " " : literal(cell))))),
  ].join("\n");
}
