import { setImmediate as immediate } from "node:timers/promises";
import type { Clock } from "./common/clock.ts";
import { localOffsetMs } from "./common/timeZone.ts";
import { measureKpis } from "./analyse/kpis/measureKpis.ts";
import { costOf } from "./decide/cost.ts";
import { leastSizes } from "./decide/policies/clairvoyant.ts";
import { keySeries, type KeySeriesParts } from "./keySeries.ts";
import type { DecisionLedger, EventLedger, FootprintsPort, HeavyPort, SeriesStore, SeriesValue } from "./ports.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { Overview } from "./protocol/rpc.ts";
import { SwarmKpis } from "./swarmKpis.ts";
import { SwarmPatterns } from "./swarmPatterns.ts";
import { SwarmReplays } from "./swarmReplays.ts";

export interface LookBackParts extends KeySeriesParts {
  readonly series: SeriesStore;
  readonly heavy: HeavyPort;
  readonly clock: Clock;
  readonly events: EventLedger;
  readonly decisions: DecisionLedger;
  readonly footprints: FootprintsPort;
  readonly config: () => ConfigValues;
}

/** Joins what is asked about the stored history, and what of a tick is kept for it. */
export function createLookBack(parts: LookBackParts) {
  const patterns = new SwarmPatterns({ ...parts, offsetMsAt: localOffsetMs, pause: immediate });
  const replays = new SwarmReplays(parts);
  const kpis = new SwarmKpis({
    ...parts,
    pause: immediate,
    prices: () => parts.config().prices,
    costOf,
    footprintBytes: (swarmId) => parts.footprints.room(swarmId).footprint.rssBytes,
    neededSizes: leastSizes,
    measure: measureKpis,
  });
  return {
    patterns,
    replays,
    kpis,
    moreSeries: (overview: Overview): readonly SeriesValue[] => keySeries(parts, overview),
    dispose: (): void => {
      patterns.dispose();
      replays.dispose();
    },
  };
}
