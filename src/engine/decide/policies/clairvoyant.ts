import type { SwarmPhysics } from "../simulatedSwarm.ts";
import type { PolicyKind } from "./policy.ts";

/** Knows every step to come. */
export const clairvoyant: PolicyKind = {
  name: "clairvoyant",
  summary: "The fewest agent-hours with which no demand is unmet that could be met: knows the future, a bound",
  sees: "future",
  create: ({ physics }, demand) => {
    const sizes = leastSizes(demand, physics);
    return { decide: ({ step }) => sizes[step] as number };
  },
};

/**
 * The least size at each step with which the ready agents cover the demand wherever that can be done at all.
 *
 * 1. Needed at step t are ⌈demand⌉ ready agents, no more than the maximum; before the first start can be ready, no more
 *    than those that are there at the begin.
 * 2. An agent that is ready at u was there during all of [u − start-up, u]. So whoever covers the need has, at every t, at
 *    least as many agents (ready or starting) as are needed at any u of [t, t + start-up]: a sliding maximum. It is also
 *    enough, since the oldest are ready first: the least possible at every step at once.
 * 3. An agent that is let go costs its drain. A gap shorter than that, at whatever size, is cheaper to bridge: the closing
 *    of the sizes (a sliding maximum, then a sliding minimum) over the drain.
 *
 * What is unmet with these sizes is unmet with any; and whoever leaves no more unmet has at least these agent-hours.
 */
export function leastSizes(demand: Float64Array, physics: SwarmPhysics): Int32Array {
  const { minAgents, maxAgents, startUpSteps, drainSteps } = physics;
  const initial = Math.min(Math.max(physics.initialAgents, minAgents), maxAgents);
  const steps = demand.length;
  const need = Int32Array.from(demand, (value, step) => {
    const agents = Math.min(maxAgents, Math.ceil(value - 1e-9));
    return Math.max(0, step < startUpSteps ? Math.min(agents, initial) : agents);
  });
  const sizes = slidingMost(need, startUpSteps, 1);
  for (let step = 0; step < steps; step++) sizes[step] = Math.max(minAgents, sizes[step] as number);
  if (drainSteps === 0) return sizes;
  // The agents of the begin are a size before the first step: to let them go costs as well.
  const front = drainSteps + 1;
  const whole = new Int32Array(front + steps);
  whole.set(sizes, front);
  whole[front - 1] = initial;
  const dilated = slidingMost(whole, drainSteps, 1);
  // The least over the steps before is the greatest of the negative ones.
  const eroded = slidingMost(
    dilated.map((size) => -size),
    drainSteps,
    -1,
  );
  return eroded.subarray(front).map((size) => -size);
}

/** The greatest of each step and the `reach` after it (`direction` 1) or before it (−1), in one pass (a monotone queue). */
function slidingMost(values: Int32Array, reach: number, direction: 1 | -1): Int32Array {
  const steps = values.length;
  const out = new Int32Array(steps);
  const queue = new Int32Array(steps);
  let head = 0;
  let tail = 0;
  // Walked against the direction: the window at t holds what was walked over last.
  for (let n = 0; n < steps; n++) {
    const step = direction === 1 ? steps - 1 - n : n;
    const value = values[step] as number;
    while (tail > head && (values[queue[tail - 1] as number] as number) <= value) tail--;
    queue[tail++] = step;
    while (Math.abs((queue[head] as number) - step) > reach) head++;
    out[step] = values[queue[head] as number] as number;
  }
  return out;
}
