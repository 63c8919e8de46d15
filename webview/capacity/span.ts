import type { RunsOut } from "../../src/engine/protocol/capacity.ts";

/** Where something is drawn on a line from now (0) to the horizon (1). */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** The day itself; `null`: beyond the horizon, or never by the trend. */
  readonly at: number | null;
  /** The interval goes on beyond the horizon. */
  readonly isOpen: boolean;
}

/** `null`: nothing to draw, since not even the soonest day lies before the horizon, or none is known. */
export function spanOf(runsOut: RunsOut | null, horizonDays: number): Span | null {
  if (runsOut === null) return null;
  const { inDays, soonestInDays, latestInDays } = runsOut;
  const soonest = soonestInDays ?? inDays;
  if (soonest === null || soonest > horizonDays) return null;
  const latest = latestInDays ?? Number.POSITIVE_INFINITY;
  const share = (days: number): number => Math.min(1, Math.max(0, days / horizonDays));
  return {
    from: share(soonest),
    to: share(Math.max(soonest, latest)),
    at: inDays === null || inDays > horizonDays ? null : share(inDays),
    isOpen: latest > horizonDays,
  };
}
