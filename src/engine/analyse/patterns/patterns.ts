import type { PatternsAnswer, PatternsRequest } from "../../ports/patterns.ts";
import type { SeriesKey } from "../../protocol/model.ts";
import type { CorrelationPair, SeriesPatterns } from "../../protocol/patterns.ts";
import { localTimes, type ZoneSpan } from "./calendar.ts";
import { correlationOf } from "./correlation.ts";
import { expectedOf } from "./expected.ts";
import { growthOf } from "./growth.ts";
import { loadOf } from "./load.ts";
import { predictabilityOf } from "./predictability.ts";
import { temporalPatterns } from "./temporal.ts";
import { coarsened, HOUR_MS, type Track, trackOf } from "./track.ts";
import { volatilityOf } from "./volatility.ts";

const PAIRS: readonly { readonly pair: CorrelationPair; readonly first: string; readonly second: string }[] = [
  { pair: "cpuMemory", first: "cpuCores", second: "rssBytes" },
  { pair: "networkLoad", first: "networkReceiveBytesPerSecond", second: "demand" },
  { pair: "networkLoad", first: "networkTransmitBytesPerSecond", second: "demand" },
  { pair: "agentsResources", first: "live", second: "cpuCores" },
  { pair: "agentsResources", first: "live", second: "rssBytes" },
];

/**
 * Everything that is asked about the series of a swarm.
 * @throws RangeError for a time scale or step that is not above 0, or series of different lengths
 */
export function patternsOf(request: PatternsRequest, tell?: (doneRatio: number) => void): PatternsAnswer {
  const tracks = request.series.map(({ fine, hours, ...key }) => ({
    key,
    fine: trackOf(fine, request.fromMs, request.stepMs, request.timeScale),
    hours:
      hours === null || request.hours === null
        ? null
        : trackOf(hours, request.hours.fromMs, request.hours.stepMs, request.timeScale),
  }));
  const series = tracks.map(({ key, fine, hours }, index) => {
    tell?.(index / (tracks.length + 1));
    return { ...key, ...seriesPatterns(fine, hours, request.zone) };
  });
  const find = (metric: string) => tracks.find(({ key }) => key.metric === metric);
  const correlations = PAIRS.flatMap(({ pair, first, second }) => {
    const a = find(first);
    const b = find(second);
    return a === undefined || b === undefined
      ? []
      : [{ pair, first: a.key, second: b.key, correlation: correlationOf(a.fine, b.fine, request.zone) }];
  });
  return { series, correlations };
}

/** @param hours over all of the window where that is longer than the fine steps reach; made from these when `null` */
export function seriesPatterns(
  fine: Track,
  hours: Track | null,
  zone: readonly ZoneSpan[],
): Omit<SeriesPatterns, keyof SeriesKey> {
  // Less than an hour stays as it is, so that what there is can be told.
  const inHours = hours ?? (fine.values.length * fine.stepMs < HOUR_MS ? fine : coarsened(fine, HOUR_MS));
  const fineTimes = localTimes(fine, zone);
  const expected = expectedOf(fine, fineTimes);
  return {
    temporal: temporalPatterns({ fine, fineTimes, hours: inHours, hourTimes: localTimes(inHours, zone) }),
    load: loadOf(fine, expected),
    growth: growthOf(inHours),
    volatility: volatilityOf(fine, expected),
    predictability: predictabilityOf(fine),
  };
}
