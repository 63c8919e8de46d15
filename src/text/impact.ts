import { durationText, ratioText } from "./figures.ts";

interface Figures {
  readonly waitedP95Ms: number | null;
  readonly waitedMeanMs?: number | null | undefined;
  readonly ranMeanMs?: number | null | undefined;
  readonly errorRatio: number | null;
}

/**
 * `latency 5.2 s → 4.1 s, waiting p95 4.1 s → 0.8 s, errors 2% → 0%`; what was not measured on either side is left out.
 * Empty when nothing was. Latency is the mean wait of those that began and the mean run of those that ended.
 */
export function impactText({ before, after }: { readonly before: Figures; readonly after: Figures }): string {
  const change = (name: string, was: string | null, is: string | null) =>
    was === null && is === null ? [] : [`${name} ${was ?? "unknown"} → ${is ?? "unknown"}`];
  const text = (value: number | null, words: (value: number) => string) => (value === null ? null : words(value));
  return [
    ...change("latency", text(latencyMs(before), durationText), text(latencyMs(after), durationText)),
    ...change("waiting p95", text(before.waitedP95Ms, durationText), text(after.waitedP95Ms, durationText)),
    ...change("errors", text(before.errorRatio, ratioText), text(after.errorRatio, ratioText)),
  ].join(", ");
}

function latencyMs({ waitedMeanMs = null, ranMeanMs = null }: Figures): number | null {
  return waitedMeanMs === null || ranMeanMs === null ? null : waitedMeanMs + ranMeanMs;
}
