import type { CycleProfile, HeatMap, Pattern, TemporalPatterns } from "../../protocol/patterns.ts";
import { binsOf, type LocalTimes } from "./calendar.ts";
import { periodOf } from "./period.ts";
import { binMedians, profileOf } from "./profile.ts";
import {
  answered,
  DAY_MS,
  HOUR_MS,
  isConstant,
  MINUTE_MS,
  MONTH_MS,
  QUARTER_MS,
  type Track,
  WEEK_MS,
} from "./track.ts";

/** A series at the step it was read at, and in hours over all of the window. */
export interface Resolutions {
  readonly fine: Track;
  readonly fineTimes: LocalTimes;
  readonly hours: Track;
  readonly hourTimes: LocalTimes;
}

interface CycleKind {
  readonly resolution: "fine" | "hours";
  readonly cycleMs: number;
  readonly neededMs: number;
  /** A longer step would fill several bins at once. */
  readonly mostStepMs: number;
  readonly bins: keyof typeof binsOf;
  readonly binCount: number;
}

/** Cycles and how much of each is needed: hours and days a week, weeks three, months and quarters two periods. */
const CYCLES = {
  hourly: cycle("fine", HOUR_MS, WEEK_MS, 5 * MINUTE_MS, "fiveMinutesOfHour", 12),
  daily: cycle("fine", DAY_MS, WEEK_MS, HOUR_MS, "hourOfDay", 24),
  weekly: cycle("hours", WEEK_MS, 3 * WEEK_MS, DAY_MS, "hourOfWeek", 168),
  monthly: cycle("hours", MONTH_MS, 2 * MONTH_MS, DAY_MS, "dayOfMonth", 31),
  quarterly: cycle("hours", QUARTER_MS, 2 * QUARTER_MS, WEEK_MS, "weekOfQuarter", 14),
} as const satisfies Record<string, CycleKind>;

function cycle(
  resolution: CycleKind["resolution"],
  cycleMs: number,
  neededMs: number,
  mostStepMs: number,
  bins: CycleKind["bins"],
  binCount: number,
): CycleKind {
  return { resolution, cycleMs, neededMs, mostStepMs, bins, binCount };
}

export function temporalPatterns(series: Resolutions): TemporalPatterns {
  return {
    period: periodOf(series.fine),
    hourly: cyclePattern(series, CYCLES.hourly),
    daily: cyclePattern(series, CYCLES.daily),
    weekly: cyclePattern(series, CYCLES.weekly),
    monthly: cyclePattern(series, CYCLES.monthly),
    quarterly: cyclePattern(series, CYCLES.quarterly),
    heatMap: heatMapOf(series),
  };
}

function cyclePattern(series: Resolutions, kind: CycleKind): Pattern<CycleProfile> {
  const { cycleMs, neededMs, mostStepMs, bins, binCount } = kind;
  const track = series[kind.resolution];
  const times = kind.resolution === "fine" ? series.fineTimes : series.hourTimes;
  return answered(track, neededMs, () => {
    if (track.stepMs > mostStepMs * (1 + 1e-9)) return "patterns.longSteps";
    if (isConstant(track.values)) return "patterns.constant";
    const cycleSteps = cycleMs / track.stepMs;
    return profileOf({ values: track.values, bins: binsOf[bins](times), binCount, cycleSteps });
  });
}

/** From the fine steps where they reach as far as the hours do, else from the hours, by the middle of each. */
function heatMapOf({ fine, fineTimes, hours, hourTimes }: Resolutions): Pattern<HeatMap> {
  const fineIsAll = fine.values.length * fine.stepMs >= hours.values.length * hours.stepMs;
  const [track, times] = fineIsAll ? [fine, fineTimes] : [hours, hourTimes];
  return answered(track, WEEK_MS, () => {
    if (track.stepMs > HOUR_MS * (1 + 1e-9)) return "patterns.longSteps";
    const cycleSteps = WEEK_MS / track.stepMs;
    const cells = { values: track.values, bins: binsOf.hourOfWeek(times), binCount: 168, cycleSteps };
    const { medians, counts } = binMedians(cells);
    return { medians: medians.map((value) => (Number.isNaN(value) ? null : value)), counts };
  });
}
