import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../src/engine/common/clock.ts";
import type { SeriesKey } from "../src/engine/protocol/model.ts";
import { historyPolicy } from "../src/engine/protocol/config.ts";
import { openStore } from "../src/engine/store/store.ts";
import { type Figure, median, report as print } from "./lib/report.ts";

/**
 * The store as the engine uses it: one tick of many series at a time, upkeep after each. Samples are written with
 * `synchronous=NORMAL`, as in the product; the plain table beside it (a row each) is written the same way.
 */
const SERIES = 200;
const SECONDS = 1_800;
const DAY_SECONDS = 86_400;
const ROUNDS = 7;
const T0 = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const report = (name: string, value: number, unit: string, rest: Pick<Figure, "better"> & Partial<Figure>) =>
  print({ bench: "store", name, value, unit, ...rest });
const folder = mkdtempSync(join(tmpdir(), "bench-store-"));
// A day of samples has to be there to be read.
const policy = { ...historyPolicy.parse({}), sampleHours: 48 };
const key = (n: number): SeriesKey => ({ scope: "swarm", key: `s${n}`, metric: "demand" });
const sample = (n: number, second: number): number =>
  10 + Math.sin(second / 700 + n) * 5 + ((second * 7919 + n) % 13) / 7;

try {
  const store = openStore({ path: join(folder, "a.db"), machineId: "bench", clock: systemClock });
  const keys = Array.from({ length: SERIES }, (_, n) => key(n));
  const began = performance.now();
  for (let second = 0; second < SECONDS; second++) {
    const wallMs = T0 + second * 1000;
    const values = keys.map((k, n) => ({ ...k, value: sample(n, second), source: "measured" as const }));
    if (!store.series.append({ wallMs, intervalMs: 1000, values })) throw new Error("a tick was not kept");
    store.series.maintain(wallMs, policy);
  }
  const rate = (SERIES * SECONDS) / ((performance.now() - began) / 1000);
  const plain = plainTable();
  report("samples_in (synchronous=NORMAL)", rate, "1/s", {
    target: 200_000,
    better: "higher",
    peer: "a row a sample",
    peerValue: plain.rate,
  });
  for (let n = 0; n < 200; n++) store.series.maintain(T0 + SECONDS * 1000 + MINUTE, policy);
  store.close();
  const blocks = bytesOf(join(folder, "a.db"), ["block", "minute"]) / (SERIES * SECONDS);
  report("minute_block", blocks, "bytes/sample", {
    target: 6,
    better: "lower",
    peer: "a row a sample",
    peerValue: plain.bytes,
  });

  const day = openStore({ path: join(folder, "b.db"), machineId: "bench", clock: systemClock });
  for (let second = 0; second < DAY_SECONDS; second++) {
    const wallMs = T0 + second * 1000;
    const values = [0, 1, 2].map((n) => ({ ...key(n), value: sample(n, second), source: "measured" as const }));
    day.series.append({ wallMs, intervalMs: 1000, values });
    day.series.maintain(wallMs, policy);
  }
  const ask = (fromMs: number, toMs: number) => {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const from = performance.now();
      const [range] = day.series.range({ series: [key(1)], fromMs, toMs, points: 1_000 });
      if (range === undefined || range.mean.filter((v) => v !== null).length < 900)
        throw new Error("the day has holes");
      if (round > 0) times.push(performance.now() - from);
    }
    return median(times);
  };
  const end = T0 + DAY_SECONDS * 1000;
  report("day_to_1000_points (as asked: minute roll-ups)", ask(T0, end), "ms", { target: 20, better: "lower" });
  // Sixteen hours are the widest that is still read from its samples at a thousand points.
  report("16_h_to_1000_points from samples", ask(end - 16 * 3_600_000, end), "ms", { better: "lower" });
  day.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function plainTable(): { readonly rate: number; readonly bytes: number } {
  const path = join(folder, "plain.db");
  const db = new DatabaseSync(path);
  db.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
  db.exec(
    "CREATE TABLE sample (seriesId INTEGER, wallMs INTEGER, value REAL, PRIMARY KEY (seriesId, wallMs)) WITHOUT ROWID",
  );
  const insert = db.prepare("INSERT INTO sample VALUES (?, ?, ?)");
  const began = performance.now();
  for (let second = 0; second < SECONDS; second++) {
    db.exec("BEGIN");
    for (let n = 0; n < SERIES; n++) insert.run(n, T0 + second * 1000, sample(n, second));
    db.exec("COMMIT");
  }
  const rate = (SERIES * SECONDS) / ((performance.now() - began) / 1000);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return { rate, bytes: statSync(path).size / (SERIES * SECONDS) };
}

/** Pages of these tables as SQLite counts them, the half-empty ones included. */
function bytesOf(path: string, tables: readonly string[]): number {
  const db = new DatabaseSync(path);
  try {
    const row = db
      .prepare(`SELECT sum(pgsize) AS bytes FROM dbstat WHERE name IN (${tables.map(() => "?").join(", ")})`)
      .get(...tables);
    return Number(row?.["bytes"]);
  } finally {
    db.close();
  }
}
