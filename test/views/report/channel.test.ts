import { expect, test } from "vitest";
import type { PerformanceReport } from "../../../src/engine/protocol/performanceReport.ts";
import type { ReportHostMessage, ReportPageState } from "../../../src/engine/protocol/reportPage.ts";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import { ReportChannel } from "../../../src/views/report/channel.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { reportSample } from "../../cli/performanceReportSample.ts";
import { managed, overview } from "../overviews.ts";

interface Asked {
  readonly swarmId: string;
  readonly timeframe: string;
  readonly signal: AbortSignal;
  readonly answer: () => Promise<void>;
  readonly refuse: (code: string) => Promise<void>;
}

function world(
  swarms: Overview["swarms"] = [
    managed({ id: "a", label: "A", demo: false }),
    managed({ id: "b", label: "B", demo: false }),
  ],
) {
  const posted: ReportHostMessage[] = [];
  const asked: Asked[] = [];
  const saved: string[] = [];
  const problems: string[] = [];
  const there = { overview: overview({ swarms }) as Overview | null, savingFails: false };
  let page: ReportPageState | null = null;
  const channel = new ReportChannel({
    post: (message) => {
      posted.push(message);
      if (message.type === "full") page = message.state;
      if (message.type === "update" && page !== null) page = { ...page, ...message.changes };
    },
    make: (swarmId, timeframe, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<PerformanceReport>();
      signal.addEventListener("abort", () => reject(new Failure({ code: "aborted", args: {} })));
      const settled = async (): Promise<void> => {
        await promise.catch(() => undefined);
        await Promise.resolve();
      };
      asked.push({
        ...{ swarmId, timeframe, signal },
        answer: () => (resolve(reportSample({ swarmId, swarmLabel: swarmId, timeframe })), settled()),
        refuse: (code) => (reject(new Failure({ code, args: {} })), settled()),
      });
      return promise;
    },
    save: async (report, format, label) => {
      if (there.savingFails) throw new Failure({ code: "file.unwritable", args: { path: "/x", reason: "full" } });
      saved.push(`${label} ${report.swarmId} ${format}`);
      return "Saved.";
    },
    overview: () => there.overview,
    onProblem: ({ code }) => void problems.push(code),
    wallMs: () => 5_000,
  });
  const shown = (): ReportPageState => {
    if (page === null) throw new Error("nothing was sent");
    return page;
  };
  return { channel, posted, asked, saved, problems, there, shown };
}

test("makes a report of the first swarm once the page is there, and not before", async () => {
  const { channel, asked, shown, posted } = world();
  channel.setVisible(true);
  expect([asked.length, posted.length]).toEqual([0, 0]);
  channel.receive({ type: "ready" });
  expect(asked.map(({ swarmId, timeframe }) => [swarmId, timeframe])).toEqual([["a", "24h"]]);
  expect(shown()).toMatchObject({ run: { kind: "making", sinceMs: 5_000 }, made: null, swarmId: "a" });
  await asked[0]?.answer();
  expect(shown().run).toEqual({ kind: "idle" });
  expect(shown().made?.document.title).toBe("Performance report: a");
});

test("makes another one for another swarm or time and ends the one before; the same again makes none", async () => {
  const { channel, asked, shown } = world();
  channel.receive({ type: "ready" });
  channel.receive({ type: "timeframe", timeframe: "7d" });
  expect(asked[0]?.signal.aborted).toBe(true);
  channel.show("b", "30d");
  expect(asked[1]?.signal.aborted).toBe(true);
  channel.show("b", null);
  channel.receive({ type: "choose", swarmId: "b" });
  expect(asked.map(({ swarmId, timeframe }) => [swarmId, timeframe])).toEqual([
    ["a", "24h"],
    ["a", "7d"],
    ["b", "30d"],
  ]);
  // What was given up is not shown as the fate of what came after it.
  await asked[0]?.refuse("aborted");
  expect(shown().run.kind).toBe("making");
  await asked[2]?.answer();
  expect(shown().made?.document.title).toBe("Performance report: b");
  await channel.refresh();
  expect(asked).toHaveLength(3);
  channel.receive({ type: "make" });
  expect(asked).toHaveLength(4);
});

test("keeps the last report when the next one fails or is cancelled, and says so", async () => {
  const { channel, asked, shown } = world();
  channel.receive({ type: "ready" });
  await asked[0]?.answer();
  channel.receive({ type: "make" });
  await asked[1]?.refuse("store.read");
  expect(shown().run.kind).toBe("failed");
  expect(shown().made).not.toBeNull();
  channel.receive({ type: "make" });
  channel.receive({ type: "cancel" });
  await asked[2]?.refuse("aborted");
  expect(shown().run).toEqual({ kind: "cancelled" });
});

test("waits for a connection, and makes the report that was asked for as soon as there is one", async () => {
  const { channel, asked } = world();
  channel.setLink({ kind: "disconnected", text: "Connecting." });
  channel.receive({ type: "ready" });
  expect(asked).toHaveLength(0);
  channel.setLink({ kind: "connected" });
  expect(asked).toHaveLength(1);
});

test("an engine that is lost meanwhile is a failure that can be tried again", async () => {
  const { channel, asked, shown } = world();
  channel.receive({ type: "ready" });
  channel.setLink({ kind: "disconnected", text: "Connecting." });
  await asked[0]?.refuse("rpc.closed");
  expect(shown()).toMatchObject({ run: { kind: "failed" }, link: { kind: "disconnected" } });
  channel.setLink({ kind: "connected" });
  channel.receive({ type: "make" });
  expect(asked).toHaveLength(2);
});

test("in the place of a swarm that has gone no other one is shown, and its report is given up", async () => {
  const { channel, asked, there, shown } = world();
  channel.receive({ type: "ready" });
  there.overview = overview({ swarms: [managed({ id: "b", label: "B", demo: false })] });
  await channel.refresh();
  expect(shown()).toMatchObject({ swarmId: null, gone: "A", made: null });
  expect(asked[0]?.signal.aborted).toBe(true);
});

test("exports what is shown, tells how that went, and nothing while nothing is shown", async () => {
  const { channel, asked, saved, posted, there, problems } = world();
  channel.receive({ type: "ready" });
  channel.receive({ type: "export", format: "html" });
  expect(saved).toEqual([]);
  await asked[0]?.answer();
  channel.receive({ type: "export", format: "md" });
  await Promise.resolve();
  expect(saved).toEqual(["A a md"]);
  expect(posted.at(-1)).toEqual({ type: "saved", text: "Saved." });
  there.savingFails = true;
  channel.receive({ type: "export", format: "json" });
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(problems).toEqual(["file.unwritable"]);
  expect(posted.at(-1)).toMatchObject({ type: "saved", text: expect.stringMatching(/^Could not export: /) });
});

test("ends what is under way with the page, and takes no message that is none of its own", () => {
  const { channel, asked } = world();
  for (const message of [null, {}, { type: "export", format: "pdf" }, { type: "timeframe", timeframe: "1h" }])
    expect(channel.receive(message)).toBe(false);
  channel.receive({ type: "ready" });
  expect(channel.wantsUpdates).toBe(true);
  channel.dispose();
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(channel.wantsUpdates).toBe(false);
});
