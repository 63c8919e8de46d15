/** A phase follows its last few seasons: what was there six seasons ago counts a third. */
const LEAST_GAIN = 0.15;
/** Neighbours that a smoothed phase takes in on each side: of a day in steps of five minutes seven, half an hour. */
const SMOOTHED_SHARE = 1 / 40;
const MOST_REACH = 12;

/** What each phase of a season adds to the level. */
export class SeasonTable {
  readonly season: number;
  /** Neighbours on each side of a smoothed phase. */
  readonly reach: number;
  readonly #values: Float64Array;
  readonly #counts: Float64Array;
  readonly #near: Float64Array;

  /**
   * @param history all finite, at least `season` long
   * @param first step number of its first value; a step's phase is its number modulo the season
   */
  constructor(season: number, history: Float64Array, first: number) {
    if (!Number.isInteger(season) || season < 2)
      throw new RangeError(`season must be a whole number ≥ 2, got ${season}`);
    if (history.length < season) throw new RangeError(`history must hold a season of ${season}, got ${history.length}`);
    this.season = season;
    this.reach = Math.min(MOST_REACH, Math.max(1, Math.round(season * SMOOTHED_SHARE)), (season - 1) >> 1);
    this.#near = new Float64Array(2 * this.reach + 1);
    this.#values = new Float64Array(season);
    this.#counts = new Float64Array(season);
    const rest = withoutLevel(history, season);
    const cells = Array.from({ length: season }, (): number[] => []);
    for (const [i, value] of rest.entries()) cells[(first + i) % season]?.push(value);
    for (const [phase, cell] of cells.entries()) {
      this.#values[phase] = trimmedMean(cell);
      this.#counts[phase] = cell.length;
    }
  }

  sharp(step: number): number {
    return this.#values[step % this.season] as number;
  }

  /** A triangle over the neighbours: a shape without edges is known from few cycles. */
  smooth(step: number): number {
    const { season, reach } = this;
    let sum = 0;
    for (let i = 0, at = (step + season - reach) % season; i <= 2 * reach; i++) {
      sum += (reach + 1 - Math.abs(i - reach)) * (this.#values[at] as number);
      at = at + 1 === season ? 0 : at + 1;
    }
    return sum / (reach + 1) ** 2;
  }

  /** Median of the neighbours: a steep side of the shape stays steep. */
  edged(step: number): number {
    const { season, reach } = this;
    const near = this.#near;
    for (let i = 0, at = (step + season - reach) % season; i < near.length; i++) {
      near[i] = this.#values[at] as number;
      at = at + 1 === season ? 0 : at + 1;
    }
    near.sort();
    return near[reach] as number;
  }

  /**
   * @param distance from the level, as measured
   * @param keep 0 to 1: how much of it is to be believed
   * @param most how far one value may be off to be followed
   */
  learn(step: number, distance: number, keep: number, most: number): void {
    const phase = step % this.season;
    const count = (this.#counts[phase] as number) + 1;
    this.#counts[phase] = count;
    const old = this.#values[phase] as number;
    const gain = Math.max(LEAST_GAIN, 1 / count) * keep;
    this.#values[phase] = old + gain * Math.max(-most, Math.min(most, distance - old));
  }
}

/** Less the mean of the season around each value. */
function withoutLevel(history: Float64Array, season: number): Float64Array {
  const n = history.length;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = (sums[i] as number) + (history[i] as number);
  return history.map((value, i) => {
    const from = Math.max(0, Math.min(n - season, i - (season >> 1)));
    return value - ((sums[from + season] as number) - (sums[from] as number)) / season;
  });
}

/** Of the middle half, where there are three or more: one spike or shift is not the shape. */
function trimmedMean(values: number[]): number {
  if (values.length === 0) return 0;
  const cut = values.length < 3 ? 0 : (values.length + 1) >> 2;
  const middle = values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
