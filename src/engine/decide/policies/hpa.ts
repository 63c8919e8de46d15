import { DEFAULT_HPA_POLICY, hpaOptions } from "../hpaOptions.ts";
import { HpaScaler } from "../hpaScaler.ts";
import type { PolicyKind } from "./policy.ts";

/** How often the controller looks (`--horizontal-pod-autoscaler-sync-period`). */
const SYNC_MS = 15_000;

/**
 * A Kubernetes HPA as the swarm has set it (`scaling.hpa`), else with its own defaults, and the swarm's target utilisation. Its metric is the one every policy sees here,
 * demand in agents (unclipped, so that it knows how much too small the swarm is), against `targetUtilisation` of each.
 */
export const hpa: PolicyKind = {
  name: "hpa",
  summary: "Kubernetes' horizontal autoscaler, with its defaults unless the swarm sets others",
  sees: "past",
  create: ({ physics, scaling, timeScale }) => {
    const scaler = new HpaScaler(hpaOptions(scaling.hpa ?? DEFAULT_HPA_POLICY, timeScale));
    const metric = { kind: "perAgent" as const, target: scaling.targetUtilisation, usage: null as number | null };
    const metrics = [metric];
    const view = { nowMs: 0, measuredMs: 0, current: 0, metrics, ...physics };
    let nextMs = 0;
    return {
      decide: ({ nowMs, demand, target }) => {
        if (nowMs < nextMs) return target;
        nextMs = nowMs + SYNC_MS / timeScale - 1e-6;
        metric.usage = Number.isNaN(demand) ? null : demand;
        view.nowMs = nowMs;
        view.measuredMs = nowMs;
        view.current = target;
        const { to } = scaler.look(view);
        scaler.acted(target, to, nowMs);
        return to;
      },
    };
  },
};
