import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { fileForecaster } from "../../src/cli/fileForecaster.ts";
import { cliError, exitCode, replayFlags, replayOutput } from "../../src/engine/protocol/cli.ts";
import { UNTRAINED_POLICIES } from "../../src/engine/protocol/replay.ts";
import { replayLines } from "../../src/cli/verbs/replayLines.ts";
import { runFake } from "./fakeWorld.ts";

const WASM_FOLDER = dirname(createRequire(import.meta.url).resolve("@bsull/augurs/ets"));
const forecaster = fileForecaster(WASM_FOLDER);

/** Eight days of hours with a clear day. */
function table(cell: (row: number) => string = () => "", column = "cpu", rows = 192): string {
  const lines = [`time,${column},jobs`];
  for (let row = 0; row < rows; row++) {
    const at = new Date(Date.UTC(2026, 0, 1) + row * 3_600_000).toISOString();
    const value = 10 + 5 * Math.sin((row / 24) * 2 * Math.PI) + ((row * 7919) % 13) / 13;
    lines.push(`${at},${cell(row) === "" ? value.toFixed(3) : cell(row)},${row % 7}`);
  }
  return lines.join("\n");
}

const replay = (text: string, ...args: string[]) =>
  runFake(["replay", "--input", "load.csv", ...args], { files: { "load.csv": text } });
const forecasting = (text: string, ...args: string[]) =>
  runFake(["replay", "--input", "load.csv", ...args], { files: { "load.csv": text }, forecaster });

describe("a replay of a file", () => {
  test("has a row for each policy in the order asked, with the fields of the contract, and needs no engine", async () => {
    const run = await replay(table(), "--column", "cpu", "--policy", "hpa,fixed", "--json");
    expect(run).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    const output = replayOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(output.policies.map(({ name }) => name)).toEqual(["hpa", "fixed"]);
    for (const row of output.policies)
      expect(row).toMatchObject({
        unmet: expect.any(Number),
        waitP95Sec: expect.any(Number),
        agentHours: expect.any(Number),
        actions: expect.any(Number),
      });
  });

  test("compares all policies that need no training when none is named, the adaptive one with forecasts, and is the same each time", async () => {
    const args = ["--column", "cpu", "--json"];
    const text = table(() => "", "cpu", 72);
    const run = await forecasting(text, ...args);
    const output = replayOutput.parse(run.json());
    expect(output.policies.map(({ name }) => name)).toEqual(UNTRAINED_POLICIES);
    expect(output.forecasts.made).toBeGreaterThan(10);
    expect((await forecasting(text, ...args)).stdout).toBe(run.stdout);
  });

  test("of one size costs that size for the time of the file", async () => {
    const run = await replay(table(), "--column", "cpu", "--policy", "fixed", "--fixed", "4", "--json");
    expect(replayOutput.parse(run.json()).policies[0]?.agentHours).toBeCloseTo(4 * 192, 6);
  });

  test("counts agents by --capacity, or by the column's name, else so that high load fits the most agents", async () => {
    const capacity = async (text: string, ...args: string[]) =>
      replayOutput.parse((await replay(text, "--policy", "fixed", "--json", ...args)).json()).capacity;
    expect(await capacity(table(), "--column", "cpu", "--capacity", "2.5")).toEqual({
      unitsPerAgent: 2.5,
      source: "given",
    });
    expect(
      await capacity(
        table(() => "", "demand"),
        "--column",
        "demand",
      ),
    ).toEqual({
      unitsPerAgent: 1,
      source: "agents",
    });
    const chosen = await capacity(table(), "--column", "cpu", "--max", "20");
    expect(chosen.source).toBe("chosen");
    expect(chosen.unitsPerAgent).toBeGreaterThan(15 / 14);
    expect(chosen.unitsPerAgent).toBeLessThan(16 / 14);
  });

  test("without times says that a minute was taken, or takes what is given", async () => {
    const column = "load\n3\n4\n5\n6\n";
    const run = await replay(column, "--policy", "hpa");
    expect(run.stdout).toContain("taken as a minute apart");
    const given = await replay(column, "--policy", "hpa", "--step", "30", "--json");
    expect(replayOutput.parse(given.json()).series).toMatchObject({ stepSeconds: 30, stepSource: "given", steps: 4 });
  });

  test("steps without a measurement bring no work and are told", async () => {
    const run = await replay(
      table((row) => (row % 10 === 3 ? " " : "")),
      "--column",
      "cpu",
      "--policy",
      "hpa",
    );
    expect(run.exit).toBe(exitCode.ok);
    expect(run.stdout).toMatch(/\d+ steps without a measurement bring no work/);
  });

  test("reads a log of events in buckets", async () => {
    const rows = Array.from({ length: 600 }, (_, n) => new Date(Date.UTC(2026, 0, 1) + n * n * 20).toISOString());
    const run = await replay(
      ["at", ...rows].join("\n"),
      ...["--bucket", "10s", "--agg", "count", "--policy", "hpa,clairvoyant", "--json"],
    );
    expect(replayOutput.parse(run.json()).series).toMatchObject({ column: "count", stepSeconds: 10 });
  });

  test("shows the bound last, and says what it means", async () => {
    const run = await replay(table(), "--column", "cpu", "--policy", "clairvoyant,hpa,threshold");
    const rows = run.stdout.split("\n").filter((line) => /^(clairvoyant|hpa|threshold)\b.*%/.test(line));
    expect(rows.map((line) => line.split(" ")[0])).toEqual(["hpa", "threshold", "clairvoyant"]);
    expect(run.stdout).toContain("agent-hours would do if the future were known.");
  });
});

