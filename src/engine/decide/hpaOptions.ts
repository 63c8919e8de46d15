import { type HpaPolicy, hpaPolicy } from "../protocol/hpaPolicy.ts";
import type { HpaOptions } from "./hpaScaler.ts";
import { hpaCooldownMs, squeezedBehavior } from "./scalingTimes.ts";

/** Kubernetes' own. */
export const DEFAULT_HPA_POLICY: HpaPolicy = hpaPolicy.parse({});

/** What a swarm's `scaling.hpa` says, in the terms of the scaler; times are squeezed as the swarm's are. */
export function hpaOptions(hpa: HpaPolicy, timeScale: number): HpaOptions {
  const { scaleUp, scaleDown } = hpa;
  return {
    tolerances: { up: scaleUp.tolerance, down: scaleDown.tolerance },
    behavior: squeezedBehavior({ up: scaleUp, down: scaleDown }, timeScale),
    cooldownSeconds: hpaCooldownMs(hpa, timeScale) / 1_000,
    // How old is too old hangs on the tick, and is looked at by whoever measures.
    staleSeconds: Number.MAX_SAFE_INTEGER,
  };
}
