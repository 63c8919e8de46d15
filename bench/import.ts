import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/engine/common/clock.ts";
import { createRng } from "../src/engine/common/rng.ts";
import type { Sliced } from "../src/engine/common/slices.ts";
import { uuidv7 } from "../src/engine/common/uuid.ts";
import { tables } from "../src/engine/forecast/importPlan.ts";
import type { PastSeries } from "../src/engine/ports.ts";
import { historyPolicy } from "../src/engine/protocol/config.ts";
import { openStore } from "../src/engine/store/store.ts";
import { median, report } from "./lib/report.ts";

/**
 * A past from elsewhere: text into even series (a million rows, in pieces as a file is read), and a series into the store.
 * Both in slices between which the engine ticks; the longest one is what a tick may have to wait.
 */
const ROWS = 1_000_000;
const PIECE = 16_384;
const ROUNDS = 3;
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const policy = historyPolicy.parse({});

/** Runs it to its end; the slices in ms. */
function timed<T>(work: Sliced<T>): { readonly value: T; readonly slices: number[] } {
  const slices: number[] = [];
  for (;;) {
    const began = performance.now();
    const { done, value } = work.next();
    slices.push(performance.now() - began);
    if (done === true) return { value, slices };
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

function text(jitterMs: number): string {
  const rng = createRng(1);
  const start = Date.UTC(2026, 0, 1);
  const rows = ["timestamp,cpu,jobs"];
  for (let i = 0; i < ROWS; i++) {
    const at = new Date(start + i * 10_000 + Math.floor(rng() * jitterMs)).toISOString();
    rows.push(`${at},${(5 + Math.sin(i / 1_000)).toFixed(3)},${i % 7}`);
  }
  return rows.join("\n");
}

for (const [name, jitterMs] of [
  ["even", 0],
  ["irregular", 9_000],
] as const) {
  const whole = text(jitterMs);
  const totals: number[] = [];
  const longest: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const reading = tables.read({ wanted: ["cpu"], events: null });
    const slices: number[] = [];
    for (let at = 0; at < whole.length; at += PIECE) {
      const began = performance.now();
      reading.push(whole.slice(at, at + PIECE));
      slices.push(performance.now() - began);
    }
    slices.push(...timed(reading.end()).slices);
    totals.push(sum(slices));
    longest.push(most(slices));
  }
  const figure = { bench: "import", unit: "ms", better: "lower" } as const;
  report({ ...figure, name: `read_1m_rows_${name}`, value: median(totals) });
  report({ ...figure, name: `read_longest_slice_${name}`, value: median(longest) });
}

function imported(days: number, stepMs: number): { readonly write: number[]; readonly remove: number[] } {
  const folder = mkdtempSync(join(tmpdir(), "bi-"));
  try {
    const store = openStore({ path: join(folder, "swarm.db"), machineId: "bench", clock: systemClock });
    const nowMs = Math.floor(systemClock.wallMs() / MINUTE_MS) * MINUTE_MS;
    const fromMs = nowMs - days * DAY_MS;
    const count = (days * DAY_MS) / stepMs;
    const series: PastSeries = {
      key: { scope: "swarm", key: "bench", metric: "demand" },
      times: Float64Array.from({ length: count }, (_, i) => fromMs + i * stepMs),
      values: Float64Array.from({ length: count }, (_, i) => 5 + Math.sin(i / 100)),
      ...{ stepMs, fromMs, toMs: nowMs },
    };
    const span = { metric: "demand", fromMs, toMs: nowMs, stepMs };
    const run = {
      id: uuidv7(nowMs),
      swarmId: "bench",
      wallMs: nowMs,
      file: "f",
      by: "bench",
      rows: count,
      series: [span],
    };
    const write = timed(store.past.write(run, [series], nowMs, policy)).slices;
    const remove = timed(store.past.remove(run.id)).slices;
    store.close();
    return { write, remove };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [name, days, stepMs] of [
  ["30_days_of_minutes", 30, MINUTE_MS],
  ["2_years_of_5_minutes", 729, 5 * MINUTE_MS],
] as const) {
  const rounds = Array.from({ length: ROUNDS }, () => imported(days, stepMs));
  const figure = { bench: "import", unit: "ms", better: "lower" } as const;
  report({ ...figure, name: `write_${name}`, value: median(rounds.map(({ write }) => sum(write))) });
  report({
    ...figure,
    name: `write_longest_slice_${name}`,
    value: median(rounds.map(({ write }) => most(write))),
    target: 50,
  });
  report({ ...figure, name: `undo_${name}`, value: median(rounds.map(({ remove }) => sum(remove))) });
  report({
    ...figure,
    name: `undo_longest_slice_${name}`,
    value: median(rounds.map(({ remove }) => most(remove))),
    target: 50,
  });
}
