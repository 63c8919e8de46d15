import { LevelBank, type Replayed } from "./levelBank.ts";
import { findSeasons } from "./seasons.ts";
import { SeasonTable } from "./seasonTable.ts";

/** Values that seasons are looked for in: a week of minutes nearly, a month of steps of five. */
const HISTORY = 8_192;
const FIRST_SEARCH = 48;
/** Between two searches: a quarter of the history, and never more than this many steps. */
const SEARCH_GROWTH = 1.25;
const MOST_BETWEEN_SEARCHES = 2_048;
/** Longer than a shift of twenty steps, shorter than the half of a day that differs from the other. */
const SHORT_STRETCH = 25;
/** A season that is told is used from this many of its cycles on. */
const TOLD_CYCLES = 1.5;

/** The ways to read a season's table. */
const SHAPES = ["sharp", "smooth", "edged"] as const;

interface Season {
  readonly table: SeasonTable;
  /** Levels of what is left without the table's phases, read in each of the ways. */
  readonly banks: Readonly<Record<(typeof SHAPES)[number], LevelBank>>;
}

/**
 * What the next value should be, from those before it: many simple predictors side by side (levels of several memories,
 * with and without up to two seasons), weighted by how well each has foretold so far. `predict` and `learn` or `skip`
 * alternate, one pair a step.
 */
export class Expectation {
  readonly #told: number | null;
  readonly #plain = new LevelBank();
  #seasons: readonly Season[] = [];
  readonly #history = new Float64Array(HISTORY);
  #step = 0;
  #nextSearch = FIRST_SEARCH;
  /** How well whoever knows more has foretold; `null` before its first forecast. */
  #outsideLoss: number | null = null;
  #outside: number | null = null;
  #last = 0;
  #misses: Float64Array | null = null;
  /** What was expected of the steps of the unusual stretch that goes on. */
  readonly #stretch: number[] = [];

  /** @param seasonSteps the season where it is known; `null`: it is looked for */
  constructor(seasonSteps: number | null) {
    if (seasonSteps !== null && !(Number.isInteger(seasonSteps) && seasonSteps >= 1))
      throw new RangeError(`seasonSteps must be a whole number ≥ 1, got ${seasonSteps}`);
    this.#told = seasonSteps;
  }

