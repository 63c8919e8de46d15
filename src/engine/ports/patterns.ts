import type { SeriesKey } from "../protocol/model.ts";
import type { Patterns } from "../protocol/patterns.ts";

/** Series of one swarm and of its machine, all on the same even steps, in wall-clock time. */
export interface PatternsRequest {
  readonly fromMs: number;
  readonly stepMs: number;
  /** Longer steps over a longer time, where more is asked for than the fine ones reach; `null` where not. */
  readonly hours: { readonly fromMs: number; readonly stepMs: number } | null;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
  /** The zone whose hours count, in own time; one span of offset 0 for UTC or a squeezed swarm. */
  readonly zone: readonly { readonly fromMs: number; readonly offsetMs: number }[];
  readonly series: readonly (SeriesKey & {
    /** Means, oldest first; NaN where nothing was measured. */
    readonly fine: Float64Array;
    readonly hours: Float64Array | null;
  })[];
}

export type PatternsAnswer = Pick<Patterns, "series" | "correlations">;

/** Patterns over the stored history, made when they are asked for and kept for a few minutes. */
export interface PatternsPort {
  /**
   * @param windowMs in the swarm's own time
   * @throws CodedError `aborted`, `heavy.*`, `store.read`
   */
  ask(
    swarm: { readonly id: string; readonly timeScale: number },
    windowMs: number,
    signal: AbortSignal,
  ): Promise<Patterns>;
}
