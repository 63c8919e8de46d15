import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Coded } from "../../../src/engine/protocol/model.ts";
import type { MetricsReport } from "../../../src/engine/protocol/rpc.ts";
import type { MetricsHostMessage } from "../../../src/engine/protocol/webview.ts";
import { MetricsChannel } from "../../../src/views/metrics/channel.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { overview } from "../overviews.ts";

interface Bench {
  readonly channel: MetricsChannel;
  readonly posted: MetricsHostMessage[];
  readonly problems: Coded[];
  readonly copied: string[];
  answer: (report: MetricsReport | Error) => Promise<void>;
  readonly asked: () => number;
}

function bench(): Bench {
  const posted: MetricsHostMessage[] = [];
  const problems: Coded[] = [];
  const copied: string[] = [];
  let asked = 0;
  let waiting: { resolve: (report: MetricsReport) => void; reject: (error: Error) => void } | null = null;
  const channel = new MetricsChannel({
    post: (message) => posted.push(message),
    collect: () => {
      asked++;
      return new Promise((resolve, reject) => (waiting = { resolve, reject }));
    },
    copy: async (text) => void copied.push(text),
    overview: () => overview(),
    onProblem: (problem) => problems.push(problem),
  });
  return {
    channel,
    posted,
    problems,
    copied,
    asked: () => asked,
    answer: async (report) => {
      if (report instanceof Error) waiting?.reject(report);
      else waiting?.resolve(report);
      await new Promise(setImmediate);
    },
  };
}

const report: MetricsReport = { wallMs: 5, intervalMs: 1_000 };

describe("the editor's end of the metrics page", () => {
  it("sends nothing before the page is ready, then one full state and numbered updates", async () => {
    const { channel, posted, answer } = bench();
    await channel.refresh();
    expect(posted).toEqual([]);
    channel.receive({ type: "ready" });
    await answer(report);
    void channel.refresh();
    await answer(report);
    expect(posted.map(({ type }) => type)).toEqual(["full", "update", "update"]);
    expect(posted.map((message) => ("seq" in message ? message.seq : null))).toEqual([1, 2, 3]);
  });

  it("has one report under way at a time", async () => {
    const { channel, asked, answer } = bench();
    channel.receive({ type: "ready" });
    for (let at = 0; at < 10; at++) void channel.refresh();
    expect(asked()).toBe(1);
    await answer(report);
    void channel.refresh();
    expect(asked()).toBe(2);
  });

  it("rests while hidden or paused, and begins anew when shown", async () => {
    const { channel, posted, asked, answer } = bench();
    channel.receive({ type: "ready" });
    await answer(report);
    channel.setVisible(false);
    expect(channel.wantsUpdates).toBe(false);
    await channel.refresh();
    channel.setVisible(true);
    expect(posted.at(-1)?.type).toBe("full");
    channel.receive({ type: "live", live: false });
    expect(channel.wantsUpdates).toBe(false);
    await channel.refresh();
    expect(asked()).toBe(1);
  });

  it("goes on after a report that failed", async () => {
    const { channel, problems, asked, answer } = bench();
    channel.receive({ type: "ready" });
    await answer(new Failure({ code: "rpc.timeout", args: {} }));
    expect(problems).toMatchObject([{ code: "rpc.timeout" }]);
    void channel.refresh();
    expect(asked()).toBe(2);
  });

  it("copies the report last sent", async () => {
    const { channel, copied, answer } = bench();
    channel.receive({ type: "ready" });
    channel.receive({ type: "copy" });
    expect(copied).toEqual([]);
    await answer(report);
    channel.receive({ type: "copy" });
    await new Promise(setImmediate);
    expect(JSON.parse(copied[0] ?? "")).toEqual(report);
  });

  it("takes any message without an error, and only its own for something", () => {
    const { channel, posted } = bench();
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.object({ key: fc.constantFrom("type", "live", "seq", "__proto__") })),
        (message) => {
          const before = posted.length;
          const taken = channel.receive(message);
          if (!taken) expect(posted.length).toBe(before);
        },
      ),
      { numRuns: 1_000 },
    );
    expect(channel.receive({ type: "ready", extra: 1 })).toBe(false);
    expect(channel.receive({ type: "live", live: "yes" })).toBe(false);
  });
});
