import type { NextTraining, RetrainingFacts } from "../../ports.ts";
import { TRAINED_SHARE } from "../../protocol/dqn.ts";
import { LEAST_STEPS } from "./training.ts";

/** The history has grown by half since it was learned from. */
const GROWTH = 1.5;
/** A training takes at most this share of the time: ten times as long as the last one took lies between two of them. */
const REST_FACTOR = 10;

/**
 * When a swarm's network is to be trained without anybody asking: once a day of the swarm's own time, or sooner when the
 * history has grown by half; the first one when there is a day of history. Only where a network is wanted, which is where
 * one was trained or `scaling.policy` is `dqn`.
 */
export function nextTraining({ nowMs, dayMs, stepMs, wanted, steps, last }: RetrainingFacts): NextTraining {
  if (!wanted) return { kind: "never", reason: { code: "training.unasked", args: {} } };
  const least = Math.max(Math.round(dayMs / stepMs), Math.ceil(LEAST_STEPS / TRAINED_SHARE));
  if (steps < least) return { kind: "never", reason: { code: "training.tooEarly", args: { steps, least } } };
  if (last === null) return { kind: "due" };
  // A clock that was set back must not put it off for longer than a day.
  const atMs = Math.min(last.atMs, nowMs);
  const restedMs = atMs + REST_FACTOR * last.tookMs;
  const dueAtMs = Math.max(atMs + dayMs, restedMs);
  if (nowMs >= dueAtMs || (steps >= GROWTH * last.steps && nowMs >= restedMs)) return { kind: "due" };
  return { kind: "waits", dueAtMs };
}

/**
 * Whether a new network takes the place of the kept one: when it costs no more on the history that it has not learned on.
 * Both are judged there in the same run, so that it is the same work and the same forecasts. The kept one may have learned on
 * a part of that history, which is to its advantage: what changes is better even so.
 */
export function replacesKept(newCost: number, keptCost: number): boolean {
  return newCost <= keptCost;
}
