import type { SwarmView } from "../ports.ts";
import type { Coded, Decision } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

/** What the scaler begins has this long to be seen. */
const ACTION_DEADLINE_MS = 60_000;

/** Ending busy agents takes as long as their tasks may. */
export function deadlineOf(swarm: SwarmView, to: number): number {
  const busy = swarm.agents().some(({ task }) => task !== null);
  return ACTION_DEADLINE_MS + (to < swarm.agents().length && busy ? swarm.drainTimeoutMs : 0);
}

/**
 * Agents alive. Commands come and go with their tasks: of them the size is how many may run. While all that are wanted are
 * there and others only end, those do not count: their tasks may take long, and the swarm must be able to grow meanwhile.
 */
export function sizeSeen(swarm: SwarmView): number {
  return swarm.agentType === "command" || swarm.onlyDrains() ? swarm.target : swarm.live();
}

/** Why nothing is changed automatically now. While others only end, growth is still possible; ending more of them is not. */
export function hindranceTo(to: number, swarm: SwarmView, activity: string, acting: boolean): Coded | null {
  const busy = busyReason(swarm, activity, acting);
  return busy?.code === "scaling.busy" && to > swarm.target && swarm.onlyDrains() ? null : busy;
}

function busyReason(swarm: SwarmView, activity: string, acting: boolean): Coded | null {
  if (swarm.heldByOperator || activity === "held") return { code: "scaling.held", args: {} };
  if (activity === "unconfirmed")
    return { code: "scaling.unconfirmed", args: { live: swarm.live(), target: swarm.target } };
  return acting || activity === "scaling"
    ? { code: "scaling.busy", args: { live: swarm.live(), target: swarm.target } }
    : null;
}

export function wasCarriedOut({ state }: Decision): boolean {
  return state.kind === "acting" || state.kind === "confirmed" || state.kind === "unconfirmed";
}

export function stateOf(outcome: ActionOutcome, earlierMs: number): Decision["state"] {
  return outcome.kind === "refused" ? outcome : { ...outcome, elapsedMs: Math.round(outcome.elapsedMs + earlierMs) };
}
