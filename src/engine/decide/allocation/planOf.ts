import type { Coded } from "../../common/errors.ts";
import type { AllocationPlanOf } from "../../ports.ts";
import type { AllocatorSupport, Resource, ResourceLimits } from "../../protocol/allocators.ts";

/** Where no weight was ever given, giving the usual one changes nothing. */
const USUAL_WEIGHT = 100;
const CPU_WEIGHT = "cpu.weight";
/** Below this nothing can be limited. */
const LEAST_BYTES = 16 << 20;

/**
 * What has to be set for a swarm to have this allocation. Its agents serve every lane, so of them there is one number; how
 * many serve a lane at once is the capacity of the lane. What differs from lane to lane and can be set for all of them only
 * is set to the largest. What cannot be set here is told in the notes.
 */
export const planOf: AllocationPlanOf = (swarmId, { agents, lanes }, support) => {
  const own = agents.filter((cell) => cell.kind === swarmId && cell.agents > 0);
  const notes: Coded[] = [];
  const can = (resource: Resource): AllocatorSupport | undefined =>
    support.find((one) => one.resource === resource)?.support;

  const plan: ResourceLimits[] = [
    { resource: "agents", swarmId, agents: own.reduce((sum, cell) => sum + cell.agents, 0) },
  ];
  const open = lanes.filter(({ capacity }) => capacity > 0);
  if (open.length > 0)
    plan.push({ resource: "network", lanes: Object.fromEntries(open.map(({ lane, capacity }) => [lane, capacity])) });

  const highBytes = Math.ceil(Math.max(LEAST_BYTES, ...own.map(({ memoryBytes }) => memoryBytes)));
  const memory = can("memory");
  if (memory?.kind === "supported" && own.length > 0) plan.push({ resource: "memory", swarmId, highBytes });
  else if (memory?.kind === "unsupported") notes.push(memory.reason);

  const weight = Math.max(1, ...own.map(({ cpuWeight }) => cpuWeight));
  const cpu = can("cpu");
  if (weight !== USUAL_WEIGHT && own.length > 0) {
    if (cpu?.kind === "supported" && cpu.means.includes(CPU_WEIGHT)) plan.push({ resource: "cpu", swarmId, weight });
    else notes.push({ code: "allocation.noWeight", args: { weight } });
  }
  return { plan, notes };
};
