import type { FootprintsPort, PlanRules, SizingRules } from "../ports.ts";
import { AdaptiveScaler } from "./adaptiveScaler.ts";
import { withinRoom } from "./capacity.ts";
import { figuresOf, isSeen, planSteps, worsened } from "./plan.ts";
import { ScalerChoice } from "./scalerChoice.ts";
import { Shadow } from "./shadow.ts";
import { cooldownMs, impactMs, pauseMs } from "./scalingTimes.ts";

export const planRules: PlanRules = { planSteps, figuresOf, worsened, isSeen, pauseMs, impactMs };

/** The rules of this house, joined. */
export function sizingRules(
  footprints: Pick<FootprintsPort, "room" | "taskSeconds">,
  newScaler: SizingRules["newScaler"] = () => new AdaptiveScaler(),
): SizingRules {
  return {
    newScaler: (swarm) => new ScalerChoice(newScaler(swarm)),
    cooldownMs,
    withinRoom: (verdict, swarm) => withinRoom(verdict, swarm.target, footprints.room(swarm.id), swarm.scaling),
    taskSeconds: (swarmId) => footprints.taskSeconds(swarmId),
    plan: planRules,
    newShadow: () => new Shadow(new ScalerChoice(new AdaptiveScaler())),
  };
}
