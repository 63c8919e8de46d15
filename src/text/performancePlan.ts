import type { AllocationExpected } from "../engine/protocol/allocators.ts";
import type { Coded } from "../engine/protocol/model.ts";
import type { PerformancePlan } from "../engine/protocol/optimize.ts";
import { aimValues } from "./allocation.ts";
import { countText, ratioText } from "./figures.ts";
import { reasonText } from "./reasons.ts";

/** Performance plans in one way for editor and command line. */

/** What is kept beside an allocation, to be compared with what will be measured. */
export function expectedOf({ swarmId, optimization: { current, chosen } }: PerformancePlan): AllocationExpected {
  return {
    swarmId,
    now: current === null ? null : aimValues(current.objectives),
    chosen: aimValues(chosen.objectives),
  };
}

/** How far the queueing model is off on what was measured, or why that cannot be said. @param tasks that this rests on */
export function modelErrorText(waitErrorRatio: number | null, waitErrorReason: Coded | null, tasks: number): string {
  const basis = countText(tasks, "task");
  if (waitErrorRatio !== null) return `On measured waits the model was off by ${ratioText(waitErrorRatio)} (${basis}).`;
  if (waitErrorReason !== null) return reasonText(waitErrorReason);
  return `None of ${basis} was seen to wait, so the model's waits were compared with nothing.`;
}
