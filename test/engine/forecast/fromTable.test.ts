import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { numberOf, timeOf } from "../../../src/engine/forecast/cells.ts";
import { parseSeries } from "../../../src/engine/forecast/fromTable.ts";
import { reasonText } from "../../../src/text/reasons.ts";

const { NaN: HOLE } = Number;
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const iso = (minute: number): string => new Date(START + minute * MINUTE).toISOString();

/** The reason that a table is refused with. */
function refusal(text: string, column?: string): { code: string; args: Record<string, unknown> } {
  try {
    parseSeries(text, column);
  } catch (error) {
    if (error instanceof CodedError) return { code: error.code, args: { ...error.args } };
    throw error;
  }
  throw new Error("was taken");
}

describe("a table", () => {
  test.each<[string, string]>([
    ["with commas", "time,load\n2026-01-01 00:00,1\n2026-01-01 00:01,2.5\n2026-01-01 00:02,3"],
    ["with semicolons and decimal commas", "time;load\n2026-01-01 00:00;1\n2026-01-01 00:01;2,5\n2026-01-01 00:02;3"],
    ["with tabs", "time\tload\n2026-01-01 00:00\t1\n2026-01-01 00:01\t2.5\n2026-01-01 00:02\t3"],
    ["from Windows", "\uFEFFtime,load\r\n2026-01-01T00:00Z,1\r\n2026-01-01T00:01Z,2.5\r\n2026-01-01T00:02Z,3\r\n"],
    ["in quotes", '"time","load"\n"2026-01-01 00:00","1"\n"2026-01-01 00:01","2.5"\n"2026-01-01 00:02","3"\n'],
    ["newest first", "time,load\n2026-01-01 00:02,3\n2026-01-01 00:01,2.5\n2026-01-01 00:00,1"],
    [
      "with an epoch in seconds",
      `time,load\n${[0, 1, 2].map((i) => `${START / 1000 + 60 * i},${[1, 2.5, 3][i]}`).join("\n")}`,
    ],
    ["with another zone", "when,load\n2026-01-01T01:00+01:00,1\n2026-01-01T01:01+01:00,2.5\n2026-01-01T01:02+01:00,3"],
    ["with blank lines", "\n\ntime,load\n2026-01-01 00:00,1\n\n2026-01-01 00:01,2.5\n2026-01-01 00:02,3\n\n"],
    ["without a header", "2026-01-01 00:00,1\n2026-01-01 00:01,2.5\n2026-01-01 00:02,3"],
  ])("%s", (_, text) => {
    const series = parseSeries(text);
    expect([...series.values]).toEqual([1, 2.5, 3]);
    expect([...(series.times ?? [])]).toEqual([START, START + MINUTE, START + 2 * MINUTE]);
    expect(series.stepSeconds).toBe(60);
  });

  test("without times has steps that nobody knows the length of", () => {
    for (const text of ["load\n1\n2\n3", "1\n2\n3\n"])
      expect(parseSeries(text)).toMatchObject({ times: null, stepSeconds: null, values: Float64Array.of(1, 2, 3) });
  });

  test("numbers that happen to look like an epoch are values, not times, when they are all there is", () => {
    const text = "requests\n1700000000\n1700000060\n1700000120";
    expect(parseSeries(text)).toMatchObject({ column: "requests", times: null });
  });

  test("what says that nothing was measured is a hole", () => {
    const cells = ["1", "", "NaN", "null", "n/a", "-", "inf", "-Infinity", "1e999", "2"];
    const { values } = parseSeries(`t,v\n${cells.map((cell, i) => `${iso(i)},${cell}`).join("\n")}`);
    expect([...values]).toEqual([1, ...Array<number>(8).fill(HOLE), 2]);
    expect([...parseSeries(`t,v\n${iso(0)},1\n${iso(1)}\n${iso(2)},3`).values]).toEqual([1, HOLE, 3]);
  });

  test("quoted cells may hold separators, quotes and line ends, and lines are still counted right", () => {
    const text = `note,load\n"a, ""b""\nand c",1\n"plain",2\n"x",oops`;
    expect(refusal(text, "load")).toMatchObject({ code: "csv.notANumber", args: { line: 5, value: "oops" } });
    expect([...parseSeries(text.replace("oops", "3"), "load").values]).toEqual([1, 2, 3]);
  });
});

describe("columns", () => {
  const text = `time,host,cpu,Queue Length\n${iso(0)},a,0.5,3\n${iso(1)},a,0.6,4`;

  test("by name, without regard to case, or by number", () => {
    expect([...parseSeries(text, "cpu").values]).toEqual([0.5, 0.6]);
    expect(parseSeries(text, "queue length")).toMatchObject({ column: "Queue Length" });
    expect([...parseSeries(text, "4").values]).toEqual([3, 4]);
  });

  test("may be left out when one alone has numbers, or one is called value", () => {
    expect(parseSeries(`time,host,cpu\n${iso(0)},a,1`).column).toBe("cpu");
    expect(parseSeries(`time,cpu,value\n${iso(0)},1,2`).column).toBe("value");
    expect(refusal(text)).toEqual({ code: "csv.whichColumn", args: { known: "cpu, Queue Length" } });
  });

  test("that are not there, or hold no numbers, are refused with what there is", () => {
    expect(refusal(text, "memory")).toEqual({
      code: "csv.column",
      args: { column: "memory", known: "host, cpu, Queue Length" },
    });
    expect(refusal(text, "host")).toMatchObject({
      code: "csv.notANumber",
      args: { line: 2, value: "a", column: "host" },
    });
    expect(refusal("a,b\nx,y\nz,w")).toMatchObject({ code: "csv.noNumbers" });
  });

  test.each(["", "\n\n", "time,load\n", "\uFEFF"])("%j is an empty table", (empty) => {
    expect(refusal(empty).code).toBe("csv.empty");
  });
});

