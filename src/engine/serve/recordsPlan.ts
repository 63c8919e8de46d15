import type { Coded } from "../common/errors.ts";
import type { HostSample } from "../protocol/model.ts";
import type { ScalingInputs } from "../protocol/scaling.ts";
import type { ClaimedAnswer } from "../protocol/orchestrators.ts";

// What a swarm of records can be given, and what size a load or a forecast asks for. Pure.

/** Kept free for everything else. */
const RESERVE_RATIO = 0.1;
/** What a size aims at, as everywhere. */
const TARGET_UTILISATION = 0.7;

export interface RecordsWish {
  readonly agents?: number | undefined;
  /** What each agent may keep resident; `null` and absent: nothing is known of that. */
  readonly memoryBytes?: number | null | undefined;
}

/**
 * Agents that a swarm of records is given: as many as asked for (as there are when nothing is asked), within its bounds, and
 * no more beside those that are there than the measured memory holds at what each may need. Nobody is taken out for want of
 * memory: what is there has its own already. Records themselves need none; their agents would.
 */
export function agentsWithin(
  wish: RecordsWish,
  now: number,
  bounds: { readonly minAgents: number; readonly maxAgents: number },
  host: Pick<HostSample, "memoryAvailableBytes" | "memoryCapacityBytes"> | null,
): { readonly agents: number; readonly reasons: readonly Coded[] } {
  const asked = wish.agents ?? now;
  const reasons: Coded[] = [];
  let agents = Math.min(Math.max(asked, bounds.minAgents), bounds.maxAgents);
  if (agents !== asked)
    reasons.push({ code: "allocation.bounded", args: { asked, min: bounds.minAgents, max: bounds.maxAgents } });
  const each = wish.memoryBytes ?? null;
  if (each !== null && each > 0 && agents > now) {
    if (host === null) reasons.push({ code: "allocation.unmeasured", args: {} });
    else {
      const leftBytes = Math.max(0, host.memoryAvailableBytes - RESERVE_RATIO * host.memoryCapacityBytes);
      const fits = Math.max(bounds.minAgents, now + Math.floor(leftBytes / each));
      if (fits < agents) {
        reasons.push({ code: "allocation.room", args: { asked: agents, fits, eachBytes: each, leftBytes } });
        agents = fits;
      }
    }
  }
  return { agents, reasons };
}

/**
 * The size that its own word about its load asks for: busy records and tasks that wait ÷ what a size aims at. Nothing is
 * planned where a record does not say whether it is busy, and no smaller size where nothing tells what waits: an unknown
 * load is not none.
 * @param load of all records, however many of them are shown; `busyCount` `null`: one of them does not say
 */
export function sizeForClaims(
  load: { readonly recordCount: number | null; readonly busyCount: number | null },
  status: ClaimedAnswer,
  bounds: { readonly minAgents: number; readonly maxAgents: number },
): { readonly to: number | null; readonly reason: Coded } {
  const { recordCount: records, busyCount: busy } = load;
  if (records === null || records === 0 || busy === null)
    return { to: null, reason: { code: "predictive.unknownLoad", args: { records: records ?? 0 } } };
  const waiting = waitingIn(status);
  const demand = busy + (waiting ?? 0);
  const wanted = Math.ceil(demand / TARGET_UTILISATION);
  const to = Math.min(Math.max(wanted, bounds.minAgents), bounds.maxAgents);
  if (waiting === null && to < records)
    return { to: records, reason: { code: "predictive.unknownWaiting", args: { busy, records } } };
  return { to, reason: { code: "predictive.claimedLoad", args: { busy, demand, records, to } } };
}

/**
 * The size of a swarm of ours by what a forecast asks for at most. A forecast alone takes no agent out: the load of now and
 * the combined one have to be below the threshold as well, and both have to be known.
 * @param load as the scaler knows it; `null`: it has not looked yet
 */
export function sizeForForecast(
  forecast: number,
  from: number,
  load: Pick<ScalingInputs, "demand" | "demandSource" | "currentRatio" | "combinedRatio"> | null,
  scaleDownBelow: number,
): { readonly to: number; readonly reason: Coded } {
  if (forecast >= from) return { to: forecast, reason: { code: "predictive.forecast", args: { to: forecast } } };
  // Without a reading of this tick the ratios are those of before; without a demand they are a lower bound.
  const isKnown = load !== null && load.demand !== null && load.demandSource !== "unknown";
  const current = isKnown ? load.currentRatio : null;
  const combined = isKnown ? load.combinedRatio : null;
  if (current === null || combined === null)
    return { to: from, reason: { code: "predictive.loadMissing", args: { forecast } } };
  if (current < scaleDownBelow && combined < scaleDownBelow)
    return { to: forecast, reason: { code: "predictive.forecast", args: { to: forecast } } };
  const args = { forecast, current, combined, threshold: scaleDownBelow };
  return { to: from, reason: { code: "predictive.notIdle", args } };
}

/** Tasks that wait, by its word; `null`: it does not tell, or what it tells is no number of tasks. */
function waitingIn({ figures }: ClaimedAnswer): number | null {
  const value = figures.find(({ path }) => /(?:^|\.)pendingTasks$/i.test(path))?.value;
  return typeof value === "number" && value >= 0 && value < 1e6 ? Math.round(value) : null;
}
