const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface ZoneOffset {
  readonly fromMs: number;
  readonly offsetMs: number;
}

/**
 * By how much local time is ahead of UTC from `fromMs` to `toMs`: one entry, and one more for each change (summer time),
 * placed to the minute. Two changes within one day are seen as one.
 * @param offsetMsAt the zone's own word for one moment
 */
export function zoneOffsets(fromMs: number, toMs: number, offsetMsAt: (ms: number) => number): ZoneOffset[] {
  const spans: ZoneOffset[] = [{ fromMs, offsetMs: offsetMsAt(fromMs) }];
  let before = fromMs;
  let offsetMs = offsetMsAt(fromMs);
  while (before < toMs) {
    const after = Math.min(before + DAY_MS, toMs);
    const next = offsetMsAt(after);
    if (next !== offsetMs) {
      let low = before;
      let high = after;
      while (high - low > MINUTE_MS) {
        const middle = Math.floor((low + high) / 2);
        if (offsetMsAt(middle) === offsetMs) low = middle;
        else high = middle;
      }
      spans.push({ fromMs: Math.floor(high / MINUTE_MS) * MINUTE_MS, offsetMs: next });
      offsetMs = next;
    }
    before = after;
  }
  return spans;
}

/** Of this machine's zone. */
export function localOffsetMs(ms: number): number {
  return -new Date(ms).getTimezoneOffset() * MINUTE_MS;
}
