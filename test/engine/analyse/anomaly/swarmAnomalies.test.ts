import { describe, expect, test } from "vitest";
import { SwarmAnomalies } from "../../../../src/engine/analyse/anomaly/swarmAnomalies.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";
import type { AnomalyReading } from "../../../../src/engine/ports.ts";
import type { Coded, Forecast } from "../../../../src/engine/protocol/model.ts";
import { reasonText } from "../../../../src/text/reasons.ts";

const STEP_MS = 2_000;
const SEASON = 180;
const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % (STEP_MS * SEASON));

/** A squeezed day of six minutes, ticks of a second, and whatever the test does to it. */
function world(options: { history?: (metric: string, steps: number) => Float64Array } = {}) {
  const events: { readonly event: Coded; readonly swarmId: string }[] = [];
  const unread: unknown[] = [];
  const asked: string[] = [];
  const anomalies = new SwarmAnomalies({
    series: {
      steps: ({ metric }, _stepMs, steps) => {
        asked.push(metric);
        return options.history?.(metric, steps) ?? new Float64Array(0);
      },
    },
    shape: () => ({ stepMs: STEP_MS, seasonSteps: SEASON, historySteps: 2_520 }),
    record: (event, swarmId) => void events.push({ event, swarmId }),
    onUnread: (error) => void unread.push(error),
    seed: 1,
  });
  const rng = createRng(5);
  let second = 0;
  const day = (at: number): number => 6 + 4 * Math.sin((2 * Math.PI * at) / ((SEASON * STEP_MS) / 1_000));
  /** A tick a second. */
  const run = (seconds: number, over: (reading: AnomalyReading, i: number) => Partial<AnomalyReading> = () => ({})) => {
    for (let i = 0; i < seconds; i++, second++) {
      const demand = Math.max(0, day(second) + normal(rng));
      const reading: AnomalyReading = {
        swarmId: "demo",
        timeScale: 240,
        live: 5,
        demand,
        cpuCores: 5 * (0.2 + 0.02 * normal(rng)),
        rssBytes: 5 * (60e6 + 1e6 * normal(rng)),
        forecast: null,
      };
      anomalies.look([{ ...reading, ...over(reading, i) }], START_MS + second * 1_000);
    }
  };
  return { anomalies, events, unread, asked, run, nowMs: () => START_MS + second * 1_000 };
}

const DAY_SECONDS = (SEASON * STEP_MS) / 1_000;

