import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ForecastHostMessage } from "../../../src/engine/protocol/forecastPage.ts";
import type { Forecast } from "../../../src/engine/protocol/model.ts";
import type { HistoryAnswer, Overview } from "../../../src/engine/protocol/rpc.ts";
import { ForecastChannel } from "../../../src/views/forecast/channel.ts";
import { managed } from "../overviews.ts";

const NOW = 1_700_000_000_000;

function world(swarms: Overview["swarms"] = [managed({ id: "a" }), managed({ id: "b", timeScale: 1 })]) {
  const posted: ForecastHostMessage[] = [];
  const asked: string[] = [];
  const failures: string[] = [];
  let clock = 0;
  let failing = false;
  const series = (metric: string) => ({
    scope: "swarm" as const,
    key: "a",
    metric,
    source: "measured" as const,
    fromMs: 0,
    bucketMs: 1,
    resolution: "sample" as const,
    imported: [],
    mean: [1],
    min: [1],
    max: [1],
  });
  const channel = new ForecastChannel({
    post: (message) => void posted.push(message),
    history: async (swarmId, fromMs, toMs): Promise<HistoryAnswer> => {
      asked.push(`history ${swarmId} ${toMs - fromMs}`);
      return { fromMs, toMs, series: [series("demand"), series("live")] };
    },
    forecast: async (swarmId): Promise<Forecast> => {
      asked.push(`forecast ${swarmId}`);
      if (failing) throw Object.assign(new Error("no"), { code: "forecast.none", args: {} });
      return {
        swarmId,
        ready: false,
        reason: { code: "forecast.empty", args: {} },
        model: "none",
        confidence: 0.95,
        stepMs: 2_000,
        points: [],
        scores: [],
      } as unknown as Forecast;
    },
    overview: () => ({ wallMs: NOW, swarms }) as unknown as Overview,
    decisions: () => null,
    onProblem: ({ code }) => void failures.push(code),
    monotonicMs: () => clock,
  });
  return {
    channel,
    posted,
    asked,
    failures,
    pass: (ms: number) => void (clock += ms),
    fail: (on: boolean) => void (failing = on),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const last = (posted: readonly ForecastHostMessage[]) => posted.at(-1);

describe("the page's channel", () => {
  test("is silent until the page is ready, then sends everything, then what changed, in order", async () => {
    const { channel, posted } = world();
    await channel.refresh();
    expect(posted).toEqual([]);
    channel.receive({ type: "ready" });
    await turn();
    expect(posted[0]).toMatchObject({ type: "full", seq: 1, state: { swarmId: "a", span: "5m" } });
    expect(posted.map(({ seq }) => seq)).toEqual(posted.map((_, index) => index + 1));
    expect(last(posted)).toMatchObject({
      type: "update",
      changes: { history: { demand: { mean: [1] } }, problem: null },
    });
  });

  test("shows the swarm that was asked for, with the span that suits it; a squeezed day is minutes long", async () => {
    const { channel, posted, asked } = world();
    channel.receive({ type: "ready" });
    await turn();
    channel.show("b");
    await turn();
    expect(asked).toEqual(["forecast a", "history a 300000", "forecast b", "history b 21600000"]);
    expect(posted.findLast(({ type }) => type === "full")).toMatchObject({
      state: { swarmId: "b", span: "6h", history: null },
    });
    channel.receive({ type: "choose", swarmId: "b", span: "1h" });
    await turn();
    expect(asked.at(-1)).toBe("history b 3600000");
  });

  test("asks again only when it is due, one at a time, and nothing while it is hidden or paused", async () => {
    const { channel, asked, pass, posted } = world();
    channel.receive({ type: "ready" });
    await turn();
    await channel.refresh();
    expect(asked).toHaveLength(2);
    pass(2_000);
    await Promise.all([channel.refresh(), channel.refresh(), channel.refresh()]);
    expect(asked).toHaveLength(4);
    channel.setVisible(false);
    expect(channel.wantsUpdates).toBe(false);
    const before = posted.length;
    pass(60_000);
    await channel.refresh();
    channel.setVisible(true);
    channel.receive({ type: "live", live: false });
    await channel.refresh();
    await turn();
    // Everything when it was shown again, and what is known at once; no answer that came after the pause.
    expect(posted.length).toBe(before + 2);
  });

  test("says what could not be read, and goes on when it can", async () => {
    const { channel, posted, failures, pass, fail } = world();
    fail(true);
    channel.receive({ type: "ready" });
    await turn();
    expect(failures).toEqual(["forecast.none"]);
    expect(last(posted)).toMatchObject({ changes: { problem: expect.stringContaining("no forecast") } });
    fail(false);
    pass(5_000);
    await channel.refresh();
    expect(last(posted)).toMatchObject({ changes: { problem: null } });
  });

  test("without a swarm it is empty, and asks for nothing", async () => {
    const { channel, posted, asked } = world([]);
    channel.receive({ type: "ready" });
    await turn();
    expect(asked).toEqual([]);
    expect(posted[0]).toMatchObject({ state: { swarmId: null, now: null, swarms: [] } });
  });

  test("takes any message without an error (1,000 of them)", async () => {
    const { channel } = world();
    fc.assert(
      fc.property(fc.anything(), (message) => {
        expect(typeof channel.receive(message)).toBe("boolean");
      }),
      { numRuns: 1_000 },
    );
    expect(channel.receive({ type: "choose", swarmId: "x".repeat(10_000), span: null })).toBe(false);
    expect(channel.receive({ type: "choose", swarmId: null, span: "9y" })).toBe(false);
    await turn();
  });
});
