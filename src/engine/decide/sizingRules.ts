import type { FootprintsPort, SizingRules } from "../ports.ts";
import { AdaptiveScaler } from "./adaptiveScaler.ts";
import { withinRoom } from "./capacity.ts";
import { cooldownMs } from "./scalingTimes.ts";

/** The rules of this house, joined. */
export function sizingRules(footprints: Pick<FootprintsPort, "room">): SizingRules {
  return {
    newScaler: () => new AdaptiveScaler(),
    cooldownMs,
    withinRoom: (verdict, swarm) => withinRoom(verdict, swarm.target, footprints.room(swarm.id)),
  };
}
