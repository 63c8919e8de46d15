import { AdaptiveScaler } from "../adaptiveScaler.ts";
import { driven } from "./engineScaler.ts";
import type { PolicyKind } from "./policy.ts";

export const adaptive: PolicyKind = {
  name: "adaptive",
  summary: "The engine's own scaler, with the forecasts that it would have had",
  sees: "past",
  create: (world) => driven({ scaler: new AdaptiveScaler(), policy: world.scaling }, world),
};
