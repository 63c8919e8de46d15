/**
 * How many agents more or less than the rule would have, for each action. From the rule's size and not from that of now: so
 * 0 is the rule itself, the network learns where the rule is wrong instead of learning the rule, and it is never more than
 * two agents away from it. (By changes of the size of now, a swarm of 20 that the rule halves at once would take half an
 * hour of cooldowns to get there: measured, such a network was dearer than the rule by a seventh.)
 */
export const ACTIONS = [-2, -1, 0, 1, 2] as const;
/** The number of the action that follows the rule. */
export const FOLLOW = 2;

/** `low ≤ rule ≤ high`. */
export interface AllowedSizes {
  /** What the rule would set. */
  readonly rule: number;
  readonly low: number;
  readonly high: number;
}

/** The actions that lead to an allowed size, as bits; the rule's own is always among them. */
export function allowedActions({ rule, low, high }: AllowedSizes): number {
  let bits = 1 << FOLLOW;
  for (const [action, change] of ACTIONS.entries())
    if (rule + change >= low && rule + change <= high) bits |= 1 << action;
  return bits;
}

/** @throws RangeError for an action that is none, or that leads outside */
export function sizeAfter(action: number, { rule, low, high }: AllowedSizes): number {
  const change = ACTIONS[action];
  if (change === undefined) throw new RangeError(`action must be 0 to ${ACTIONS.length - 1}, got ${action}`);
  const size = rule + change;
  if (change !== 0 && (size < low || size > high))
    throw new RangeError(`action ${action} must lead to ${low} to ${high} agents, got ${size}`);
  return size;
}
