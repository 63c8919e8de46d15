import { describe, expect, test } from "vitest";
import { heatMapLines } from "../../src/cli/heatMap.ts";
import { cliError, exitCode, patternsOutput } from "../../src/engine/protocol/cli.ts";
import { runFake } from "./fakeWorld.ts";
import { patternsSample } from "./patternsSample.ts";
import { managedSample, NOW_MS, observedSample, overviewSample } from "./samples.ts";

const DAY_MS = 86_400_000;
const sample = patternsSample();
const answers = { "patterns/get": () => sample, overview: () => overviewSample() };

/** `days` days of `every` minutes that are busy from nine to twelve, in the clock of the file. */
function table(days: number, every = 15, zone = ""): string {
  const rows = Array.from({ length: (days * 1_440) / every }, (_, row) => {
    const at = new Date(Date.UTC(2026, 0, 5) + row * every * 60_000);
    const busy = at.getUTCHours() >= 9 && at.getUTCHours() < 12 ? 8 : 1;
    return `${at.toISOString().slice(0, 19)}${zone},${busy + ((row * 7919) % 13) / 13},${row % 7}`;
  });
  return ["time,cpu,jobs", ...rows].join("\n");
}

const ofFile = (text: string, ...args: string[]) =>
  runFake(["patterns", "--input", "load.csv", ...args], { files: { "load.csv": text } });

