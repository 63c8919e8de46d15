import type { PolicyChooser } from "../../ports.ts";
import { TRAINED_POLICY } from "../../protocol/replay.ts";
import { AdaptiveScaler } from "../adaptiveScaler.ts";
import { driven } from "../policies/engineScaler.ts";
import type { PolicyKind } from "../policies/policy.ts";
import { DqnScaler } from "./dqnScaler.ts";

export const DQN = TRAINED_POLICY;

/**
 * A network for comparisons, as the engine would let it act: behind the same scaler, with the same bounds and the same
 * refusals as the rule. What it is worth is found out here, so whether it has been better before does not matter.
 *
 * @param pressureAt of a simulated step, 0..1; `null` where it was not measured
 */
export function dqnPolicy(
  chooser: Omit<PolicyChooser, "beats">,
  pressureAt: (step: number) => number | null = () => null,
): PolicyKind {
  return {
    name: DQN,
    summary: "A network that has learned on this swarm's earlier history, within the bounds of the engine's own scaler",
    sees: "past",
    create: (world) => {
      const scaler = new DqnScaler(new AdaptiveScaler(), () => ({ ...chooser, beats: true }));
      return driven({ scaler, policy: { ...world.scaling, policy: DQN }, pressureAt }, world);
    },
  };
}

/** Pressure in a simulated step, as `dqnPolicy` takes it. @param pressure of each step of the load; NaN: not measured */
export function pressureOf(
  pressure: Float64Array | null,
  { stepsPerLoad }: { readonly stepsPerLoad: number },
): (step: number) => number | null {
  return (step) => {
    const told = pressure?.[Math.floor(step / stepsPerLoad)] ?? Number.NaN;
    return Number.isNaN(told) ? null : told;
  };
}
