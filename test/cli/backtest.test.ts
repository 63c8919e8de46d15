import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileForecaster } from "../../src/cli/fileForecaster.ts";
import { tableForecaster } from "../../src/engine/forecast/tableForecaster.ts";
import { backtestOutput, cliError, exitCode } from "../../src/engine/protocol/cli.ts";
import { MODEL_NAMES } from "../../src/engine/protocol/forecast.ts";
import { augursBytes, series, wasmFolder } from "../engine/forecast/support.ts";
import { runFake } from "./fakeWorld.ts";

/** The real models but for the network, which takes seconds. */
const forecaster = tableForecaster({ augurs: augursBytes, tensorFlow: null, nowMs: () => 0 });

const backtest = (text: string, ...args: string[]) =>
  runFake(["backtest", "--input", "f.csv", ...args], { files: { "f.csv": text }, forecaster });

async function tested(text: string, ...args: string[]) {
  const run = await backtest(text, ...args, "--json");
  const output = backtestOutput.parse(run.json());
  // Nothing was stripped, and nothing is printed that is no JSON number.
  expect(run.json()).toEqual(output);
  return { run, output };
}

function csv(values: ArrayLike<number | string>, stepMs = 3_600_000): string {
  const start = Date.UTC(2026, 0, 1);
  const rows = Array.from(values, (value, i) => `${new Date(start + i * stepMs).toISOString()},${value}`);
  return `time,load\n${rows.join("\n")}\n`;
}

/** A day of 24 hours, and noise of 10%. */
const daily = series(720, 3, (t, noise) => 100 * (1 + 0.5 * Math.sin((2 * Math.PI * t) / 24)) * (1 + 0.1 * noise()));
const rough = series(160, 4, (t, noise) => Number((20 + 5 * Math.sin(t / 5) + 3 * noise()).toFixed(3)));
const RULES = ["--models", "naive,ewma"];

