import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import { ASK_INTERVAL_MS, KpisView } from "../../../src/views/kpis/view.ts";
import { rowsInWords } from "../../../src/views/rows/all.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { kpisSample } from "../../cli/kpisSample.ts";
import { FakeSession } from "../fakeSession.ts";
import { made } from "../fakeTreeView.ts";
import { managed, observed, overview } from "../overviews.ts";

vi.mock("vscode", async () => (await import("../fakeTreeView.ts")).fakeVscode());
vi.mock("../../../src/views/rows/load.ts", () => ({ loadRows: () => rowsInWords() }));

/** A hidden view of an engine that has told its swarms. */
async function hidden(swarms: Overview["swarms"] = [managed()]) {
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  const kpis = new KpisView(session, feed);
  const connection = session.connect();
  connection.answer = async (_method, params) => kpisSample({ swarmId: (params as { swarmId: string }).swarmId });
  await vi.advanceTimersByTimeAsync(1);
  connection.publish("overview", overview({ swarms }));
  if (made.view === null) throw new Error("no view");
  return { kpis, session, connection, view: made.view };
}
const settle = () => vi.advanceTimersByTimeAsync(100);

beforeEach(async () => {
  await rowsInWords();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  made.view = null;
});
afterEach(() => void vi.useRealTimers());

describe("the view of key figures", () => {
  test("asks only while it is seen, and then at most every 30 s", async () => {
    const { kpis, connection, view } = await hidden();
    await vi.advanceTimersByTimeAsync(2 * ASK_INTERVAL_MS);
    expect(connection.calls).toEqual([]);
    view.see(true);
    await settle();
    expect(connection.calls).toEqual([{ method: "kpis/get", params: { swarmId: "demo", timeframe: "1h" } }]);
    expect(view.labels()).toHaveLength(12);
    for (const visible of [false, true]) view.see(visible);
    connection.publish("overview", overview({ swarms: [managed()] }));
    await vi.advanceTimersByTimeAsync(ASK_INTERVAL_MS - 1_000);
    expect(connection.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.calls).toHaveLength(2);
    view.see(false);
    await vi.advanceTimersByTimeAsync(2 * ASK_INTERVAL_MS);
    expect(connection.calls).toHaveLength(2);
    kpis.dispose();
  });

  test("shows the swarm that is chosen, at once", async () => {
    const { kpis, connection, view } = await hidden([managed(), managed({ id: "docs", label: "docs", demo: false })]);
    view.see(true);
    await settle();
    kpis.choose("docs");
    expect(view.message).toBe("Asking the engine.");
    await settle();
    expect(connection.calls.map(({ params }) => (params as { swarmId: string }).swarmId)).toEqual(["demo", "docs"]);
    expect([view.description, view.message, view.labels().length]).toEqual(["docs", "", 12]);
    kpis.dispose();
  });

  test("has no rows without a managed swarm, and says why when there are no figures", async () => {
    const none = await hidden([observed()]);
    none.view.see(true);
    await settle();
    expect([none.connection.calls, none.view.labels(), none.view.message]).toEqual([[], [], ""]);
    none.kpis.dispose();
    const { kpis, connection, view } = await hidden();
    connection.answer = () =>
      Promise.reject(new Failure({ code: "kpi.notReady", args: { swarmId: "demo", windowMs: 3_600_000 } }));
    view.see(true);
    await settle();
    expect(view.labels()).toEqual([]);
    expect(view.message).toContain("The key figures cannot be told. Nothing of the swarm 'demo' was measured");
    kpis.dispose();
  });

  test("keeps its rows for a moment when the engine is lost, with their time, then lets them go", async () => {
    const { kpis, session, view } = await hidden();
    view.see(true);
    await settle();
    session.lose();
    expect(view.message).toMatch(/^Connecting to the engine\. Figures are from /);
    expect(view.labels()).toHaveLength(12);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(view.labels()).toEqual([]);
    kpis.dispose();
  });
});
