export type FileKind =
  | ("csv" | "png" | "html" | "md" | "json")
  /** Of profiles. */
  | ("cpuprofile" | "speedscope.json" | "pprof" | "folded");

/** `forecast-demo-2026-11-26-1405.csv`: nothing of a label that means something in a path. */
export function fileNameOf(stem: string, swarmLabel: string, kind: FileKind, now: Date): string {
  const label = swarmLabel
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .toLowerCase()
    .slice(0, 60);
  const two = (figure: number): string => String(figure).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${stem}-${label === "" ? "swarm" : label}-${day}-${two(now.getHours())}${two(now.getMinutes())}.${kind}`;
}
