import type { DocumentMemory, MemorySeries } from "../../src/engine/protocol/profilePage.ts";
import { bytesText } from "../../src/text/figures.ts";
import { SERIES_NAMES } from "../../src/text/profileMarkdown.ts";
import { sinceText } from "../../src/text/profileMemory.ts";
import type { LineLook } from "../shared/plot.ts";

/** How each line looks: its dashes tell it where colours do not. */
export const LOOKS: Readonly<Record<MemorySeries, LineLook>> = {
  rss: { name: SERIES_NAMES.rss, width: 1.2, dash: [], shape: "line" },
  pss: { name: SERIES_NAMES.pss, width: 1, dash: [9, 4], shape: "line" },
  heapUsed: { name: SERIES_NAMES.heapUsed, width: 1, dash: [5, 3], shape: "line" },
  heapTotal: { name: SERIES_NAMES.heapTotal, width: 0.7, dash: [1, 3], shape: "line" },
  external: { name: SERIES_NAMES.external, width: 1, dash: [2, 3], shape: "line" },
  swap: { name: SERIES_NAMES.swap, width: 1, dash: [8, 3, 2, 3], shape: "line" },
};

type Series = DocumentMemory["series"][number];

/** What the picture shows; the table has all. Swap only where there was any. */
export function drawnSeries({ series }: DocumentMemory): readonly Series[] {
  return series.filter(
    ({ id, values }) => id !== "heapTotal" && (id !== "swap" || values.some((value) => value !== null && value > 0)),
  );
}

/** The highest of these, in bytes. */
export function topOf(series: readonly Series[]): number {
  return series.reduce((top, { values }) => values.reduce<number>((high, one) => Math.max(high, one ?? 0), top), 0);
}

/** One look at all of them: `5 s, RSS 420 MB, PSS 400 MB`. */
export function lookText(atMs: number, series: readonly Series[], row: number): string {
  const figures = series.map(({ id, values }) => `${SERIES_NAMES[id]} ${bytesText(values[row] ?? null)}`);
  return [sinceText(atMs), ...figures].join(", ");
}

/** The picture in a sentence, from its first look to its last. */
export function memorySentence(memory: DocumentMemory): string {
  const { atMs } = memory;
  const last = atMs.at(-1);
  if (last === undefined || atMs.length < 2)
    return `Too short a time for a picture: ${last === undefined ? "no" : "one"} look was taken.`;
  const changes = drawnSeries(memory).flatMap(({ id, values }) => {
    const known = values.filter((value) => value !== null);
    const [from, to] = [known[0], known.at(-1)];
    if (from === undefined || to === undefined || known.length < 2) return [];
    const [first, final] = [bytesText(from), bytesText(to)];
    return [`${SERIES_NAMES[id]} ${first === final ? `at ${final}` : `from ${first} to ${final}`}`];
  });
  return changes.length === 0 ? "" : `In ${sinceText(last)}: ${changes.join(", ")}.`;
}
