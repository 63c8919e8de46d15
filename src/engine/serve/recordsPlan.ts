import type { Coded } from "../common/errors.ts";
import type { HostSample } from "../protocol/model.ts";
import type { AgentRecord, ClaimedAnswer } from "../protocol/orchestrators.ts";

// What a swarm of records can be given, and how many of them the load asks for. Pure.

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
 * no more than the measured memory holds at what each may need. Records themselves need none; their agents would.
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
  if (each !== null && each > 0) {
    if (host === null) reasons.push({ code: "allocation.unmeasured", args: {} });
    else {
      const leftBytes = Math.max(0, host.memoryAvailableBytes - RESERVE_RATIO * host.memoryCapacityBytes);
      const fits = Math.max(bounds.minAgents, Math.floor(leftBytes / each));
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
 * planned where no record says whether it is busy: an unknown load is not none.
 */
export function sizeForClaims(
  records: readonly Pick<AgentRecord, "busy">[],
  status: ClaimedAnswer,
  bounds: { readonly minAgents: number; readonly maxAgents: number },
): { readonly to: number | null; readonly reason: Coded } {
  const told = records.filter(({ busy }) => busy !== null);
  if (told.length < records.length || records.length === 0)
    return {
      to: null,
      reason: { code: "predictive.unknownLoad", args: { records: records.length, told: told.length } },
    };
  const busy = told.filter((one) => one.busy === true).length;
  const waiting = status.figures.find(({ path }) => /(?:^|\.)pendingTasks$/i.test(path))?.value;
  const demand = busy + (typeof waiting === "number" && waiting >= 0 && waiting < 1e6 ? Math.round(waiting) : 0);
  const wanted = Math.ceil(demand / TARGET_UTILISATION);
  const to = Math.min(Math.max(wanted, bounds.minAgents), bounds.maxAgents);
  return { to, reason: { code: "predictive.claimedLoad", args: { busy, demand, records: records.length, to } } };
}
