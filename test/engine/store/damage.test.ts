import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import { historyPolicy } from "../../../src/engine/protocol/config.ts";
import type { SeriesKey } from "../../../src/engine/protocol/model.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";

/** Row 3: flipped bytes and truncations, the `-wal` included. What is read is what was written, or said to be missing. */
const ROUNDS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 500 : 50;
const T0 = Date.UTC(2026, 10, 24);
const policy = historyPolicy.parse({});
const SERIES = 6;
const TICKS = 300;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sd-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = (n: number): SeriesKey => ({ scope: "swarm", key: `s${n}`, metric: "demand" });
const written = (n: number, tick: number): number => n * 1_000 + tick;
const open = (path: string): Store => openStore({ path, machineId: "m", clock: new ManualClock(0, T0) });

/** A store as a killed engine leaves it: closed minutes, an open one, targets, decisions; part of it in the `-wal` only. */
function fill(path: string): void {
  let store = open(path);
  for (let tick = 0; tick < TICKS; tick++) {
    // Closing moves everything into the database: damage is to meet rows there as well.
    if (tick === TICKS - 100) {
      store.close();
      store = open(path);
    }
    const wallMs = T0 + tick * 1_000;
    const values = Array.from({ length: SERIES }, (_, n) => ({
      ...key(n),
      value: written(n, tick),
      source: "measured" as const,
    }));
    store.series.append({ wallMs, intervalMs: 1_000, values });
    store.series.maintain(wallMs, policy);
  }
  for (let n = 0; n < 20; n++) {
    store.journal.setTarget(`swarm${n}`, n);
    const state = { kind: "confirmed", live: n, elapsedMs: n } as const;
    store.decisions.add({ id: `d${n}`, swarmId: `swarm${n}`, wallMs: T0 + n, from: n, to: n + 1, state } as never);
  }
  for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, `${path}.copy${suffix}`);
  store.close();
}

/** Everything that is read is what was written. Returns how many values were there. */
function verify(store: Store): number {
  let known = 0;
  const ranges = store.series.range({
    series: Array.from({ length: SERIES }, (_, n) => key(n)),
    fromMs: T0,
    toMs: T0 + TICKS * 1_000,
    points: TICKS,
  });
  ranges.forEach(({ mean }, n) =>
    mean.forEach((value, tick) => {
      if (value === null) return;
      known++;
      expect(value, `series ${n} at tick ${tick}`).toBe(written(n, tick));
    }),
  );
  for (const [id, target] of store.journal.targets()) expect(`swarm${target}`).toBe(id);
  for (const { id, from, to } of store.decisions.list({ limit: 100 })) {
    expect(id).toBe(`d${from}`);
    expect(to).toBe(from + 1);
  }
  return known;
}

test(`${ROUNDS} flips and truncations of database and -wal: never a silent wrong read, back within 5 s`, () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const rng = createRng(seed);
  const original = join(folder, "original.db");
  fill(original);
  let whole = 0;
  let gaps = 0;
  let rebuilt = 0;
  let untold = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder, `r${round}.db`);
    for (const suffix of ["", "-wal"]) copyFileSync(`${original}.copy${suffix}`, path + suffix);
    const victim = path + (rng() < 0.5 ? "" : "-wal");
    const bytes = readFileSync(victim);
    const cut = rng() < 0.2;
    if (cut) truncateSync(victim, Math.floor(rng() * bytes.length));
    else {
      for (let flips = 1 + Math.floor(rng() * 8); flips > 0; flips--) {
        // Not in the last commits of the log: a torn end is what a crash leaves, and taken for that.
        const at = Math.floor(rng() * bytes.length * (victim === path ? 1 : 0.95));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(rng() * 8));
      }
      writeFileSync(victim, bytes);
    }
    const began = performance.now();
    const store = open(path);
    expect(performance.now() - began).toBeLessThan(5_000);
    const known = verify(store);
    const { check } = store.series.health(policy);
    if (check === "rebuilt") {
      rebuilt++;
      expect(store.notices.map(({ code }) => code)).toContain("store.quarantined");
      const aside = readdirSync(folder).filter((name) => name.startsWith(`r${round}.db.damaged-`));
      expect(aside.length, "the original is kept").toBeGreaterThan(0);
    } else if (known < SERIES * TICKS) {
      gaps++;
      for (let n = 0; n < 40; n++) store.series.maintain(T0 + TICKS * 1_000, policy);
      // Cut off at the end it cannot be told from a crash; everything else is said.
      const said = store.notices.length > 0 || store.series.problem() !== null;
      if (!cut && !said) untold++;
    } else whole++;
    // It goes on either way.
    const next = {
      wallMs: T0 + TICKS * 1_000,
      intervalMs: 1_000,
      values: [{ ...key(0), value: 1, source: "measured" as const }],
    };
    expect(store.series.append(next)).toBe(true);
    store.close();
  }
  console.log(`${whole} whole, ${gaps} with gaps, ${rebuilt} rebuilt, ${untold} gaps untold`);
  expect(whole + gaps + rebuilt).toBe(ROUNDS);
  expect(Math.min(rebuilt, gaps)).toBeGreaterThan(0);
  // A row that damage takes out of its tree as if it had never been leaves no trace: rare, and a gap, never a wrong value.
  expect(untold).toBeLessThanOrEqual(Math.max(2, ROUNDS / 50));
});

test("a second opener is refused while we run, after a backup, a report and a check as well", () => {
  const path = join(folder, "swarm.db");
  const store = open(path);
  const refused = (): void => {
    expect(() => {
      const db = new DatabaseSync(path);
      try {
        db.exec("PRAGMA busy_timeout=0");
        db.prepare("SELECT count(*) FROM sqlite_schema").get();
      } finally {
        db.close();
      }
    }).toThrow(/locked|busy/);
  };
  refused();
  store.backups.backup(join(folder, "copy.db"));
  refused();
  store.series.health(policy);
  store.series.maintain(T0, policy);
  refused();
  store.close();
  expect(existsSync(join(folder, "copy.db"))).toBe(true);
});
