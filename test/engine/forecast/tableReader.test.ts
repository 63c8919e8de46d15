import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Aggregation, ReadTable, TableRequest } from "../../../src/engine/ports.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { parseSeries, readPieces, readSeries } from "../../../src/engine/forecast/fromTable.ts";
import { medianOf, orderOf } from "../../../src/engine/forecast/ordering.ts";
import { atOnce } from "../../../src/engine/common/slices.ts";
import { readTable, TableReader } from "../../../src/engine/forecast/tableReader.ts";

const { NaN: HOLE } = Number;
const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const iso = (ms: number): string => new Date(ms).toISOString();
const all: TableRequest = { wanted: "all", events: null };

function refusal(work: () => unknown): CodedError {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error("was taken");
}

function inPieces(text: string, sizes: readonly number[], request: TableRequest): ReadTable {
  const reader = new TableReader(request);
  for (let at = 0, n = 0; at < text.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    reader.push(text.slice(at, at + size));
    at += size;
  }
  return atOnce(reader.end());
}

describe("pieces", () => {
  const text = `\uFEFF\r\n"time";"a ""b"";\nc";d\r\n${[0, 1, 2, 3].map((i) => `"${iso(START + i * MINUTE)}";"${i},5";${i}`).join("\r\n")}\r\n`;

  test("of any size say what the whole says", () => {
    const whole = readTable(text, all);
    expect(whole.columns.map(({ name }) => name)).toEqual(['a "b"; c', "d"]);
    expect(whole.columns.map(({ values }) => [...values])).toEqual([
      [0.5, 1.5, 2.5, 3.5],
      [0, 1, 2, 3],
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        expect(inPieces(text, sizes, all)).toEqual(whole);
      }),
    );
  });

  test("may end inside a character", async () => {
    const bytes = new TextEncoder().encode("größe\n1\n2\n");
    const each = async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    };
    expect(await readSeries(each(), {})).toMatchObject({ column: "größe", values: Float64Array.of(1, 2) });
  });

  test("do not pile up behind a quote that is never closed", () => {
    const reader = new TableReader(all);
    reader.push('a,b\n1,"');
    expect(refusal(() => reader.push("x".repeat(1_000_001)))).toMatchObject({
      code: "csv.rowTooLong",
      args: { line: 2 },
    });
  });

  test("that are no text are refused", () => {
    expect(refusal(() => readTable("a\0b", all)).code).toBe("csv.notText");
  });
});

