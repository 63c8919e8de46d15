import type { PolicyChooser, ScalerPort } from "../../ports.ts";
import { AdaptiveScaler } from "../adaptiveScaler.ts";
import { DqnScaler } from "./dqnScaler.ts";
import { nextTraining, replacesKept } from "./retraining.ts";
import { DEFAULT_REWARD } from "./reward.ts";
import { revived } from "./trainedPolicy.ts";

/** What the engine needs of trained networks, to join it with the store and the pilot. */
export const trainedScaling = {
  revive: revived,
  defaultWeights: DEFAULT_REWARD,
  ...{ nextTraining, replacesKept },
  /** The adaptive rule with the network beside it that is there at the time. */
  scaler: (chooser: () => PolicyChooser | null): ScalerPort => new DqnScaler(new AdaptiveScaler(), chooser),
};
