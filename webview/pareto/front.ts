import type { AimValues } from "../../src/engine/protocol/allocators.ts";
import type { ObjectiveId, ObjectiveWeights, SwarmOptimization } from "../../src/engine/protocol/optimize.ts";
import { aimBetter } from "../../src/text/allocation.ts";

/** Least and largest value of something. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** The values of a front by aim, as pictures and picking need them. */
export interface Front {
  readonly size: number;
  readonly aims: readonly Aim[];
}

export interface Aim {
  readonly id: ObjectiveId;
  readonly better: "lower" | "higher";
  /** Of the solutions, in their order, in the aim's own unit. */
  readonly values: Float64Array;
  /** Of the solutions alone. */
  readonly extent: Extent;
  /** Of the allocation in force; `null` when it cannot be said. */
  readonly current: number | null;
}

/** Ranges that solutions have to lie in, by aim; an aim without one takes every value. */
export type Brushes = ReadonlyMap<ObjectiveId, Extent>;

/** How far beyond the front's own extent a picture reaches for the allocation in force. */
const REACH = 1.5;
/** Of an extent that is one value only: beside it there must be some room. */
const ROOM = 0.5;

export function frontOf({ front, current }: Pick<SwarmOptimization, "front" | "current">): Front {
  const ids = front[0]?.objectives.map(({ id }) => id) ?? [];
  return {
    size: front.length,
    aims: ids.map((id, m) => {
      const values = Float64Array.from(front, ({ objectives }) => objectives[m]?.value ?? Number.NaN);
      const now = current?.objectives.find((one) => one.id === id)?.value ?? null;
      return { id, better: aimBetter(id), values, extent: extentOf(values), current: now };
    }),
  };
}

function extentOf(values: Float64Array): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}

/**
 * What an axis shows: the front, and the allocation in force where it is near. One that is far off would press the front
 * into a corner: it is drawn at the edge.
 */
export function domainOf({ extent, current }: Pick<Aim, "extent" | "current">): Extent {
  const { low, high } = extent;
  const span = high - low;
  if (current === null) return widened(low, high);
  const reach = span > 0 ? REACH * span : Math.max(Math.abs(low), 1) * REACH;
  return widened(Math.min(low, Math.max(current, low - reach)), Math.max(high, Math.min(current, high + reach)));
}

function widened(low: number, high: number): Extent {
  if (high > low) return { low, high };
  const room = low === 0 ? ROOM : Math.abs(low) * ROOM;
  return { low: low - room, high: high + room };
}

/** 0 at the low end and 1 at the high one; beyond an end that end. */
export function placeOf(value: number, { low, high }: Extent): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/**
 * The solution for these weights, by the engine's rule: the least weighted sum of what each aim is short of its best, in
 * shares of the front's own extent; of equals the first.
 * @returns `null` when no weight is above 0
 */
export function pickOf({ size, aims }: Front, weights: ObjectiveWeights): number | null {
  const given = aims.map(({ id }) => weights[id] ?? 0);
  const most = Math.max(0, ...given);
  if (size === 0 || most === 0) return null;
  const sum = given.reduce((all, weight) => all + weight / most, 0);
  const shares = given.map((weight) => weight / most / sum);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < size; at++) {
    let short = 0;
    for (const [m, aim] of aims.entries()) short += (shares[m] as number) * shortOf(aim, at);
    if (short < least) {
      least = short;
      best = at;
    }
  }
  return best;
}

/** 0 for the best of the front and 1 for its worst; 0 where all are the same. */
function shortOf({ better, values, extent: { low, high } }: Aim, at: number): number {
  const span = high - low;
  const value = values[at] as number;
  if (!(span > 0)) return 0;
  return (better === "lower" ? value - low : high - value) / span;
}

/** 1 for each solution that lies in every range. */
export function insideOf({ size, aims }: Front, brushes: Brushes): Uint8Array {
  const inside = new Uint8Array(size).fill(1);
  for (const { id, values } of aims) {
    const range = brushes.get(id);
    if (range === undefined) continue;
    for (let at = 0; at < size; at++) {
      const value = values[at] as number;
      if (!(value >= range.low && value <= range.high)) inside[at] = 0;
    }
  }
  return inside;
}

/** Solutions that are inside, along one aim; of equals by their numbers. */
export function orderAlong(aim: Aim, inside: Uint8Array): readonly number[] {
  return Array.from(inside.keys())
    .filter((at) => inside[at] === 1)
    .toSorted((a, b) => (aim.values[a] as number) - (aim.values[b] as number) || a - b);
}

/** Values of one solution by the aims' names. */
export function valuesAt({ aims }: Front, at: number): AimValues {
  return Object.fromEntries(
    aims.flatMap(({ id, values }) => {
      const value = values[at] ?? Number.NaN;
      return Number.isNaN(value) ? [] : [[id, value]];
    }),
  );
}

/** Of the allocation in force, what is known. */
export function currentValues({ aims }: Front): AimValues | null {
  const known = aims.flatMap(({ id, current }) => (current === null ? [] : [[id, current] as const]));
  return known.length === 0 ? null : Object.fromEntries(known);
}

/** Round values within an extent, about as many as wanted; for the marks of an axis. */
export function ticksOf({ low, high }: Extent, wanted: number): readonly number[] {
  const raw = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, n) => (first + n) * step);
}