describe("several columns", () => {
  const text = `time,host,cpu,mem,odd\n${[0, 1, 2].map((i) => `${iso(START + i * MINUTE)},h,${i},${i === 1 ? "" : 10 + i},${i}`).join("\n")}`;

  test("are read on one grid, all that hold numbers or those named, in the order named", () => {
    expect(readTable(text, all).columns.map(({ name, values }) => [name, ...values])).toEqual([
      ["cpu", 0, 1, 2],
      ["mem", 10, HOLE, 12],
      ["odd", 0, 1, 2],
    ]);
    expect(readTable(text, { wanted: ["mem", "cpu"], events: null }).columns.map(({ name }) => name)).toEqual([
      "mem",
      "cpu",
    ]);
  });

  test("that break further down are set aside among all, with what is wrong, and refused when named", () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${iso(START + i * MINUTE)},${i},${i === 250 ? "many" : i}`);
    const broken = `time,a,b\n${rows.join("\n")}`;
    const problem = { code: "csv.notANumber", args: { line: 252, value: "many", column: "b" } };
    const read = readTable(broken, all);
    expect(read.columns.map((column) => column.problem)).toEqual([null, problem]);
    expect(read.meant).toBe("a");
    expect(refusal(() => readTable(broken, { wanted: ["b"], events: null })).toJSON()).toEqual(problem);
  });

  test("of a load hold nothing below zero", () => {
    const negative = `time,load\n${iso(START)},1\n${iso(START + MINUTE)},-2`;
    expect(refusal(() => readTable(negative, { wanted: "meant", events: null, isLoad: true })).toJSON()).toEqual({
      code: "csv.negative",
      args: { line: 3, value: -2, column: "load" },
    });
    expect([...(readTable(negative, all).columns[0]?.values ?? [])]).toEqual([1, -2]);
  });
});

describe("times", () => {
  test.each([
    ["seconds", 1],
    ["milliseconds", 1e3],
    ["microseconds", 1e6],
  ])("in %s are told by their size", (_, perSecond) => {
    const rows = [0, 60, 120].map((s) => `${(START / 1000 + s) * perSecond},${s}`);
    expect([...(parseSeries(`ts,v\n${rows.join("\n")}`).times ?? [])]).toEqual(
      [0, 1, 2].map((i) => START + i * MINUTE),
    );
  });

  test("without a zone are UTC, whatever the place", () => {
    const series = parseSeries("time,v\n2026-03-29 01:30:00,1\n2026-03-29 02:30:00,2\n2026-03-29 03:30:00,3");
    expect(series).toMatchObject({ stepSeconds: 3600, values: Float64Array.of(1, 2, 3) });
    expect(series.times?.[0]).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  test("that no calendar has are named", () => {
    for (const day of ["2026-02-31 00:00:00", "2025-02-29T00:00:00Z", "2026-04-31", "0050-01-01 00:00:00"]) {
      const table = `time,v\n${iso(START)},1\n${day},2`;
      expect(refusal(() => parseSeries(table)).toJSON()).toEqual({
        code: "csv.notATime",
        args: { line: 3, value: day },
      });
    }
  });

  test("may stand in any order: the order of rows says nothing", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        (seconds, shuffle) => {
          const rows = seconds.map((s) => `${iso(START + s * SECOND)},${s * 3}`);
          const other = rows
            .map((row) => ({ row, key: shuffle.next().value ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ row }) => row);
          const outcome = (lines: readonly string[]) => {
            try {
              return parseSeries(`time,v\n${lines.join("\n")}`);
            } catch (error) {
              return (error as CodedError).toJSON();
            }
          };
          expect(outcome(other)).toEqual(outcome(rows));
        },
      ),
    );
  });

  test("given twice are one when they say the same, however many; a few that differ are averaged, many refused", () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${iso(START + i * MINUTE)},${i}`);
    const twice = [...rows, ...rows];
    expect(parseSeries(`time,v\n${twice.join("\n")}`)).toEqual(parseSeries(`time,v\n${rows.join("\n")}`));
    const differing = [...rows, `${iso(START)},10`];
    expect(parseSeries(`time,v\n${differing.join("\n")}`).values[0]).toBe(5);
    const hosts = rows.map((row) => row.replace(/,/, ",1"));
    expect(refusal(() => parseSeries(`time,v\n${[...rows, ...hosts].join("\n")}`)).code).toBe("csv.sharedTimes");
  });
});