describe("a back-test of a file", { timeout: 60_000 }, () => {
  test("has exactly the keys of its contract, by the names of the models", async () => {
    const { run, output } = await tested(csv(rough), "--horizon", "6");
    expect(run).toMatchObject({ connects: [], calls: [] });
    expect(Object.keys(output)).toEqual(["series", "models", "gate"]);
    expect(Object.keys(output.models)).toEqual([...MODEL_NAMES]);
    expect([...MODEL_NAMES]).toEqual(["naive", "snaive", "ewma", "median", "ets", "mstl", "lstm", "rf", "ensemble"]);
    for (const score of Object.values(output.models))
      expect(Object.keys(score)).toEqual([
        ...["mae", "mase", "wape", "accuracy", "coverage", "intervalScore", "fitMs", "predictMs"],
      ]);
    expect(Object.keys(output.gate)).toEqual(["ready", "reason", "baseline"]);
    expect(Object.keys(output.series)).toEqual([
      ...["column", "steps", "missing", "trainSteps", "origins", "horizon", "confidence", "season", "stepSeconds"],
    ]);
    expect(output.series).toMatchObject({
      ...{ column: "load", steps: 160, missing: 0, trainSteps: 112, origins: 8, horizon: 6 },
      ...{ confidence: 0.95, stepSeconds: 3_600 },
    });
    // Nothing has trained it.
    expect(output.models.lstm?.mae).toBeNull();
    expect(run.exit).toBe(output.gate.ready ? exitCode.ok : exitCode.notReady);
  });

  test.each([1, 5, 7])(
    "the naive forecast's figures are those worked out from the file, horizon %i",
    async (horizon) => {
      const { output } = await tested(csv(rough), "--horizon", String(horizon), ...RULES);
      const train = 160 - Math.ceil(0.3 * 160);
      let error = 0;
      let size = 0;
      let count = 0;
      for (let origin = train; origin + horizon <= 160; origin += horizon) {
        for (let h = 0; h < horizon; h++) {
          error += Math.abs((rough[origin + h] as number) - (rough[origin - 1] as number));
          size += Math.abs(rough[origin + h] as number);
          count++;
        }
      }
      let change = 0;
      for (let t = 1; t < train; t++) change += Math.abs((rough[t] as number) - (rough[t - 1] as number));
      const { naive } = output.models;
      expect(naive?.mae).toBeCloseTo(error / count, 9);
      expect(naive?.mase).toBeCloseTo(error / count / (change / (train - 1)), 9);
      expect(naive?.wape).toBeCloseTo(error / size, 9);
      expect(naive?.accuracy).toBeCloseTo(100 * (1 - error / size), 9);
      expect(output.series.origins).toBe(count / horizon);
    },
  );

  test("the exponential mean's alpha comes from the training part alone, its level from what was known", async () => {
    // The rest moves as no value before it: an alpha chosen with it would be another.
    const values = rough.map((value, t) => (t < 112 ? value : value + 10 * (t - 111)));
    const { output } = await tested(csv(values), "--horizon", "4", ...RULES);
    const errorOf = (alpha: number, from: readonly number[]): number => {
      let level = from[0] as number;
      let sum = 0;
      for (const value of from.slice(1)) {
        sum += Math.abs(value - level);
        level += alpha * (value - level);
      }
      return sum;
    };
    const alphas = Array.from({ length: 50 }, (_, i) => 0.02 * (i + 1));
    const best = (from: readonly number[]): number =>
      alphas.toSorted((a, b) => errorOf(a, from) - errorOf(b, from) || a - b)[0] as number;
    const alpha = best([...values.subarray(0, 112)]);
    expect(alpha).not.toBe(best([...values]));
    let error = 0;
    let count = 0;
    for (let origin = 112; origin + 4 <= 160; origin += 4) {
      let level = values[0] as number;
      for (let t = 1; t < origin; t++) level += alpha * ((values[t] as number) - level);
      for (let h = 0; h < 4; h++, count++) error += Math.abs((values[origin + h] as number) - level);
    }
    expect(output.models.ewma?.mae).toBeCloseTo(error / count, 6);
  });

  test("prints the models that were asked for; the rules that have to be beaten run in any case", async () => {
    const { output } = await tested(csv(rough), "--horizon", "6", "--models", "naive,mstl", "--season", "31");
    expect(Object.keys(output.models)).toEqual(["naive", "mstl"]);
    expect(output.gate.baseline).toMatch(/^(naive|snaive|ewma|median|ets)$/);
    expect(output.series.season).toBe(31);
  });

  test("a day with a tenth of noise is ready, and at least 90% accurate", async () => {
    const { run, output } = await tested(csv(daily), "--horizon", "24");
    expect(run.exit).toBe(exitCode.ok);
    expect(output.gate).toMatchObject({ ready: true, reason: null });
    expect(output.series.season).toBe(24);
    const { ensemble } = output.models;
    expect(ensemble?.accuracy).toBeGreaterThanOrEqual(90);
    expect(Math.abs((ensemble?.coverage as number) - 0.95)).toBeLessThanOrEqual(0.05);
    for (const name of ["naive", "snaive", "ewma", "median", "ets"] as const)
      expect(ensemble?.mae as number).toBeLessThan(output.models[name]?.mae as number);
    const text = await backtest(csv(daily), "--horizon", "24", "--models", "naive,ets");
    expect(text.stdout).toContain("load");
    expect(text.stdout).toMatch(/^MODEL\s+MAE\s+MASE\s+ACCURACY/m);
    expect(text.stdout).toContain("naive");
    expect(text.stdout).not.toContain("mstl");
  });

  test("is the same each time, and from standard input", async () => {
    const args = ["--horizon", "6", ...RULES, "--json"];
    const first = await backtest(csv(rough), ...args);
    const piped = await runFake(["backtest", "--input", "-", ...args], { files: { "-": csv(rough) }, forecaster });
    expect(piped.stdout).toBe(first.stdout);
  });

  test("rows at the end that were not measured judge nobody: all is as without them", async () => {
    const without = await tested(csv(rough), "--horizon", "6", ...RULES);
    const cells = [...rough, ...Array.from({ length: 30 }, () => "")];
    expect((await tested(csv(cells), "--horizon", "6", ...RULES)).output).toEqual(without.output);
  });

  test("what was not measured in between is counted and judges nobody", async () => {
    const cells = Array.from(rough, (value, t) => (t % 20 === 3 ? (t % 40 === 3 ? "" : "NaN") : value));
    const { output } = await tested(csv(cells), "--horizon", "6", ...RULES);
    expect(output.series).toMatchObject({ steps: 160, missing: 8 });
    expect(output.models.naive?.mae).not.toBeNull();
  });
});

