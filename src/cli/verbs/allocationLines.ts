import type { EngineConnection } from "../../engine/client.ts";
import type { AllocationExpected, AllocationPreview, AllocationRecord } from "../../engine/protocol/allocators.ts";
import { exitCode, type ExitCode } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import {
  aimsText,
  allocationStateText,
  changeText,
  effectText,
  stepStateText,
  stepText,
} from "../../text/allocation.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { act } from "../act.ts";
import { CliFailure } from "../failure.ts";
import type { Line, Tone } from "../lines.ts";
import type { VerbContext } from "../world.ts";

/** Carries a preview out, unless there is nothing to do. @throws CliFailure when nothing may be done, with the reason */
export async function carryOut(
  { plan, changes, refusal }: AllocationPreview,
  expected: AllocationExpected | undefined,
  connection: EngineConnection,
  context: VerbContext,
): Promise<AllocationRecord | null> {
  if (refusal !== null) throw new CliFailure(exitCode.failure, refusal.code, refusal.args);
  if (plan.length === 0) return null;
  const from = changes.map((change) => change.from);
  const params = { plan, from, ...(expected === undefined ? {} : { expected }) };
  return act(context, connection, calls.allocationApply, params, { code: "waiting.allocation", args: {} });
}

/** What was asked for is not so: taken back, refused, or cut off. */
export function recordExit(record: AllocationRecord | null): ExitCode {
  return record === null || record.state.kind === "applied" ? exitCode.ok : exitCode.failure;
}

export function previewLines({ changes, steps, refusal, notes }: AllocationPreview): Line[] {
  return [
    ...(refusal === null ? [] : [[{ text: "refused", tone: "bad" as const }, `  ${reasonText(refusal)}`]]),
    ...(refusal === null && changes.length === 0 ? [["Everything is so already: there is nothing to change."]] : []),
    ...changes.map(({ from, to }): Line => [`  ${changeText(from, to)}`]),
    ...(steps > changes.length ? [[`  in ${countText(steps, "step")}, each seen before the next`]] : []),
    ...notes.map((note): Line => [{ text: "  note: ", tone: "faint" }, reasonText(note)]),
  ];
}

const TONES: Readonly<Record<AllocationRecord["state"]["kind"], Tone>> = {
  ...{ applied: "good", acting: "warn", interrupted: "warn" },
  ...{ partly: "bad", rolledBack: "bad", refused: "bad" },
};

/** How it went, step by step, with what was expected and what was measured. */
export function recordLines(record: AllocationRecord): Line[] {
  const { steps, state, expected, effects = [] } = record;
  const effect = effects.map(effectText).filter((text) => text !== "");
  return [
    [{ text: allocationStateText(record), tone: TONES[state.kind] }],
    ...steps.map((step): Line => [`  ${stepText(step)}`, { text: `  ${stepStateText(step.state)}`, tone: "faint" }]),
    ...(expected === undefined ? [] : [[`  expected (derived): ${aimsText(expected, null)}`]]),
    ...effect.map((text): Line => [`  measured: ${text}`]),
  ];
}
