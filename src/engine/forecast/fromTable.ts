import { CodedError } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import { isWrittenTime, numberOf, timeOf } from "./cells.ts";
import { toGrid } from "./grid.ts";
import { type Row, rows, separatorOf } from "./records.ts";

/** Rows by which columns are told apart. */
const SAMPLE_ROWS = 200;
const TIME_NAME = /^(?:time|times|timestamp|date|datetime|date[ _-]?time|ts|t|ds|at|epoch|.*[ _-](?:time|timestamp))$/i;
/** The column that is meant where several hold numbers. */
const VALUE_NAME = /^(?:value|demand|y)$/i;
const SHOWN = 80;

/** One column of a table as an even series. */
export interface TableSeries {
  readonly column: string;
  /** Oldest first; NaN where a cell is empty or a row is missing. */
  readonly values: Float64Array;
  /** Epoch ms of each value; `null` when the table has no column of times. */
  readonly times: Float64Array | null;
  readonly stepSeconds: number | null;
}

/** One column of a table as it stands there, row by row. */
export interface TableRows {
  readonly column: string;
  /** In the order of the table; NaN where a cell is empty. */
  readonly values: readonly number[];
  /** Epoch ms of each row; `null` when the table has no column of times. */
  readonly times: readonly number[] | null;
}

interface Column {
  readonly index: number;
  readonly name: string;
}

/**
 * Reads one column of a table, see `parseRows`. Times that are uneven in a few places are put on the grid of their usual
 * step; skipped steps and empty cells become NaN.
 *
 * @throws CodedError as `parseRows`, and `csv.unevenTime`, `csv.tooLong`
 */
export function parseSeries(text: string, wanted?: string): TableSeries {
  const { column, values, times } = parseRows(text, wanted);
  const even = times === null || values.length < 2 ? null : toGrid(values, times);
  return {
    column,
    values: even?.values ?? Float64Array.from(values),
    times: even?.times ?? (times === null ? null : Float64Array.from(times)),
    stepSeconds: even === null ? null : even.stepMs / 1000,
  };
}

/**
 * Reads one column of a table: comma, semicolon or tab, with or without a header and a column of times.
 *
 * @param wanted name of the column, or its number from 1 on; may be left out when one column alone holds numbers, or one
 *   is called `value`, `demand` or `y`
 * @throws CodedError `csv.empty`, `csv.column`, `csv.whichColumn`, `csv.noNumbers`, `csv.notANumber`, `csv.notATime`
 */
export function parseRows(text: string, wanted?: string): TableRows {
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const separator = separatorOf(content.trimStart());
  const sample: Row[] = [];
  for (const row of rows(content, separator)) if (sample.push(row) > SAMPLE_ROWS) break;
  const first = sample[0];
  if (first === undefined) throw new CodedError("csv.empty", {});

  const hasHeader = first.cells.some((cell) => numberOf(cell, separator) === null && timeOf(cell) === null);
  const columns = first.cells.map((cell, index): Column => ({
    index,
    name: (hasHeader && cleanText(cell, SHOWN)) || String(index + 1),
  }));
  const body = hasHeader ? sample.slice(1) : sample;
  if (body.length === 0) throw new CodedError("csv.empty", {});
  const time = timeColumn(columns, body, hasHeader);
  const column = valueColumn(columns, body, separator, time, wanted);
  return read(rows(content, separator), { separator, hasHeader, time, column });
}

function read(
  all: Iterable<Row>,
  layout: { separator: string; hasHeader: boolean; time: Column | null; column: Column },
): TableRows {
  const { separator, time, column } = layout;
  const values: number[] = [];
  const times: number[] = [];
  let skip = layout.hasHeader;
  for (const { line, cells } of all) {
    if (skip) {
      skip = false;
      continue;
    }
    const cell = cells[column.index] ?? "";
    const value = numberOf(cell, separator);
    if (value === null)
      throw new CodedError("csv.notANumber", { line, value: cleanText(cell, SHOWN), column: column.name });
    values.push(value);
    if (time === null) continue;
    const at = timeOf(cells[time.index] ?? "");
    if (at === null) throw new CodedError("csv.notATime", { line, value: cleanText(cells[time.index] ?? "", SHOWN) });
    times.push(at);
  }
  return { column: column.name, values, times: time === null ? null : times };
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

function valueColumn(
  columns: readonly Column[],
  body: readonly Row[],
  separator: string,
  time: Column | null,
  wanted: string | undefined,
): Column {
  const others = columns.filter((column) => column !== time);
  const known = cleanText(others.map(({ name }) => name).join(", "), 4 * SHOWN);
  if (wanted !== undefined) {
    const name = cleanText(wanted, SHOWN);
    const same = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
    const found =
      others.find((column) => column.name === name) ??
      others.find((column) => same(column.name)) ??
      others.find(({ index }) => String(index + 1) === name);
    if (found === undefined) throw new CodedError("csv.column", { column: name, known });
    return found;
  }
  const numeric = others.filter(({ index }) => {
    const numbers = body.map(({ cells }) => numberOf(cells[index] ?? "", separator));
    return numbers.some((value) => value !== null && !Number.isNaN(value)) && !numbers.includes(null);
  });
  const meant = numeric.length > 1 ? numeric.find(({ name }) => VALUE_NAME.test(name)) : numeric[0];
  if (meant !== undefined) return meant;
  if (numeric.length > 1) {
    throw new CodedError("csv.whichColumn", {
      known: cleanText(numeric.map(({ name }) => name).join(", "), 4 * SHOWN),
    });
  }
  // A single column with something else in it: say where, rather than that there is none.
  const [only] = others;
  if (others.length !== 1 || only === undefined) throw new CodedError("csv.noNumbers", { known });
  return only;
}