describe("a network among the policies", () => {
  const of = (episodes: number) =>
    `--column cpu --policy hpa,dqn,fixed --fixed 4 --capacity 1 --episodes ${episodes}`.split(" ");
  const args = of(3);

  test("learns on the first 70%, and every policy is scored on the rest alone", async () => {
    const run = await forecasting(table(), ...args, "--json");
    const output = replayOutput.parse(run.json());
    expect(run.exit).toBe(exitCode.ok);
    expect(output.policies.map(({ name }) => name)).toEqual(["hpa", "dqn", "fixed"]);
    // 192 hours: 134 to learn on, 58 for the score.
    expect(output.series.scoredFrom).toBe(134);
    expect(output.policies[2]?.agentHours).toBeCloseTo(4 * 58, 6);
    expect(output.training).toMatchObject({ episodes: 3, seed: 1 });
    const said = replayLines(output, null).map((line) =>
      line.map((part) => (typeof part === "string" ? part : part.text)),
    );
    expect(said.flat()).toContain(
      "  dqn learned on the first 134 steps in 3 episodes; every policy is scored on the other 58 steps.",
    );
  });

  test("never learns from what it is scored on", async () => {
    // Twice the load in the last hours, which are scored: what was learned, and when it was best, stays the same.
    const busier = table((row) => (row >= 134 ? "30" : ""));
    const one = replayOutput.parse((await forecasting(table(), ...args, "--json")).json());
    const other = replayOutput.parse((await forecasting(busier, ...args, "--json")).json());
    expect(other.training).toEqual(one.training);
    expect(other.policies[1]).not.toEqual(one.policies[1]);
  });

  test("is trained only when named; others are scored on all of the file", async () => {
    const run = await replay(table(), "--column", "cpu", "--policy", "hpa", "--json");
    expect(replayOutput.parse(run.json())).toMatchObject({ training: null, series: { scoredFrom: 0 } });
    expect(replayFlags.parse({ input: "load.csv" }).policy).not.toContain("dqn");
  });

  test("ends by Ctrl-C, and says when there is too little to learn on", async () => {
    const interrupt = new AbortController();
    const files = { "load.csv": table() };
    const begun = runFake(["replay", "--input", "load.csv", ...of(20_000)], { files, forecaster, interrupt });
    setImmediate(() => interrupt.abort());
    expect((await begun).exit).toBe(exitCode.interrupted);
    const short = await forecasting(
      table(() => "", "cpu", 60),
      ...args,
    );
    expect(short.exit).toBe(exitCode.failure);
    expect(short.stderr).toContain("give a longer file");
    expect((await replay(table(), ...of(0))).stderr).toContain("at least 1 episode");
  });
});

describe("bad input", () => {
  test.each([
    ["an empty file", "", [], "csv.empty"],
    ["words", "time,load\n2026-01-01T00:00:00Z,many\n2026-01-01T00:01:00Z,few", [], "csv.notANumber"],
    ["a negative load", table((row) => (row === 7 ? "-3" : "")), ["--column", "cpu"], "csv.negative"],
    ["nothing measured", table(() => " "), ["--column", "cpu"], "replay.empty"],
  ])("%s fails by name", async (_, text, args, code) => {
    const run = await replay(text, "--policy", "hpa", ...args, "--json");
    expect(run.exit).toBe(exitCode.failure);
    expect(cliError.parse(run.json()).error.code).toBe(code);
  });

  test.each([
    [[], "csv.whichColumn"],
    [["--column", "disk"], "csv.column"],
  ])("a column that is not named, or not there, is a mistake in typing: %j", async (args, code) => {
    const run = await replay(table(), "--policy", "hpa", ...args, "--json");
    expect(run.exit).toBe(exitCode.usage);
    expect(cliError.parse(run.json()).error.code).toBe(code);
  });

  test.each([
    [["--min", "9", "--max", "3"], "must not be above --max"],
    [["--policy", "magic"], "use any of fixed, threshold"],
    [["--capacity", "0"], "above 0"],
    [["--capacity", "NaN"], "not a number"],
    [["--start-up", "-1"], "at least 0"],
    [["--max", "0"], "1 to 1000"],
    [["--step", "0"], "more than 0"],
    [["--bucket", "10s"], "go together"],
  ])("%j is refused as typed wrongly", async (args, words) => {
    const run = await replay(table(), "--column", "cpu", ...args, "--json");
    expect(run.exit).toBe(exitCode.usage);
    expect(cliError.parse(run.json()).error.message).toContain(words);
  });

  test("numbers at the ends of what a number can be give figures that are numbers", async () => {
    for (const value of ["1e308", "1e-320", "0"]) {
      const run = await replay(
        table((row) => (row % 5 === 0 ? value : "0")),
        "--column",
        "cpu",
        "--policy",
        "hpa,fixed",
        "--json",
      );
      expect(run.exit).toBe(exitCode.ok);
      for (const row of replayOutput.parse(run.json()).policies)
        expect([row.unmet, row.waitP95Sec, row.agentHours].every(Number.isFinite)).toBe(true);
    }
  });
});
