import type { SwarmView } from "../ports.ts";
import type { Coded, Decision } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

/** Agents alive. Commands come and go with their tasks: of them the size is how many may run. */
export function sizeSeen(swarm: SwarmView): number {
  return swarm.agentType === "command" ? swarm.target : swarm.live();
}

export function busyReason(swarm: SwarmView, activity: string, acting: boolean): Coded | null {
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
