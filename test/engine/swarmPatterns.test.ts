import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { patternsOf } from "../../src/engine/analyse/patterns/patterns.ts";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import type { HeavyWork, PatternsAnswer, PatternsRequest, SeriesStore } from "../../src/engine/ports.ts";
import { historyPolicy } from "../../src/engine/protocol/config.ts";
import { DEMO_DAY_MS, offeredLoad } from "../../src/engine/providers/demo/day.ts";
import { openStore } from "../../src/engine/store/store.ts";
import { patternShape, SwarmPatterns } from "../../src/engine/swarmPatterns.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const docs = { id: "docs", timeScale: 1 };
const demo = { id: "demo", timeScale: 240 };
const never = new AbortController().signal;
const nothing: PatternsAnswer = { series: [], correlations: [] };

interface Asked {
  readonly request: PatternsRequest;
  readonly signal: AbortSignal;
  readonly answer: (answer: PatternsAnswer) => void;
  readonly fail: (error: Error) => void;
}

type Read = { [K in "key" | "metric"]: string } & { stepMs: number; steps: number; toMs: number };

/** The service with a store and a heavy child that the test plays. */
function world(offsetMsAt: (ms: number) => number = () => 0) {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const read: Read[] = [];
  const state = { broken: false };
  const steps: SeriesStore["steps"] = ({ key, metric }, stepMs, count, toMs) => {
    if (state.broken) throw new CodedError("store.read", {});
    read.push({ key, metric, stepMs, steps: count, toMs });
    return new Float64Array(count).fill(3);
  };
  const patterns = new SwarmPatterns({
    series: { steps },
    heavy: {
      run: (kind, request, { signal }) =>
        new Promise((resolve, reject) => {
          expect(kind).toBe("patterns");
          signal.addEventListener("abort", () => reject(new CodedError("aborted", {})));
          const answer = (value: PatternsAnswer) => resolve(value as HeavyWork[typeof kind]["answer"]);
          asked.push({ request: request as PatternsRequest, signal, answer, fail: reject });
        }),
    },
    clock,
    offsetMsAt,
    pause: () => Promise.resolve(),
  });
  return { clock, asked, read, state, patterns };
}

