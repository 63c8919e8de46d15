import type { ResourceLimits } from "../../protocol/allocators.ts";
import type { ResourceAllocator } from "./allocator.ts";

/** One value that is to change. */
export interface WantedChange {
  readonly allocator: ResourceAllocator;
  readonly from: ResourceLimits;
  readonly to: ResourceLimits;
}

/**
 * The order in which nothing is given that has not been freed, and nobody comes before there is room for him:
 * 1. fewer agents: they end before the limits that they live by go down;
 * 2. limits that go down;
 * 3. limits that go up;
 * 4. more agents.
 * The order backwards, each change reversed, is of the same kind. What does not change is left out; each change goes through
 * its own values.
 */
export function stepsInOrder(changes: readonly WantedChange[]): readonly ResourceLimits[] {
  const stages: ResourceLimits[][] = [[], [], [], []];
  for (const { allocator, from, to } of changes) {
    const direction = allocator.direction(from, to);
    if (direction === 0) continue;
    const isAgents = allocator.id === "agents";
    const stage = direction < 0 ? (isAgents ? 0 : 1) : isAgents ? 3 : 2;
    stages[stage]?.push(...allocator.path(from, to));
  }
  return stages.flat();
}
