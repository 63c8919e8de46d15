/** A queue before agents that take one task each. Rates per second, times in seconds. */
export interface Queue {
  /** Tasks that arrive a second, > 0. */
  readonly arrivalRate: number;
  /** Mean time that one agent takes for a task, > 0. */
  readonly serviceSec: number;
  /** Agents, ≥ 1. */
  readonly servers: number;
  /** Squared coefficients of variation (variance ÷ mean²) of the times between arrivals and of the service times, ≥ 0. */
  readonly arrivalScv: number;
  readonly serviceScv: number;
}

/** `unstable`: more work arrives than the agents can ever do; the queue grows without end, and there is no mean wait. */
export type QueueWait =
  | { readonly kind: "unstable"; readonly utilisation: number }
  | {
      readonly kind: "stable";
      /** Work that arrives ÷ work that the agents can do, below 1. */
      readonly utilisation: number;
      /** Probability that a task has to wait. */
      readonly delayed: number;
      readonly meanSec: number;
      /** 95th percentile of the wait of all tasks; 0 when no more than a twentieth of them wait. */
      readonly p95Sec: number;
    };

export const P95_BEYOND = 0.05;

/**
 * Erlang C: the probability that all of `servers` are busy under `load` Erlangs (arrival rate × service time), M/M/c. By
 * Erlang B's recursion B(k) = a·B(k−1) / (k + a·B(k−1)), which takes neither powers nor factorials and so cannot overflow
 * (Cooper 1981), then C = B / (1 − ρ·(1 − B)).
 *
 * @returns 0..1; 1 where the load is not below the servers
 * @throws RangeError for a load that is no finite number ≥ 0, or servers that are no count ≥ 1
 */
export function erlangC(servers: number, load: number): number {
  if (!(Number.isInteger(servers) && servers >= 1)) throw new RangeError(`servers must be a count ≥ 1, got ${servers}`);
  if (!(load >= 0 && Number.isFinite(load))) throw new RangeError(`load must be finite and ≥ 0, got ${load}`);
  if (load >= servers) return 1;
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  const ratio = load / servers;
  return blocked / (1 - ratio * (1 - blocked));
}

/**
 * Waiting in a G/G/c queue by Allen–Cunneen (Allen 1990): the mean wait of M/M/c times (ca² + cs²) / 2. Exact for M/M/c, and
 * for M/G/1 (Pollaczek–Khinchine); else an approximation that is good for many tasks waiting and for coefficients near 1.
 * The wait of those that wait is taken for exponential, as in M/M/c, with the corrected mean: so the percentile.
 *
 * It holds for a load that is steady, tasks in the order of their arrival, and agents of one kind. A utilisation of 1 or
 * more has no steady state and no figure.
 *
 * @throws RangeError for a parameter that cannot be, by its name
 */
export function queueWait(queue: Queue): QueueWait {
  checkParameters(queue);
  const { arrivalRate, serviceSec, servers, arrivalScv, serviceScv } = queue;
  const load = arrivalRate * serviceSec;
  const delayed = erlangC(servers, load);
  const utilisation = load / servers;
  if (utilisation >= 1) return { kind: "unstable", utilisation };
  // Mean wait of those that wait.
  const waitingSec = (serviceSec / (servers - load)) * ((arrivalScv + serviceScv) / 2);
  return {
    kind: "stable",
    utilisation,
    delayed,
    meanSec: delayed * waitingSec,
    // P(W > t) = C·exp(−t / waitingSec); below a twentieth at t = 0 already, nobody of the 95% waits.
    p95Sec: delayed > P95_BEYOND ? waitingSec * Math.log(delayed / P95_BEYOND) : 0,
  };
}

/** @throws RangeError for what cannot be, by its name; the servers are looked at where they are counted */
export function checkParameters(queue: Partial<Queue>): void {
  for (const name of ["arrivalRate", "serviceSec"] as const) {
    const value = queue[name];
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${name} must be finite and > 0, got ${value}`);
  }
  for (const name of ["arrivalScv", "serviceScv"] as const) {
    const value = queue[name];
    if (value !== undefined && !(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`${name} must be finite and ≥ 0, got ${value}`);
  }
}
