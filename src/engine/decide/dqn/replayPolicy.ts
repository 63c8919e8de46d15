import type { LoadReading, PolicyChooser, ScalerView } from "../../ports.ts";
import type { ScalingPolicy } from "../../protocol/config.ts";
import { AdaptiveScaler } from "../adaptiveScaler.ts";
import type { PolicyKind } from "../policies/policy.ts";
import { DqnScaler } from "./dqnScaler.ts";

export const DQN = "dqn";

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
    create: ({ physics, scaling, timeScale, startMs, forecastAt }) => {
      const scaler = new DqnScaler(new AdaptiveScaler(), () => ({ ...chooser, beats: true }));
      const policy: ScalingPolicy = { ...scaling, policy: "dqn" };
      const stepMs = physics.stepSeconds * 1_000;
      const { minAgents, maxAgents } = physics;
      return {
        decide: ({ step, nowMs, demand, ready, target }) => {
          const reading: LoadReading | null = Number.isNaN(demand)
            ? null
            : { monotonicMs: nowMs, low: demand, high: demand, source: "measured" };
          const view: ScalerView = {
            swarmId: "replay",
            nowMonotonicMs: nowMs,
            nowWallMs: startMs + nowMs,
            ...{ live: target, target, minAgents, maxAgents, reading, policy, timeScale },
            forecast: forecastAt(step),
            tickIntervalMs: stepMs,
            startUpMs: physics.startUpSteps * stepMs,
            pending: Math.max(0, target - ready),
            pressureRatio: pressureAt(step),
          };
          const { to } = scaler.look(view);
          if (ready !== target || to === target) return target;
          scaler.acted(target, to, nowMs);
          return to;
        },
      };
    },
  };
}
