import { describe, expect, test } from "vitest";
import { fileForecaster } from "../../src/cli/fileForecaster.ts";
import { thinned } from "../../src/cli/thinned.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { tableForecaster } from "../../src/engine/forecast/tableForecaster.ts";
import { MAX_STEPS } from "../../src/engine/forecast/prepare.ts";
import { cliError, exitCode, forecastOutput, MAX_HORIZON_STEPS } from "../../src/engine/protocol/cli.ts";
import { runFake } from "./fakeWorld.ts";
import { augursBytes } from "../engine/forecast/support.ts";
import { forecastSample, managedSample, observedSample, overviewSample, predictionSample } from "./samples.ts";

/** The real models but for the network, which takes seconds. */
const forecaster = tableForecaster({ augurs: augursBytes, tensorFlow: null, nowMs: () => 0 });
const FILE_KEYS = ["model", "points", "ready", "stepSeconds"];

/** Days of something with a clear day of 24 steps and a little that is not. */
function table(rows: number, cell: (row: number) => string = () => ""): string {
  const lines = ["time,cpu,jobs"];
  for (let row = 0; row < rows; row++) {
    const at = new Date(Date.UTC(2026, 0, 1) + row * 3_600_000).toISOString();
    const value = 10 + 5 * Math.sin((row / 24) * 2 * Math.PI) + ((row * 7919) % 13) / 13;
    lines.push(`${at},${cell(row) === "" ? value.toFixed(3) : cell(row)},${row % 7}`);
  }
  return lines.join("\n");
}

const forecastFile = (text: string, ...args: string[]) =>
  runFake(["forecast-resources", "--input", "load.csv", ...args], { files: { "load.csv": text }, forecaster });

