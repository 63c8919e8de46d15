import type { ReportDocument, ReportSection, ReportTable } from "../../engine/protocol/reportPage.ts";

/** A report as Markdown (CommonMark with the tables of GitHub). The picture's figures are in its table. */
export function reportMarkdown({ title, about, sections }: ReportDocument): string {
  return `${[`# ${literal(title)}`, ...about.map(literal), ...sections.map(sectionText)].join("\n\n")}\n`;
}

function sectionText({ title, lines, table, notes = [] }: ReportSection): string {
  return [
    `## ${literal(title)}`,
    ...lines.map(literal),
    ...(table === undefined ? [] : [tableText(table)]),
    ...(notes.length === 0 ? [] : [notes.map((text) => `- ${literal(text)}`).join("\n")]),
  ].join("\n\n");
}

function tableText({ caption, columns, rows }: ReportTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    `${literal(caption)}\n`,
    line(columns.map(({ head }) => literal(head))),
    line(columns.map(({ isFigure }) => (isFigure ? "---:" : "---"))),
    ...rows.map((row) => line(row.map((text) => (text === "" ? " " : literal(text))))),
  ].join("\n");
}

/** Nothing of a text means anything: no markup, no link, also none that is made of a bare address. */
export function literal(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~!&$@^]/g, (character) => `\\${character}`)
    .replace(/:\/\//g, "\\://")
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replace(/^(\s*\d+)([.)])/, "$1\\$2")
    .replace(/^(\s*)([-+=])/, "$1\\$2");
}