describe("messages", () => {
  test("name line and value, without control, bidi or endless text", () => {
    const hostile = "\u202eevil\u001b[31m\u0007";
    const { args } = refusal(`time,load\n${iso(0)},1\n${iso(1)},${hostile}`);
    expect(args).toMatchObject({ line: 3, value: "evil" });
    expect(String(refusal(`a${hostile},b\n1,2\n3,4`, `c${hostile}`).args["known"])).toBe("aevil, b");
    expect(String(refusal(`v\n1\n${"x".repeat(1e5)}`).args["value"]).length).toBeLessThanOrEqual(80);
    expect(reasonText({ code: "csv.notANumber", args: { line: 3, value: "evil", column: "load" } })).toBe(
      "Line 3: 'evil' is not a number (column 'load').",
    );
  });

  test("a time that is none is named, not skipped", () => {
    expect(refusal(`time,load\n${iso(0)},1\nyesterday,2\n${iso(2)},3`)).toEqual({
      code: "csv.notATime",
      args: { line: 3, value: "yesterday" },
    });
  });
});

describe("the grid", () => {
  const table = (minutes: readonly number[]): string => `t,v\n${minutes.map((at, i) => `${iso(at)},${i}`).join("\n")}`;
  const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  test("skipped steps become holes at their places", () => {
    const series = parseSeries(table([0, 1, 2, 5, 6]));
    expect([...series.values]).toEqual([0, 1, 2, HOLE, HOLE, 3, 4]);
    expect([...(series.times ?? [])]).toEqual(count(7).map((i) => START + i * MINUTE));
  });

  test("jitter of a fifth of a step is put right, and does not add up over a step that is not exactly known", () => {
    const jittered = count(200).map((i) => i * 0.953 + (i % 2) * 0.15);
    const series = parseSeries(table(jittered));
    expect([...series.values]).toEqual(count(200));
  });

  test("a few rows off the grid are put on it, many are resampled to their median step", () => {
    const few = count(100).map((i) => (i === 40 ? 40.4 : i));
    expect(parseSeries(table(few)).values).toHaveLength(100);
    const many = count(100).map((i) => i + (i % 3) * 0.4);
    const series = parseSeries(table(many));
    expect(series.stepSeconds).toBe(1.4 * 60);
    series.times?.forEach((ms, at) => expect(ms).toBe(START + at * 1.4 * MINUTE));
  });

  test("two rows of one time are averaged; a table of them is refused", () => {
    const doubled = [...count(100), 99];
    expect(parseSeries(table(doubled)).values.at(-1)).toBe((99 + 100) / 2);
    expect(refusal(table(Array<number>(50).fill(3))).code).toBe("csv.sharedTimes");
  });

  test("a stray date does not make a series of a million holes", () => {
    expect(refusal(table([...count(50), 5_000_000])).code).toBe("csv.tooLong");
  });

  test("any even table comes back as it was, in any order of rows", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { nil: HOLE, freq: 8 }), {
          minLength: 3,
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.boolean(),
        (list, stepSeconds, isReversed) => {
          const rows = list.map(
            (value, i) =>
              `${new Date(START + i * stepSeconds * 1000).toISOString()},${Number.isNaN(value) ? "" : value}`,
          );
          const series = parseSeries(`time,load\n${(isReversed ? rows.toReversed() : rows).join("\n")}`, "load");
          expect([...series.values]).toEqual(list.map((value) => (Object.is(value, -0) ? 0 : value)));
          expect(series.stepSeconds).toBe(stepSeconds);
        },
      ),
    );
  });
});

describe("cells", () => {
  test.each<[string, number | null]>([
    ["2026-01-01", START],
    ["2026/1/1 0:00", START],
    ["2026-01-01T00:00:00.5Z", START + 500],
    ["2026-01-01 00:00:00,250", START + 250],
    ["2026-01-01T02:00:00+02:00", START],
    ["2025-12-31T19:30:00-0430", START],
    ["2026-01-01 00:00:00 UTC", START],
    [String(START / 1000), START],
    [String(START), START],
    [`${START}000`, START],
    [`${START}000000`, START],
    ["2026-13-01", null],
    ["2026-01-01 25:00", null],
    ["17", null],
    ["", null],
    ["now", null],
  ])("%s as a time is %s", (cell, ms) => expect(timeOf(cell)).toBe(ms));

  test.each<[string, string, number | null]>([
    [" 1.5e3 ", ",", 1500],
    ["+.5", ",", 0.5],
    ["1,5", ";", 1.5],
    ["1,5", "\t", 1.5],
    ["1,234,567", ";", null],
    ["0x10", ",", null],
    ["1 2", ",", null],
    ["12abc", ",", null],
    ["nAn", ",", HOLE],
  ])("%s as a number in a table of '%s' is %s", (cell, separator, value) =>
    expect(numberOf(cell, separator)).toBe(value),
  );

  test("no text makes a reader throw anything but a reason", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'01.,;\t\n\r"-:TZe \u202e\uFEFFabc'), maxLength: 80 }),
        (text) => {
          try {
            const { values } = parseSeries(text);
            expect(values.every((value) => Number.isNaN(value) || Number.isFinite(value))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CodedError);
            expect((error as CodedError).code).toMatch(/^csv\./);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
