/** By how many agents each action changes the size. */
export const ACTIONS = [-2, -1, 0, 1, 2] as const;
/** The number of the action that changes nothing. */
export const HOLD = 2;

/** The sizes that may be chosen; `floor` is what the load of this moment asks for, `low ≤ floor ≤ high`. */
export interface AllowedSizes {
  readonly low: number;
  readonly high: number;
}

/**
 * The actions that lead to an allowed size, as bits. When the sizes begin beyond the reach of every action the farthest one
 * in their direction remains, for the size is brought within them afterwards.
 */
export function allowedActions(size: number, { low, high }: AllowedSizes): number {
  let bits = 0;
  for (const [action, change] of ACTIONS.entries())
    if (size + change >= low && size + change <= high) bits |= 1 << action;
  if (bits !== 0) return bits;
  return low > size ? 1 << (ACTIONS.length - 1) : 1 << HOLD;
}

/** @throws RangeError for an action that is none */
export function sizeAfter(size: number, action: number, { low, high }: AllowedSizes): number {
  const change = ACTIONS[action];
  if (change === undefined) throw new RangeError(`action must be 0 to ${ACTIONS.length - 1}, got ${action}`);
  return Math.min(Math.max(size + change, low), Math.max(low, high));
}