  /** Of the first value, that value is expected: nothing is known yet. @param outside somebody else's forecast of this step */
  predict(outside: number | null): number {
    this.#outside = outside;
    const banks = this.#banks();
    let least = Number.POSITIVE_INFINITY;
    for (const { bank } of banks) least = Math.min(least, bank.leastLoss);
    if (outside !== null) {
      // Nobody hands in a forecast that was not tested: it begins as good as the best here.
      this.#outsideLoss ??= Number.isFinite(least) ? least : 0;
      least = Math.min(least, this.#outsideLoss);
    }
    let weights = 0;
    let sum = 0;
    for (const { bank, offset } of banks) {
      bank.weigh(least, offset);
      weights += bank.weight;
      sum += bank.weightedSum;
    }
    if (outside !== null && this.#outsideLoss !== null) {
      const weight = LevelBank.weightOf(this.#outsideLoss, least, this.#plain.trusted);
      weights += weight;
      sum += weight * outside;
    }
    this.#last = weights > 0 ? sum / weights : 0;
    return this.#last;
  }

  /**
   * @param keep 0 to 1: how surely the value belongs to the normal course
   * @param most how far one value may be off to be followed; infinity in the beginning
   */
  learn(value: number, keep: number, most: number): void {
    const step = this.#step;
    for (const { bank, offset } of this.#banks()) bank.learn(value - offset, keep, most);
    for (const { table, banks } of this.#seasons) table.learn(step, value - banks.sharp.level, keep, most);
    if (this.#outside !== null && this.#outsideLoss !== null) {
      const miss = Math.min(most, Math.abs(value - this.#outside));
      // A hit counts in full also where the step seems unusual from here: then it was to be expected after all.
      const believed = miss < this.#outsideLoss ? 1 : keep;
      this.#outsideLoss += this.#plain.lossGain * believed * (miss - this.#outsideLoss);
    }
    this.#remember(value, keep);
    this.#advance();
  }

  /** Once after a season was found: by how much the newest values would have been off with it, oldest first; else `null`. */
  takeMisses(): Float64Array | null {
    const misses = this.#misses;
    this.#misses = null;
    return misses;
  }

  /** A step without a value. */
  skip(): void {
    this.#stretch.length = 0;
    this.#history[this.#step % HISTORY] = this.#last;
    this.#advance();
  }

  /** What was unusual is the new normal: levels are taken from these last values, newest last. */
  rebase(values: readonly number[]): void {
    this.#stretch.length = 0;
    const first = this.#step - values.length;
    const level = (offset: (step: number) => number): number =>
      median(values.map((value, i) => value - offset(Math.max(0, first + i))));
    this.#plain.rebase(level(() => 0));
    for (const { table, banks } of this.#seasons)
      for (const shape of SHAPES) banks[shape].rebase(level((step) => table[shape](step)));
    for (const [i, value] of values.entries()) if (first + i >= 0) this.#history[(first + i) % HISTORY] = value;
  }

  /**
   * A short unusual stretch is replaced by what was expected once it is over, so that it does not become a part of the season.
   * A long one stays as it was: it may be the shape of a day whose season was not known well enough, or at all.
   */
  #remember(value: number, keep: number): void {
    this.#history[this.#step % HISTORY] = value;
    if (keep < 0.5) {
      this.#stretch.push(this.#last);
      return;
    }
    if (this.#seasons.length > 0 && this.#stretch.length <= SHORT_STRETCH)
      for (const [i, expected] of this.#stretch.entries())
        this.#history[(this.#step - this.#stretch.length + i) % HISTORY] = expected;
    this.#stretch.length = 0;
  }

  #banks(): readonly { readonly bank: LevelBank; readonly offset: number }[] {
    const step = this.#step;
    return [
      { bank: this.#plain, offset: 0 },
      ...this.#seasons.flatMap(({ table, banks }) =>
        SHAPES.map((shape) => ({ bank: banks[shape], offset: table[shape](step) })),
      ),
    ];
  }

  #advance(): void {
    this.#step++;
    if (this.#told !== null) {
      if (this.#seasons.length === 0 && this.#told >= 2 && this.#step >= TOLD_CYCLES * this.#told)
        this.#take([this.#told]);
      return;
    }
    if (this.#step < this.#nextSearch) return;
    this.#nextSearch = Math.ceil(Math.min(SEARCH_GROWTH * this.#step, this.#step + MOST_BETWEEN_SEARCHES));
    const found = findSeasons(this.#past());
    // None found any more: what is there is used as far as it foretells, which may be not at all.
    if (found.length > 0) this.#take(found);
  }

  #take(seasons: readonly number[]): void {
    if (seasons.join() === this.#seasons.map(({ table }) => table.season).join()) return;
    const past = this.#past();
    const first = this.#step - past.length;
    this.#seasons = seasons
      .filter((season) => season <= past.length)
      .map((season) => {
        const known = this.#seasons.find(({ table }) => table.season === season);
        if (known !== undefined) return known;
        const table = new SeasonTable(season, past, first);
        const cycles = past.length / season;
        const replayed = Math.min(past.length, Math.max(2 * season, 64));
        const rest = (offset: (step: number) => number): Float64Array =>
          past.subarray(past.length - replayed).map((value, i) => value - offset(this.#step - replayed + i));
        const [sharp, smooth, edged] = SHAPES.map((shape) =>
          LevelBank.replayed(
            rest((step) => table[shape](step)),
            shape === "sharp" ? cycles : cycles * table.reach,
          ),
        ) as [Replayed, Replayed, Replayed];
        const best = [sharp, smooth, edged].reduce((a, b) => (b.bank.leastLoss < a.bank.leastLoss ? b : a));
        this.#misses = best.misses;
        return { table, banks: { sharp: sharp.bank, smooth: smooth.bank, edged: edged.bank } };
      });
  }

  /** Oldest first. */
  #past(): Float64Array {
    const count = Math.min(this.#step, HISTORY);
    return Float64Array.from({ length: count }, (_, i) => this.#history[(this.#step - count + i) % HISTORY] as number);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
