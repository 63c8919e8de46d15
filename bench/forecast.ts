import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HeavyChild } from "../src/engine/act/heavyChild.ts";
import { detectSeason } from "../src/engine/forecast/detectSeason.ts";
import { forecast } from "../src/engine/forecast/forecast.ts";
import { parseSeries } from "../src/engine/forecast/fromTable.ts";
import type { ForecastAnswer } from "../src/engine/ports.ts";
import { augurs, DEMO_SEASON, demoDemand, request } from "../test/engine/forecast/support.ts";
import { median, report } from "./lib/report.ts";

/**
 * Forecasts: the demo's demand (error on its own back-tests, days of history until ready, time), the heavy child that makes
 * them, reading a large table, and held-out parts of real traces where there are any. Peers, naive and seasonal naive, are
 * judged on the same values.
 */
const DEMO = { seasonSteps: DEMO_SEASON, horizonSteps: 30, lowerBound: 0 };
const SEEDS = [1, 2, 3, 4, 5];
const TRACES = join(import.meta.dirname, "../../shared/traces");
const TRACE_HORIZON = 60;
const CUTS = 6;
const root = join(import.meta.dirname, "..");
const bench = "forecast";

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function timed<T>(work: () => T): { result: T; ms: number } {
  const begun = performance.now();
  const result = work();
  return { result, ms: performance.now() - begun };
}

function scoreOf(answer: ForecastAnswer, model: string) {
  return answer.scores.find((score) => score.model === model);
}

function demo(): void {
  // The first one compiles.
  forecast(request(demoDemand(3, 9), DEMO), { augurs });
  const answers = SEEDS.map((seed) => forecast(request(demoDemand(6, seed), DEMO), { augurs }));
  const of = (model: (answer: ForecastAnswer) => string, figure: "mae" | "coverage"): number =>
    median(answers.map((answer) => scoreOf(answer, model(answer))?.[figure] ?? Number.NaN));
  const chosen = ({ model }: ForecastAnswer): string => model;
  const mae = of(chosen, "mae");
  for (const peer of ["naive", "seasonalNaive"])
    report({
      bench,
      name: "demo_mae",
      value: mae,
      unit: "agents",
      better: "lower",
      peer,
      peerValue: of(() => peer, "mae"),
    });
  report({ bench, name: "demo_coverage_of_0.95", value: of(chosen, "coverage"), unit: "share", better: "higher" });
  note(
    `demo: models ${answers.map(chosen).join(", ")}; ready ${answers.filter(({ ready }) => ready).length} of ${answers.length}`,
  );

  const daysUntilReady = SEEDS.map((seed) => {
    const whole = demoDemand(4, seed);
    for (let steps = DEMO_SEASON / 2; steps <= whole.length; steps += 9) {
      const { ready, seasonSteps } = forecast(request(whole.subarray(0, steps), DEMO), { augurs });
      if (ready && seasonSteps !== null) return steps / DEMO_SEASON;
    }
    return Number.POSITIVE_INFINITY;
  });
  report({ bench, name: "demo_days_until_ready", value: median(daysUntilReady), unit: "days", better: "lower" });
}

function cost(): void {
  const shapes = [
    { name: "360_values", days: 2, horizonSteps: 60, target: 1_500 },
    { name: "1080_values", days: 6, horizonSteps: 60, target: 1_500 },
    { name: "2880_values", days: 16, horizonSteps: 60, target: 1_500 },
  ];
  for (const { name, days, horizonSteps, target } of shapes) {
    const asked = request(demoDemand(days, 1), { ...DEMO, horizonSteps });
    const times = SEEDS.map(() => timed(() => forecast(asked, { augurs })).ms);
    report({ bench, name: `ms_${name}_season_180`, value: median(times), unit: "ms", target, better: "lower" });
  }
  // A real swarm: minutes, and a season of a day in them.
  const day = (t: number): number => 6 + 4 * Math.sin((2 * Math.PI * t) / 1_440) + Math.sin(t) + Math.sin(1.7 * t * t);
  const minutes = Float64Array.from({ length: 12_000 }, (_, t) => day(t));
  const asked = request(minutes, { seasonSteps: 1_440, horizonSteps: 60 });
  const times = SEEDS.map(() => timed(() => forecast(asked, { augurs })).ms);
  report({ bench, name: "ms_12000_values_season_1440", value: median(times), unit: "ms", better: "lower" });
}

