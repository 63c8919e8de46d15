import type { RollUp } from "./decimate.ts";

/** How rows of history are laid out in bytes. Little-endian, as every platform we run on is. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const NO_INTERVAL = 0xffff_ffff;

/** A value as stored: 4 bytes, 7 digits. What is not a finite number, or too large for it, was not measured: NaN. */
export function stored(value: number | null): number {
  if (value === null) return Number.NaN;
  const single = Math.fround(value);
  return Number.isFinite(single) ? single : Number.NaN;
}

export interface MinuteTimes {
  /** Milliseconds after the minute's start, exact. */
  readonly offsetsMs: Uint16Array;
  /** Real time since the tick before. */
  readonly intervalsMs: readonly (number | null)[];
}

/** Four bytes of real interval, then two of offset, a sample; shared by all series of the minute. */
export function packTimes(
  times: readonly { readonly offsetMs: number; readonly intervalMs: number | null }[],
): Uint8Array {
  const intervals = Uint32Array.from(times, ({ intervalMs }) =>
    intervalMs === null || !(intervalMs >= 0) ? NO_INTERVAL : Math.min(Math.round(intervalMs), NO_INTERVAL - 1),
  );
  const offsets = Uint16Array.from(times, ({ offsetMs }) => offsetMs);
  const out = new Uint8Array(intervals.byteLength + offsets.byteLength);
  out.set(new Uint8Array(intervals.buffer));
  out.set(new Uint8Array(offsets.buffer), intervals.byteLength);
  return out;
}

export function unpackTimes(buffer: ArrayBuffer): MinuteTimes {
  const count = Math.floor(buffer.byteLength / 6);
  const intervals = new Uint32Array(buffer, 0, count);
  return {
    offsetsMs: new Uint16Array(buffer, count * 4, count),
    intervalsMs: Array.from(intervals, (ms) => (ms === NO_INTERVAL ? null : ms)),
  };
}

/** Sixteen bytes a slot: count, mean, lowest, highest. A slot without samples has the count 0. */
const SLOT_BYTES = 16;

export function packRollUps(slots: readonly (RollUp | null)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(slots.length * SLOT_BYTES));
  slots.forEach((slot, index) => {
    if (slot === null || slot.count === 0) return;
    const at = index * SLOT_BYTES;
    view.setUint32(at, slot.count, true);
    view.setFloat32(at + 4, slot.mean, true);
    view.setFloat32(at + 8, slot.min, true);
    view.setFloat32(at + 12, slot.max, true);
  });
  return new Uint8Array(view.buffer);
}

export function unpackRollUps(buffer: ArrayBuffer): (RollUp | null)[] {
  const view = new DataView(buffer);
  return Array.from({ length: Math.floor(buffer.byteLength / SLOT_BYTES) }, (_, index) => {
    const at = index * SLOT_BYTES;
    const count = view.getUint32(at, true);
    if (count === 0) return null;
    return {
      count,
      mean: view.getFloat32(at + 4, true),
      min: view.getFloat32(at + 8, true),
      max: view.getFloat32(at + 12, true),
    };
  });
}

export function floorTo(ms: number, width: number): number {
  return Math.floor(ms / width) * width;
}

/** Where a blob stands, for its checksum. */
export const place = {
  tick: (wallMs: number, layoutId: number) => `t${wallMs} ${layoutId}`,
  layout: (id: number) => `l${id}`,
  minute: (minuteMs: number, part: number) => `m${minuteMs} ${part}`,
  block: (minuteMs: number, seriesId: number, part: number) => `b${minuteMs} ${seriesId} ${part}`,
  minuteRollup: (hourMs: number, seriesId: number) => `h${hourMs} ${seriesId}`,
  hourRollup: (dayMs: number, seriesId: number) => `d${dayMs} ${seriesId}`,
};
