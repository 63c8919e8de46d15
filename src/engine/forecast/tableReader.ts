import { CodedError, type Coded } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import type { EventRule, ReadTable, TableReading, TableRequest, Wanted } from "../ports.ts";
import { inBuckets } from "./buckets.ts";
import { numberOf, timeOf } from "./cells.ts";
import { toGrid } from "./grid.ts";
import { GrowingColumn } from "./growingColumn.ts";
import { type Layout, layoutOf, meantColumn, namedColumn, namesOf, SAMPLE_ROWS, SHOWN } from "./layout.ts";
import { MAX_ANSWER_CHARACTERS, readPrometheus } from "./prometheus.ts";
import { type Row, RowSplitter } from "./records.ts";
import { atOnce, type Sliced } from "../common/slices.ts";

/** Numbers read, times not counted: 160 MB. Ten million rows of two columns. */
export const MAX_CELLS = 20_000_000;

interface OpenColumn {
  readonly name: string;
  readonly index: number;
  readonly values: GrowingColumn;
  problem: CodedError | null;
}

/**
 * Reads a table, or the answer of a Prometheus range query (told by its content), from text that comes in pieces. Kept are
 * eight bytes a number and a time, never the text and never a row: ten million rows fit into 160 MB.
 *
 * A table has commas, semicolons or tabs, with or without a header and a column of times, LF or CRLF, quotes where they
 * are needed, decimal commas where they are no separator.
 */
export class TableReader implements TableReading {
  readonly #request: TableRequest;
  readonly #rows = new RowSplitter((row) => this.#row(row));
  readonly #times = new GrowingColumn();
  readonly #sample: Row[] = [];
  #json: string[] | null = null;
  #jsonCharacters = 0;
  #begun = false;
  #layout: Layout | null = null;
  #columns: readonly OpenColumn[] = [];
  #skip = false;
  #count = 0;

  constructor(request: TableRequest) {
    this.#request = request;
  }

  /** Rows read so far. */
  get rows(): number {
    return this.#count;
  }

