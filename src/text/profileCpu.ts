import type { CpuMethod, CpuReport } from "../engine/protocol/profiling.ts";
import { countText, ratioText } from "./figures.ts";
import { reasonText } from "./reasons.ts";

/** Less than this changes no order of the functions. */
const LEAST_MISNAMED = 0.01;

const METHODS: Readonly<Record<CpuMethod, string>> = {
  inspector: "V8's profiler",
  perf: "perf",
  scheduler: "states of its threads",
};

export const NOTHING_RAN = "Nothing ran.";

/** `5800 samples by V8's profiler (measured) · busy 82% · collector 6% of that`. */
export function cpuSummary({ samples, method, source, busyRatio, collectorRatio }: CpuReport): string {
  const busy = busyRatio === null ? "" : ` · busy ${ratioText(busyRatio)}`;
  const collector = collectorRatio === null ? "" : ` · collector ${ratioText(collectorRatio)} of that`;
  return `${countText(samples, "sample")} by ${METHODS[method]} (${source})${busy}${collector}`;
}

/** Why it was not sampled by the method that tells more; nothing where it was. */
export function cpuMethodNote({ methodReason }: CpuReport): string | null {
  return methodReason === null ? null : reasonText(methodReason);
}

/** Whoever acts on a name must know that it may be another's. */
export function misnamedWarning({ misnamedRatio }: CpuReport): string | null {
  if (misnamedRatio === null || misnamedRatio < LEAST_MISNAMED) return null;
  return `At least ${ratioText(misnamedRatio)} ran in functions that V8 inlined and names after their caller.`;
}
