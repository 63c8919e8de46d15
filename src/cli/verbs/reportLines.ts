import type { ReportDocument, ReportPicture, ReportSection, ReportTable } from "../../engine/protocol/reportPage.ts";
import type { Line } from "../lines.ts";
import { sparkline } from "../sparkline.ts";
import { table } from "../table.ts";

const SPARK_CELLS = 60;
const LEAST_SPARK_CELLS = 10;
/** What may be read in a terminal of any width as rows; the recommendations are sentences and stand as such. */
const SENTENCES: ReadonlySet<string> = new Set(["recommendations"]);

/** A report for the terminal. */
export function reportLines({ title, about, sections }: ReportDocument, width: number | null): Line[] {
  return [
    [{ text: title, tone: "strong" }],
    ...about.map((text): Line => [{ text, tone: "faint" }]),
    ...sections.flatMap((section) => sectionLines(section, width)),
  ];
}

function sectionLines(
  { id, title, isUnknown, lines, picture, table: rows, notes = [] }: ReportSection,
  width: number | null,
): Line[] {
  return [
    [],
    [{ text: title, tone: "strong" }],
    ...lines.map((text): Line => [isUnknown ? { text, tone: "faint" } : text]),
    ...(picture === undefined ? [] : pictureLines(picture, width)),
    ...(rows === undefined ? [] : SENTENCES.has(id) ? sentences(rows) : tableLines(rows, width)),
    ...notes.map((text): Line => [{ text, tone: "faint" }]),
  ];
}

function pictureLines({ lines }: ReportPicture, width: number | null): Line[] {
  const longest = lines.reduce((most, { name }) => Math.max(most, name.length), 0);
  const cells = Math.max(LEAST_SPARK_CELLS, Math.min(SPARK_CELLS, (width ?? 80) - longest - 2));
  return lines.map(({ name, values }): Line => [
    { text: name.padEnd(longest + 2), tone: "faint" },
    sparkline(
      values.map((mean) => ({ mean })),
      cells,
    ),
  ]);
}

function tableLines({ columns, rows }: ReportTable, width: number | null): Line[] {
  const last = columns.length - 1;
  return table(
    columns.map(({ head, isFigure }, index) => ({
      title: head.toUpperCase(),
      align: isFigure ? "right" : "left",
      ...(index === last && !isFigure ? { elastic: true } : {}),
    })),
    rows,
    width,
  );
}

/** The first cell of each row, and below it the others by name. */
function sentences({ columns, rows }: ReportTable): Line[] {
  return rows.flatMap(([first = "", ...rest], index): Line[] => [
    [`${index + 1}. ${first}`],
    ...rest.map((text, at): Line => [{ text: `   ${columns[at + 1]?.head ?? ""}: `, tone: "faint" }, text]),
  ]);
}
