import type { AllocationExpected } from "../engine/protocol/allocators.ts";
import type { Coded } from "../engine/protocol/model.ts";
import type { PerformancePlan } from "../engine/protocol/optimize.ts";
import { aimValues } from "./allocation.ts";
import { ratioText } from "./figures.ts";
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

/** How far the queueing model is off on what was measured, or why that cannot be said. */
export function modelErrorText(waitErrorRatio: number | null, waitErrorReason: Coded | null): string {
  if (waitErrorRatio !== null) return `On measured waits the model was off by ${ratioText(waitErrorRatio)}.`;
  return waitErrorReason === null
    ? "How far the model is off cannot be said: nobody waited."
    : reasonText(waitErrorReason);
}
