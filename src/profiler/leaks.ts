import type { AllocationReport, AllocationSite, Growth, LeakSuspect } from "../engine/protocol/profiling.ts";
import type { Coded } from "../engine/common/errors.ts";
import { LEAST_POINTS, slopeIn, theilSen } from "./growth.ts";
import { frameOf, type Sites } from "./sources/v8Profile.ts";

const MOST_SITES = 10;
/** Growth by fewer samples than this is no suspect, and by fewer bytes. */
const SUSPECT_SAMPLES = 8;
const SUSPECT_BYTES = 1 << 20;
/** Looks in which a leak has grown, of all: in some it may not have run. */
const GROWN_SHARE = 0.6;
/** Looks in which it had shrunk, of all: nothing of a leak is ever freed, but the place may allocate other things too. */
const SHRUNK_SHARE = 0.1;
/** The last third of a leak grows by at least this share of what the whole slope would make of it. */
const END_SHARE = 0.5;
/** What is retained grows with a leak; where it does not, the place takes turns with what was there before the profile. */
const RETAINED_SHARE = 0.5;
/** One less than a pattern takes: the look that ends the sampling of everything counts for what is retained, and not here. */
const LEAST_LOOKS = LEAST_POINTS - 1;
/** A place with less than this share of what all retained has grown by explains nothing. */
const LEAST_SHARE = 0.1;

/** What is alive, right after a full collection. */
export interface LivingLook {
  readonly atMs: number;
  readonly sites: Sites;
}

/**
 * Places that leak: their living bytes grew in most looks up to the last and hardly ever fell, and all that is retained grew with them. What rises
 * for the whole profile and would stop later, such as a large cache, looks the same: the time it rests on is told with it.
 * @param looks in order; the first one is what later ones are compared with
 * @param retained how all that is left after collections grew over these looks
 * @param samplingBytes between two samples
 */
export function leaksIn(looks: readonly LivingLook[], retained: Growth | null, samplingBytes: number): LeakSuspect[] {
  const last = looks.at(-1);
  if (last === undefined || retained === null || retained.pattern !== "leak" || looks.length < LEAST_LOOKS) return [];
  const times = looks.map(({ atMs }) => atMs);
  const spanMs = last.atMs - (times[0] as number);
  const retainedBytes = ((retained.bytesPerSecond ?? 0) * spanMs) / 1000;
  return [...last.sites]
    .flatMap(([key, { frame, bytes, callers }]): LeakSuspect[] => {
      const sizes = looks.map(({ sites }) => sites.get(key)?.bytes ?? 0);
      const grownBytes = bytes - (sizes[0] as number);
      if (grownBytes < Math.max(SUSPECT_BYTES, SUSPECT_SAMPLES * samplingBytes, LEAST_SHARE * retainedBytes)) return [];
      if (retainedBytes < RETAINED_SHARE * grownBytes) return [];
      const slope = theilSen(times, sizes);
      const end = slopeIn(times, sizes, 2 / 3, 1);
      const grownLooks = sizes.filter((size, n) => n > 0 && size > (sizes[n - 1] as number)).length;
      if (slope.lowPerMs <= 0 || end === null || end < END_SHARE * slope.perMs) return [];
      const shrunkLooks = sizes.filter((size, n) => n > 0 && size < (sizes[n - 1] as number)).length;
      if (grownLooks < GROWN_SHARE * (sizes.length - 1) || shrunkLooks > SHRUNK_SHARE * (sizes.length - 1)) return [];
      const rate = slope.perMs * 1000;
      const figures = { bytes, grownBytes, bytesPerSecond: rate, grownLooks, looks: sizes.length - 1 };
      return [{ ...frameOf(frame), ...figures, callers: callers.map(frameOf) }];
    })
    .toSorted((a, b) => b.grownBytes - a.grownBytes)
    .slice(0, MOST_SITES);
}

/** Why no leak can be told of these looks; `null` when it could. */
export function tooLittle(looks: readonly LivingLook[], retained: Growth | null): Coded | null {
  if (looks.length < LEAST_LOOKS || retained === null || retained.points < LEAST_POINTS)
    return { code: "profile.leakLooks", args: { looks: looks.length, least: LEAST_LOOKS } };
  if (retained.pattern !== "unknown") return null;
  return { code: "profile.leakShort", args: { seconds: ((looks.at(-1)?.atMs ?? 0) - (looks[0]?.atMs ?? 0)) / 1000 } };
}

/**
 * Allocated beside living, by place.
 * @param everything all that was allocated in `sampledMs`, collected or not, with one sample for `samplingBytes`
 */
export function allocationOf(
  everything: Sites,
  { sampledMs, samplingBytes }: { readonly sampledMs: number; readonly samplingBytes: number },
  looks: readonly LivingLook[],
): AllocationReport {
  if (!(sampledMs > 0)) throw new RangeError(`sampledMs must be > 0, got ${sampledMs}`);
  const seconds = sampledMs / 1000;
  const living: Sites = looks.at(-1)?.sites ?? new Map<string, never>();
  let all = 0;
  for (const { bytes } of everything.values()) all += bytes;
  const times = looks.map(({ atMs }) => atMs);
  const sites = [...new Set([...everything.keys(), ...living.keys()])].map((key): AllocationSite => {
    const allocated = everything.get(key);
    const alive = living.get(key);
    const frame = (allocated ?? alive)?.frame;
    if (frame === undefined) throw new RangeError("a place must have a frame");
    const grown =
      looks.length < 2
        ? null
        : theilSen(
            times,
            looks.map((look) => look.sites.get(key)?.bytes ?? 0),
          ).perMs * 1000;
    const rate = allocated === undefined ? null : allocated.bytes / seconds;
    return {
      ...frameOf(frame),
      allocatedBytesPerSecond: rate,
      livingBytes: alive?.bytes ?? 0,
      grownBytesPerSecond: grown,
      freedBytesPerSecond: rate === null || grown === null ? null : Math.max(0, rate - Math.max(0, grown)),
    };
  });
  return {
    sampledMs,
    samples: Math.round(all / samplingBytes),
    allocatedBytesPerSecond: all / seconds,
    sites: sites
      .toSorted(
        (a, b) => (b.allocatedBytesPerSecond ?? 0) - (a.allocatedBytesPerSecond ?? 0) || b.livingBytes - a.livingBytes,
      )
      .slice(0, MOST_SITES),
  };
}
