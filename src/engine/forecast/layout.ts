import { CodedError } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import type { Wanted } from "../ports.ts";
import { isWrittenTime, numberOf, timeOf } from "./cells.ts";
import type { Row } from "./records.ts";

/** Rows by which columns are told apart. */
export const SAMPLE_ROWS = 200;
const TIME_NAME = /^(?:time|times|timestamp|date|datetime|date[ _-]?time|ts|t|ds|at|epoch|.*[ _-](?:time|timestamp))$/i;
/** The column that is meant where several hold numbers. */
const VALUE_NAME = /^(?:value|demand|y)$/i;
/** Characters of a name or a value in a message. */
export const SHOWN = 80;

export interface Column {
  readonly index: number;
  readonly name: string;
}

export interface Layout {
  readonly separator: string;
  readonly hasHeader: boolean;
  readonly time: Column | null;
  readonly columns: readonly Column[];
}

/**
 * Which row is the header, which column the time and which ones the values, by the first rows.
 * @throws CodedError `csv.empty`, `csv.column`, `csv.whichColumn`, `csv.noNumbers`
 */
export function layoutOf(sample: readonly Row[], separator: string, wanted: Wanted): Layout {
  const first = sample[0];
  if (first === undefined) throw new CodedError("csv.empty", {});
  const hasHeader = first.cells.some((cell) => numberOf(cell, separator) === null && timeOf(cell) === null);
  const known = first.cells.map((cell, index): Column => ({
    index,
    name: (hasHeader && cleanText(cell, SHOWN)) || String(index + 1),
  }));
  const body = hasHeader ? sample.slice(1) : sample;
  if (body.length === 0) throw new CodedError("csv.empty", {});
  const time = timeColumn(known, body, hasHeader);
  const others = known.filter((column) => column !== time);
  return { separator, hasHeader, time, columns: valueColumns(others, body, separator, wanted) };
}

/** One whose name says so and whose cells are moments; else one of written dates; else, unnamed, a first one of epochs. */
function timeColumn(columns: readonly Column[], body: readonly Row[], hasHeader: boolean): Column | null {
  const all = ({ index }: Column, holds: (cell: string) => boolean) =>
    body.every(({ cells }) => holds(cells[index] ?? ""));
  const isTime = (cell: string): boolean => timeOf(cell) !== null;
  const named = columns.find((column) => hasHeader && TIME_NAME.test(column.name) && all(column, isTime));
  // By the first row alone: one broken date further down is an error to be told, not a reason to ignore all times.
  const dates = columns.find(({ index }) => isWrittenTime(body[0]?.cells[index] ?? ""));
  const epochs = columns.length > 1 ? columns.slice(0, 1).find((column) => all(column, isTime)) : undefined;
  return named ?? dates ?? epochs ?? null;
}

function valueColumns(
  others: readonly Column[],
  body: readonly Row[],
  separator: string,
  wanted: Wanted,
): readonly Column[] {
  if (typeof wanted !== "string") return wanted.map((name) => namedColumn(others, name));
  const numeric = others.filter(({ index }) => {
    const numbers = body.map(({ cells }) => numberOf(cells[index] ?? "", separator));
    return numbers.some((value) => value !== null && !Number.isNaN(value)) && !numbers.includes(null);
  });
  if (wanted === "all" && numeric.length > 0) return numeric;
  const meant = meantColumn(numeric);
  if (meant !== undefined) return [meant];
  if (numeric.length > 1) throw new CodedError("csv.whichColumn", { known: namesOf(numeric) });
  // A single column with something else in it: say where, rather than that there is none.
  const [only] = others;
  if (others.length !== 1 || only === undefined) throw new CodedError("csv.noNumbers", { known: namesOf(others) });
  return [only];
}

/** The only one, or the first that is called `value`, `demand` or `y`. */
export function meantColumn<C extends { readonly name: string }>(numeric: readonly C[]): C | undefined {
  return numeric.length > 1 ? numeric.find(({ name }) => VALUE_NAME.test(name)) : numeric[0];
}

/** By name, without regard to case where no other fits, or by number. @throws CodedError `csv.column` */
export function namedColumn<C extends Column>(columns: readonly C[], wanted: string): C {
  const name = cleanText(wanted, SHOWN);
  const found =
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase()) ??
    columns.find(({ index }) => String(index + 1) === name);
  if (found === undefined) throw new CodedError("csv.column", { column: name, known: namesOf(columns) });
  return found;
}

export function namesOf(columns: readonly { readonly name: string }[]): string {
  return cleanText(columns.map(({ name }) => name).join(", "), 4 * SHOWN);
}