describe("a file that is no easy one", { timeout: 60_000 }, () => {
  test.each([
    ["a constant", 7, 100],
    ["nothing but zeros", 0, null],
  ])("%s is forecast without error and is not ready: nothing can be better", async (_, value, accuracy) => {
    const { run, output } = await tested(csv(new Float64Array(120).fill(value)), "--horizon", "5");
    expect(run.exit).toBe(exitCode.notReady);
    expect(output.gate).toMatchObject({ ready: false, reason: { code: "forecast.noBetter" } });
    expect(output.gate.reason?.message).not.toBe("");
    expect(output.models.naive).toMatchObject({ mae: 0, mase: null, accuracy, coverage: 1 });
  });

  test("a step change is told as it is", async () => {
    const { run, output } = await tested(
      csv(rough.map((value, t) => value + (t < 130 ? 0 : 100))),
      "--horizon",
      "5",
      ...RULES,
    );
    expect([exitCode.ok, exitCode.notReady]).toContain(run.exit);
    expect(output.models.naive?.mae as number).toBeGreaterThan(1);
  });

  test("line ends, a byte order mark and semicolons change nothing", async () => {
    const plain = await tested(csv(rough), "--horizon", "6", ...RULES);
    const text = csv(rough);
    for (const other of [text.replaceAll("\n", "\r\n"), `\uFEFF${text}`, text.replaceAll(",", ";")])
      expect((await tested(other, "--horizon", "6", ...RULES)).output).toEqual(plain.output);
  });

  test("huge and tiny values have figures that are numbers", async () => {
    for (const scale of [1e300, 1e-300]) {
      const { output } = await tested(csv(rough.map((value) => value * scale)), "--horizon", "6", ...RULES);
      const plain = await tested(csv(rough), "--horizon", "6", ...RULES);
      expect((output.models.naive?.mae as number) / scale).toBeCloseTo(plain.output.models.naive?.mae as number, 6);
      expect(output.models.naive?.mase).toBeCloseTo(plain.output.models.naive?.mase as number, 6);
    }
  });

  test.each<[string, string, readonly string[], string]>([
    ["nothing measured", csv(Array.from({ length: 90 }, () => "")), [], "forecast.empty"],
    ["three rows", csv([1, 2, 3]), [], "forecast.tooShort"],
    ["too few rows for the horizon", csv(new Float64Array(100).fill(1)), ["--horizon", "50"], "forecast.tooShort"],
    ["mostly holes", csv(Array.from({ length: 200 }, (_, t) => (t % 11 === 0 ? 1 : ""))), [], "forecast.holes"],
    [
      "words",
      csv(Array.from({ length: 90 }, (_, t) => (t === 40 ? "many" : t))),
      ["--column", "load"],
      "csv.notANumber",
    ],
    ["no such column", csv(rough), ["--column", "cpu"], "csv.column"],
    ["nothing", "", [], "csv.empty"],
  ])("of %s is refused with what is wrong", async (_, text, args, code) => {
    const horizon = args.includes("--horizon") ? [] : ["--horizon", "6"];
    const run = await backtest(text, ...horizon, ...args, "--json");
    expect([exitCode.failure, exitCode.usage]).toContain(run.exit);
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).not.toContain(code);
  });

  test.each([
    [[], "--input"],
    [["--input", "f.csv"], "--horizon"],
    [["--input", "f.csv", "--horizon", "0"], "at least 1 step"],
    [["--input", "f.csv", "--horizon", "3", "--models", "arima"], "naive"],
    [["--input", "f.csv", "--horizon", "3", "--confidence", "1"], "no interval is certain"],
  ])("%j are refused before anything is read", async (args, words) => {
    const run = await runFake(["backtest", ...args, "--json"]);
    expect(run.exit).toBe(exitCode.usage);
    expect(cliError.parse(run.json()).error.message).toContain(words);
  });
});

test("the network as it is installed is tested with the others", { timeout: 180_000 }, async () => {
  const folder = join(import.meta.dirname, "../../node_modules/@bsull/augurs");
  const real = fileForecaster(folder, wasmFolder);
  const args = ["backtest", "--input", "f.csv", "--horizon", "12", "--models", "naive,lstm", "--json"];
  const run = await runFake(args, { files: { "f.csv": csv(daily) }, forecaster: real });
  const { models } = backtestOutput.parse(run.json());
  expect(Object.keys(models)).toEqual(["naive", "lstm"]);
  expect(models.lstm?.mae as number).toBeLessThan(models.naive?.mae as number);
  expect(models.lstm?.fitMs as number).toBeGreaterThan(0);
});
