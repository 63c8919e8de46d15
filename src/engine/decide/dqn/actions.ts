/**
 * Agents more or less than the rule wants, for each action, until the next decision. Beside the rule's size and not beside
 * that of now: so 0 is the rule itself, the network learns where the rule is wrong instead of learning the rule, and it is
 * never more than two agents away from it. (By changes of the size of now, a swarm of 20 that the rule halves at once would
 * take half an hour of cooldowns to get there: measured, such a network was dearer than the rule by a seventh.)
 */
export const ACTIONS = [-2, -1, 0, 1, 2] as const;
/** The number of the action that follows the rule, and that action alone as bits. */
export const FOLLOW = 2;
export const ONLY_FOLLOW = 1 << FOLLOW;
export const ALL_ACTIONS = (1 << ACTIONS.length) - 1;

/** `low ≤ rule ≤ high`. */
export interface AllowedSizes {
  /** What the rule would set. */
  readonly rule: number;
  readonly low: number;
  readonly high: number;
}

/** @throws RangeError for an action that is none */
export function marginOf(action: number): number {
  const margin = ACTIONS[action];
  if (margin === undefined) throw new RangeError(`action must be 0 to ${ACTIONS.length - 1}, got ${action}`);
  return margin;
}

/** The rule's size and a margin, within what is allowed. */
export function sizeWith(margin: number, { rule, low, high }: AllowedSizes): number {
  return Math.min(Math.max(rule + margin, low), high);
}
