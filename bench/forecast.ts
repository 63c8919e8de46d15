import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RandomForestRegression } from "ml-random-forest";
import { HeavyChild } from "../src/engine/act/heavyChild.ts";
import { createRng, normal } from "../src/engine/common/rng.ts";
import { assess, type Assessment } from "../src/engine/forecast/assess.ts";
import { calendarSeason } from "../src/engine/forecast/calendarSeason.ts";
import { detectSeason } from "../src/engine/forecast/detectSeason.ts";
import type { Fitted } from "../src/engine/forecast/forecaster.ts";
import { forecast } from "../src/engine/forecast/forecast.ts";
import { Forest } from "../src/engine/forecast/forest.ts";
import { readSeries, type TableFlags } from "../src/engine/forecast/fromTable.ts";
import { forecasters } from "../src/engine/forecast/models.ts";
import { loadTensorFlow } from "../src/engine/forecast/tensorFlow.ts";
import type { ForecastRequest } from "../src/engine/ports.ts";
import { augurs, DEMO_SEASON, demoDemand, request } from "../test/engine/forecast/support.ts";
import { anomalyFigures } from "./anomalies.ts";
import { median, report } from "./lib/report.ts";

/**
 * Forecasts that earn their trust: error and coverage on real traces (or seeded series where there are none) beside the four
 * simple rules, judged on the same values; the learned models alone; speed; the tick of an engine whose child trains. Then
 * anomalies on labelled files.
 *
 *     npm run -s bench forecast            (traces: SWARM_TRACES, else ../shared/traces when it is there)
 */
const bench = "forecast";
const root = join(import.meta.dirname, "..");
const at = process.argv.indexOf("--traces");
const TRACES =
  (at < 0 ? undefined : process.argv[at + 1]) ?? process.env["SWARM_TRACES"] ?? join(root, "../shared/traces");
const RULES = ["naive", "snaive", "ewma", "median"] as const;
const SEEDS = [1, 2, 3];
const MOST_STEPS = 20_000;
/** An hour ahead; where values come more often than every two minutes, ten minutes. */
const HOUR_SECONDS = 3_600;
const SHORT_SECONDS = 600;
const SHORT_STEP_SECONDS = 120;
/** A trace of fewer values is reported and left out of the means. */
const LEAST_STEPS = 1_400;
const DAY_MS = 86_400_000;

const tensorFlow = loadTensorFlow({
  wasmFolder: join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"),
  native: null,
});
const models = forecasters({ augurs, tensorFlow: () => tensorFlow });
const nowMs = (): number => performance.now();

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Trace {
  readonly name: string;
  readonly values: Float64Array;
  readonly times: Float64Array;
  readonly stepSeconds: number;
}

/** Every file of the folder that has times and numbers; a log of requests becomes counts of ten seconds. */
async function tracesIn(folder: string): Promise<readonly Trace[]> {
  const traces: Trace[] = [];
  const read = async (name: string, text: string, flags: TableFlags): Promise<void> => {
    const { values, times, stepSeconds, column } = await readSeries(text, flags);
    if (times === null || stepSeconds === null) return;
    const last = values.findLastIndex((value) => Number.isFinite(value)) + 1;
    const label = column === "value" || column === "count" ? name : `${name}_${column}`;
    traces.push({ name: label, values: values.subarray(0, last), times: times.subarray(0, last), stepSeconds });
  };
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .toSorted()) {
    const text = readFileSync(join(folder, file), "utf8");
    const [head = "", first = "", second = ""] = text.split("\n", 3);
    const [time = "", ...columns] = head.trim().split(",");
    const name = file.slice(0, -4);
    // Requests come when they come; samples come at a step.
    const isLog = /\.\d{3,}/.test(first.split(",")[0] ?? "") && second !== "";
    if (isLog) await read(name, text, { bucket: 10_000, agg: { kind: "count" } });
    else if (time !== "") for (const column of columns) await read(name, text, { column });
  }
  return traces;
}

