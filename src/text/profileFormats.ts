import type { LostPart, WritableProfileFormatId } from "../engine/protocol/profiles.ts";

/** What a format could not hold, in words. */
export const LOST_TEXTS: Readonly<Record<LostPart, string>> = {
  unit: "the unit (they become counts)",
  order: "the order in time",
  places: "files and lines where a line is not known",
};

/** Names of the formats and what reads them. */
export const FORMAT_TEXTS: Readonly<
  Record<WritableProfileFormatId, { readonly label: string; readonly reads: string }>
> = {
  cpuprofile: { label: "cpuprofile", reads: "for DevTools and VS Code" },
  speedscope: { label: "speedscope", reads: "for speedscope" },
  pprof: { label: "pprof", reads: "for pprof and what reads its files" },
  folded: { label: "Folded stacks", reads: "for flamegraph.pl and what reads its lines" },
};
