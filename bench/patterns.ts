import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeavyChild } from "../src/engine/act/heavyChild.ts";
import { correlationOf } from "../src/engine/analyse/patterns/correlation.ts";
import { UTC } from "../src/engine/analyse/patterns/calendar.ts";
import { patternsOf } from "../src/engine/analyse/patterns/patterns.ts";
import { periodOf } from "../src/engine/analyse/patterns/period.ts";
import { trackOf } from "../src/engine/analyse/patterns/track.ts";
import { systemClock } from "../src/engine/common/clock.ts";
import { createRng, normal } from "../src/engine/common/rng.ts";
import type { PatternsRequest } from "../src/engine/ports/patterns.ts";
import { historyPolicy } from "../src/engine/protocol/config.ts";
import { openStore } from "../src/engine/store/store.ts";
import { median, report } from "./lib/report.ts";

/**
 * Patterns: a week of minutes of eight series (all of it, the search for a period alone, through the heavy child), reading
 * them from a store in the engine's own process, and how often unconnected series are called connected.
 */
const bench = "patterns";
const STEPS = 7 * 1_440;
const MINUTE_MS = 60_000;
const FROM_MS = Date.UTC(2026, 0, 5);
const ROUNDS = 7;
const PAIRS = 200;
const METRICS = [
  "demand",
  "live",
  "cpuCores",
  "rssBytes",
  "cpuBusyRatio",
  "memoryUsedBytes",
  "networkReceiveBytesPerSecond",
  "networkTransmitBytesPerSecond",
] as const;

function week(seed: number): Float64Array {
  const rng = createRng(seed);
  let level = 0;
  return Float64Array.from({ length: STEPS }, (_, t) => {
    level = 0.98 * level + 0.3 * normal(rng);
    return 5 + 3 * Math.sin((2 * Math.PI * t) / 1_440) + level + normal(rng);
  });
}

async function timed(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const begun = performance.now();
    await work();
    // The first one compiles.
    if (round > 0) times.push(performance.now() - begun);
  }
  return median(times);
}

const request: PatternsRequest = {
  fromMs: FROM_MS,
  stepMs: MINUTE_MS,
  hours: null,
  timeScale: 1,
  zone: [{ fromMs: 0, offsetMs: 0 }],
  series: METRICS.map((metric, seed) => ({ scope: "swarm", key: "a", metric, fine: week(seed), hours: null })),
};

report({
  bench,
  name: "7_days_x_8_series",
  value: await timed(() => patternsOf(request)),
  unit: "ms",
  target: 1_000,
  better: "lower",
});
const long = request.series.map((one) => ({
  ...one,
  fine: Float64Array.from({ length: 4 * STEPS }, (_, t) => one.fine[t % STEPS] ?? 0),
}));
report({
  bench,
  name: "28_days_x_8_series",
  value: await timed(() => patternsOf({ ...request, series: long })),
  unit: "ms",
  better: "lower",
});
const track = trackOf(week(1), FROM_MS, MINUTE_MS, 1);
report({
  bench,
  name: "period_of_10080_points",
  value: await timed(() => periodOf(track)),
  unit: "ms",
  target: 50,
  better: "lower",
});

const root = join(import.meta.dirname, "..");
const heavy = new HeavyChild({
  script: join(root, "src/engine/heavy.ts"),
  filesFolder: join(root, "node_modules/@bsull/augurs"),
});
const signal = new AbortController().signal;
report({
  bench,
  name: "7_days_x_8_series_by_the_heavy_child",
  value: await timed(() => heavy.run("patterns", request, { signal })),
  unit: "ms",
  better: "lower",
});
heavy.dispose();

const folder = mkdtempSync(join(tmpdir(), "bench-patterns-"));
try {
  const store = openStore({ path: join(folder, "a.db"), machineId: "bench", clock: systemClock });
  const policy = historyPolicy.parse({});
  const keys = METRICS.map((metric) => ({ scope: "swarm", key: "a", metric }) as const);
  // Four samples a minute are enough: what is read are roll-ups.
  for (let sample = 0; sample < 4 * STEPS; sample++) {
    const wallMs = FROM_MS + sample * 15_000;
    const values = keys.map((key, n) => ({ ...key, value: n + Math.sin(sample / 900), source: "measured" as const }));
    if (!store.series.append({ wallMs, intervalMs: 15_000, values })) throw new Error("a tick was not kept");
    store.series.maintain(wallMs, policy);
  }
  const key = { scope: "swarm", key: "a", metric: METRICS[0] } as const;
  const read = () => store.series.steps(key, MINUTE_MS, STEPS, FROM_MS + STEPS * MINUTE_MS);
  if (read().filter((value) => Number.isFinite(value)).length < 0.99 * STEPS) throw new Error("the week is not there");
  report({
    bench,
    name: "reading_7_days_of_a_series",
    value: await timed(read),
    unit: "ms",
    target: 50,
    better: "lower",
  });
  store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

let connected = 0;
for (let pair = 0; pair < PAIRS; pair++) {
  const [x, y] = [2 * pair + 1, 2 * pair + 2].map((seed) => trackOf(week(seed), FROM_MS, MINUTE_MS, 1));
  if (x === undefined || y === undefined) throw new Error("no pair");
  const answer = correlationOf(x, y, UTC);
  if (answer.kind === "known" && answer.significant) connected++;
}
report({
  bench,
  name: "unconnected_series_called_connected",
  value: connected / PAIRS,
  unit: "share",
  target: 0.01,
  better: "lower",
});