/** A day's pattern with noise of a tenth, where there are no real traces. */
function seededTraces(): readonly Trace[] {
  return SEEDS.map((seed) => {
    const rng = createRng(seed);
    const values = Float64Array.from(
      { length: 4_032 },
      (_, t) => (100 + 40 * Math.sin((2 * Math.PI * t) / 288)) * (1 + 0.1 * normal(rng)),
    );
    const times = Float64Array.from(values, (_, t) => t * 300_000);
    return { name: `seeded_${seed}`, values, times, stepSeconds: 300 };
  });
}

async function assessed({ values, times, stepSeconds }: Trace, horizonSteps: number): Promise<Assessment | null> {
  const season = calendarSeason(detectSeason(values.subarray(0, Math.floor(values.length * 0.7))), stepSeconds);
  const asked: ForecastRequest = {
    ...{ values, stepMs: stepSeconds * 1000, endMs: times.at(-1) ?? 0, dayMs: DAY_MS, seasonSteps: season },
    ...{ horizonSteps, confidence: 0.95, seed: 1, lowerBound: null },
  };
  const done = await assess(asked, { models, nowMs }, { mostSteps: MOST_STEPS });
  return done.kind === "assessed" ? done.assessment : null;
}

async function accuracy(): Promise<void> {
  const traces = existsSync(TRACES) ? await tracesIn(TRACES) : seededTraces();
  if (!existsSync(TRACES)) note(`no ${TRACES}: seeded series instead`);
  const ratios = new Map<string, number[]>();
  const coverages: number[] = [];
  const intervalScores: number[] = [];
  let ready = 0;
  for (const trace of traces) {
    const { name, values, stepSeconds } = trace;
    const seconds = stepSeconds < SHORT_STEP_SECONDS ? SHORT_SECONDS : HOUR_SECONDS;
    const done = await assessed(trace, Math.max(1, Math.round(seconds / stepSeconds)));
    if (done === null) {
      note(`${name}: cannot be tested`);
      continue;
    }
    const { scores, gate } = done.calibration;
    const maeOf = (model: string): number => scores.find((score) => score.model === model)?.mae ?? Number.NaN;
    const best = Math.min(...RULES.map(maeOf).filter((mae) => !Number.isNaN(mae)));
    const own = scores.find(({ model }) => model === "ensemble");
    const mae = own?.mae ?? Number.NaN;
    report({
      ...{ bench, name: `mae_${name}`, value: mae, unit: "its own", target: 1.1 * best, better: "lower" },
      ...{ peer: "best of naive, snaive, ewma, median", peerValue: best },
    });
    note(`${name}: ${mae / best} of the best rule, coverage ${own?.coverage}, ready ${gate.ready}`);
    if (values.length < LEAST_STEPS) continue;
    for (const { model, mae: theirs } of scores)
      if (theirs !== null) ratios.set(model, [...(ratios.get(model) ?? []), theirs / best]);
    // A rule that needs a season says nothing without one, and then stands as the naive forecast does.
    if (Number.isNaN(maeOf("snaive"))) ratios.set("snaive", [...(ratios.get("snaive") ?? []), maeOf("naive") / best]);
    if (own?.coverage != null) coverages.push(own.coverage);
    if (own?.intervalScore != null) intervalScores.push(own.intervalScore / best);
    if (gate.ready) ready++;
  }
  const ensemble = ratios.get("ensemble") ?? [];
  const unit = "of the best rule chosen afterwards";
  report({ bench, name: "traces_mae", value: geometricMean(ensemble), unit, target: 1, better: "lower" });
  report({ bench, name: "traces_mae_worst", value: Math.max(...ensemble), unit, target: 1.1, better: "lower" });
  for (const rule of RULES)
    report({
      ...{ bench, name: "traces_mae_against_one_rule", value: geometricMean(ensemble), unit, better: "lower" },
      ...{ target: 0.85 * geometricMean(ratios.get(rule) ?? []), peer: rule },
      ...{ peerValue: geometricMean(ratios.get(rule) ?? []) },
    });
  for (const model of ["lstm", "rf", "ets", "mstl"])
    if (ratios.has(model))
      report({
        bench,
        name: `traces_mae_${model}_alone`,
        value: geometricMean(ratios.get(model) ?? []),
        unit,
        better: "lower",
      });
  report({ bench, name: "traces_coverage_of_0.95", value: mean(coverages), unit: "share", better: "higher" });
  report({
    bench,
    name: "traces_interval_score",
    value: geometricMean(intervalScores),
    unit: "of the best rule's MAE",
    better: "lower",
  });
  report({ bench, name: "traces_ready", value: ready / coverages.length, unit: "share", better: "higher" });
}

