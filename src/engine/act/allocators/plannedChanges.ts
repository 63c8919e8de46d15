import { type Coded, CodedError, toCoded } from "../../common/errors.ts";
import { type AllocationPlan, allocationPlan, placeOf, type ResourceLimits } from "../../protocol/allocators.ts";
import type { ResourceAllocator } from "./allocator.ts";
import type { WantedChange } from "./stepOrder.ts";

export interface PlanParts {
  readonly of: (limits: ResourceLimits) => ResourceAllocator;
  /** What waits for the system has a deadline. */
  readonly within: <T>(limits: ResourceLimits, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

export type PlannedChanges =
  | { readonly kind: "refused"; readonly reason: Coded }
  | { readonly kind: "planned"; readonly changes: readonly WantedChange[] };

/** Refused where something is not what it was when somebody agreed to the plan: 4 → 6 is not 10 → 6. */
export function asAgreed(planned: PlannedChanges, agreed: readonly ResourceLimits[]): PlannedChanges {
  if (planned.kind === "refused") return planned;
  for (const { allocator, from } of planned.changes) {
    const was = agreed.find((limits) => placeOf(limits) === placeOf(from));
    if (was !== undefined && allocator.direction(was, from) !== 0)
      return { kind: "refused", reason: { code: "allocation.changedBefore", args: { what: placeOf(from) } } };
  }
  return planned;
}

/** @param plan whatever it is @throws CodedError `allocation.invalid` with the first place that is wrong */
export function checkedPlan(plan: unknown): AllocationPlan {
  const parsed = allocationPlan.safeParse(plan);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CodedError("allocation.invalid", { path: issue?.path.join(".") ?? "", problem: issue?.message ?? "" });
}

/** Of every value what it is now, or why nothing at all is done. Rejects with the abort reason. */
export async function plannedChanges(
  plan: readonly ResourceLimits[],
  { of, within, signal }: PlanParts,
): Promise<PlannedChanges> {
  const changes: WantedChange[] = [];
  for (const to of plan) {
    const allocator = of(to);
    const support = allocator.can();
    if (support.kind === "unsupported") return { kind: "refused", reason: support.reason };
    try {
      const refusal = allocator.refusal(to);
      if (refusal !== null) return { kind: "refused", reason: refusal };
      const from = await within(to, (own) => allocator.read(to, own));
      changes.push({ allocator, from, to });
    } catch (error) {
      if (signal.aborted) throw error;
      return { kind: "refused", reason: toCoded(error) };
    }
  }
  return { kind: "planned", changes };
}
