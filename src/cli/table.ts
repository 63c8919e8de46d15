import { type Line, type Span, spanText } from "./lines.ts";
import { fitWidth, textWidth } from "./textWidth.ts";

export interface Column {
  readonly title: string;
  /** Numbers stand to the right, so that they can be compared. */
  readonly align: "left" | "right";
  /** May be cut when it stands last and the terminal is too narrow. Never for what is typed again, such as an id. */
  readonly elastic?: true;
}

const GAP = "  ";
/** An elastic column is never cut below this. */
const MIN_LAST_WIDTH = 16;

/**
 * Rows under a header, columns as wide as their widest cell. A column without any content is left out.
 * @param width cells of the terminal: a last column that is elastic is cut to fit; `null` cuts nothing
 * @throws RangeError for a row with another number of cells than columns
 */
export function table(columns: readonly Column[], rows: readonly (readonly Span[])[], width: number | null): Line[] {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new RangeError(`a row has ${row.length} cells, the table ${columns.length} columns`);
    }
  }
  const shown = columns.flatMap((column, index) =>
    rows.some((row) => spanText(row[index] ?? "") !== "") ? [{ column, index }] : [],
  );
  if (shown.length === 0) return [];
  const widths = shown.map(({ column, index }) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(spanText(row[index] ?? "")))),
  );
  const before = widths.slice(0, -1).reduce((sum, cells) => sum + cells + GAP.length, 0);
  const last = widths.length - 1;
  if (width !== null && shown[last]?.column.elastic === true) {
    widths[last] = Math.min(widths[last] ?? 0, Math.max(MIN_LAST_WIDTH, width - before));
  }

  const layOut = (cells: readonly Span[]): Line =>
    cells.flatMap((cell, position) => {
      const room = widths[position] ?? 0;
      const text = fitWidth(spanText(cell), room);
      const fitted: Span = typeof cell === "string" ? text : { text, tone: cell.tone };
      const blanks = " ".repeat(Math.max(0, room - textWidth(text)));
      const gap = position === last ? "" : GAP;
      return shown[position]?.column.align === "right" ? [blanks, fitted, gap] : [fitted, blanks + gap];
    });
  return [
    layOut(shown.map(({ column }) => ({ text: column.title, tone: "faint" }))),
    ...rows.map((row) => layOut(shown.map(({ index }) => row[index] ?? ""))),
  ];
}