  /** @throws CodedError `csv.*`, `prometheus.tooLarge` */
  push(text: string): void {
    if (text.includes("\0")) throw new CodedError("csv.notText", {});
    if (!this.#begun) {
      const start = text.replace(/^\uFEFF/, "").trimStart();
      // A blank beginning says nothing yet, and means nothing to a table either.
      this.#begun = start !== "";
      if (start.startsWith("{")) this.#json = [];
    }
    if (this.#json === null) {
      this.#rows.push(text);
      return;
    }
    this.#json.push(this.#json.length === 0 ? text.replace(/^\uFEFF/, "") : text);
    this.#jsonCharacters += text.length;
    if (this.#jsonCharacters > MAX_ANSWER_CHARACTERS)
      throw new CodedError("prometheus.tooLarge", { megabytes: MAX_ANSWER_CHARACTERS / 1024 ** 2 });
  }

  /** @throws CodedError `csv.*`, `prometheus.*` */
  *end(): Sliced<ReadTable> {
    if (this.#json === null) {
      this.#rows.end();
      if (this.#layout === null) this.#arrange();
    } else this.#readJson(this.#json.join(""));
    const { events } = this.#request;
    if (events !== null) return yield* this.#inBuckets(events);

    const times = this.#layout?.time === null ? null : this.#times.take();
    const columns = this.#columns.map((column) => ({ ...column, values: column.values.take() }));
    const grid =
      times === null || times.length < 2 || this.#request.asRows === true
        ? null
        : yield* toGrid(
            times,
            columns.map(({ values }) => values),
          );
    return {
      format: this.#json === null ? "table" : "prometheus",
      rows: this.#count,
      columns: columns.map(({ name, values, problem }, index) => ({
        name,
        values: grid?.columns[index] ?? values,
        problem: problem?.toJSON() ?? null,
      })),
      times: grid?.times ?? times,
      stepMs: grid?.stepMs ?? null,
      isResampled: grid?.isResampled ?? false,
      meant: meantColumn(columns.filter(({ problem }) => problem === null))?.name ?? null,
    };
  }

  *#inBuckets(rule: EventRule): Sliced<ReadTable> {
    const times = this.#times.take();
    const [column] = this.#columns;
    const { kind } = rule.aggregation;
    const name = kind === "count" ? "count" : `${kind} of ${column?.name ?? ""}`;
    const made = yield* inBuckets(times, kind === "count" ? null : (column?.values.take() ?? null), rule);
    return {
      format: this.#json === null ? "table" : "prometheus",
      rows: this.#count,
      columns: [{ name, values: made.values, problem: null }],
      times: made.times,
      stepMs: rule.bucketMs,
      isResampled: false,
      meant: name,
    };
  }

  #row(row: Row): void {
    if (this.#layout === null) {
      this.#sample.push(row);
      if (this.#sample.length > SAMPLE_ROWS) this.#arrange();
    } else this.#take(row, this.#layout);
  }

  /** By now enough rows are known to tell columns apart; they are read like those that follow. */
  #arrange(): void {
    const { events } = this.#request;
    const layout = layoutOf(this.#sample, this.#rows.separator, this.#wanted());
    if (events !== null && layout.time === null) throw new CodedError("csv.noTimes", {});
    this.#layout = layout;
    const columns = events?.aggregation.kind === "count" ? [] : layout.columns;
    this.#columns = columns.map(({ name, index }) => ({ name, index, values: new GrowingColumn(), problem: null }));
    this.#skip = layout.hasHeader;
    for (const row of this.#sample.splice(0)) this.#take(row, layout);
  }

  #wanted(): Wanted {
    const { wanted, events } = this.#request;
    if (events === null) return wanted;
    return events.aggregation.kind === "count" ? [] : [events.aggregation.column];
  }

  #take({ line, cells }: Row, { separator, time }: Layout): void {
    if (this.#skip) {
      this.#skip = false;
      return;
    }
    this.#count++;
    if (this.#count * Math.max(1, this.#columns.length) > MAX_CELLS)
      throw new CodedError("csv.tooManyRows", {
        line,
        most: Math.floor(MAX_CELLS / Math.max(1, this.#columns.length)),
      });
    for (const column of this.#columns) {
      const cell = cells[column.index] ?? "";
      const value = numberOf(cell, separator);
      if (value === null)
        this.#refuse(column, "csv.notANumber", { line, value: cleanText(cell, SHOWN), column: column.name });
      else if (value < 0 && this.#request.isLoad === true)
        this.#refuse(column, "csv.negative", { line, value, column: column.name });
      column.values.push(value ?? Number.NaN);
    }
    if (time === null) return;
    const cell = cells[time.index] ?? "";
    const at = timeOf(cell);
    if (at === null) throw new CodedError("csv.notATime", { line, value: cleanText(cell, SHOWN) });
    this.#times.push(at);
  }

  /** One that was asked for by itself is refused; among all others it is only set aside. */
  #refuse(column: OpenColumn, code: string, args: Coded["args"]): void {
    column.problem ??= new CodedError(code, args);
    if (this.#request.wanted !== "all" || this.#request.events !== null) throw column.problem;
  }

  #readJson(text: string): void {
    const all = readPrometheus(text).map((series, index) => ({ ...series, index }));
    const wanted = this.#wanted();
    const meant = meantColumn(all);
    const chosen = wanted === "all" ? all : wanted === "meant" ? [meant] : wanted.map((name) => namedColumn(all, name));
    const columns = chosen.flatMap((one) => (one === undefined ? [] : [one]));
    if (wanted === "meant" && columns.length === 0) throw new CodedError("csv.whichColumn", { known: namesOf(all) });
    this.#columns = columns.map(({ name, index }) => ({ name, index, values: new GrowingColumn(), problem: null }));
    const isCount = this.#request.events?.aggregation.kind === "count";
    for (const { times, values, index } of isCount ? all : columns) {
      for (const [row, time] of times.entries()) {
        const value = values[row] ?? Number.NaN;
        this.#count++;
        this.#times.push(time);
        for (const column of this.#columns) {
          if (column.index === index && value < 0 && this.#request.isLoad === true)
            this.#refuse(column, "csv.negative", { time: new Date(time).toISOString(), value, column: column.name });
          // Each result has times of its own; rows of one time become one on the grid.
          column.values.push(column.index === index ? value : Number.NaN);
        }
      }
    }
  }
}

/** All of a text at once. @throws what `TableReader` throws */
export function readTable(text: string, request: TableRequest): ReadTable {
  const reader = new TableReader(request);
  reader.push(text);
  return atOnce(reader.end());
}