describe("the load of a swarm that is watched", () => {
  test("is seldom unusual on ordinary days, and never in the beginning", () => {
    const { anomalies, events, run, nowMs } = world();
    run(3 * DAY_SECONDS);
    run(7 * DAY_SECONDS);
    // Three series of 1,800 steps.
    expect(anomalies.episodes("demo", 0, nowMs()).length).toBeLessThanOrEqual(6);
    expect(events.length).toBeLessThanOrEqual(6);
  });

  test("is unusual once when it leaps: an event that names figure, value and usual range, and an end", () => {
    const { anomalies, events, run, nowMs } = world();
    run(4 * DAY_SECONDS);
    const before = events.length;
    const beganMs = nowMs();
    run(30, ({ demand }) => ({ demand: (demand ?? 0) + 25 }));
    const now = anomalies.latest("demo");
    expect(now).toMatchObject({ metric: "demand" });
    expect(now?.sinceMs).toBeGreaterThanOrEqual(beganMs - STEP_MS);
    expect(now?.value).toBeGreaterThan(now?.usualHigh ?? Number.POSITIVE_INFINITY);
    expect(events.length).toBe(before + 1);
    const { event, swarmId } = events.at(-1) ?? { event: { code: "", args: {} }, swarmId: "" };
    expect(swarmId).toBe("demo");
    expect(reasonText(event)).toMatch(/^Its load is unusual: demand [\d.]+, usually [\d.]+ to [\d.]+\.$/);
    run(60);
    expect(anomalies.latest("demo")).toBeNull();
    const [episode] = anomalies.episodes("demo", beganMs - STEP_MS, nowMs());
    expect(episode?.toMs).toBeGreaterThan(episode?.sinceMs ?? Number.POSITIVE_INFINITY);
    expect(anomalies.episodes("demo", nowMs(), nowMs() + 1)).toEqual([]);
  });

  test("is the same with twice the agents: what each of them takes is watched", () => {
    const { events, run } = world();
    run(4 * DAY_SECONDS);
    const before = events.length;
    run(120, ({ cpuCores, rssBytes }) => ({ live: 10, cpuCores: 2 * (cpuCores ?? 0), rssBytes: 2 * (rssBytes ?? 0) }));
    expect(events.slice(before).map(({ event }) => event.args["metric"])).toEqual([]);
  });

  test("leaves gaps alone: a stopped swarm is not unusual, nor one that is back", () => {
    const { events, run } = world();
    run(4 * DAY_SECONDS);
    const before = events.length;
    run(DAY_SECONDS, () => ({ demand: null, cpuCores: null, rssBytes: null, live: 0 }));
    run(60);
    expect(events.length).toBe(before);
  });

  test("is known from what was kept: a new engine is not blind for a day, and goes through it in pieces", () => {
    const rng = createRng(9);
    const history = (metric: string, steps: number): Float64Array =>
      Float64Array.from({ length: steps }, (_, i) => {
        const at = (i - steps) * (STEP_MS / 1_000);
        if (metric === "live") return 5;
        if (metric !== "demand") return (metric === "cpuCores" ? 1 : 3e8) * (1 + 0.02 * normal(rng));
        return Math.max(0, 6 + 4 * Math.sin((2 * Math.PI * at) / DAY_SECONDS) + normal(rng));
      });
    const { anomalies, asked, run } = world({ history });
    run(1);
    expect(asked.toSorted()).toEqual(["cpuCores", "demand", "live", "live", "rssBytes"]);
    run(60);
    run(20, () => ({ demand: 40 }));
    expect(anomalies.latest("demo")).toMatchObject({ metric: "demand" });
  });

  test("is watched all the same when history cannot be read", () => {
    const { unread, run, anomalies } = world({
      history: () => {
        throw new Error("broken");
      },
    });
    run(100);
    expect(unread).toHaveLength(3);
    expect(anomalies.latest("demo")).toBeNull();
  });

  test("is judged by the forecast where one is ready", () => {
    const { anomalies, run, nowMs } = world();
    run(4 * DAY_SECONDS);
    // The forecast knows of a rise that no day so far had.
    const forecast = (): Forecast => ({
      swarmId: "demo",
      ready: true,
      reason: null,
      model: "test",
      confidence: 0.95,
      stepMs: STEP_MS,
      madeAtMs: START_MS,
      historyEndMs: START_MS,
      historySteps: 1,
      seasonSteps: null,
      baseline: null,
      points: Array.from({ length: 200 }, (_, h) => ({
        atMs: (Math.floor(nowMs() / STEP_MS) + h) * STEP_MS,
        mean: 6,
        lo: 3,
        hi: 9,
      })),
      scores: [],
    });
    run(200, () => ({ forecast: forecast(), demand: 6 }));
    expect(anomalies.latest("demo")?.metric).not.toBe("demand");
  });

  test("is forgotten with the swarm", () => {
    const { anomalies, run, nowMs } = world();
    run(4 * DAY_SECONDS);
    run(20, () => ({ demand: 60 }));
    expect(anomalies.latest("demo")).not.toBeNull();
    anomalies.look([], nowMs());
    expect(anomalies.latest("demo")).toBeNull();
    expect(anomalies.episodes("demo", 0, nowMs())).toEqual([]);
  });

  test("survives a clock that leaps either way", () => {
    const { anomalies } = world();
    const reading: AnomalyReading = {
      swarmId: "demo",
      timeScale: 240,
      live: 1,
      demand: 1,
      cpuCores: 1,
      rssBytes: 1,
      forecast: null,
    };
    for (const leap of [0, 1_000, 86_400_000 * 365, -86_400_000 * 30, 5_000])
      for (let i = 0; i < 5; i++) anomalies.look([reading], START_MS + leap + i * 1_000);
    expect(anomalies.latest("demo")).toBeNull();
  });
});

describe("what is worth telling", () => {
  test("is nothing of a swarm that has just begun, and no rise of a few percent, however rare", () => {
    const begun = world();
    begun.run(100, (_reading, i) => ({ demand: i * i }));
    expect(begun.events).toEqual([]);
    const risen = world();
    const flat = () => ({ demand: 5, cpuCores: 1 });
    risen.run(3 * DAY_SECONDS, flat);
    risen.run(200, ({ rssBytes }) => ({ ...flat(), rssBytes: 1.08 * (rssBytes ?? 0) }));
    expect(risen.events).toEqual([]);
    risen.run(200, ({ rssBytes }) => ({ ...flat(), rssBytes: 2 * (rssBytes ?? 0) }));
    expect(risen.events.map(({ event }) => event.args["metric"])).toEqual(["rssBytesPerAgent"]);
  });
});
