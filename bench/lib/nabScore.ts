/**
 * The scorer of the Numenta Anomaly Benchmark, standard profile, from its published definition (Lavin & Ahmad 2015,
 * "Evaluating Real-time Anomaly Detection Algorithms", section 3; the sweep over thresholds is theirs too).
 */
const WEIGHT = { truePositive: 1, falsePositive: 0.11, falseNegative: 1 };
/** Of each file, and no more than of one of 5,000 rows. */
const PROBATION = 0.15;
const PROBATION_ROWS = 5_000;

/** Rows `first`…`last`, both inside. */
export interface LabelWindow {
  readonly first: number;
  readonly last: number;
}

/** What a detector said of one file: any finite score for each row, higher = less usual. */
export interface ScoredFile {
  readonly scores: ArrayLike<number>;
  /** In order of time, apart from each other. */
  readonly windows: readonly LabelWindow[];
}

export interface NabResult {
  /** 100: every window found at its first row, and nothing else. 0: nothing flagged at all. */
  readonly score: number;
  /** Rows with at least this score are flagged. */
  readonly threshold: number;
  readonly found: number;
  readonly windows: number;
  readonly falsePositives: number;
}

/** Rows at the beginning that count neither way. */
export function probationRows(rows: number): number {
  return Math.floor(PROBATION * Math.min(rows, PROBATION_ROWS));
}

/** 2σ(−5y) − 1: near 1 at the left end of a window (y = −1), 0 at its right end, −1 far behind it. */
export function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** What flagging row `row` is worth: the window that it would find, or what it costs. */
function worth(row: number, windows: readonly LabelWindow[]): { window: number | null; value: number } {
  let before: LabelWindow | null = null;
  for (const [index, window] of windows.entries()) {
    if (row < window.first) break;
    if (row <= window.last) {
      const position = -(window.last - row + 1) / (window.last - window.first + 1);
      return { window: index, value: (WEIGHT.truePositive * scaledSigmoid(position)) / scaledSigmoid(-1) };
    }
    before = window;
  }
  if (before === null) return { window: null, value: -WEIGHT.falsePositive };
  const position = (row - before.last) / Math.max(1, before.last - before.first);
  return { window: null, value: WEIGHT.falsePositive * scaledSigmoid(position) };
}

interface Event {
  readonly score: number;
  readonly window: number | null;
  readonly value: number;
}

/** All rows that count, windows numbered through the files. @throws RangeError for a score that is not finite */
function eventsOf(files: readonly ScoredFile[]): { events: Event[]; windows: number } {
  const events: Event[] = [];
  let windows = 0;
  for (const file of files) {
    const rows = file.scores.length;
    for (let row = probationRows(rows); row < rows; row++) {
      const score = file.scores[row] as number;
      if (!Number.isFinite(score)) throw new RangeError(`score of row ${row} must be finite, got ${score}`);
      const { window, value } = worth(row, file.windows);
      events.push({ score, value, window: window === null ? null : windows + window });
    }
    windows += file.windows.length;
  }
  return { events, windows };
}

/** The result at one threshold for all files. */
export function nabScore(files: readonly ScoredFile[], threshold: number): NabResult {
  const { events, windows } = eventsOf(files);
  const flagged = events.filter(({ score }) => score >= threshold);
  return [...sweep(flagged, windows)].at(-1) ?? { score: 0, threshold, found: 0, windows, falsePositives: 0 };
}

/** The result at the one threshold that is best for these files: what a detector could reach at most. */
export function bestNabScore(files: readonly ScoredFile[]): NabResult {
  const { events, windows } = eventsOf(files);
  const none: NabResult = {
    score: 0,
    threshold: Number.POSITIVE_INFINITY,
    found: 0,
    windows,
    falsePositives: 0,
  };
  let best = none;
  for (const result of sweep(events, windows)) if (result.score > best.score) best = result;
  return best;
}

/** From the highest threshold down, one result for each score there is. */
function* sweep(events: readonly Event[], windows: number): Generator<NabResult> {
  const sorted = events.toSorted((a, b) => b.score - a.score);
  const found = new Map<number, number>();
  let gained = 0;
  let lost = 0;
  let falsePositives = 0;
  for (const [index, { score, window, value }] of sorted.entries()) {
    if (window === null) {
      lost += value;
      falsePositives++;
    } else {
      // Only the earliest row that is flagged in a window counts; it is worth the most.
      const before = found.get(window) ?? Number.NEGATIVE_INFINITY;
      if (value > before) {
        gained += value - (found.has(window) ? before : 0);
        found.set(window, value);
      }
    }
    if (sorted[index + 1]?.score === score) continue;
    const raw = gained + lost - WEIGHT.falseNegative * (windows - found.size);
    const nothing = -WEIGHT.falseNegative * windows;
    const everything = WEIGHT.truePositive * windows;
    const normalised = windows === 0 ? raw : (100 * (raw - nothing)) / (everything - nothing);
    yield { score: normalised, threshold: score, found: found.size, windows, falsePositives };
  }
}
