import { setImmediate as immediate } from "node:timers/promises";
import type { Clock } from "./common/clock.ts";
import { localOffsetMs } from "./common/timeZone.ts";
import { keySeries, type KeySeriesParts } from "./keySeries.ts";
import type { HeavyPort, SeriesStore, SeriesValue } from "./ports.ts";
import type { Overview } from "./protocol/rpc.ts";
import { SwarmPatterns } from "./swarmPatterns.ts";
import { SwarmReplays } from "./swarmReplays.ts";

export interface LookBackParts extends KeySeriesParts {
  readonly series: SeriesStore;
  readonly heavy: HeavyPort;
  readonly clock: Clock;
}

/** Joins what is asked about the stored history, and what of a tick is kept for it. */
export function createLookBack(parts: LookBackParts) {
  const patterns = new SwarmPatterns({ ...parts, offsetMsAt: localOffsetMs, pause: immediate });
  const replays = new SwarmReplays(parts);
  return {
    patterns,
    replays,
    moreSeries: (overview: Overview): readonly SeriesValue[] => keySeries(parts, overview),
    dispose: (): void => {
      patterns.dispose();
      replays.dispose();
    },
  };
}
