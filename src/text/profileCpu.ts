import type { CpuMethod, CpuReport, PackageKind } from "../engine/protocol/profiling.ts";
import { countText, ratioText } from "./figures.ts";
import { printable } from "./printable.ts";
import { plainFile } from "./profileFrame.ts";
import { reasonText } from "./reasons.ts";

/** Less than this changes no order of the functions. */
const LEAST_MISNAMED = 0.01;
const MOST_GROUPS = 5;

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

/** `by package: (own code) 62%, hash 30%`, and the same by file; of one alone the functions have said it all. */
export function groupLines({ scripts, packages }: CpuReport): string[] {
  const line = (name: string, parts: readonly string[]): string[] =>
    parts.length < 2 ? [] : [`by ${name}: ${parts.slice(0, MOST_GROUPS).join(", ")}`];
  return [
    ...line(
      "package",
      packages.map((one) => `${packageText(one)} ${ratioText(one.selfRatio)}`),
    ),
    ...line(
      "file",
      scripts.map((one) => `${scriptText(one)} ${ratioText(one.selfRatio)}`),
    ),
  ];
}

/** What is no package. */
const KINDS: Partial<Record<PackageKind, string>> = { own: "(own code)", native: "(native)", kernel: "(kernel)" };

export function packageText({ kind, name }: { readonly kind: PackageKind; readonly name: string | null }): string {
  if (name === null) return KINDS[kind] ?? `(${kind})`;
  return kind === "runtime" ? `(${printable(name)})` : printable(name);
}

/** A file of a profile; what has none is V8's and the system's own. */
export function scriptText({ file }: { readonly file: string | null }): string {
  return file === null ? "(no file)" : printable(plainFile(file));
}