describe("irregular steps", () => {
  /** About 57 s, never twice the same, as some collectors write. */
  const times = (count: number): number[] => {
    const out = [START];
    for (let i = 1; i < count; i++) out.push((out[i - 1] ?? 0) + (57 + ((i * 7919) % 41) - 20) * SECOND);
    return out;
  };
  const table = (at: readonly number[], cell: (index: number) => string): string =>
    `timestamp,v\n${at.map((ms, i) => `${iso(ms)},${cell(i)}`).join("\n")}`;

  test("become the median step, on straight lines between neighbours", () => {
    const at = times(401);
    const series = parseSeries(table(at, (i) => String(((at[i] ?? 0) - START) / MINUTE)));
    expect(series.stepSeconds).toBe(57);
    // A line is a line, wherever it is looked at; where two rows are nearest to one step it is their mean.
    for (const [i, value] of series.values.entries()) expect(value).toBeCloseTo((i * 57) / 60, 0);
    series.times?.forEach((ms, i) => expect(ms).toBe(START + i * 57 * SECOND));
  });

  test("bridge up to three steps and leave longer gaps missing", () => {
    const at = times(400);
    const without = (from: number, count: number) =>
      parseSeries(table(at, (i) => (i >= from && i < from + count ? "" : "5")));
    const holes = (series: { values: Float64Array }) => series.values.filter((value) => Number.isNaN(value)).length;
    expect(holes(without(100, 1))).toBe(0);
    const long = without(100, 10);
    expect(holes(long)).toBeGreaterThanOrEqual(8);
    expect(holes(long)).toBeLessThanOrEqual(12);
    const removed = at.filter((_, i) => i < 100 || i >= 110);
    expect(holes(parseSeries(table(removed, () => "5")))).toBe(holes(long));
  });

  test("never make a value outside those that were there", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.option(fc.integer({ min: 0, max: 9 }), { freq: 5 })), {
          minLength: 3,
          maxLength: 80,
        }),
        (steps) => {
          let ms = START;
          const rows = steps.map(([gap, value]) => `${iso((ms += gap * SECOND))},${value ?? ""}`);
          const known = steps.flatMap(([, value]) => (value === null ? [] : [value]));
          fc.pre(known.length > 0);
          let series;
          try {
            series = parseSeries(`time,v\n${rows.join("\n")}`, "v");
          } catch (error) {
            expect((error as CodedError).code).toBe("csv.tooLong");
            return;
          }
          for (const value of series.values) {
            if (Number.isNaN(value)) continue;
            expect(value).toBeGreaterThanOrEqual(Math.min(...known) - 1e-9);
            expect(value).toBeLessThanOrEqual(Math.max(...known) + 1e-9);
          }
        },
      ),
    );
  });
});

describe("events", () => {
  const events = (agg: Aggregation, bucketMs = MINUTE): TableRequest => ({
    wanted: "meant",
    events: { bucketMs, aggregation: agg },
  });
  const log = `at,size,kind\n${[
    [5, "10", "a"],
    [30, "20", "b"],
    [59.9, "", "a"],
    [181, "7", "a"],
    [61, "1", "c"],
  ]
    .map(([s, size, kind]) => `${iso(START + Number(s) * SECOND)},${size},${kind}`)
    .join("\n")}`;

  test.each<[Aggregation, string, number[]]>([
    [{ kind: "count" }, "count", [3, 1, 0, 1]],
    [{ kind: "sum", column: "size" }, "sum of size", [30, 1, 0, 7]],
    [{ kind: "mean", column: "size" }, "mean of size", [15, 1, HOLE, 7]],
    [{ kind: "p95", column: "size" }, "p95 of size", [19.5, 1, HOLE, 7]],
  ])("as %j", (agg, name, values) => {
    const read = readTable(log, events(agg));
    expect(read).toMatchObject({ stepMs: MINUTE, rows: 5, meant: name });
    expect([...(read.columns[0]?.values ?? [])]).toEqual(values);
    expect([...(read.times ?? [])]).toEqual([0, 1, 2, 3].map((i) => START + i * MINUTE));
  });

  test("p95 is that of the sorted values, with the line between neighbours", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 50 }), (sizes) => {
        const text = `t,v\n${sizes.map((size, i) => `${iso(START + i)},${size}`).join("\n")}`;
        const [column] = readTable(text, events({ kind: "p95", column: "v" })).columns;
        const sorted = sizes.toSorted((a, b) => a - b);
        const at = 0.95 * (sorted.length - 1);
        const below = sorted[Math.floor(at)] ?? 0;
        expect(column?.values[0]).toBeCloseTo(below + (at % 1) * ((sorted[Math.ceil(at)] ?? 0) - below), 9);
      }),
    );
  });

  test("with a stray date are refused, not stretched", () => {
    const stray = `${log}\n1970-01-02 00:00:00,1,a`;
    expect(refusal(() => readTable(stray, events({ kind: "count" }, SECOND))).code).toBe("csv.tooManyBuckets");
  });

  test("of a column that is not there, or of none that holds numbers, are refused", () => {
    expect(refusal(() => readTable(log, events({ kind: "sum", column: "bytes" }))).code).toBe("csv.column");
    expect(refusal(() => readTable(log, events({ kind: "sum", column: "kind" }))).code).toBe("csv.notANumber");
  });
});

