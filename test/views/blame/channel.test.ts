import { describe, expect, test } from "vitest";
import type { BlameReport } from "../../../src/engine/protocol/blame.ts";
import type { BlameHostMessage, BlamePageState } from "../../../src/engine/protocol/blamePage.ts";
import type { Profile } from "../../../src/profiler/profile.ts";
import { moreReasons } from "../../../src/text/moreReasons.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { BlameChannel, type BlameChannelDeps } from "../../../src/views/blame/channel.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { blameSample, emptyBlame } from "../../cli/blameSample.ts";
import { managed, observed, overview } from "../overviews.ts";

addReasons(moreReasons);

const NOW = Date.UTC(2026, 10, 24, 14, 0, 30);

interface Asked {
  readonly asked: Parameters<BlameChannelDeps["ask"]>[0];
  readonly signal: AbortSignal;
  readonly answer: (report: BlameReport) => Promise<void>;
  readonly refuse: (code: string) => Promise<void>;
}

/** What the page has after every message, and what was asked. */
function world(over: Partial<BlameChannelDeps> = {}) {
  const posted: BlameHostMessage[] = [];
  const asked: Asked[] = [];
  let page: BlamePageState | null = null;
  const channel = new BlameChannel({
    post: (message) => {
      posted.push(message);
      if (message.type === "full") page = message.state;
      else if (message.type === "update" && page !== null) page = { ...page, ...message.changes };
    },
    ask: (one, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<BlameReport>();
      const settled = async (): Promise<void> => {
        await promise.catch(() => undefined);
        await Promise.resolve();
      };
      asked.push({
        ...{ asked: one, signal },
        answer: (report) => (resolve(report), settled()),
        refuse: (code) => (reject(new Failure({ code, args: {} })), settled()),
      });
      return promise;
    },
    overview: () => overview({ swarms: [managed({ id: "demo" }), observed({ id: "claude:/a" })] }),
    wallMs: () => NOW,
    copy: async () => undefined,
    open: async () => "",
    export: async () => null,
    ...over,
  });
  const shown = (): BlamePageState => {
    if (page === null) throw new Error("the page has nothing yet");
    return page;
  };
  const said = () => posted.flatMap((message) => (message.type === "said" ? [message.text] : []));
  return { channel, posted, asked, shown, said };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("the page's state", () => {
  test("is asked for when the page comes up: the last hour, CPU, of all swarms, found ones too", async () => {
    const { channel, asked, shown, posted } = world();
    channel.setLink({ kind: "connected" });
    expect([posted, asked]).toEqual([[], []]);
    channel.receive({ type: "ready" });
    expect(asked[0]?.asked).toEqual({ swarmId: null, by: "cpu", fromMs: NOW - 3_600_000, toMs: NOW });
    expect(shown()).toMatchObject({ run: { kind: "asking" }, report: null });
    expect(shown().swarms.map(({ id }) => id)).toEqual(["demo", "claude:/a"]);
    const report = blameSample();
    await asked[0]?.answer(report);
    expect(shown()).toMatchObject({ run: { kind: "idle" }, report });
  });

  test("follows what is wished; what was asked before is given up and never shown", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    channel.receive({ type: "wish", wish: { swarmId: "demo", range: "15m", by: "io" } });
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(asked[1]?.asked).toEqual({ swarmId: "demo", by: "io", fromMs: NOW - 900_000, toMs: NOW });
    const report = blameSample("io");
    await asked[1]?.answer(report);
    await asked[0]?.answer(blameSample());
    expect(shown().report).toBe(report);
    channel.receive({ type: "wish", wish: { swarmId: "demo", range: "15m", by: "io" } });
    channel.show("demo");
    expect(asked).toHaveLength(2);
    channel.receive({ type: "ask" });
    channel.show(null);
    expect(asked.map((one) => one.asked.swarmId)).toEqual([null, "demo", "demo", null]);
  });

  test("says why there is none, keeps the last one, and tries again when the engine is there", async () => {
    const { channel, asked, shown } = world();
    channel.setLink({ kind: "disconnected", text: "The engine is not started." });
    channel.receive({ type: "ready" });
    expect(shown().run).toEqual({ kind: "failed", text: "The engine keeps the accounts. The engine is not started." });
    channel.setLink({ kind: "connected" });
    await asked[0]?.answer(blameSample());
    channel.receive({ type: "ask" });
    await asked[1]?.refuse("store.read");
    expect(shown().run.kind).toBe("failed");
    expect(shown().report?.total).toBeGreaterThan(0);
  });

  test("is left alone by anything that is no message of its page", () => {
    const { channel, asked, posted } = world();
    for (const message of [
      null,
      3,
      {},
      { type: "wish", wish: { swarmId: "", range: "1h", by: "cpu" } },
      { type: "wish" },
    ])
      expect(channel.receive(message)).toBe(false);
    expect([asked, posted]).toEqual([[], []]);
  });
});

describe("what the page asks the editor for", () => {
  test("is copied, opened, and said", async () => {
    const copied: string[] = [];
    const { channel, said } = world({
      copy: async (text) => void copied.push(text),
      open: async ({ file }) => `There is no file ${file}.`,
    });
    channel.receive({ type: "copy", text: "a\nb" });
    await soon();
    channel.receive({ type: "open", file: "/x", line: 1, column: null });
    await soon();
    expect(copied).toEqual(["a\nb"]);
    expect(said()).toEqual(["The path is in the clipboard.", "There is no file /x."]);
  });

  test("is exported as a profile with a picture of the page", async () => {
    const exported: { profiles: readonly Profile[]; png: Uint8Array }[] = [];
    const { channel, asked, said, posted } = world({
      export: async (profiles, draw) => {
        exported.push({ profiles, png: await draw() });
        return "Saved to /tmp/x.png";
      },
    });
    channel.receive({ type: "ready" });
    channel.receive({ type: "export" });
    await soon();
    await asked[0]?.answer(blameSample());
    channel.receive({ type: "export" });
    await soon();
    expect(posted.at(-1)).toEqual({ type: "draw" });
    channel.receive({ type: "picture", data: Buffer.from("png").toString("base64") });
    await soon();
    expect(said()).toEqual(["There is nothing to export yet.", "Saved to /tmp/x.png"]);
    const [one] = exported;
    expect(String(one?.png)).toBe("png");
    expect(one?.profiles[0]?.name).toMatch(/^cpu: all swarms, /);
    const weight = one?.profiles[0]?.sampleWeight.reduce((sum, part) => sum + part, 0) ?? 0;
    expect(weight / 1e6).toBeCloseTo(996, 6);
    await asked[0]?.answer(emptyBlame());
  });
});
