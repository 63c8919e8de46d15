import { describe, expect, test } from "vitest";
import type { AllocationRow } from "../../../src/engine/protocol/allocators.ts";
import { allocationChanges, allocationNodes, allocationTitle } from "../../../src/views/decisions/allocations.ts";
import { decisionsTree } from "../../../src/views/decisions/model.ts";
import { rowContexts } from "../../../src/views/ids.ts";
import { allocationSample } from "../../cli/allocationSample.ts";
import { NOW_MS } from "../overviews.ts";
import { decision, id, waiting } from "./decisions.ts";

function row(change: Partial<AllocationRow> = {}): AllocationRow {
  return { ...allocationSample(), wallMs: NOW_MS - 120_000, ...change };
}

function nodeOf(change: Partial<AllocationRow> = {}) {
  const [one] = allocationNodes([row(change)], NOW_MS);
  if (one === undefined) throw new Error("no row");
  return one.node;
}

const texts = (change: Partial<AllocationRow> = {}) =>
  nodeOf(change).children.map(({ face }) => `${face.label}: ${face.description}`);

describe("an allocation among the decisions", () => {
  test("says what was changed, how it went, and what of it was expected and measured", () => {
    const { face } = nodeOf();
    expect(face.label).toBe("docs: agents 4 → 6 and 1 more");
    expect(face.description).toMatch(/^2 min ago · allocation · applied in 9\.2 s · latency 5\.8 s → 4\.2 s, waiting/);
    expect(nodeOf({ effects: undefined }).face.description).toBe("2 min ago · allocation · applied in 9.2 s");
    expect(face.spoken).toContain("agents 4 to 6");
    expect(texts()).toEqual([
      "Change: docs: agents 4 → 6",
      "Change: lanes: standard 8 → 4",
      "Expected: latency 6.2 s → 4.1 s, utilisation 90% → 60% · derived",
      expect.stringMatching(/^Effect: docs: latency 5\.8 s → 4\.2 s, waiting p95 .*, measured over 5 min$/),
      "Asked by: command line",
      "Outcome: applied in 9.2 s; 2 steps",
      "Undo: possible, last step first",
    ]);
  });

  test("tells a place once, from before its first step to after its last", () => {
    const lanes = (standard: number) => ({ resource: "network", lanes: { standard } }) as const;
    const state = { kind: "confirmed", notes: [] } as const;
    const steps = [
      { limits: lanes(6), previous: lanes(8), state },
      { limits: lanes(4), previous: lanes(6), state },
      { limits: lanes(3), previous: null, state: { kind: "waiting" } as const },
    ];
    expect(allocationChanges({ steps })).toEqual(["lanes: standard 8 → 3"]);
    expect(allocationTitle({ steps: [], undoOf: null })).toBe("nothing");
  });

  test("that cannot be undone says why, and offers no undo", () => {
    const undoRefusal = { code: "allocation.overtaken", args: { id: "a", by: "b" } };
    expect(nodeOf({ undoRefusal }).face.context).toBe(rowContexts.allocationOver);
    expect(nodeOf().face.context).toBe(rowContexts.allocationUndoable);
    expect(texts({ undoRefusal }).at(-1)).toMatch(/^Undo: not possible: /);
  });

  test("has a shape of its own in every state", () => {
    const reason = { code: "plan.waiting", args: { beforeMs: 1, afterMs: 2 } };
    const states: AllocationRow["state"][] = [
      { kind: "acting" },
      { kind: "applied", elapsedMs: 1 },
      { kind: "rolledBack", reason, left: 0 },
      { kind: "refused", reason },
      { kind: "interrupted" },
    ];
    const shapes = states.map((state) => nodeOf({ state }).face.icon.name);
    expect(new Set(shapes).size).toBe(states.length);
    expect(nodeOf({ undoneBy: "x" }).face.icon.name).toBe("discard");
    expect(nodeOf({ undoOf: "x" }).face.label).toMatch(/^undo: /);
  });

  test("stands by its time, below what waits for the operator", () => {
    const older = decision({ id: id(1), wallMs: NOW_MS - 300_000 });
    const newer = decision({ id: id(2), wallMs: NOW_MS - 60_000 });
    const open = decision({ id: id(3), wallMs: NOW_MS - 400_000, state: waiting });
    const nodes = decisionsTree([newer, older, open], { kind: "none" }, NOW_MS, allocationNodes([row()], NOW_MS));
    expect(nodes.map((node) => node.id.split("/")[0])).toEqual(["decision", "decision", "allocation", "decision"]);
    expect(nodes[0]?.id).toBe(`decision/${id(3)}`);
  });

  test("from an agent is plain text of bounded length", () => {
    const by = `${"x".repeat(5_000)}\u202e\n<b>`;
    for (const node of [nodeOf({ by }), ...nodeOf({ by }).children]) {
      expect(node.face.description.length).toBeLessThan(400);
      expect(node.face.description).not.toMatch(/[\u202e\n]/);
    }
  });
});
