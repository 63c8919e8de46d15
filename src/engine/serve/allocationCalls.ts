import type { AllocationsPort, SwarmView } from "../ports.ts";
import type { AllocationPlan } from "../protocol/allocators.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about allocations need of the engine. */
export interface AllocationCallsApi {
  readonly allocations: AllocationsPort;
}

type AllocationCall = "allocationPreview" | "allocationApply" | "allocationUndo" | "allocations";

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createAllocationHandlers(
  { allocations }: AllocationCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, AllocationCall> {
  const checked = (plan: AllocationPlan): AllocationPlan => {
    // Agents that we only see are nobody's to limit: said before anything else.
    for (const limits of plan) if (limits.resource !== "network") managed(limits.swarmId);
    return plan;
  };
  return {
    allocationPreview: (wish, { signal }) =>
      allocations.preview(
        "plan" in wish ? { plan: checked(wish.plan) } : { ...wish, swarmId: managed(wish.swarmId).id },
        signal,
      ),
    allocationApply: ({ plan, ...terms }, { signal, client }) =>
      allocations.apply(checked(plan), client.name, signal, terms),
    allocationUndo: ({ allocationId }, { signal, client }) => allocations.undo(allocationId, client.name, signal),
    allocations: (query) => allocations.list(query),
  };
}