/** A daily series with noise of a tenth: an hour of five-minute steps ahead. */
async function seeded(): Promise<void> {
  const found = { lstm: [] as number[], rf: [] as number[], ensemble: [] as number[] };
  for (const trace of seededTraces()) {
    const done = await assessed(trace, 12);
    for (const { model, accuracy: percent } of done?.calibration.scores ?? [])
      if (percent !== null && (model === "lstm" || model === "rf" || model === "ensemble")) found[model].push(percent);
  }
  const unit = "% of 92 at most";
  report({ bench, name: "seeded_day_accuracy_lstm", value: median(found.lstm), unit, target: 90, better: "higher" });
  report({ bench, name: "seeded_day_accuracy_rf", value: median(found.rf), unit, target: 85, better: "higher" });
  report({ bench, name: "seeded_day_accuracy_ensemble", value: median(found.ensemble), unit, better: "higher" });
}

/** 2,000 windows of 48 steps and 4 features through 32 units, forward and back. */
async function networkSpeed(): Promise<void> {
  const { tf, network, backend } = await tensorFlow;
  const shape = { steps: 48, features: 4, units: 32, outputs: 6, seed: 1 };
  const rows = 2_000;
  const batch = 128;
  const rng = createRng(1);
  const inputs = Float32Array.from({ length: rows * 48 * 4 }, () => normal(rng));
  const targets = Float32Array.from({ length: rows * 6 }, () => normal(rng));
  const model = network(shape);
  const optimizer = tf.train.adam(0.005);
  const epochs = [0, 1, 2, 3].map(() => {
    const begun = nowMs();
    for (let from = 0; from < rows; from += batch) {
      const count = Math.min(batch, rows - from);
      tf.tidy(() => {
        const x = tf.tensor3d(inputs.subarray(from * 192, (from + count) * 192), [count, 48, 4]);
        const y = tf.tensor2d(targets.subarray(from * 6, (from + count) * 6), [count, 6]);
        optimizer.minimize(
          () =>
            tf.losses.absoluteDifference(y, model.apply(x, { training: true }) as typeof y) as ReturnType<
              typeof tf.scalar
            >,
        );
      });
    }
    return nowMs() - begun;
  });
  const [, ...warm] = epochs;
  report({ bench, name: `lstm_epoch_on_${backend}`, value: median(warm), unit: "ms", target: 2_000, better: "lower" });
}

/** 50 trees on 5,000 rows of 24 features; the peer on 1,000, because its time grows with the square of the rows. */
function forestSpeed(): void {
  const rng = createRng(2);
  const width = 24;
  const sized = (rows: number) => {
    const features = Float64Array.from({ length: rows * width }, () => normal(rng));
    const targets = Float64Array.from(
      { length: rows },
      (_, row) => (features[row * width] as number) + Math.abs(features[row * width + 1] as number) + normal(rng) / 4,
    );
    return { rows, features, width, targets, outputs: 1 };
  };
  const timed = (work: () => unknown): number => {
    const begun = nowMs();
    work();
    return nowMs() - begun;
  };
  const fit = (rows: number): number => {
    const samples = sized(rows);
    return timed(() => Forest.fit(samples, { trees: 50, seed: 1, leastLeaf: 5, leaf: "mean" }));
  };
  fit(1_000);
  const whole = median([fit(5_000), fit(5_000), fit(5_000)]);
  report({ bench, name: "forest_50_trees_5000_x_24", value: whole, unit: "ms", target: 1_000, better: "lower" });
  const { rows, features, targets } = sized(1_000);
  const table = Array.from({ length: rows }, (_, row) => [...features.subarray(row * width, (row + 1) * width)]);
  const theirs = timed(() =>
    new RandomForestRegression({ nEstimators: 50, seed: 1, maxFeatures: 8, replacement: true }).train(table, [
      ...targets,
    ]),
  );
  const ours = median([fit(1_000), fit(1_000), fit(1_000)]);
  report({
    ...{ bench, name: "forest_50_trees_1000_x_24", value: ours, unit: "ms", better: "lower" },
    ...{ peer: "ml-random-forest", peerValue: theirs },
  });
}