describe("the answer of a Prometheus range query", () => {
  const result = (labels: Record<string, string>, values: readonly [number, string][]) => ({ metric: labels, values });
  const body = (results: readonly unknown[], resultType = "matrix") =>
    ` ${JSON.stringify({ status: "success", data: { resultType, result: results } }, null, 1)}\n`;
  const seconds = START / 1000;
  const two = body([
    result({ __name__: "load", job: "a", host: "x" }, [
      [seconds, "1"],
      [seconds + 15, "NaN"],
      [seconds + 30, "3"],
    ]),
    result({ __name__: "load", job: "a", host: "y" }, [
      [seconds + 15, "5"],
      [seconds + 30, "+Inf"],
    ]),
  ]);

  test("is told by its content; its results are columns on one grid, named by the labels in which they differ", () => {
    const read = readTable(two, all);
    expect(read).toMatchObject({ format: "prometheus", stepMs: 15_000, rows: 5 });
    expect(read.columns.map(({ name, values }) => [name, ...values])).toEqual([
      ['host="x"', 1, HOLE, 3],
      ['host="y"', HOLE, 5, HOLE],
    ]);
    expect([...parseSeries(two, 'host="y"').values]).toEqual([5, HOLE]);
    expect(refusal(() => parseSeries(two))).toMatchObject({ code: "csv.whichColumn" });
    const one = body([result({ __name__: "load" }, [[seconds, "1"]])]);
    expect(parseSeries(one)).toMatchObject({ column: "load", stepSeconds: null });
    expect(inPieces(two, [7], all)).toEqual(read);
  });

  test.each<[string, string, string]>([
    ["an error", JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }), "prometheus.failed"],
    ["one moment", body([{ metric: {}, value: [seconds, "1"] }], "vector"), "prometheus.notRange"],
    ["one number", body([seconds, "1"], "scalar"), "prometheus.notRange"],
    ["no result", body([]), "csv.empty"],
    ["half an answer", two.slice(0, 90), "prometheus.notJson"],
    ["something else", '{"hello": 1}', "prometheus.unknown"],
    ["no pairs", body([{ metric: {}, values: [[1]] }]), "prometheus.unknown"],
    ["numbers as numbers", body([{ metric: {}, values: [[seconds, 1]] }]), "prometheus.unknown"],
  ])("that is %s is refused with what it is", (_, text, code) => {
    expect(refusal(() => readTable(text, all)).code).toBe(code);
  });
});

describe("what the grid is made with", () => {
  test("puts any times in order, equal ones as they came", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }), (list) => {
        const order = atOnce(orderOf(Float64Array.from(list)));
        const expected = list.map((_, i) => i).toSorted((a, b) => (list[a] ?? 0) - (list[b] ?? 0) || a - b);
        expect([...(order ?? list.keys())]).toEqual(expected);
      }),
    );
  });

  test("finds the middle one of any numbers", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, noNaN: true }), { minLength: 1, maxLength: 200 }), (list) => {
        const expected = list.toSorted((a, b) => a - b)[list.length >> 1];
        expect(atOnce(medianOf(list.length, (i) => list[i] ?? 0))).toBe(expected);
      }),
    );
    expect(atOnce(medianOf(2, () => HOLE))).toBeNull();
  });

  test("gives up with whoever reads", async () => {
    const failing = async function* () {
      yield "a\n1\n";
      throw new CodedError("aborted");
    };
    await expect(readPieces(failing(), all)).rejects.toMatchObject({ code: "aborted" });
  });
});
