/**
 * Series of a managed swarm that are watched for what is unusual. CPU and memory are those of a mean agent: a swarm that
 * was made larger needs more of both, and nothing is unusual about that.
 */
export const ANOMALY_METRICS = ["demand", "cpuCoresPerAgent", "rssBytesPerAgent"] as const;
export type AnomalyMetric = (typeof ANOMALY_METRICS)[number];

/** Something unusual that goes on. Figures in the unit of the metric. */
export interface Anomaly {
  readonly metric: AnomalyMetric;
  /** Wall clock at which it began. */
  readonly sinceMs: number;
  /** Its most unusual step: the mean over it, and between what it would usually lie. */
  readonly value: number;
  readonly usualLow: number;
  readonly usualHigh: number;
  /** 0 to 1, the highest so far. */
  readonly score: number;
}

/** One that is over has an end. */
export interface AnomalyEpisode extends Anomaly {
  readonly toMs: number | null;
}

export interface AnomaliesAnswer {
  readonly swarmId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Those that reach into the range, oldest first. Kept since the engine started, the newest of them. */
  readonly episodes: readonly AnomalyEpisode[];
}
