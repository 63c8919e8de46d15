import { usageFailure } from "./failure.ts";

export { localTime } from "../text/moment.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Shorter numbers are not epoch milliseconds (this one is in 2001) but a forgotten unit. */
const LEAST_EPOCH_MS = 1e12;

/**
 * A time as typed: `now`, how long ago (`90s`, `15m`, `6h`, `7d`), ISO 8601, or epoch ms.
 * @throws CliFailure `flag.invalid`
 */
export function timeOf(flag: string, typed: string, nowMs: number): number {
  const value = typed.trim();
  if (value === "now") return nowMs;
  const ago = /^(\d+(?:\.\d+)?)([smhd])$/.exec(value);
  const unitMs = UNIT_MS[ago?.[2] ?? ""];
  if (ago !== null && unitMs !== undefined) {
    const ms = nowMs - Math.round(Number(ago[1]) * unitMs);
    if (ms >= 0) return ms;
    throw usageFailure("flag.invalid", { flag, value: typed, problem: "that is before 1970" });
  }
  if (/^\d+$/.test(value)) {
    const ms = Number(value);
    if (ms >= LEAST_EPOCH_MS && Number.isSafeInteger(ms)) return ms;
    throw usageFailure("flag.invalid", {
      flag,
      value: typed,
      problem: "not epoch milliseconds; for 'so long ago' add a unit, such as 90s, 15m, 6h or 7d",
    });
  }
  // Only what begins as ISO 8601 does: the engine's own parser would take "1" or "may" for a date.
  const ms = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (ms >= 0) return ms;
  throw usageFailure("flag.invalid", {
    flag,
    value: typed,
    problem: "use now, how long ago (90s, 15m, 6h, 7d), a time such as 2026-11-24T14:00, or epoch milliseconds",
  });
}
