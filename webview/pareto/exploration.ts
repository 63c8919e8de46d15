import type { ObjectiveId, ObjectiveWeights } from "../../src/engine/protocol/optimize.ts";
import type { PageOptimization, SearchWish } from "../../src/engine/protocol/paretoPage.ts";
import { clean } from "../shared/elements.ts";
import { type Brushes, type Extent, type Front, frontOf, insideOf, orderAlong, pickOf } from "./front.ts";
import type { Scene } from "./scene.ts";

/** Aims of the scatter. */
export interface ScatterAims {
  readonly across: ObjectiveId;
  readonly up: ObjectiveId;
}

/** A search that came to its end, and what a person has made of it: weighed, chosen, narrowed down. */
export class Exploration {
  /** As it came. */
  readonly source: PageOptimization;
  readonly found: PageOptimization;
  readonly front: Front;
  #weights: ObjectiveWeights;
  #pick: number;
  /** By hand; `null`: the pick is meant. */
  #chosen: number | null = null;
  #brushes: Brushes = new Map();
  #inside: Uint8Array;
  #aims: ScatterAims;
  #order: readonly number[] = [];

  constructor(source: PageOptimization, wish: SearchWish, aims: ScatterAims) {
    this.source = source;
    this.found = { ...source, currency: source.currency === null ? null : clean(source.currency, 8) };
    this.front = frontOf(this.found);
    this.#weights = Object.fromEntries(
      this.front.aims.map(({ id }) => [id, wish.weights?.[id] ?? source.weights[id] ?? 0]),
    );
    this.#pick = pickOf(this.front, this.#weights) ?? source.pick;
    this.#inside = insideOf(this.front, this.#brushes);
    this.#aims = aims;
    this.turn(aims);
  }

  get weights(): ObjectiveWeights {
    return this.#weights;
  }

  get pick(): number {
    return this.#pick;
  }

  /** What details and preview are of. */
  get chosen(): number {
    return this.#chosen ?? this.#pick;
  }

  get isByHand(): boolean {
    return this.#chosen !== null;
  }

  get isBrushed(): boolean {
    return this.#brushes.size > 0;
  }

  get brushes(): Brushes {
    return this.#brushes;
  }

  /** 1 for each solution in the ranges. */
  get inside(): Uint8Array {
    return this.#inside;
  }

  /** Solutions in the ranges, along the scatter's axis. */
  get order(): readonly number[] {
    return this.#order;
  }

  get aims(): ScatterAims {
    return this.#aims;
  }

  get scene(): Scene {
    const { found, front, brushes, inside, pick, chosen } = this;
    return { front, currency: found.currency, brushes, inside, pick, knee: found.knee, chosen, ...this.#aims };
  }

  /** The pick moves with the weights, and what is shown with the pick. Without any weight the last one stays. */
  weigh(weights: ObjectiveWeights): void {
    this.#weights = weights;
    this.#pick = pickOf(this.front, weights) ?? this.#pick;
    this.#chosen = null;
  }

  choose(at: number): void {
    this.#chosen = at;
  }

  /** @param range `null`: every value of the aim */
  brush(id: ObjectiveId, range: Extent | null): void {
    const brushes = new Map(this.#brushes);
    if (range === null) brushes.delete(id);
    else brushes.set(id, range);
    this.#narrow(brushes);
  }

  clear(): void {
    this.#narrow(new Map());
  }

  /** Other aims of the scatter, of those that take part. */
  turn({ across, up }: ScatterAims): void {
    const ids = this.front.aims.map(({ id }) => id);
    const first = ids.includes(across) ? across : (ids[0] ?? across);
    this.#aims = { across: first, up: ids.includes(up) ? up : (ids.find((id) => id !== first) ?? first) };
    this.#sort();
  }

  /** Where one stands that lies so many on from another; at the ends it stays. `null`: none is in the ranges. */
  stepFrom(at: number, by: number | "first" | "last"): number | null {
    const last = this.#order.length - 1;
    if (by === "first") return this.#order[0] ?? null;
    if (by === "last") return this.#order[last] ?? null;
    return this.#order[Math.min(last, Math.max(0, this.#order.indexOf(at) + by))] ?? null;
  }

  /** `Solution 7 of 40: ● your pick, ▲ the knee` */
  title(): string {
    const at = this.chosen;
    const what = [
      ...(at === this.#pick ? ["● your pick"] : []),
      ...(at === this.found.knee ? ["▲ the knee"] : []),
      ...(this.isByHand ? ["chosen by you"] : []),
    ];
    return `Solution ${at + 1} of ${this.front.size}: ${what.join(", ")}`;
  }

  /** Marks of the table, by solution. */
  marks(): ReadonlyMap<number, string> {
    const marks = new Map<number, string>();
    const add = (at: number | null, mark: string): void => {
      if (at !== null) marks.set(at, `${marks.get(at) ?? ""} ${mark}`);
    };
    add(this.found.knee, "▲");
    add(this.#pick, "●");
    if (this.chosen !== this.#pick) add(this.chosen, "○");
    return marks;
  }

  #narrow(brushes: Brushes): void {
    this.#brushes = brushes;
    this.#inside = insideOf(this.front, brushes);
    this.#sort();
  }

  #sort(): void {
    const aim = this.front.aims.find(({ id }) => id === this.#aims.across);
    this.#order = aim === undefined ? [] : orderAlong(aim, this.#inside);
  }
}
