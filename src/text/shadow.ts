import { countText, durationText, numberText } from "./figures.ts";

interface Shadow {
  readonly spanMs: number;
  readonly observedMs: number;
  readonly waitAvoidedSeconds: number | null;
  readonly agentHours: number;
  readonly changes: number;
}

/** `auto would have avoided 14 min of waiting for 0.6 agent-hours in the last 5 h (4 changes, …)`. Figures are derived. */
export function shadowText({ spanMs, observedMs, waitAvoidedSeconds, agentHours, changes }: Shadow): string {
  const span = durationText(spanMs);
  const seen = observedMs < 0.9 * spanMs ? `, ${durationText(observedMs)} of it measured` : "";
  const basis = `in the last ${span} (${countText(changes, "change")}${seen})`;
  if (waitAvoidedSeconds === null) return `auto would have made ${countText(changes, "change")} in the last ${span}`;
  const hours = Math.abs(agentHours) < 0.005 ? 0 : agentHours;
  // Below a second it is rounding.
  if (Math.abs(waitAvoidedSeconds) < 1 && hours === 0) return `auto would have made no difference ${basis}`;
  const wait = durationText(Math.abs(waitAvoidedSeconds) * 1000);
  const agents = `${numberText(Math.abs(hours))} agent-hours`;
  if (waitAvoidedSeconds < 0)
    return `auto would have cost ${wait} of waiting and ${hours > 0 ? "taken" : "saved"} ${agents} ${basis}`;
  return `auto would have avoided ${wait} of waiting ${hours > 0 ? "for" : "and saved"} ${agents} ${basis}`;
}
