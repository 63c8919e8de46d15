import type { Decision, ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { DecisionsState } from "../../engine/protocol/rpc.ts";
import type { ScalingNow } from "../../engine/protocol/scalingPage.ts";
import { untilText } from "../../text/clock.ts";
import { adviceText } from "../../text/policy.ts";
import { reasonText } from "../../text/reasons.ts";

/** The swarm as it is now, from what the engine publishes: reasons in words, nothing that is not shown. */
export function nowOf(
  row: ManagedSwarmRow | null,
  decisions: DecisionsState | null,
  wallMs: number,
): ScalingNow | null {
  if (row === null) return null;
  const { mode, demand, demandSource, waitingTasks, live, target, minAgents, maxAgents, scaling } = row;
  return {
    ...{ wallMs, mode, demand, demandSource, waitingTasks, live, target, minAgents, maxAgents },
    held: heldBy(row),
    plan: planOf(decisions?.decisions.find(({ swarmId, state }) => swarmId === row.id && state.kind === "acting")),
    verdict: scaling === null ? null : verdictOf(scaling),
    forecast: scaling === null ? null : forecastOf(scaling),
    shadow: scaling?.inputs.shadow ?? null,
    advice: scaling?.dqn === undefined ? null : adviceText(scaling.dqn),
  };
}

function heldBy({ held, heldUntilMs, activity }: ManagedSwarmRow): readonly string[] {
  return [
    ...(held
      ? [`Put on hold by an operator${untilText(heldUntilMs)}: supervised, no growth, no automatic change.`]
      : []),
    ...(activity.kind === "held" ? [reasonText(activity.reason)] : []),
    ...(activity.kind === "unconfirmed" ? [reasonText(activity.reason)] : []),
  ];
}

function planOf(decision: Decision | undefined): ScalingNow["plan"] {
  if (decision === undefined) return null;
  const { from, to, plan, reason } = decision;
  return { from, steps: plan?.steps ?? [to], at: plan?.at ?? to, reason: reasonText(reason) };
}

function verdictOf({ from, to, reason, recommendationId }: NonNullable<ManagedSwarmRow["scaling"]>) {
  return { from, to, reason: reasonText(reason), waits: recommendationId !== null };
}

function forecastOf({ inputs }: NonNullable<ManagedSwarmRow["scaling"]>): ScalingNow["forecast"] {
  const { predictedRatio, predictedInMs, forecastModel, forecastReason } = inputs;
  if (forecastReason !== null) return { kind: "none", reason: reasonText(forecastReason) };
  if (predictedRatio === null || forecastModel === null) return null;
  return { kind: "ready", model: forecastModel, predictedRatio, inMs: predictedInMs };
}
