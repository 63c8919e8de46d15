import { describe, expect, test } from "vitest";
import { anomaliesOutput, cliError, exitCode } from "../../src/engine/protocol/cli.ts";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { runFake } from "./fakeWorld.ts";

const START = Date.UTC(2026, 0, 1);

/** A quiet series with one spike in row 400, five minutes apart. */
function table(rows: number, separator = ",", cell: (row: number, value: number) => string = (_, v) => v.toFixed(3)) {
  const rng = createRng(7);
  const lines = [`time${separator}load${separator}host`];
  for (let row = 0; row < rows; row++) {
    const at = new Date(START + row * 300_000).toISOString();
    lines.push([at, cell(row, 20 + normal(rng) + (row === 400 ? 12 : 0)), "a"].join(separator));
  }
  return lines.join("\n");
}

const judge = (text: string, ...args: string[]) =>
  runFake(["anomalies", "--input", "load.csv", ...args], { files: { "load.csv": text } });
const rowsOf = async (text: string, ...args: string[]) =>
  anomaliesOutput.parse((await judge(text, ...args, "--json")).json());

describe("anomalies of a file", () => {
  test("are one object a row with exactly the keys of the contract, and need no engine", async () => {
    const run = await judge(table(500), "--json");
    expect(run).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    const rows = anomaliesOutput.parse(run.json());
    expect(run.json()).toEqual(rows);
    expect(rows).toHaveLength(500);
    for (const [i, row] of rows.entries()) {
      expect(Object.keys(row)).toEqual(["t", "value", "score", "flag"]);
      expect(row.t).toBe(new Date(START + i * 300_000).toISOString());
    }
    expect(rows[400]).toMatchObject({ flag: true });
    expect(Math.max(...rows.map(({ score }) => score))).toBe(rows[400]?.score);
  });

  test("do not change when later rows are changed or cut off", async () => {
    const lines = table(500).split("\n");
    const whole = await rowsOf(lines.join("\n"));
    const cut = await rowsOf(lines.slice(0, 351).join("\n"));
    expect(cut).toEqual(whole.slice(0, 350));
    const other = lines.map((line, i) => (i > 350 ? line.replace(/,[\d.]+,/, ",-9999,") : line));
    expect((await rowsOf(other.join("\n"))).slice(0, 350)).toEqual(whole.slice(0, 350));
  });

  test("count rows where there are no times", async () => {
    const column = table(100)
      .split("\n")
      .map((line) => line.split(",")[1])
      .join("\n");
    const rows = await rowsOf(column);
    expect(rows.map(({ t }) => t)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  test("are the same with a byte order mark, semicolons, quotes, Windows line ends and from standard input", async () => {
    const plain = (await judge(table(120), "--json")).stdout;
    const quoted = table(120, ";", (_row, value) => `"${value.toFixed(3)}"`).replaceAll("\n", "\r\n");
    expect((await judge(`\uFEFF${quoted}`, "--json")).stdout).toBe(plain);
    const piped = await runFake(["anomalies", "--input", "-", "--json"], { files: { "-": table(120) } });
    expect(piped.stdout).toBe(plain);
  });

  test("come in order of time, a row for each of the file, equal times and missing values among them", async () => {
    const [header = "", ...lines] = table(60, ",", (row, value) => (row % 10 === 3 ? "" : String(value))).split("\n");
    const twice = [...lines.slice(30), ...lines.slice(0, 30), lines[5] ?? ""];
    const rows = await rowsOf([header, ...twice].join("\n"));
    expect(rows).toHaveLength(61);
    const times = rows.map(({ t }) => String(t));
    expect(times).toEqual(times.toSorted());
    expect(rows.filter(({ value }) => value === null)).toHaveLength(6);
    for (const row of rows) if (row.value === null) expect(row).toMatchObject({ score: 0, flag: false });
  });

  test.each([
    ["constant", table(300, ",", () => "5")],
    ["zero", table(300, ",", () => "0")],
    ["missing", table(300, ",", () => "nan")],
    ["three rows long", table(3)],
  ])("of a series that is %s flag nothing", async (_name, text) => {
    const rows = await rowsOf(text, "--column", "load");
    expect(rows.length).toBeGreaterThan(0);
    for (const { score, flag } of rows) expect([score, flag]).toEqual([expect.closeTo(0, 0), false]);
  });

  test("write a long output in pieces that make one JSON value", async () => {
    const rows = await rowsOf(Array.from({ length: 12_001 }, (_, i) => String(i % 7)).join("\n"));
    expect(rows).toHaveLength(12_001);
    expect(rows[12_000]).toMatchObject({ t: 12_001, value: 12_000 % 7 });
  });

  test.each([
    ["an empty file", "", [], "csv.empty", exitCode.failure],
    ["a header alone", "time,load\n", [], "csv.empty", exitCode.failure],
    ["a column of words", table(50), ["--column", "host"], "csv.notANumber", exitCode.failure],
    ["no such column", table(50), ["--column", "loads"], "csv.column", exitCode.usage],
    [
      "words among the numbers",
      table(50, ",", (row) => (row === 30 ? "many" : "1")),
      ["--column", "load"],
      "csv.notANumber",
      exitCode.failure,
    ],
  ])("of %s are refused with what is wrong", async (_name, text, args, code, exit) => {
    const run = await judge(text, ...args, "--json");
    expect(run.exit).toBe(exit);
    expect(cliError.parse(run.json()).error.code).toBe(code);
  });

  test("without a file say which flag is missing", async () => {
    const run = await runFake(["anomalies", "--json"]);
    expect(run.exit).toBe(exitCode.usage);
    expect(cliError.parse(run.json()).error).toMatchObject({ code: "flag.missing", args: { flag: "input" } });
  });

  test("in words are the stretches that stand out, what deviates and how many there are", async () => {
    const run = await judge(table(500));
    expect(run.exit).toBe(exitCode.ok);
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/anomalies.txt");
  });

  test("in words say so when there are none", async () => {
    expect((await judge(table(300, ",", () => "5"))).stdout).toBe("load  nothing unusual in 300 rows\n");
  });
});
