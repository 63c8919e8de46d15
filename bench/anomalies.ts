import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AnomalyDetector } from "../src/engine/analyse/anomaly/detector.ts";
import { detectRows } from "../src/engine/analyse/anomaly/detectRows.ts";
import { createRng } from "../src/engine/common/rng.ts";
import { readRows } from "../src/engine/forecast/fromTable.ts";
import { bestNabScore, type LabelWindow, nabScore, type NabResult, type ScoredFile } from "./lib/nabScore.ts";
import { randomCutForestScores } from "./lib/randomCutForest.ts";
import { median, report } from "./lib/report.ts";
import { balancedAccuracy, rocAuc, seededAnomalies, SHAPES } from "./lib/seededAnomalies.ts";

const TRACES = join(import.meta.dirname, "../../shared/traces");
const LABELS = "nab_labels.json";
const SEED = 1;
const SEEDS = [1, 2, 3, 4, 5];
const STEPS = 5_000;
const FOREST = { trees: 40, treeSize: 256 };
/** Values of a point of the random cut forest, and memories of the EWMA: each gets the best of those tried. */
const SHINGLES = [1, 4];
const EWMA_GAINS = [0.01, 0.02, 0.05, 0.1];
const bench = "anomalies";

interface Trace {
  readonly name: string;
  readonly values: Float64Array;
  readonly times: Float64Array;
  readonly windows: readonly LabelWindow[];
}

/** All figures, one JSON object a line. @param traces folder of labelled files; without it they are left out */
export async function anomalyFigures(traces: string): Promise<void> {
  seeded();
  cost();
  if (existsSync(join(traces, LABELS))) await labelled(traces);
  else note(`no ${join(traces, LABELS)}: the labelled files are left out`);
}

/** Points of 4σ and shifts of 2σ in noise, in a day and on a wandering level. */
function seeded(): void {
  for (const shape of SHAPES) {
    const results = SEEDS.map((seed) => {
      const { values, labels } = seededAnomalies(shape, seed, STEPS);
      const { scores, flags } = judged(values, null);
      return { auc: rocAuc(scores, labels), accuracy: balancedAccuracy(flags, labels) };
    });
    const auc = results.map((result) => result.auc);
    const accuracy = results.map((result) => result.accuracy);
    note(`${shape}: least AUC ${Math.min(...auc).toFixed(3)}, least accuracy ${Math.min(...accuracy).toFixed(3)}`);
    const unit = "share";
    report({ bench, name: `auc_${shape}`, value: median(auc), unit, target: 0.95, better: "higher" });
    report({ bench, name: `balanced_accuracy_${shape}`, value: median(accuracy), unit, target: 0.9, better: "higher" });
  }
}

/** As the engine asks: the season is known, a value comes at each step. */
function cost(): void {
  const { values } = seededAnomalies("day", SEED, 20_000);
  const detector = new AnomalyDetector({ seed: SEED, seasonSteps: 288 });
  const times: number[] = [];
  for (const value of values) {
    const begun = performance.now();
    detector.push({ value, phase: null, forecast: null });
    times.push(performance.now() - begun);
  }
  const sorted = times.slice(1_000).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
  report({ bench, name: "push_median", value: at(0.5), unit: "ms", target: 0.1, better: "lower" });
  report({ bench, name: "push_p99", value: at(0.99), unit: "ms", target: 2, better: "lower" });
  // With whatever else the machine does at that moment.
  report({ bench, name: "push_longest", value: at(1), unit: "ms", better: "lower" });
}

/** The benchmark's own scorer on its own files, one threshold for all of them, for each detector the one that is best. */
async function labelled(folder: string): Promise<void> {
  const traces = await tracesOf(folder);
  const rows = traces.reduce((sum, { values }) => sum + values.length, 0);
  note(`${traces.length} labelled files, ${rows} rows, ${traces.flatMap(({ windows }) => windows).length} windows`);
  const scored = (scores: (trace: Trace) => ArrayLike<number>): readonly ScoredFile[] =>
    traces.map((trace) => ({ scores: scores(trace), windows: trace.windows }));
  const own = traces.map(({ values, times }) => judged(values, times));
  const ours = bestNabScore(scored((trace) => own[traces.indexOf(trace)]?.scores ?? []));
  const byFlag = nabScore(
    scored((trace) => own[traces.indexOf(trace)]?.flags ?? []),
    1,
  );
  const ewma = EWMA_GAINS.map((gain) => bestNabScore(scored(({ values }) => ewmaScores(values, gain))));
  const forest = SHINGLES.map((shingle) =>
    bestNabScore(scored(({ values }) => randomCutForestScores(values, { ...FOREST, shingle, rng: createRng(SEED) }))),
  );
  const best = (results: readonly NabResult[]): NabResult =>
    results.reduce((most, one) => (one.score > most.score ? one : most));
  const peers: readonly (readonly [string, NabResult])[] = [
    ["ewma z-score", best(ewma)],
    ["random cut forest", best(forest)],
  ];
  for (const [peer, result] of [["ours", ours], ["ours by its own flag", byFlag], ...peers] as const)
    note(
      `${peer}: ${result.score.toFixed(1)}, ${result.found} of ${result.windows} windows, ${result.falsePositives} rows elsewhere`,
    );
  for (const [peer, result] of peers)
    report({
      bench,
      name: "nab_standard_these_files",
      value: ours.score,
      unit: "points",
      better: "higher",
      peer,
      peerValue: result.score,
    });
}

async function tracesOf(folder: string): Promise<readonly Trace[]> {
  const labels = JSON.parse(readFileSync(join(folder, LABELS), "utf8")) as Record<
    string,
    { readonly windows: readonly (readonly [string, string])[] }
  >;
  const traces: Trace[] = [];
  for (const [name, { windows }] of Object.entries(labels)) {
    const { values, times } = await readRows(readFileSync(join(folder, name), "utf8"), { column: "value" });
    if (times === null) throw new RangeError(`${name} must have times`);
    const rowsOf = ([from, to]: readonly [string, string]): LabelWindow => {
      const [fromMs, toMs] = [from, to].map((at) => Date.parse(`${at.slice(0, 19).replace(" ", "T")}Z`));
      return {
        first: times.findIndex((at) => at >= (fromMs ?? Number.NaN)),
        last: times.findLastIndex((at) => at <= (toMs ?? Number.NaN)),
      };
    };
    traces.push({ name, values, times, windows: windows.map(rowsOf) });
  }
  return traces;
}

function judged(values: Float64Array, times: Float64Array | null): { scores: Float64Array; flags: Uint8Array } {
  const scores = new Float64Array(values.length);
  const flags = new Uint8Array(values.length);
  for (const { index, score, flag } of detectRows({ values, times }, { seed: SEED, seasonSteps: null })) {
    scores[index] = score ?? 0;
    flags[index] = flag ? 1 : 0;
  }
  return { scores, flags };
}

/** |x − mean| in standard deviations, both exponentially weighted over the values before. */
function ewmaScores(values: ArrayLike<number>, gain: number): Float64Array {
  let mean = values[0] ?? 0;
  let variance = 0;
  return Float64Array.from(values, (value) => {
    const off = value - mean;
    const spread = Math.sqrt(variance);
    const score = spread > 0 ? Math.abs(off) / spread : 0;
    mean += gain * off;
    variance = (1 - gain) * (variance + gain * off * off);
    return score;
  });
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

if (import.meta.main) {
  const at = process.argv.indexOf("--traces");
  anomalyFigures((at < 0 ? undefined : process.argv[at + 1]) ?? process.env["SWARM_TRACES"] ?? TRACES);
}
