import type { Coded } from "../common/errors.ts";
import type { Sliced } from "../common/slices.ts";
import type { ImportColumnChoice, ImportedSeries, ImportShift, ImportSummary } from "../protocol/imports.ts";

// Files with series in them.

/** What becomes of the rows of one bucket. */
export type Aggregation =
  | { readonly kind: "count" }
  | { readonly kind: "sum" | "mean" | "p95"; readonly column: string };

/** A log of events and how it is made a series. */
export interface EventRule {
  readonly bucketMs: number;
  readonly aggregation: Aggregation;
}

/** Which columns are read: the one that is meant, those named (by name, or by number from 1 on), or all that hold numbers. */
export type Wanted = "meant" | "all" | readonly string[];

export interface TableRequest {
  readonly wanted: Wanted;
  /** The rows are events and become a series of buckets; `null`: they are samples of one. */
  readonly events: EventRule | null;
  /** Whether a value below zero is refused; of a load there is none. */
  readonly isLoad?: boolean;
  /** Rows as they stand, in the order of the file and at their own times; else an even series. */
  readonly asRows?: boolean;
}

export interface ReadColumn {
  readonly name: string;
  /** Oldest first; NaN where a cell is empty or a row is missing. */
  readonly values: Float64Array;
  /** Why it cannot be used, where all columns were asked for; one that was named is refused at once. */
  readonly problem: Coded | null;
}

/** What a file says, as even series. */
export interface ReadTable {
  readonly format: "table" | "prometheus";
  /** Rows that were read, whatever became of them. */
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
  /** Epoch ms of each value; `null` when the table has no column of times. */
  readonly times: Float64Array | null;
  /** `null` without times, or with one row only. */
  readonly stepMs: number | null;
  /** The rows had no even step: the values lie between theirs, on the median step. */
  readonly isResampled: boolean;
  /** The column that is meant when none is named; `null` when that cannot be said. */
  readonly meant: string | null;
}

/** A file that is being read. */
export interface TableReading {
  /** Rows read so far. */
  readonly rows: number;
  /** @throws CodedError `csv.*`, `prometheus.*` */
  push(text: string): void;
  /** @throws CodedError `csv.*`, `prometheus.*` */
  end(): Sliced<ReadTable>;
}

/** What bounds an import of one metric. */
export interface ImportBounds {
  readonly nowMs: number;
  /** When this metric was first measured here; `null`: never. */
  readonly measuredMs: number | null;
  /** History is kept for this long. */
  readonly hourDays: number;
}

/** One column as it is to be written. */
export interface PlannedSeries {
  readonly report: ImportedSeries;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Reads files and says what of them can be imported. No clock and no store of its own. */
export interface TablesPort {
  read(request: TableRequest): TableReading;
  /** @throws CodedError `csv.noTimes`, `import.noStep` */
  summary(table: ReadTable, nowMs: number): Sliced<ImportSummary>;
  /** @throws CodedError `csv.column`, `csv.whichColumn`, `import.allMissing`, `import.nothing`, the problem of the column */
  plan(table: ReadTable, choice: ImportColumnChoice, shift: ImportShift, bounds: ImportBounds): Sliced<PlannedSeries>;
}
