import { type AllocationRow, changesOf } from "../../engine/protocol/allocators.ts";
import { aimsText, allocationStateText, effectText, stepText } from "../../text/allocation.ts";
import { countText } from "../../text/figures.ts";
import { impactText } from "../../text/impact.ts";
import { reasonText } from "../../text/reasons.ts";
import { rowContexts } from "../ids.ts";
import { line } from "../show.ts";
import type { Icon, TreeNode } from "../tree/node.ts";
import { agoText } from "./words.ts";

/** A row among the decisions, by its time. */
export interface TimedNode {
  readonly wallMs: number;
  readonly node: TreeNode;
}

interface Said {
  readonly key: string;
  readonly name: string;
  readonly text: string;
  readonly icon: string;
}

/** Allocations as rows of the view *Decisions*: what was changed, how it went, what was expected and what was measured. */
export function allocationNodes(rows: readonly AllocationRow[], nowMs: number): readonly TimedNode[] {
  return rows.map((row) => ({ wallMs: row.wallMs, node: allocationNode(row, nowMs) }));
}

/** `docs: agents 4 → 6`, one of each place. */
export function allocationChanges({ steps }: Pick<AllocationRow, "steps">): readonly string[] {
  return changesOf(steps).map(({ from, to }) => stepText({ limits: to, previous: from }));
}

/** `docs: agents 4 → 6 and 2 more`: fits a row. */
export function allocationTitle(row: Pick<AllocationRow, "steps" | "undoOf">): string {
  const [first = "nothing", ...rest] = allocationChanges(row);
  const more = rest.length === 0 ? "" : ` and ${rest.length} more`;
  return `${row.undoOf === null ? "" : "undo: "}${line(first, 80)}${more}`;
}

function allocationNode(row: AllocationRow, nowMs: number): TreeNode {
  const id = `allocation/${row.id}`;
  const title = allocationTitle(row);
  const state = allocationStateText(row);
  const effects = row.effects?.map(({ impact }) => impactText(impact)).filter((text) => text !== "") ?? [];
  const brought = effects.length === 0 ? "" : ` · ${effects[0] ?? ""}`;
  const ago = agoText(row.wallMs, nowMs);
  const facts = factsOf(row, state);
  return {
    id,
    subject: { kind: "allocation", allocationId: row.id },
    face: {
      label: title,
      description: `${ago} · allocation · ${line(state, 120)}${brought}`,
      icon: iconOf(row),
      context: row.undoRefusal === null ? rowContexts.allocationUndoable : rowContexts.allocationOver,
      spoken: `Allocation: ${title.replaceAll("→", "to")}, ${line(state, 200)}, ${ago.replace("<1", "less than 1")}`,
      fold: "closed",
    },
    tooltip: () => [title, ...facts.map(({ name, text }) => `${name}: ${text}`)].join("\n"),
    children: facts.map(({ key, name, text, icon }): TreeNode => ({
      id: `${id}/${key}`,
      subject: { kind: "group" },
      face: {
        label: name,
        description: line(text, 200),
        icon: { name: icon, color: null },
        context: rowContexts.fact,
        spoken: `${name}: ${line(text, 400).replaceAll("→", "to")}`,
        fold: "none",
      },
      tooltip: () => `${name}: ${text}`,
      children: [],
    })),
  };
}

function factsOf(row: AllocationRow, state: string): readonly Said[] {
  const { expected, effects = [], undoRefusal, steps, by } = row;
  const measured = effects.map(effectText).filter((text) => text !== "");
  return [
    ...allocationChanges(row).map((text, at): Said => ({
      key: `change${at}`,
      name: "Change",
      text,
      icon: "arrow-both",
    })),
    ...(expected === undefined
      ? []
      : [{ key: "expected", name: "Expected", text: `${aimsText(expected, null)} · derived`, icon: "graph-line" }]),
    ...measured.map((text, at): Said => ({ key: `effect${at}`, name: "Effect", text, icon: "graph" })),
    { key: "who", name: "Asked by", text: line(by, 80), icon: "person" },
    { key: "outcome", name: "Outcome", text: `${state}; ${countText(steps.length, "step")}`, icon: "checklist" },
    ...(undoRefusal === null
      ? [{ key: "undo", name: "Undo", text: "possible, last step first", icon: "discard" }]
      : row.state.kind === "applied"
        ? [{ key: "undo", name: "Undo", text: `not possible: ${line(reasonText(undoRefusal), 200)}`, icon: "discard" }]
        : []),
  ];
}

/** Shape and words tell the state; the colour only repeats them. */
function iconOf({ state, undoneBy }: AllocationRow): Icon {
  if (undoneBy !== null) return { name: "discard", color: "disabledForeground" };
  switch (state.kind) {
    case "acting":
      return { name: "sync", color: "charts.blue" };
    case "applied":
      return { name: "pass", color: "charts.green" };
    case "rolledBack":
    case "partly":
      return { name: "debug-step-back", color: "list.warningForeground" };
    case "refused":
      return { name: "error", color: "testing.iconFailed" };
    case "interrupted":
      return { name: "debug-disconnect", color: "list.warningForeground" };
  }
}
