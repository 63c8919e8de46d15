import type { Coded } from "../../engine/protocol/model.ts";
import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { rowContexts } from "../ids.ts";
import { line } from "../show.ts";
import type { Face, Icon, TreeNode } from "../tree/node.ts";
import type { TimedNode } from "./allocations.ts";
import { decisionTooltip } from "./explain.ts";
import { type Fact, factsOf, factText } from "./facts.ts";
import { agoText, changeText, decisionSwarm, reason, shortWhy, spokenChange, stateText } from "./words.ts";

/** What is known of the decisions before those that are shown. */
export type Older =
  | { readonly kind: "none" }
  | { readonly kind: "more" }
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly reason: Coded }
  /** There are more than a view should hold. */
  | { readonly kind: "tooMany" };

/**
 * The tree of decisions: what waits for the operator first, then the newest, allocations among them.
 * @param nowMs wall clock, for ages
 */
export function decisionsTree(
  rows: readonly DecisionRow[],
  older: Older,
  nowMs: number,
  allocations: readonly TimedNode[] = [],
): readonly TreeNode[] {
  const timed = (row: DecisionRow): TimedNode => ({ wallMs: row.wallMs, node: decisionNode(row, nowMs) });
  const others = [...rows.filter((row) => !waits(row)).map(timed), ...allocations];
  // Of one moment an allocation comes first: what it is made of lies below it. The sort is stable.
  others.sort((a, b) => b.wallMs - a.wallMs);
  return [...rows.filter(waits).map(timed), ...others].map(({ node }) => node).concat(olderNode(older, rows.length));
}

export function waits({ state }: DecisionRow): boolean {
  return state.kind === "recommended";
}

/** Id of a decision's row. */
export function rowId(decisionId: string): string {
  return `decision/${decisionId}`;
}

function decisionNode(row: DecisionRow, nowMs: number): TreeNode {
  const id = rowId(row.id);
  return {
    id,
    subject: { kind: "decision", decisionId: row.id },
    face: decisionFace(row, nowMs),
    tooltip: () => decisionTooltip(row),
    children: factsOf(row).map((fact) => factNode(id, row.id, fact)),
  };
}

function decisionFace(row: DecisionRow, nowMs: number): Face {
  const why = shortWhy(row);
  const label = `${changeText(row)} ${decisionSwarm(row)} · ${why}`;
  const state = stateText(row);
  const ago = agoText(row.wallMs, nowMs);
  return {
    label,
    description: `${ago} · ${state}`,
    icon: iconOf(row),
    context: waits(row)
      ? rowContexts.decisionWaiting
      : row.undoRefusal === null
        ? rowContexts.decisionUndoable
        : rowContexts.decisionOver,
    spoken: `${waits(row) ? "Recommendation: " : ""}${spokenChange(row)}, ${why}, ${state}, ${ago.replace("<1", "less than 1")}`,
    fold: "closed",
  };
}

/** Every state has a shape and words of its own; the colour only repeats them. */
function iconOf({ state, undoneBy }: DecisionRow): Icon {
  if (undoneBy !== null) return { name: "discard", color: "disabledForeground" };
  switch (state.kind) {
    case "recommended":
      return { name: "lightbulb", color: "charts.yellow" };
    case "withdrawn":
      return { name: "circle-slash", color: "disabledForeground" };
    case "acting":
      return { name: "sync", color: "charts.blue" };
    case "confirmed":
      // What only an orchestrator says is nobody's green light.
      return state.claimed === undefined
        ? { name: "pass", color: "charts.green" }
        : { name: "note", color: "charts.blue" };
    case "unconfirmed":
      return { name: "question", color: "list.warningForeground" };
    case "rolledBack":
      return { name: "debug-step-back", color: "list.warningForeground" };
    case "refused":
      return { name: "error", color: "testing.iconFailed" };
    case "interrupted":
      return { name: "debug-disconnect", color: "list.warningForeground" };
  }
}

function factNode(parentId: string, decisionId: string, fact: Fact): TreeNode {
  const text = factText(fact);
  return {
    id: `${parentId}/${fact.key}`,
    subject: { kind: "fact", decisionId },
    face: {
      label: fact.name,
      description: line(text, 200),
      icon: { name: fact.icon, color: null },
      context: rowContexts.fact,
      spoken: `${fact.name}: ${line(text, 400)}`,
      fold: "none",
    },
    tooltip: () => `${fact.name}: ${text}`,
    children: [],
  };
}

function olderNode(older: Older, shown: number): readonly TreeNode[] {
  const texts = olderTexts(older);
  if (texts === null) return [];
  const { label, description, icon } = texts;
  return [
    {
      id: "older",
      subject: older.kind === "tooMany" ? { kind: "group" } : { kind: "older" },
      face: {
        label,
        description,
        icon: { name: icon, color: null },
        context: rowContexts.older,
        spoken: description === "" ? label : `${label}: ${description}`,
        fold: "none",
      },
      tooltip: () => [`${countText(shown, "decision")} shown`, ...(description === "" ? [] : [description])].join("\n"),
      children: [],
    },
  ];
}

function olderTexts(older: Older): { label: string; description: string; icon: string } | null {
  switch (older.kind) {
    case "none":
      return null;
    case "more":
      return { label: "Load older…", description: "", icon: "ellipsis" };
    case "loading":
      return { label: "Loading older…", description: "", icon: "ellipsis" };
    case "failed":
      return { label: "Load older…", description: `failed: ${line(reason(older.reason), 200)}`, icon: "warning" };
    case "tooMany":
      return {
        label: "Older ones are not shown here",
        description: "swarm-allocator decisions --before lists them",
        icon: "ellipsis",
      };
  }
}