/** Promises that are settled have run their continuations by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the shape of the history", () => {
  test("of a real swarm: minutes of four weeks at most, and hours where more is asked for", () => {
    expect(patternShape(1, WEEK_MS)).toEqual({ stepMs: 60_000, steps: 10_080, hours: null });
    expect(patternShape(1, 3_600_000)).toEqual({ stepMs: 60_000, steps: 60, hours: null });
    expect(patternShape(1, 28 * DAY_MS)).toEqual({ stepMs: 60_000, steps: 40_320, hours: null });
    expect(patternShape(1, 90 * DAY_MS)).toEqual({
      stepMs: 60_000,
      steps: 40_320,
      hours: { stepMs: 3_600_000, steps: 2_160 },
    });
  });

  test("of the squeezed demo: its own week in 42 minutes", () => {
    expect(patternShape(240, WEEK_MS)).toEqual({ stepMs: 2_000, steps: 1_260, hours: null });
    expect(patternShape(240, 30 * DAY_MS).hours).toEqual({ stepMs: 15_000, steps: 720 });
  });

  test.each([
    [0, WEEK_MS],
    [Number.NaN, WEEK_MS],
    [1, 0],
    [1, Number.POSITIVE_INFINITY],
  ])("refuses a time scale of %s with a window of %s", (scale, window) => {
    expect(() => patternShape(scale, window)).toThrow(RangeError);
  });
});

describe("patterns that are asked for", () => {
  test("rest on whole steps of the swarm's and the machine's series", async () => {
    const { asked, read, patterns, clock } = world(() => 3_600_000);
    const asking = patterns.ask(docs, 30 * DAY_MS, never);
    await settled();
    expect(read.filter(({ stepMs }) => stepMs === 60_000).map(({ key, metric }) => [key, metric])).toEqual([
      ["docs", "demand"],
      ["docs", "live"],
      ["docs", "cpuCores"],
      ["docs", "rssBytes"],
      ["", "cpuBusyRatio"],
      ["", "memoryUsedBytes"],
      ["", "diskUsedBytes"],
      ["", "networkReceiveBytesPerSecond"],
      ["", "networkTransmitBytesPerSecond"],
    ]);
    expect(read).toHaveLength(18);
    const { request } = asked[0] as Asked;
    const nowMs = clock.wallMs();
    expect(request).toMatchObject({
      fromMs: Math.floor(nowMs / 60_000) * 60_000 - 28 * DAY_MS,
      stepMs: 60_000,
      hours: { fromMs: Math.floor(nowMs / 3_600_000) * 3_600_000 - 30 * DAY_MS, stepMs: 3_600_000 },
      timeScale: 1,
    });
    expect(request.zone).toEqual([{ fromMs: request.hours?.fromMs, offsetMs: 3_600_000 }]);
    expect(request.series[0]?.hours).toHaveLength(720);
    asked[0]?.answer(nothing);
    expect(await asking).toEqual({
      swarmId: "docs",
      madeAtMs: nowMs,
      windowMs: 30 * DAY_MS,
      timeScale: 1,
      hours: "local",
      ...nothing,
    });
  });

  test("of a squeezed swarm have no zone but its own time", async () => {
    const { asked, patterns } = world(() => 3_600_000);
    const asking = patterns.ask(demo, WEEK_MS, never);
    await settled();
    expect(asked[0]?.request.zone).toEqual([{ fromMs: 0, offsetMs: 0 }]);
    asked[0]?.answer(nothing);
    expect(await asking).toMatchObject({ hours: "own", timeScale: 240 });
  });

  test("are kept for five minutes of the swarm's time, each window by itself", async () => {
    const { asked, patterns, clock } = world();
    const ask = async (swarm: typeof docs, windowMs: number) => {
      const before = asked.length;
      const asking = patterns.ask(swarm, windowMs, never);
      await settled();
      if (asked.length > before) asked.at(-1)?.answer(nothing);
      return asking;
    };
    const first = await ask(docs, WEEK_MS);
    clock.advance(299_999);
    expect(await ask(docs, WEEK_MS)).toBe(first);
    await ask(docs, DAY_MS);
    expect(asked).toHaveLength(2);
    clock.advance(1);
    expect(await ask(docs, WEEK_MS)).not.toBe(first);
    await ask(demo, WEEK_MS);
    clock.advance(9_999);
    await ask(demo, WEEK_MS);
    expect(asked).toHaveLength(4);
    clock.advance(1);
    await ask(demo, WEEK_MS);
    expect(asked).toHaveLength(5);
  });

  test("are made once for all who wait, and one after the other", async () => {
    const { asked, patterns } = world();
    const all = [
      patterns.ask(docs, WEEK_MS, never),
      patterns.ask(docs, WEEK_MS, never),
      patterns.ask(demo, WEEK_MS, never),
    ];
    await settled();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(nothing);
    const [first, second] = await Promise.all(all.slice(0, 2));
    expect(second).toBe(first);
    await settled();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(nothing);
    expect(await all[2]).toMatchObject({ swarmId: "demo" });
  });

  test("that fail are not kept, and hold up nobody", async () => {
    const { asked, patterns, state } = world();
    const failing = patterns.ask(docs, WEEK_MS, never);
    const next = patterns.ask(demo, WEEK_MS, never);
    await settled();
    asked[0]?.fail(new CodedError("heavy.deadline", { afterMs: 30_000 }));
    await expect(failing).rejects.toMatchObject({ code: "heavy.deadline" });
    await settled();
    asked[1]?.answer(nothing);
    await next;
    state.broken = true;
    await expect(patterns.ask(docs, WEEK_MS, never)).rejects.toMatchObject({ code: "store.read" });
    state.broken = false;
    const again = patterns.ask(docs, WEEK_MS, never);
    await settled();
    asked[2]?.answer(nothing);
    expect(await again).toMatchObject({ swarmId: "docs" });
  });

  test("go on while one of two still waits, and are given up when nobody does", async () => {
    const { asked, patterns } = world();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = patterns.ask(docs, WEEK_MS, one.signal);
    const second = patterns.ask(docs, WEEK_MS, two.signal);
    await settled();
    one.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    expect(asked[0]?.signal.aborted).toBe(false);
    two.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    expect(asked[0]?.signal.aborted).toBe(true);
    // Whoever asks now begins anew.
    const third = patterns.ask(docs, WEEK_MS, never);
    await settled();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(nothing);
    expect(await third).toMatchObject({ swarmId: "docs" });
  });

  test("that nobody waits for any more are not even begun", async () => {
    const { asked, read, patterns } = world();
    const first = patterns.ask(docs, WEEK_MS, never);
    const waiting = new AbortController();
    const second = patterns.ask(demo, WEEK_MS, waiting.signal);
    waiting.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    await settled();
    asked[0]?.answer(nothing);
    await first;
    await settled();
    expect(asked).toHaveLength(1);
    expect(read.some(({ key }) => key === "demo")).toBe(false);
  });

  test("end with the engine", async () => {
    const { patterns } = world();
    const asking = patterns.ask(docs, WEEK_MS, never);
    await settled();
    patterns.dispose();
    await expect(asking).rejects.toMatchObject({ code: "aborted" });
    await expect(patterns.ask(docs, WEEK_MS, never)).rejects.toMatchObject({ code: "aborted" });
    const gone = new AbortController();
    gone.abort();
    await expect(world().patterns.ask(docs, WEEK_MS, gone.signal)).rejects.toMatchObject({ code: "aborted" });
  });
});

test("the request fits the work: what the service asks is answered", async () => {
  const { asked, patterns } = world();
  const asking = patterns.ask(demo, 30 * DAY_MS, never);
  await settled();
  const { request, answer } = asked[0] as Asked;
  answer(patternsOf(request));
  const made = await asking;
  expect(made.series).toHaveLength(9);
  expect(made.correlations).toHaveLength(5);
  expect(made.series[0]?.load).toMatchObject({ kind: "known", baseline: 3, median: 3 });
});

test("from the store to the answer: a week of the demo, with an engine that was away for a while", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sa-patterns-"));
  const clock = new ManualClock();
  const store = openStore({ path: join(folder, "a.db"), machineId: "test", clock });
  try {
    const rng = createRng(3);
    const policy = historyPolicy.parse({});
    const beganMs = clock.wallMs();
    for (let second = 0; second < (7 * DEMO_DAY_MS) / 1_000 + 4; second++) {
      const wallMs = clock.wallMs();
      const demand = offeredLoad(wallMs, 1) + 0.5 * normal(rng);
      // Half an hour of its own time, seven and a half seconds of ours.
      if (second < 1_000 || second >= 1_008) {
        const values = [
          { scope: "swarm", key: "demo", metric: "demand", value: demand, source: "derived" },
          {
            scope: "swarm",
            key: "demo",
            metric: "cpuCores",
            value: 0.2 * demand + 0.02 * normal(rng),
            source: "derived",
          },
          { scope: "swarm", key: "demo", metric: "rssBytes", value: 3e8, source: "measured" },
        ] as const;
        store.series.append({ wallMs, intervalMs: 1_000, values });
        store.series.maintain(wallMs, policy);
      }
      clock.advance(1_000);
    }
    const patterns = new SwarmPatterns({
      series: store.series,
      heavy: { run: (_kind, request) => Promise.resolve(patternsOf(request as PatternsRequest) as never) },
      clock,
      offsetMsAt: () => 0,
      pause: () => Promise.resolve(),
    });
    const { series, correlations } = await patterns.ask(demo, WEEK_MS, never);
    const byMetric = (metric: string) => series.find((one) => one.metric === metric) ?? expect.fail(metric);
    const { daily } = byMetric("demand").temporal;
    expect(daily.kind === "known" ? daily.strength : 0).toBeGreaterThan(0.8);
    expect(daily).toMatchObject({
      basis: { steps: 1_260, missing: 4, stepMs: 480_000 },
    });
    expect(byMetric("demand").load.kind).toBe("known");
    expect(byMetric("rssBytes").temporal.daily).toMatchObject({ kind: "undefined" });
    expect(byMetric("memoryUsedBytes").load).toMatchObject({ kind: "tooLittle", haveMs: 0 });
    expect(correlations.find(({ pair }) => pair === "cpuMemory")?.correlation.kind).toBe("undefined");
    expect(clock.wallMs() - beganMs).toBeGreaterThanOrEqual(7 * DEMO_DAY_MS);
    patterns.dispose();
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