describe("a forecast of a file", { timeout: 60_000 }, () => {
  test("has exactly the keys of its contract, one point a step, and needs no engine", async () => {
    const run = await forecastFile(table(240), "--column", "cpu", "--horizon", "6", "--json");
    expect(run).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    const output = forecastOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(Object.keys(output).toSorted()).toEqual(FILE_KEYS);
    expect(output).toMatchObject({ ready: true, stepSeconds: 3600 });
    expect(output.points).toHaveLength(6);
    for (const [index, point] of output.points.entries()) {
      expect(Object.keys(point)).toEqual(["t", "mean", "lo", "hi"]);
      expect(point.lo).toBeLessThanOrEqual(point.mean);
      expect(point.mean).toBeLessThanOrEqual(point.hi);
      expect(point.t).toBe(new Date(Date.UTC(2026, 0, 11) + index * 3_600_000).toISOString());
    }
  });

  test("without times counts steps and leaves the step unknown", async () => {
    const column = table(240)
      .split("\n")
      .map((line) => line.split(",")[1])
      .join("\n");
    const run = await forecastFile(column, "--horizon", "3", "--json");
    const output = forecastOutput.parse(run.json());
    expect(output.stepSeconds).toBeNull();
    expect(output.points.map(({ t }) => t)).toEqual([1, 2, 3]);
  });

  test("is the same each time, and the same from standard input", async () => {
    const text = table(240);
    const args = ["--column", "cpu", "--horizon", "4", "--json"];
    const first = await forecastFile(text, ...args);
    const piped = await runFake(["forecast-resources", "--input", "-", ...args], { files: { "-": text }, forecaster });
    expect(piped.stdout).toBe(first.stdout);
  });

  test("widens with the confidence asked for", async () => {
    const width = async (confidence: string) => {
      const run = await forecastFile(
        table(240),
        "--column",
        "cpu",
        "--horizon",
        "2",
        "--confidence",
        confidence,
        "--json",
      );
      const [point] = forecastOutput.parse(run.json()).points;
      return point === undefined ? Number.NaN : point.hi - point.lo;
    };
    expect(await width("0.5")).toBeLessThan(await width("0.95"));
  });

  test("that is not ready ends with 3 and its reason, as JSON and in words", async () => {
    const json = await forecastFile(table(20), "--column", "cpu", "--horizon", "3", "--json");
    expect(json.exit).toBe(exitCode.notReady);
    const output = forecastOutput.parse(json.json());
    expect(Object.keys(output).toSorted()).toEqual([...FILE_KEYS, "reason"].toSorted());
    expect(output).toMatchObject({ ready: false, model: "none", points: [], reason: { code: "forecast.tooShort" } });
    const text = await forecastFile(table(20), "--column", "cpu", "--horizon", "3");
    expect(text.exit).toBe(exitCode.notReady);
    expect(text.stdout).toContain(output.reason?.message ?? "no message");
  });

  test("is of the model that is asked for, with the gate's word on it", async () => {
    const args = ["--column", "cpu", "--horizon", "3", "--json"];
    const naive = forecastOutput.parse((await forecastFile(table(240), ...args, "--model", "naive")).json());
    expect(naive.model).toBe("naive");
    expect(new Set(naive.points.map(({ mean }) => mean)).size).toBe(1);
    const silent = await forecastFile(table(240), ...args, "--model", "lstm");
    expect(silent.exit).toBe(exitCode.notReady);
    expect(forecastOutput.parse(silent.json())).toMatchObject({ ready: false, model: "lstm", points: [] });
  });

  test("takes the season that is given and looks for one that is not", async () => {
    const seasons: (number | null)[] = [];
    const spy = {
      ...forecaster,
      forecast: (...args: Parameters<typeof forecaster.forecast>) => {
        seasons.push(args[0].seasonSteps);
        return forecaster.forecast(...args);
      },
    };
    const args = ["forecast-resources", "--input", "f", "--column", "cpu", "--horizon", "2"];
    const files = { f: table(240) };
    await runFake(args, { files, forecaster: spy });
    await runFake([...args, "--season", "48"], { files, forecaster: spy });
    expect(seasons).toEqual([24, 48]);
  });

  test.each([
    ["an empty file", "", [], "csv.empty", exitCode.failure, "no rows"],
    ["a header alone", "time,cpu\n", [], "csv.empty", exitCode.failure, "no rows"],
    ["no such column", table(50), ["--column", "cpus"], "csv.column", exitCode.usage, "Known: cpu, jobs"],
    ["a choice of columns", table(50), [], "csv.whichColumn", exitCode.usage, "cpu, jobs"],
    [
      "words among the numbers",
      table(50, (row) => (row === 30 ? "many" : "")),
      ["--column", "cpu"],
      "csv.notANumber",
      exitCode.failure,
      "Line 32: 'many'",
    ],
    [
      "several things at the same times",
      `${table(50)}\n${table(50).split("\n").slice(1).join("\n").replaceAll(",1", ",2")}`,
      ["--column", "cpu"],
      "csv.sharedTimes",
      exitCode.failure,
      "--bucket and --agg",
    ],
    [
      "events without a time",
      "size\n1\n2\n3",
      ["--bucket", "60s", "--agg", "count"],
      "csv.noTimes",
      exitCode.failure,
      "holds times",
    ],
  ])("of %s is refused with what is wrong", async (_name, text, args, code, exit, words) => {
    const run = await forecastFile(text, "--horizon", "3", ...args, "--json");
    expect(run.exit).toBe(exit);
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  test("does not load the models for a file that cannot be read", async () => {
    const run = await runFake(["forecast-resources", "--input", "none.csv", "--horizon", "3"]);
    expect(run.exit).not.toBe(exitCode.ok);
    expect(run.stderr).toContain("none.csv");
    expect(run.stderr).not.toContain("loaded for nothing");
  });

  test("whose models are not installed says what is missing", () => {
    expect(() => fileForecaster("/nonexistent")).toThrow(CodedError);
  });

  test("reaches no further than the models can test", () => {
    expect(MAX_HORIZON_STEPS).toBe(MAX_STEPS / 2);
  });
});

describe("flags of forecast-resources", () => {
  test.each([
    [["--input", "f", "--horizon", "0"], "flag.invalid", "at least 1 step"],
    [["--input", "f", "--horizon", "-3"], "flag.invalid", "at least 1 step"],
    [["--input", "f", "--horizon", "2.5"], "flag.invalid", "whole number"],
    [["--input", "f", "--horizon", "999999"], "flag.invalid", "at most 2000"],
    [["--input", "f", "--horizon", "3", "--confidence", "1"], "flag.invalid", "no interval is certain"],
    [["--input", "f", "--horizon", "3", "--confidence", "0.2"], "flag.invalid", "0.5 to 0.999"],
    [["--input", "f", "--horizon", "3", "--season", "1"], "flag.invalid", "at least 2"],
    [["--input", "f"], "flags.conflict", "--horizon STEPS"],
    [["--input", "f", "--horizon", "3", "--demo"], "flags.conflict", "use one of them"],
    [["--input", "f", "--horizon", "3", "--swarm-id", "a"], "flags.conflict", "use one of them"],
    [["--input", "f", "--horizon", "3", "--time-horizon", "9"], "flags.conflict", "--horizon STEPS"],
    [["--horizon", "3"], "flags.conflict", "--time-horizon SECONDS"],
    [["--demo", "--column", "a"], "flags.conflict", "--input"],
    [["--demo", "--bucket", "60s", "--agg", "count"], "flags.conflict", "--input"],
    [["--input", "f", "--horizon", "3", "--bucket", "60s"], "flags.conflict", "go together"],
    [["--input", "f", "--horizon", "3", "--agg", "count"], "flags.conflict", "go together"],
    [["--input", "f", "--horizon", "3", "--bucket", "60", "--agg", "count"], "flag.invalid", "500ms"],
    [["--input", "f", "--horizon", "3", "--bucket", "0s", "--agg", "count"], "flag.invalid", "500ms"],
    [["--input", "f", "--horizon", "3", "--bucket", "1m", "--agg", "max:x"], "flag.invalid", "p95:COL"],
    [
      ["--input", "f", "--horizon", "3", "--bucket", "1m", "--agg", "sum:x", "--column", "x"],
      "flags.conflict",
      "sum:COL",
    ],
    [["--demo", "--season", "24"], "flags.conflict", "--input"],
    [["--demo", "--model", "lstm"], "flags.conflict", "--input"],
    [["--input", "f", "--horizon", "3", "--model", "holtWinters"], "flag.invalid", "naive"],
    [["--demo", "--swarm-id", "a"], "flags.conflict", "one swarm"],
    [["--demo", "--time-horizon", "0"], "flag.invalid", "at least 1 second"],
  ])("%j are refused before anything is read", async (args, code, words) => {
    const run = await runFake(["forecast-resources", ...args, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});

describe("a forecast by the engine", () => {
  const answers = { "forecast/get": () => forecastSample(60), overview: () => overviewSample() };

  test("is the latest one when nothing else is asked for", async () => {
    const run = await runFake(["forecast-resources", "--demo", "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "forecast/get", params: { swarmId: "demo" } }]);
    const output = forecastOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(output).toMatchObject({ ready: true, swarmId: "demo", stepSeconds: 2, model: "ensemble" });
    expect(output.points).toHaveLength(60);
    expect(output.scores).toHaveLength(2);
  });

  test("is made for a horizon in seconds and a confidence", async () => {
    const args = ["forecast-resources", "--swarm-id", "tests", "--time-horizon", "3600", "--confidence", "0.9"];
    const predicting = { ...answers, "forecast/predictScaling": () => predictionSample() };
    const run = await runFake([...args, "--json"], { answers: predicting });
    expect(run.calls).toEqual([
      { method: "forecast/predictScaling", params: { swarmId: "tests", timeHorizon: 3600, confidence: 0.9 } },
    ]);
    const output = forecastOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(Object.keys(output.predictions ?? {})).toEqual(["demand", "cpu", "memory", "network", "agents"]);
    expect(output.predictions?.demand).toMatchObject({ unit: "agents", ready: true, coverage: 0.943 });
    expect(output.predictions?.demand.byModel.map(({ model, points }) => [model, points.length])).toEqual([
      ["ensemble", 60],
      ["lstm", 0],
    ]);
    expect(output.predictions?.demand.byModel[1]?.reason?.message).toContain("says nothing of this history");
    expect(output.predictions?.network).toMatchObject({ ready: false, reason: { code: "forecast.tooShort" } });
    expect(output.scalingPlan?.steps.map(({ agents, bound }) => [agents, bound])).toEqual([
      [4, null],
      [6, "max"],
    ]);
    expect(output.backTested).toBe(0.943);
  });

  test("is of the only managed swarm when none is named", async () => {
    const run = await runFake(["forecast-resources", "--json"], { answers });
    expect(run.calls[1]).toEqual({ method: "forecast/get", params: { swarmId: "demo" } });
  });

  test("of no swarm, or of one of several, is refused with what to do", async () => {
    const none = { ...answers, overview: () => overviewSample({ swarms: [observedSample()] }) };
    const without = await runFake(["forecast-resources"], { answers: none });
    expect(without.exit).toBe(exitCode.failure);
    expect(without.stderr).toContain("--input FILE");
    const swarms = [managedSample(), managedSample({ id: "tests" })];
    const several = await runFake(["forecast-resources"], {
      answers: { ...answers, overview: () => overviewSample({ swarms }) },
    });
    expect(several.exit).toBe(exitCode.usage);
    expect(several.stderr).toContain("demo, tests");
  });

  test("that is not ready is printed, with exit code 3", async () => {
    const reason = { code: "forecast.tooShort", args: { steps: 12, needed: 43 } };
    const notReady = { "forecast/get": () => forecastSample(2, { ready: false, reason, model: "naive" }) };
    const json = await runFake(["forecast-resources", "--demo", "--json"], { answers: notReady });
    expect(json.exit).toBe(exitCode.notReady);
    expect(json.json()).toMatchObject({ ready: false, reason });
    const text = await runFake(["forecast-resources", "--demo"], { answers: notReady });
    expect(text.exit).toBe(exitCode.notReady);
    expect(text.stdout).toContain("nothing acts on them");
  });
});

describe("rows to show", () => {
  test.each([0, 1, 2, 11, 12, 13, 60, 1000])(
    "of %s points are at most 12, first and last among them, in order",
    (count) => {
      const shown = thinned(count, 12);
      expect(shown).toHaveLength(Math.min(count, 12));
      expect(new Set(shown).size).toBe(shown.length);
      expect(shown).toEqual(shown.toSorted((a, b) => a - b));
      if (count > 0) expect([shown[0], shown.at(-1)]).toEqual([0, count - 1]);
    },
  );

  test("are refused below two", () => expect(() => thinned(5, 1)).toThrow(RangeError));
});
