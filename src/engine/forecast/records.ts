import { CodedError } from "../common/errors.ts";

/** One row of a table: its cells, and the line of the file that it begins on. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS = ["\t", ";", ","] as const;
/** A longer row is none: a quote that is never closed would otherwise swallow the file. */
const MAX_ROW_CHARACTERS = 1_000_000;

/** The separator that the first row has most of; of a single column, a comma. */
export function separatorOf(text: string): string {
  const end = text.indexOf("\n");
  const first = (end < 0 ? text : text.slice(0, end)).replaceAll(/"[^"]*"/g, "");
  let best = { separator: ",", count: 0 };
  for (const separator of SEPARATORS) {
    const count = first.split(separator).length - 1;
    if (count > best.count) best = { separator, count };
  }
  return best.separator;
}

/**
 * Cuts text that arrives in pieces of any size into the rows that are not blank. Kept are the piece in hand and the row
 * that it ends in. Without a quote a line is a row, and a million of them take a third of a second.
 */
export class RowSplitter {
  readonly #onRow: (row: Row) => void;
  #rest = "";
  #line = 1;
  #separator: string | null = null;
  #begun = false;

  constructor(onRow: (row: Row) => void) {
    this.#onRow = onRow;
  }

  /** Known from the first row on; before it a comma. */
  get separator(): string {
    return this.#separator ?? ",";
  }

  /** @throws CodedError `csv.rowTooLong`, and what `onRow` throws */
  push(text: string): void {
    const begin = !this.#begun && text.startsWith("\uFEFF") ? 1 : 0;
    if (text !== "") this.#begun = true;
    this.#take(this.#rest + text.slice(begin), false);
  }

  /** The last row need not end in a line end. */
  end(): void {
    this.#take(this.#rest, true);
  }

  #take(text: string, isLast: boolean): void {
    let at = 0;
    while (at < text.length) {
      const found = text.indexOf("\n", at);
      if (found < 0 && !isLast) break;
      const end = found < 0 ? text.length : found;
      const content = text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end);
      if (content.trim() === "") {
        this.#line++;
        at = end + 1;
        continue;
      }
      this.#separator ??= separatorOf(content);
      if (!content.includes('"')) {
        this.#onRow({ line: this.#line++, cells: content.split(this.#separator) });
        at = end + 1;
        continue;
      }
      const row = quotedRow(text, at, this.#separator, isLast);
      if (row === null) break;
      const isBlank = row.cells.length === 1 && row.cells[0]?.trim() === "";
      if (!isBlank) this.#onRow({ line: this.#line, cells: row.cells });
      this.#line += row.lines;
      at = row.next;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > MAX_ROW_CHARACTERS)
      throw new CodedError("csv.rowTooLong", { line: this.#line, most: MAX_ROW_CHARACTERS });
  }
}

/**
 * RFC 4180: a quoted cell may hold separators, line ends and doubled quotes. `null` when the row does not end in the text
 * and more of it may come.
 */
function quotedRow(
  text: string,
  from: number,
  separator: string,
  isLast: boolean,
): { readonly cells: string[]; readonly next: number; readonly lines: number } | null {
  const cells: string[] = [];
  let lines = 1;
  for (let at = from; ;) {
    let cell = "";
    if (text[at] === '"') {
      for (at++; ;) {
        const quote = text.indexOf('"', at);
        // A quote that is the last character may be the first of two.
        if (!isLast && (quote < 0 || quote + 1 === text.length)) return null;
        const end = quote < 0 ? text.length : quote;
        cell += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at++;
      }
      for (let i = cell.indexOf("\n"); i >= 0; i = cell.indexOf("\n", i + 1)) lines++;
    }
    const rest = endOfCell(text, at, separator);
    if (rest >= text.length && !isLast) return null;
    cell += text.slice(at, rest);
    cells.push(cell.endsWith("\r") ? cell.slice(0, -1) : cell);
    at = rest + 1;
    if (rest >= text.length || text[rest] === "\n") return { cells, next: Math.min(at, text.length), lines };
  }
}

function endOfCell(text: string, from: number, separator: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === separator || character === "\n") return at;
  }
  return text.length;
}
