import { CodedError } from "../common/errors.ts";
import type { Aggregation, EventRule, ReadTable, TableRequest } from "../ports.ts";
import { atOnce } from "../common/slices.ts";
import { TableReader } from "./tableReader.ts";

/** One column of a table as an even series. */
export interface TableSeries {
  readonly column: string;
  /** Oldest first; NaN where a cell is empty or a row is missing. */
  readonly values: Float64Array;
  /** Epoch ms of each value; `null` when the table has no column of times. */
  readonly times: Float64Array | null;
  readonly stepSeconds: number | null;
}

/** How a file is to be read, as flags say it. `--bucket` and `--agg` go together; then `--agg` names the column. */
export interface TableFlags {
  readonly column?: string | undefined;
  /** Length of a bucket in ms. */
  readonly bucket?: number | undefined;
  readonly agg?: Aggregation | undefined;
}

/**
 * One column of a table, or of the answer of a Prometheus range query. A text as a whole, or in pieces, as a file is read:
 * then nothing but its numbers is ever held.
 *
 * @throws CodedError `csv.*`, `prometheus.*`; what reading the pieces throws
 */
export async function readSeries(
  text: string | AsyncIterable<string | Uint8Array>,
  flags: TableFlags,
): Promise<TableSeries> {
  return seriesOf(await readPieces(text, { wanted: wantedOf(flags), events: eventRule(flags) }));
}

/** @throws what `readSeries` throws */
export async function readPieces(
  text: string | AsyncIterable<string | Uint8Array>,
  request: TableRequest,
): Promise<ReadTable> {
  const reader = new TableReader(request);
  if (typeof text === "string") reader.push(text);
  else {
    // A character may lie across two pieces.
    const decoder = new TextDecoder();
    for await (const piece of text)
      reader.push(typeof piece === "string" ? piece : decoder.decode(piece, { stream: true }));
    reader.push(decoder.decode());
  }
  return atOnce(reader.end());
}

/**
 * @param wanted name of the column, or its number from 1 on; may be left out when one column alone holds numbers, or one
 *   is called `value`, `demand` or `y`
 * @throws CodedError `csv.*`, `prometheus.*`
 */
export function parseSeries(text: string, wanted?: string): TableSeries {
  const reader = new TableReader({ wanted: wantedOf({ column: wanted }), events: null });
  reader.push(text);
  return seriesOf(atOnce(reader.end()));
}

/** One column of a table as it stands there: each row at its own time, in the order of the file. */
export interface TableRows {
  readonly column: string;
  /** NaN where a cell is empty. */
  readonly values: Float64Array;
  /** Epoch ms of each row; `null` when the table has no column of times. */
  readonly times: Float64Array | null;
}

/** @throws what `readSeries` throws */
export async function readRows(
  text: string | AsyncIterable<string | Uint8Array>,
  flags: TableFlags,
): Promise<TableRows> {
  const read = await readPieces(text, { wanted: wantedOf(flags), events: eventRule(flags), asRows: true });
  const [column] = read.columns;
  if (column === undefined) throw new CodedError("csv.empty", {});
  return { column: column.name, values: column.values, times: read.times };
}

/** @throws RangeError for one flag without the other: the command line has refused that */
export function eventRule({ bucket, agg }: Pick<TableFlags, "bucket" | "agg">): EventRule | null {
  if (bucket === undefined && agg === undefined) return null;
  if (bucket === undefined || agg === undefined) throw new RangeError("bucket and agg go together");
  return { bucketMs: bucket, aggregation: agg };
}

function wantedOf({ column }: TableFlags): TableRequest["wanted"] {
  return column === undefined ? "meant" : [column];
}

function seriesOf({ columns: [column], times, stepMs }: ReadTable): TableSeries {
  if (column === undefined) throw new CodedError("csv.empty", {});
  return { column: column.name, values: column.values, times, stepSeconds: stepMs === null ? null : stepMs / 1000 };
}
