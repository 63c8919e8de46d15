import type { AllocationRecord } from "../../engine/protocol/allocators.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { PageApplication } from "../../engine/protocol/paretoPage.ts";
import { aimsText, allocationStateText, effectText, stepStateText, stepText } from "../../text/allocation.ts";
import { reasonText } from "../../text/reasons.ts";

/** An allocation for the page, in words. @param isStopped the operator wants it taken back */
export function applicationOf(
  record: AllocationRecord,
  undoRefusal: Coded | null,
  isStopped: boolean,
  currency: string | null,
): PageApplication {
  const { id, undoOf, steps, state, expected, effects } = record;
  const isOver = state.kind !== "acting";
  return {
    ...{ kind: "known", id, isUndo: undoOf !== null, isOver, isWell: state.kind === "applied" },
    atMs: record.wallMs,
    state: !isOver && isStopped ? "being taken back" : allocationStateText(record),
    steps: steps.map((step) => ({ text: stepText(step), state: stepStateText(step.state) })),
    expected: expected === undefined ? "" : `${aimsText(expected, currency)} (derived)`,
    measured: (effects ?? []).map((effect) => effectText(effect)).filter((text) => text !== ""),
    undoRefusal: undoRefusal === null ? null : reasonText(undoRefusal),
  };
}
