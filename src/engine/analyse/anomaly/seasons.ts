import { autocorrelation, tamed } from "./autocorrelation.ts";

const LEAST_SEASON = 4;
/** Cycles that must have been seen: two, and a bit to see that the second ends. */
const LEAST_CYCLES = 2.2;
const LEAST_CORRELATION = 0.25;
/** A peak stands this much above the valley before it. */
const LEAST_DEPTH = 0.2;
/** A shorter season as good as this beats the longest: two days are a season of whatever has one of a day. */
const NEARLY_AS_GOOD = 0.85;
/** The second season is at least this many of the first: an hour and a day, not an hour and two. */
const LEAST_RATIO = 3.5;
/** Of a peak, where the season itself may lie. */
const NEAR_SHARE = 0.04;
const STRIDES = 8;
/** A phase's mean takes in this share of the season on each side. */
const NEIGHBOURS = 1 / 40;

interface Peak {
  readonly lag: number;
  readonly height: number;
}

/**
 * Up to two seasons of a history, shortest first, in steps. Looser than a forecast's: a season that is none costs nothing
 * here, because what follows it is used only as far as it foretells.
 * @param values all finite, oldest first
 */
export function findSeasons(values: Float64Array): readonly number[] {
  const most = Math.floor(values.length / LEAST_CYCLES);
  if (most < 2 * LEAST_SEASON) return [];
  const even = tamed(values);
  const heights = autocorrelation(even, most);
  if (heights === null) return [];
  const peaks = peaksOf(heights, values.length).filter((peak) => stands(peak, heights));
  const first = best(peaks);
  if (first === null) return [];
  // Better than the first, or it is only the first over again.
  const later = peaks.filter(({ lag, height }) => lag > LEAST_RATIO * first.lag && height > 0.9 * first.height);
  const second = later.some(({ height }) => height > first.height) ? best(later) : null;
  const seasons = [first, ...(second === null ? [] : [second])].map((peak) => refined(peak, even));
  return [...new Set(seasons)];
}

/** Local peaks behind the first fall; noise has some, and none of this height. */
function peaksOf(heights: Float64Array, count: number): readonly Peak[] {
  const least = Math.max(LEAST_CORRELATION, 4 / Math.sqrt(count));
  const peaks: Peak[] = [];
  let fallen = false;
  for (let lag = 1; lag < heights.length - 1; lag++) {
    const height = heights[lag] as number;
    fallen ||= height < 0.15;
    if (!fallen || lag < LEAST_SEASON || height < least) continue;
    if (height >= (heights[lag - 1] as number) && height >= (heights[lag + 1] as number)) peaks.push({ lag, height });
  }
  return peaks;
}

/** Behind a valley, and seen again at the double lag where that can be seen. */
function stands({ lag, height }: Peak, heights: Float64Array): boolean {
  const valley = Math.min(...heights.subarray(Math.max(1, lag >> 2), ((3 * lag) >> 2) + 1));
  if (valley > height - LEAST_DEPTH) return false;
  const slack = 1 + (lag >> 5);
  if (2 * lag + slack >= heights.length) return true;
  return Math.max(...heights.subarray(2 * lag - slack, 2 * lag + slack + 1)) > 0.5 * height;
}

function best(peaks: readonly Peak[]): Peak | null {
  let highest = 0;
  for (const { height } of peaks) highest = Math.max(highest, height);
  const first = peaks.find(({ height }) => height >= NEARLY_AS_GOOD * highest);
  if (first === undefined) return null;
  // Noise makes side peaks around a broad one: take the top of the neighbourhood.
  const near = peaks.filter(({ lag }) => lag >= first.lag && lag <= 1.2 * first.lag);
  return near.reduce((top, one) => (one.height > top.height ? one : top), first);
}

/**
 * The season whose phases' means tell most (epoch folding), among those near the peak: a flat top of the autocorrelation
 * is several steps wide, and a step off in each of twenty cycles smears the shape.
 */
function refined({ lag }: Peak, values: Float64Array): number {
  const reach = Math.max(1, Math.ceil(NEAR_SHARE * lag));
  // Of a long season the top is wide: found by strides, then step by step.
  const stride = Math.max(1, Math.floor(reach / STRIDES));
  let best = { season: lag, told: Number.NEGATIVE_INFINITY };
  const tryAll = (from: number, to: number, by: number): void => {
    for (let season = Math.max(2, from); season <= to; season += by) {
      const told = toldByPhase(values, season);
      if (told > best.told) best = { season, told };
    }
  };
  tryAll(lag - reach, lag + reach, stride);
  if (stride > 1) tryAll(best.season - stride + 1, best.season + stride - 1, 1);
  return best.season;
}

/** Sum of squares that the means of the phases explain, each taken with its neighbours: noise is told least of. */
function toldByPhase(values: Float64Array, season: number): number {
  const n = values.length;
  const sums = new Float64Array(season);
  for (let i = 0, phase = 0; i < n; i++) {
    sums[phase] = (sums[phase] as number) + (values[i] as number);
    phase = phase + 1 === season ? 0 : phase + 1;
  }
  const whole = Math.floor(n / season);
  const longer = n - whole * season;
  const reach = Math.round(season * NEIGHBOURS);
  const countAt = (phase: number): number => (phase < longer ? whole + 1 : whole);
  let sum = 0;
  let count = 0;
  for (let phase = season - reach; phase < season + reach; phase++) {
    sum += sums[phase % season] as number;
    count += countAt(phase % season);
  }
  let told = 0;
  for (let phase = 0; phase < season; phase++) {
    const enters = (phase + reach) % season;
    sum += sums[enters] as number;
    count += countAt(enters);
    told += countAt(phase) * (sum / count) ** 2;
    const leaves = (phase + season - reach) % season;
    sum -= sums[leaves] as number;
    count -= countAt(leaves);
  }
  return told;
}
