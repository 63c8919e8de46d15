import type { Network, Pass } from "./network.ts";

/** Bit a of `allowed`: action a may be taken. */
export function isAllowed(allowed: number, action: number): boolean {
  return ((allowed >> action) & 1) === 1;
}

/**
 * The allowed action of the highest value; of equal ones the first.
 * @param pass of one row, used again
 * @throws RangeError for an input or a value that is no finite number, or when nothing is allowed
 */
export function greedy(network: Network, pass: Pass, observation: Float64Array, allowed: number): number {
  if (observation.length !== network.inputs)
    throw new RangeError(`observation must be ${network.inputs} long, got ${observation.length}`);
  for (let i = 0; i < observation.length; i++)
    if (!Number.isFinite(observation[i]))
      throw new RangeError(`observation[${i}] must be finite, got ${observation[i]}`);
  pass.input.set(observation);
  const values = network.forward(pass);
  let found = -1;
  for (let action = 0; action < network.outputs; action++) {
    if (!isAllowed(allowed, action)) continue;
    const value = values[action] as number;
    if (!Number.isFinite(value)) throw new RangeError(`value of action ${action} must be finite, got ${value}`);
    if (found < 0 || value > (values[found] as number)) found = action;
  }
  if (found < 0) throw new RangeError(`allowed must allow an action, got ${allowed}`);
  return found;
}
