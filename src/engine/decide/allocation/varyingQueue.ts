import { checkParameters, erlangC, P95_BEYOND, type Queue } from "./queueing.ts";

/** A queue whose load is not the same all the time: it is steady within each of equal stretches, one after the other. */
export interface VaryingQueue extends Omit<Queue, "arrivalRate"> {
  /** Tasks that arrive a second in each stretch, ≥ 0, oldest first. */
  readonly rates: Float64Array;
  readonly stretchSec: number;
}

/** `unstable`: over the whole time more work arrives than the agents can do. */
export type VaryingWait =
  | { readonly kind: "unstable"; readonly utilisation: number }
  | { readonly kind: "stable"; readonly utilisation: number; readonly meanSec: number };

/** What one stretch does to those that arrive in it. */
interface Stretch {
  /** Behind work that was left over. */
  fluidSec: number;
  /** Mean wait by chance alone. */
  chanceSec: number;
  /** Probability that one waits by chance. */
  delayed: number;
}

/** Halvings of the interval in which the percentile lies: to a millionth of it. */
const HALVINGS = 20;

/**
 * Mean wait over all that arrive, by two parts for each stretch (in the manner of a stationary backlog carry-over, Stolletz
 * 2008):
 * 1. Fluid: where more arrives than the agents can do, the rest is a backlog that the stretches after it work off; who
 *    arrives waits for the backlog before him.
 * 2. Chance: the stationary wait of the stretch's own rate (`queueWait`), but no more than can build up in its time: the
 *    mean of a reflected Brownian motion without drift from an empty queue, ⅔·σ·√(2T/π) tasks with σ² = λ·ca² + μ·cs²
 *    (Harrison 1985). At and above full load it is that alone.
 *
 * With one stretch that is long enough it is `queueWait`.
 *
 * @throws RangeError for a parameter that cannot be, by its name
 */
export function varyingWait(queue: VaryingQueue): VaryingWait {
  const { rates, serviceSec, servers } = queue;
  checkQueue(queue);
  let arrived = 0;
  for (const rate of rates) arrived += rate;
  const utilisation = ((arrived / rates.length) * serviceSec) / servers;
  if (utilisation >= 1) return { kind: "unstable", utilisation };
  let sum = 0;
  eachStretch(queue, (rate, { fluidSec, chanceSec }) => (sum += rate * (fluidSec + chanceSec)));
  return { kind: "stable", utilisation, meanSec: arrived === 0 ? 0 : sum / arrived };
}

/**
 * 95th percentile of the wait of all that arrive: the wait by chance is taken for exponential among those that wait, after
 * the fluid part. For a queue that is stable.
 *
 * @throws RangeError as `varyingWait`
 */
export function varyingP95(queue: VaryingQueue): number {
  checkQueue(queue);
  const parts: (Stretch & { readonly rate: number })[] = [];
  eachStretch(queue, (rate, stretch) => parts.push({ rate, ...stretch }));
  const arrived = parts.reduce((all, { rate }) => all + rate, 0);
  if (arrived === 0) return 0;
  const beyond = (sec: number): number => {
    let count = 0;
    for (const { rate, fluidSec, chanceSec, delayed } of parts) {
      const rest = sec - fluidSec;
      if (rest < 0) count += rate;
      else if (chanceSec > 0) count += rate * delayed * Math.exp((-rest * delayed) / chanceSec);
    }
    return count / arrived;
  };
  if (beyond(0) <= P95_BEYOND) return 0;
  let low = 0;
  let high = 0;
  for (const { fluidSec, chanceSec, delayed } of parts)
    high = Math.max(high, fluidSec + (delayed > 0 ? (chanceSec / delayed) * Math.log(1 / P95_BEYOND) : 0));
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (beyond(middle) > P95_BEYOND) low = middle;
    else high = middle;
  }
  return high;
}

function eachStretch(
  { rates, stretchSec, serviceSec, servers, arrivalScv, serviceScv }: VaryingQueue,
  take: (rate: number, stretch: Stretch) => void,
): void {
  const workRate = servers / serviceSec;
  const stretch: Stretch = { fluidSec: 0, chanceSec: 0, delayed: 0 };
  let backlog = 0;
  for (const rate of rates) {
    // 1. Of the backlog the mean over the stretch; it may be gone before its end.
    const left = backlog + (rate - workRate) * stretchSec;
    const mean = left > 0 ? (backlog + left) / 2 : backlog ** 2 / (2 * Math.max(workRate - rate, 1e-12) * stretchSec);
    stretch.fluidSec = mean / workRate;
    backlog = Math.max(0, left);
    // 2. Chance.
    const load = rate * serviceSec;
    const sigma = Math.sqrt(rate * arrivalScv + workRate * serviceScv);
    const mostSec = ((2 / 3) * sigma * Math.sqrt((2 * stretchSec) / Math.PI)) / workRate;
    stretch.delayed = rate > 0 ? erlangC(servers, load) : 0;
    const stationary =
      load < servers
        ? (stretch.delayed * serviceSec * (arrivalScv + serviceScv)) / (2 * (servers - load))
        : Number.POSITIVE_INFINITY;
    stretch.chanceSec = rate > 0 ? Math.min(stationary, mostSec) : 0;
    take(rate, stretch);
  }
}

function checkQueue({ rates, stretchSec, ...queue }: VaryingQueue): void {
  if (rates.length === 0) throw new RangeError("rates must not be empty");
  for (const rate of rates)
    if (!(rate >= 0 && Number.isFinite(rate))) throw new RangeError(`rates must be finite and ≥ 0, got ${rate}`);
  if (!(stretchSec > 0 && Number.isFinite(stretchSec)))
    throw new RangeError(`stretchSec must be finite and > 0, got ${stretchSec}`);
  if (!(Number.isInteger(queue.servers) && queue.servers >= 1))
    throw new RangeError(`servers must be a count ≥ 1, got ${queue.servers}`);
  checkParameters(queue);
}
