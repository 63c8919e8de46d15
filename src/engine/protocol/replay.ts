// Comparisons of policies: past load, met by a simulated swarm.

/** Policies by their names in commands and answers; the bound, which knows the future, last. */
export const REPLAY_POLICIES = ["fixed", "threshold", "hpa", "adaptive", "dqn", "clairvoyant"] as const;
export type ReplayPolicyName = (typeof REPLAY_POLICIES)[number];
/** Knows the future: a bound on what policies can reach, and none of them. */
export const REPLAY_BOUND = "clairvoyant" satisfies ReplayPolicyName;

export const DEFAULT_REPLAY_DAYS = 7;
export const MAX_REPLAY_DAYS = 90;
/** What the page "Swarm Scaling" offers, in the swarm's own time. */
export const COMPARED_DAYS = [1, 3, 7, 30] as const;
export type ComparedDays = (typeof COMPARED_DAYS)[number];

/** A network that has learned from the past: the one policy that has to be trained first. */
export const TRAINED_POLICY = "dqn" satisfies ReplayPolicyName;
/** What is compared when nobody names a policy and no network was trained. */
export const UNTRAINED_POLICIES: readonly ReplayPolicyName[] = REPLAY_POLICIES.filter(
  (name) => name !== TRAINED_POLICY,
);

/** What one policy cost, and what it left undone. */
export interface PolicyRow {
  readonly name: string;
  /** Work that the ready agents could not serve when it came, agent-seconds; what waited from before does not count again. */
  readonly unmet: number;
  /** `unmet` ÷ all the work that came; `null` when none came. */
  readonly unmetRatio: number | null;
  /** 95th percentile of the waiting time of all work, first come first served; 0 when none came. */
  readonly waitP95Sec: number;
  /** Agents over time, from their start until they are gone. */
  readonly agentHours: number;
  /** Changes of size; `reversals` of them turned the one before. */
  readonly actions: number;
  readonly reversals: number;
  /** Served work ÷ ready agents; `null` when there were none. */
  readonly utilisation: number | null;
  /** Work that still waits at the end, agent-seconds. */
  readonly backlog: number;
}

/** Pictures of a comparison, in equal buckets from `fromMs` on. */
export interface ReplaySeries {
  readonly fromMs: number;
  readonly bucketMs: number;
  /** Mean demand, agents; `null` where none of the bucket was measured. */
  readonly load: readonly (number | null)[];
  /** Mean ready agents by policy, in the order of the rows. */
  readonly capacity: readonly { readonly name: string; readonly agents: readonly number[] }[];
}

/** What a comparison rests on. */
export interface ReplayBasis {
  /** Steps of the load, and those of them without a measurement: they bring no work. */
  readonly steps: number;
  readonly missing: number;
  readonly stepSeconds: number;
  /** Step of the simulation. */
  readonly tickSeconds: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly startUpSeconds: number;
  /** Of `fixed`. */
  readonly fixedAgents: number;
  /**
   * First step that is scored; the ones before it are run alone. Left out: all are scored. With `dqn` every policy is scored
   * on what the network has not learned on.
   */
  readonly scoredFrom?: number | undefined;
  /** Forecasts that the adaptive policy had, and those that the gate let through. */
  readonly forecasts: { readonly made: number; readonly ready: number };
}

/** Answer of `comparePolicies`. */
export interface PolicyComparison {
  readonly swarmId: string;
  readonly madeAtMs: number;
  /** 240: a day passes in six minutes. Hours and seconds of the rows are real ones. */
  readonly timeScale: number;
  readonly startUpSource: "measured" | "assumed";
  readonly basis: ReplayBasis;
  readonly policies: readonly PolicyRow[];
  readonly series: ReplaySeries;
}
