/** What people and programs write where nothing was measured; infinity is no measurement either. */
const MISSING = /^(?:|nan|na|n\/a|null|nil|none|undefined|-|\?|[+-]?inf(?:inity)?)$/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TIME =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(?:(Z|UTC)|([+-])(\d{2}):?(\d{2})?)?$/i;

/** A number, NaN for a cell that says there is none, `null` for anything else. A decimal comma is read where it is no separator. */
export function numberOf(cell: string, separator: string): number | null {
  const text = cell.trim();
  // The usual case first: `Number` alone would also take "0x10" and blanks.
  const plain = separator !== "," && text.includes(",") ? text.replace(",", ".") : text;
  if (NUMBER.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : Number.NaN;
  }
  return MISSING.test(text) ? Number.NaN : null;
}

/**
 * A moment as epoch ms: a date, with or without time and zone, or an epoch in s, ms, µs or ns, told by its size. Without
 * a zone it is read as UTC, so that no change to summer time tears a hole. `null` for anything else.
 */
export function timeOf(cell: string): number | null {
  const text = cell.trim();
  if (NUMBER.test(text)) return epochOf(Number(text));
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) + Number(`0.${parts[7] ?? 0}`) * 1000;
  const zone = (Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0)) * 60_000;
  return parts[9] === "+" ? ms - zone : ms + zone;
}

/** Whether a cell is a date written as one; a bare number may be anything. */
export function isWrittenTime(cell: string): boolean {
  return !NUMBER.test(cell.trim()) && timeOf(cell) !== null;
}

/** 1973 to 5138, in whichever unit puts the number there. */
function epochOf(value: number): number | null {
  for (const perMs of [1e-3, 1, 1e3, 1e6]) {
    const ms = value / perMs;
    if (ms >= 1e11 && ms < 1e14) return ms;
  }
  return null;
}