describe("patterns by the engine", () => {
  test("are of the last seven days when nothing else is asked for, whole and of their contract", async () => {
    const run = await runFake(["patterns", "--demo", "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "patterns/get", params: { swarmId: "demo", windowMs: 7 * DAY_MS } }]);
    // Nothing was stripped: the contract knows every field that is printed.
    expect(patternsOutput.parse(run.json())).toEqual(run.json());
    expect(run.json()).toEqual(JSON.parse(JSON.stringify(sample)));
  });

  test("are of as many days as are asked for", async () => {
    const run = await runFake(["patterns", "--swarm-id", "docs", "--days", "90"], { answers });
    expect(run.calls[0]?.params).toEqual({ swarmId: "docs", windowMs: 90 * DAY_MS });
  });

  test("are of the only managed swarm when none is named, or of the only one seen", async () => {
    const managed = await runFake(["patterns"], { answers });
    expect(managed.calls[1]).toMatchObject({ params: { swarmId: "demo" } });
    const found = observedSample();
    const seen = { ...answers, overview: () => overviewSample({ swarms: [found] }) };
    expect((await runFake(["patterns"], { answers: seen })).calls[1]).toMatchObject({ params: { swarmId: found.id } });
  });

  test("of no swarm, or of one of several, are refused with what to do", async () => {
    const of = (swarms: Parameters<typeof overviewSample>[0]) =>
      runFake(["patterns"], { answers: { ...answers, overview: () => overviewSample(swarms) } });
    const none = await of({ swarms: [] });
    expect(none.exit).toBe(exitCode.failure);
    expect(none.stderr).toContain("--input FILE");
    const several = await of({ swarms: [managedSample(), managedSample({ id: "tests" })] });
    expect(several.exit).toBe(exitCode.usage);
    expect(several.stderr).toContain("demo, tests");
  });

  test("tell the series that is named in detail, and refuse one that is not there", async () => {
    const run = await runFake(["patterns", "--demo", "--metric", "cpuBusyRatio"], { answers });
    expect(run.stdout.split("\n")[2]).toBe("cpuBusyRatio");
    const none = await runFake(["patterns", "--demo", "--metric", "cpus"], { answers });
    expect(none.exit).toBe(exitCode.usage);
    expect(none.stderr).toContain("demand, live, cpuCores");
  });

  test("of hardly any history end with 3 and say what is needed", async () => {
    const little = { "patterns/get": () => patternsSample(90) };
    const run = await runFake(["patterns", "--demo"], { answers: little });
    expect(run.exit).toBe(exitCode.notReady);
    expect(run.stdout).toContain("not enough history: 1 h 30 min of the 7 d it takes");
    expect(run.stdout).not.toMatch(/NaN|undefined|null/);
    const json = await runFake(["patterns", "--demo", "--json"], { answers: little });
    expect(patternsOutput.parse(json.json())).toEqual(json.json());
  });
});

describe("patterns of a file", () => {
  test("need no engine, and have the hours that the file has", async () => {
    const run = await ofFile(table(14), "--column", "cpu", "--json");
    expect(run).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    const output = patternsOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(output).toMatchObject({
      swarmId: null,
      madeAtMs: NOW_MS,
      windowMs: 14 * DAY_MS,
      timeScale: 1,
      hours: "file",
      series: [{ scope: "file", key: "", metric: "cpu" }],
      correlations: [],
    });
    const [series] = output.series;
    expect(series?.temporal.daily).toMatchObject({ kind: "known", peak: { from: 9, to: 12 } });
    expect(series?.temporal.weekly).toMatchObject({ kind: "tooLittle", neededMs: 21 * DAY_MS });
    expect(series?.temporal.daily).toMatchObject({ basis: { steps: (14 * 1_440) / 15, missing: 0 } });
    expect(series?.growth).toMatchObject({ kind: "known", days: 14, trend: "none" });
  });

  test("are of its last days only when asked for, and of all of it otherwise", async () => {
    const weekly = async (...args: string[]) => {
      const run = await ofFile(table(28, 60), "--column", "cpu", "--json", ...args);
      return patternsOutput.parse(run.json()).series[0]?.temporal.weekly.kind;
    };
    expect(await weekly()).toBe("known");
    expect(await weekly("--days", "14")).toBe("tooLittle");
  });

  test("take steps of seconds as well", async () => {
    const run = await ofFile(table(1, 0.5), "--column", "cpu", "--json");
    const output = patternsOutput.parse(run.json());
    expect(output.series[0]?.load).toMatchObject({ kind: "known", basis: { steps: 1_440, stepMs: 60_000 } });
  });

  test("are told in words", async () => {
    const run = await ofFile(table(14), "--column", "cpu");
    expect(run.stdout).toContain("Daily pattern: strong (0.98), peak 09:00–12:00");
    expect(run.stdout).toContain("Weekly pattern: not enough history: 14 d of the 21 d it takes");
    expect(run.stdout).not.toMatch(/NaN|undefined|null/);
  });

  test.each([
    ["an empty file", "", [], "csv.empty", exitCode.failure, "no rows"],
    ["no such column", table(1), ["--column", "cpus"], "csv.column", exitCode.usage, "Known: cpu, jobs"],
    ["no times", "cpu\n1\n2\n3", [], "patterns.noTimes", exitCode.failure, "no column of times"],
    ["one row", "time,cpu\n2026-01-01,3", [], "patterns.fewRows", exitCode.failure, "has 1 row"],
    ["words", table(1).replace("1.07", "many"), ["--column", "cpu"], "csv.notANumber", exitCode.failure, "Line"],
  ])("of %s are refused with what is wrong", async (_name, text, args, code, exit, words) => {
    const run = await ofFile(text, ...args, "--json");
    expect(run.exit).toBe(exit);
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});

describe("flags of patterns", () => {
  test.each([
    [["--days", "0"], "flag.invalid", "at least 1 day"],
    [["--days", "401"], "flag.invalid", "at most 400"],
    [["--days", "1.5"], "flag.invalid", "whole number"],
    [["--days", "week"], "flag.invalid", "not a number"],
    [["--demo", "--swarm-id", "a"], "flags.conflict", "one swarm"],
    [["--input", "f", "--demo"], "flags.conflict", "use one of them"],
    [["--input", "f", "--metric", "demand"], "flags.conflict", "--column"],
    [["--demo", "--column", "a"], "flags.conflict", "--input FILE only"],
  ])("%j are refused before anything is read", async (args, code, words) => {
    const run = await runFake(["patterns", ...args, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});

describe("a heat map", () => {
  const cells = Array.from({ length: 168 }, (_, cell) => (cell === 3 ? null : cell));
  const text = (width: number | null) =>
    heatMapLines(cells, String, width).map((line) =>
      line.map((span) => (typeof span === "string" ? span : span.text)).join(""),
    );

  test("shades from the least to the greatest, and leaves blank what was not measured", () => {
    const lines = text(null);
    expect(lines).toHaveLength(9);
    expect(lines[1]).toBe(`Mon  ······  ${"·".repeat(40)}`);
    expect(lines[7]).toBe(`Sun  ${"█".repeat(48)}`);
    expect(lines[8]).toBe("· 0 … █ 167");
  });

  test("takes half the room in a narrow terminal", () => {
    expect(Math.max(...text(40).map((line) => line.trimEnd().length))).toBe(29);
    expect(Math.max(...text(53).map((line) => line.trimEnd().length))).toBe(53);
  });

  test("of one value, or none, is even", () => {
    const even = heatMapLines(
      cells.map(() => 4),
      String,
      40,
    )[2]?.[1];
    expect(even).toBe("▒".repeat(24));
    expect(
      heatMapLines(
        cells.map(() => null),
        String,
        40,
      )[2]?.[1],
    ).toBe(" ".repeat(24));
    expect(() => heatMapLines([1, 2], String, null)).toThrow(RangeError);
  });
});
