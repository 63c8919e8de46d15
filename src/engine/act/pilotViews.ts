import type { SwarmView } from "../ports.ts";
import type { Coded, Decision, ScalingStatus } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

/** What the scaler begins has this long to be seen. */
const ACTION_DEADLINE_MS = 60_000;

/** Starting takes as long as it has been seen to take, ending busy agents as long as their tasks may. */
export function deadlineOf(swarm: SwarmView, to: number): number {
  const busy = swarm.agents().some(({ task }) => task !== null);
  if (to < swarm.agents().length) return ACTION_DEADLINE_MS + (busy ? swarm.drainTimeoutMs : 0);
  return ACTION_DEADLINE_MS + (swarm.startUpMs() ?? 0);
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

/** Why an agent may not ask for this size, whatever the load is; `null`: it may. To stop a swarm is an operator's. */
export function refusalOfWish(swarm: SwarmView, target: number): Coded | null {
  const { id: swarmId, mode } = swarm;
  if (mode === "observe") return { code: "scale.observed", args: { swarmId } };
  if (target === 0 || swarm.target === 0) return { code: "scale.operatorOnly", args: { swarmId, target } };
  if (target === swarm.target) return { code: "scale.already", args: { swarmId, target } };
  if (swarm.heldByOperator) return { code: "scaling.held", args: { untilMs: swarm.heldUntilMs } };
  return swarm.refusal(target);
}

/** The load that the scaler sees, for the reason of who asks. */
export function loadArgs(status: ScalingStatus | null): Coded["args"] {
  if (status === null) return {};
  const { currentRatio, combinedRatio, predictedRatio, predictedInMs } = status.inputs;
  return { current: currentRatio, combined: combinedRatio, predicted: predictedRatio, inMs: predictedInMs };
}

function busyReason(swarm: SwarmView, activity: string, acting: boolean): Coded | null {
  if (swarm.heldByOperator || activity === "held")
    return { code: "scaling.held", args: { untilMs: swarm.heldByOperator ? swarm.heldUntilMs : null } };
  if (activity === "unconfirmed")
    return { code: "scaling.unconfirmed", args: { live: swarm.live(), target: swarm.target } };
  return acting || activity === "scaling"
    ? { code: "scaling.busy", args: { live: swarm.live(), target: swarm.target } }
    : null;
}

/** Something was done about it, be it only a part. */
export function wasCarriedOut({ state, plan }: Decision): boolean {
  if (state.kind === "interrupted") return plan !== undefined;
  return ["acting", "confirmed", "unconfirmed", "rolledBack"].includes(state.kind);
}

/** The size that a decision has led to, as far as it is in force. */
export function sizeLedTo({ state, plan, to }: Decision): number {
  return state.kind === "rolledBack" ? state.to : (plan?.at ?? to);
}

export function stateOf(outcome: ActionOutcome, earlierMs: number): Decision["state"] {
  if (outcome.kind === "unconfirmed" && outcome.reason.code === "plan.rolledBack")
    return { ...outcome, kind: "rolledBack", to: Number(outcome.reason.args["to"]) };
  return outcome.kind === "refused" ? outcome : { ...outcome, elapsedMs: Math.round(outcome.elapsedMs + earlierMs) };
}
