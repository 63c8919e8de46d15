/** Figures as text, in one way for views and command line. `null` is never a number: it becomes `unknown`. */

export const UNKNOWN = "unknown";

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Decimal units, as their names say: 1 kB = 1000 B. Two or three significant digits: `512 B`, `1.1 GB`, `340 MB`. */
export function bytesText(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return UNKNOWN;
  let value = bytes;
  let unit = 0;
  // 999.5 would be rounded to 1000, which belongs to the next unit.
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  // 9.95 and more is rounded to two digits before the point, where a decimal says nothing.
  const digits = unit === 0 || Math.abs(value) >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit] ?? ""}`;
}

export function bytesPerSecondText(bytes: number | null): string {
  return bytes === null ? UNKNOWN : `${bytesText(bytes)}/s`;
}

/** 0..1 as whole per cent; below one per cent with one decimal, so that something small is not shown as nothing. */
export function ratioText(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return UNKNOWN;
  const percent = ratio * 100;
  return Math.abs(percent) >= 0.05 && Math.abs(percent) < 0.95 ? `${percent.toFixed(1)}%` : `${Math.round(percent)}%`;
}

/** A plain number with at most `digits` decimals and no trailing zeros. */
export function numberText(value: number | null, digits = 2): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return String(Number(value.toFixed(digits)));
}

/** `850 ms`, `1.2 s`, `42 s`, `4 min`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return `-${durationText(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${numberText(seconds, 1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1 agent`, `2 agents`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${Math.abs(count) === 1 ? one : many}`;
}
