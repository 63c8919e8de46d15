import type { AllocationRecord } from "../../engine/protocol/allocators.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { PageApplication } from "../../engine/protocol/paretoPage.ts";
import { aimsText, allocationStateText, effectText, stepStateText, stepText } from "../../text/allocation.ts";
import { reasonText } from "../../text/reasons.ts";

/** Whose it is: of somebody else, of this page, or of this page and the operator wants it taken back. */
export type Claim = "none" | "own" | "stopped";

/** An allocation for the page, in words. */
export function applicationOf(
  record: AllocationRecord,
  undoRefusal: Coded | null,
  claim: Claim,
  currency: string | null,
): PageApplication {
  const { id, undoOf, steps, state, expected, effects } = record;
  const isOver = state.kind !== "acting";
  return {
    ...{ kind: "known", id, isUndo: undoOf !== null, isOver, isWell: state.kind === "applied" },
    atMs: record.wallMs,
    state: !isOver && claim === "stopped" ? "being taken back" : allocationStateText(record),
    steps: steps.map((step) => ({ text: stepText(step), state: stepStateText(step.state) })),
    expected: expected === undefined ? "" : `${aimsText(expected, currency)} (derived)`,
    measured: (effects ?? []).map((effect) => effectText(effect)).filter((text) => text !== ""),
    canStop: !isOver && claim === "own" && undoOf === null,
    undoRefusal: undoRefusal === null ? null : reasonText(undoRefusal),
  };
}