async function heavyChild(): Promise<void> {
  const never = { signal: new AbortController().signal };
  const starts: number[] = [];
  const rests: number[] = [];
  const small = request(demoDemand(1, 1), DEMO);
  const large = request(demoDemand(14, 1), DEMO);
  for (let round = 0; round < 5; round++) {
    const child = new HeavyChild({
      script: join(root, "dist", "heavy.js"),
      filesFolder: join(root, "node_modules/@bsull/augurs"),
    });
    try {
      const begun = performance.now();
      // What there is to forecast takes no time: this is the start alone.
      await child.run("forecast", { ...small, values: new Float64Array(0) }, never);
      starts.push(performance.now() - begun);
      await child.run("forecast", large, never);
      rests.push(rssBytes(child.pid) / 1e6);
    } finally {
      child.dispose();
    }
  }
  report({ bench, name: "heavy_start", value: median(starts), unit: "ms", better: "lower" });
  if (rests.every(Number.isFinite))
    report({ bench, name: "heavy_rss", value: median(rests), unit: "MB", better: "lower" });
}

function rssBytes(pid: number | null): number {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1]) * 1024 : Number.NaN;
}

function table(): void {
  const start = Date.UTC(2026, 0, 1);
  const rows = Array.from(
    { length: 1_000_000 },
    (_, i) => `${new Date(start + i * 60_000).toISOString()},${(i % 997) / 3}`,
  );
  const text = `time,load\n${rows.join("\n")}`;
  const times = [1, 2, 3].map(() => timed(() => parseSeries(text)).ms);
  report({ bench, name: "table_of_1e6_lines", value: median(times), unit: "ms", target: 2_000, better: "lower" });
}

/** What came after each cut, against what was said there. */
function traces(): void {
  const files = existsSync(TRACES) ? readdirSync(TRACES).filter((name) => /^nab_.*\.csv$/.test(name)) : [];
  if (files.length === 0) note("no traces: left out");
  const said = { inside: 0, count: 0, ready: 0, cuts: 0 };
  for (const file of files) {
    const { values } = parseSeries(readFileSync(join(TRACES, file), "utf8"));
    const errors = { shown: [] as number[], naive: [] as number[], ms: [] as number[] };
    let ready = 0;
    for (let cut = 0; cut < CUTS; cut++) {
      const at = Math.floor(values.length * (0.5 + (0.5 * cut) / CUTS)) - TRACE_HORIZON;
      const past = values.subarray(0, at);
      const season = detectSeason(past);
      const { result, ms } = timed(() =>
        forecast(request(past, { seasonSteps: season, horizonSteps: TRACE_HORIZON }), { augurs }),
      );
      errors.ms.push(ms);
      said.cuts++;
      if (result.ready) ready++;
      for (const [h, { mean, lo, hi }] of result.points.entries()) {
        const value = values[at + h] as number;
        if (Number.isNaN(value)) continue;
        said.count++;
        if (value >= lo && value <= hi) said.inside++;
        errors.shown.push(Math.abs(value - mean));
        errors.naive.push(Math.abs(value - (past.findLast((one) => !Number.isNaN(one)) as number)));
      }
    }
    said.ready += ready;
    const mean = (list: number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;
    note(`${file}: ready at ${ready} of ${CUTS} cuts, ${Math.round(median(errors.ms))} ms each`);
    report({
      bench,
      name: `held_out_mae_${file.slice(4, -4)}`,
      value: mean(errors.shown),
      unit: "its own",
      better: "lower",
      peer: "naive",
      peerValue: mean(errors.naive),
    });
  }
  if (said.count === 0) return;
  report({
    bench,
    name: "traces_held_out_coverage_of_0.95",
    value: said.inside / said.count,
    unit: "share",
    better: "higher",
  });
  report({ bench, name: "traces_ready", value: said.ready / said.cuts, unit: "share of cuts", better: "higher" });
}

demo();
cost();
if (existsSync(join(root, "dist", "heavy.js"))) await heavyChild();
else note("no dist/heavy.js: the child is left out; build first");
table();
traces();
