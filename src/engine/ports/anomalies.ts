import type { Anomaly, AnomalyEpisode } from "../protocol/anomalies.ts";
import type { Forecast } from "../protocol/model.ts";

/** What one running swarm is like at one tick; `null` where it was not measured. */
export interface AnomalyReading {
  readonly swarmId: string;
  readonly timeScale: number;
  readonly live: number;
  readonly demand: number | null;
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
  readonly forecast: Forecast | null;
}

/** Watches the load of managed swarms for what is unusual. */
export interface AnomalyPort {
  /** Once a tick; synchronous and bounded. Swarms that are not there are forgotten. */
  look(readings: readonly AnomalyReading[], wallMs: number): void;
  /** What goes on now, of several metrics that of the highest score; `null` when all is usual or too little is known. */
  latest(swarmId: string): Anomaly | null;
  /** Oldest first. */
  episodes(swarmId: string, fromMs: number, toMs: number): readonly AnomalyEpisode[];
}
