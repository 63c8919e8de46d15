import type { ForecastPageState } from "../../engine/protocol/forecastPage.ts";

type Key = keyof ForecastPageState;

/** Long ones are read as a whole, and another one is another object. */
const LONG: ReadonlySet<Key> = new Set<Key>(["history", "said", "patterns"]);

/** What differs; `null` when nothing does. */
export function changesOf(before: ForecastPageState, after: ForecastPageState): Partial<ForecastPageState> | null {
  const keys = (Object.keys(after) as Key[]).filter((key) => {
    if (before[key] === after[key]) return false;
    return LONG.has(key) || JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  });
  if (keys.length === 0) return null;
  return Object.fromEntries(keys.map((key) => [key, after[key]]));
}
