/** What the network sees, in this order. */
export const OBSERVED = [
  "utilisation",
  "combined",
  "forecastMean",
  "forecastUpper",
  "queuePerAgent",
  "waitP95",
  "live",
  "pending",
  "pressure",
  "sinceAction",
] as const;
export const INPUTS = OBSERVED.length;

/** Twice the load that all agents can carry looks the same as three times. */
const MOST_UTILISATION = 2;
/** A wait of so long, in the swarm's own time, is the middle of its scale. */
export const HALF_WAIT_SECONDS = 60;

/** The state of one swarm, in its own units. `null`: not known. */
export interface Situation {
  /** Agents there are, ready or not. */
  readonly live: number;
  readonly pending: number;
  readonly maxAgents: number;
  /** Busy agents + waiting tasks, a task to an agent. */
  readonly demand: number;
  readonly combinedRatio: number | null;
  readonly predictedMean: number | null;
  readonly predictedUpper: number | null;
  /** 95th percentile of how long work waited lately, in seconds of the swarm's own time. */
  readonly waitP95Seconds: number;
  readonly pressureRatio: number | null;
  /** `null`: none yet. */
  readonly sinceActionMs: number | null;
  readonly cooldownMs: number;
}

/**
 * Ten numbers from 0 to 1, clamped:
 *
 * | input | of | when it is not known |
 * |---|---|---|
 * | utilisation | demand ÷ live ÷ 2; without agents 1 if there is demand | (nothing is decided) |
 * | combined | combined ratio ÷ 2 | the utilisation: a forecast that says "as now" |
 * | forecast mean, upper bound | ÷ maximum | the demand of now; the mean |
 * | queue per agent | q ÷ (1 + q), q = (demand − ready) ÷ live: what exceeds the ready agents waits | |
 * | wait p95 | w ÷ (w + 60 s), w in own time | |
 * | live, pending | ÷ maximum | |
 * | pressure | as it is | 0, as in the training |
 * | time since the last action | ÷ cooldown | 1: long ago |
 *
 * @param out is overwritten, 10 long
 * @throws RangeError for a figure that is no finite number ≥ 0, by its name: nothing is decided on such
 */
export function observe(situation: Situation, out: Float64Array): Float64Array {
  if (out.length !== INPUTS) throw new RangeError(`out must be ${INPUTS} long, got ${out.length}`);
  for (const [name, value] of Object.entries(situation) as [string, number | null][])
    if (value !== null && !(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`${name} must be finite and ≥ 0, got ${value}`);
  const { live, pending, maxAgents, demand, sinceActionMs, cooldownMs } = situation;
  if (!(maxAgents > 0)) throw new RangeError(`maxAgents must be > 0, got ${maxAgents}`);
  const utilisation = live > 0 ? demand / live : demand > 0 ? MOST_UTILISATION : 0;
  const mean = situation.predictedMean ?? demand;
  const queue = Math.max(0, demand - Math.max(0, live - pending)) / Math.max(1, live);
  const wait = situation.waitP95Seconds;
  out[0] = unit(utilisation / MOST_UTILISATION);
  out[1] = unit((situation.combinedRatio ?? utilisation) / MOST_UTILISATION);
  out[2] = unit(mean / maxAgents);
  out[3] = unit((situation.predictedUpper ?? mean) / maxAgents);
  out[4] = unit(queue / (1 + queue));
  out[5] = unit(wait / (wait + HALF_WAIT_SECONDS));
  out[6] = unit(live / maxAgents);
  out[7] = unit(pending / maxAgents);
  out[8] = unit(situation.pressureRatio ?? 0);
  out[9] = sinceActionMs === null || cooldownMs === 0 ? 1 : unit(sinceActionMs / cooldownMs);
  return out;
}

function unit(value: number): number {
  return Math.min(1, value);
}