/** One forecast of 60 steps of a week of the demo's days, after its tests. */
async function forecastSpeed(): Promise<void> {
  const asked = request(demoDemand(7, 1), { seasonSteps: DEMO_SEASON, horizonSteps: 60, lowerBound: 0 });
  const done = await assess(asked, { models, nowMs }, { plan: { mostTests: 10, mostWarmUps: 10 } });
  if (done.kind !== "assessed") throw new Error("the demo's demand must be testable");
  const { calibration, result } = done.assessment;
  const learned = new Map<string, Fitted>();
  for (const [id, snapshots] of result.snapshots) {
    const newest = snapshots.at(-1);
    if (newest !== undefined) learned.set(id, newest.fitted);
  }
  const time = async (model: string | undefined): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 12; round++) {
      const begun = nowMs();
      await forecast(asked, calibration, { models, learned }, model);
      times.push(nowMs() - begun);
    }
    return median(times.slice(2));
  };
  for (const model of ["lstm", "rf", "snaive", "ets", "mstl", "harmonic", "linear"])
    report({
      bench,
      name: `forecast_of_60_steps_${model}`,
      value: await time(model),
      unit: "ms",
      target: 20,
      better: "lower",
    });
  // It costs what its picks cost, which are others on another series: here those of this one, named on stderr.
  report({ bench, name: "forecast_of_60_steps_ensemble", value: await time("ensemble"), unit: "ms", better: "lower" });
  note(
    `the ensemble of this series: ${calibration.weights.map(([id, share]) => `${id} ${share.toFixed(2)}`).join(", ")}`,
  );
}

/** What a tick of 1 Hz sees while the child trains at the lowest priority on the same cores. */
async function tickWhileTraining(): Promise<void> {
  const script = join(root, "dist", "heavy.js");
  if (!existsSync(script)) {
    note("no dist/heavy.js: the child is left out; build first");
    return;
  }
  const child = new HeavyChild({ script, deadlineMs: 600_000, maxHeapMegabytes: 512 });
  const ending = new AbortController();
  const series = request(demoDemand(14, 1), { seasonSteps: DEMO_SEASON, horizonSteps: 30, lowerBound: 0 });
  const lateness: number[] = [];
  let due = nowMs() + 100;
  const timer = setInterval(() => {
    lateness.push(nowMs() - due);
    due = nowMs() + 100;
  }, 100);
  let peakBytes = 0;
  const begun = nowMs();
  try {
    const training = child.run("train", { series, model: "lstm" }, { signal: ending.signal });
    const watch = setInterval(() => (peakBytes = Math.max(peakBytes, rssBytes(child.pid))), 200);
    await training;
    clearInterval(watch);
  } finally {
    clearInterval(timer);
    child.dispose();
  }
  const sorted = lateness.toSorted((a, b) => a - b);
  report({ bench, name: "training_in_the_child", value: (nowMs() - begun) / 1000, unit: "s", better: "lower" });
  report({
    bench,
    name: "timer_lateness_p99_while_training",
    value: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? Number.NaN,
    unit: "ms",
    target: 1_000,
    better: "lower",
  });
  if (peakBytes > 0)
    report({ bench, name: "training_child_peak_rss", value: peakBytes / 1e6, unit: "MB", better: "lower" });
}

function rssBytes(pid: number | null): number {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1]) * 1024 : 0;
}

await accuracy();
await seeded();
await networkSpeed();
forestSpeed();
await forecastSpeed();
await tickWhileTraining();
await anomalyFigures(TRACES);
