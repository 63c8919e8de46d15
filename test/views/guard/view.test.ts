import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GuardState } from "../../../src/engine/protocol/tasks.ts";
import { GuardView } from "../../../src/views/guard/view.ts";
import type { Rows } from "../../../src/views/rows/all.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";
import { FakeSession } from "../fakeSession.ts";
import { type FakeTreeView, made } from "../fakeTreeView.ts";

const editor = vi.hoisted(() => ({
  loads: 0,
  rows: Promise.withResolvers<unknown>(),
}));

vi.mock("vscode", async () => (await import("../fakeTreeView.ts")).fakeVscode());
vi.mock("../../../src/views/rows/load.ts", () => ({
  loadRows: () => {
    editor.loads++;
    return editor.rows.promise;
  },
}));

const face = { description: "", icon: { name: "x", color: null }, context: "", spoken: "", fold: "none" } as const;
const node: TreeNode = {
  id: "lane/standard",
  subject: { kind: "group" },
  face: { ...face, label: "standard" },
  tooltip: () => "",
  children: [],
};
const state: GuardState = { wallMs: 0, lanes: [], breakers: [], faults: null } as never;

/** A view that is hidden, of an engine that has told its state; several seconds have gone by. */
async function hidden(): Promise<{ guard: GuardView; view: FakeTreeView; publish: () => void }> {
  const session = new FakeSession();
  const feed = new TopicFeed(session, "guard", () => undefined);
  const rows = ({ bulkheadsTree }: Rows) => bulkheadsTree;
  const guard = new GuardView(session, feed, { id: "swarm.bulkheads", name: "Bulkheads", rows, restricted: "" });
  const connection = session.connect();
  await vi.advanceTimersByTimeAsync(1_000);
  connection.publish("guard", state);
  await vi.advanceTimersByTimeAsync(5_000);
  if (made.view === null) throw new Error("no view");
  return { guard, view: made.view, publish: () => connection.publish("guard", state) };
}

beforeEach(() => {
  vi.useFakeTimers();
  made.view = null;
  Object.assign(editor, { loads: 0, rows: Promise.withResolvers<unknown>() });
});
afterEach(() => void vi.useRealTimers());

describe("a view that begins collapsed", () => {
  test("loads its rows when it is first seen, and shows them as soon as they are there", async () => {
    const { guard, view } = await hidden();
    expect(editor.loads).toBe(0);
    view.see(true);
    await vi.advanceTimersByTimeAsync(10);
    expect([editor.loads, view.message, view.labels()]).toEqual([1, "Asking the engine.", []]);
    editor.rows.resolve({ bulkheadsTree: () => [node] });
    await vi.advanceTimersByTimeAsync(1);
    expect([view.message, view.labels()]).toEqual(["", ["standard"]]);
    view.see(false);
    view.see(true);
    await vi.advanceTimersByTimeAsync(600);
    expect([editor.loads, view.labels()]).toEqual([1, ["standard"]]);
    guard.dispose();
  });

  test("says why when its rows cannot be loaded, whatever the engine goes on telling", async () => {
    const { guard, view, publish } = await hidden();
    view.see(true);
    editor.rows.reject(new Error("no rows.js"));
    await vi.advanceTimersByTimeAsync(600);
    publish();
    await vi.advanceTimersByTimeAsync(600);
    expect(view.message).toMatch(/^Bulkheads cannot be followed\. .*no rows\.js/);
    guard.dispose();
  });
});
