import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { historyPolicy } from "../../../src/engine/protocol/config.ts";
import { openStore } from "../../../src/engine/store/store.ts";

/** Row 2: a disk of 1 MB that is filled and freed. Mounting one takes root. */
const CYCLES = 10;
const T0 = Date.UTC(2026, 10, 24);
const policy = historyPolicy.parse({});
let folder: string;
let mounted = false;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sf-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    mounted = true;
  } catch {
    console.log("skipped: this user may not mount a file system");
  }
});
afterAll(() => {
  if (mounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

test(`a full disk, ${CYCLES} times: up all the time, an honest gap, and going on within five ticks of space`, (context) => {
  if (!mounted) context.skip();
  const clock = new ManualClock(0, T0);
  const store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  const key = { scope: "swarm", key: "demo", metric: "demand" } as const;
  const filler = join(folder, "filler");
  let second = 0;
  const tick = (): boolean => {
    second++;
    clock.advance(1_000);
    const values = Array.from({ length: 60 }, (_, n) => ({
      ...key,
      key: `s${n}`,
      value: second,
      source: "measured" as const,
    }));
    const kept = store.series.append({ wallMs: T0 + second * 1_000, intervalMs: 1_000, values });
    store.series.maintain(T0 + second * 1_000, policy);
    return kept;
  };
  const kept = new Set<number>();
  const lost = new Set<number>();
  const count = (): void => void (tick() ? kept : lost).add(second);
  for (let n = 0; n < 5; n++) count();
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    // Filled to the last page; what the write-ahead log has reserved already may still take some ticks.
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    for (let n = 0; n < 1_500 && store.series.problem() === null; n++) count();
    expect(store.series.problem()?.code).toBe("store.full");
    for (let n = 0; n < 3; n++) count();
    // Nothing that acts may go on without being written down.
    rmSync(filler);
    let ticks = 0;
    while (!tick()) {
      lost.add(second);
      expect(++ticks, "ticks until it goes on").toBeLessThan(5);
    }
    kept.add(second);
    expect(store.series.problem()).toBeNull();
  }
  expect(store.series.health(policy).droppedTicks).toBe(lost.size);
  const gaps = store.events.list({ limit: 100 }).filter(({ code }) => code === "store.gap");
  expect(gaps.length).toBeGreaterThanOrEqual(CYCLES);
  expect(gaps.reduce((sum, { args }) => sum + Number(args["ticks"]), 0)).toBe(lost.size);
  const range = store.series.range({
    series: [{ ...key, key: "s5" }],
    fromMs: T0,
    toMs: T0 + (second + 1) * 1_000,
    points: second + 1,
  })[0];
  const read = (range?.mean ?? []).flatMap((v, at) => (v === null ? [] : [at]));
  expect(new Set(read)).toEqual(kept);
  store.close();
});
