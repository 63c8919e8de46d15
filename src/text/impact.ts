import { durationText, ratioText } from "./figures.ts";

interface Figures {
  readonly waitedP95Ms: number | null;
  readonly errorRatio: number | null;
}

/** `waiting p95 4.1 s → 0.8 s, errors 2% → 0%`; what was not measured on either side is left out. Empty when nothing was. */
export function impactText({ before, after }: { readonly before: Figures; readonly after: Figures }): string {
  const change = (name: string, was: string | null, is: string | null) =>
    was === null && is === null ? [] : [`${name} ${was ?? "unknown"} → ${is ?? "unknown"}`];
  const text = (value: number | null, words: (value: number) => string) => (value === null ? null : words(value));
  return [
    ...change("waiting p95", text(before.waitedP95Ms, durationText), text(after.waitedP95Ms, durationText)),
    ...change("errors", text(before.errorRatio, ratioText), text(after.errorRatio, ratioText)),
  ].join(", ");
}
