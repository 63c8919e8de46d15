import { type Family, prometheusName } from "./families.ts";
import { UNIT_WORDS } from "./metric.ts";

/** Prometheus' text exposition format 0.0.4, and OpenMetrics 1.0. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
export const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export function prometheusText(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { metric, samples } of families) {
    const name = `${prometheusName(metric)}${metric.kind === "counter" ? "_total" : ""}`;
    // In this format quotes in a help text stay as they are.
    lines.push(`# HELP ${name} ${metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`);
    lines.push(`# TYPE ${name} ${metric.kind}`);
    for (const sample of samples) lines.push(`${name}${labelText(sample.labels)} ${String(sample.value)}`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

export function openMetricsText(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { metric, samples } of families) {
    // The family goes without `_total`, its samples with it.
    const family = prometheusName(metric);
    const name = metric.kind === "counter" ? `${family}_total` : family;
    lines.push(`# TYPE ${family} ${metric.kind}`);
    const unit = UNIT_WORDS[metric.unit];
    if (unit !== "") lines.push(`# UNIT ${family} ${unit}`);
    lines.push(`# HELP ${family} ${escaped(metric.help)}`);
    for (const sample of samples) lines.push(`${name}${labelText(sample.labels)} ${String(sample.value)}`);
  }
  lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Family["samples"][number]["labels"]): string {
  if (labels.length === 0) return "";
  return `{${labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(text: string): string {
  // Hardly any text has something to escape, and a look is cheaper than three replacements.
  if (!/[\\"\n]/.test(text)) return text;
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/**
 * Whether the caller would rather have OpenMetrics (RFC 9110, 12.5.1, as far as two types need it). Without a clear wish it
 * is the older text, as Prometheus' own libraries do.
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  let open = 0;
  let text = 0;
  for (const part of (accept ?? "").slice(0, 1_000).split(",")) {
    const [type = "", ...params] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const given = new Map(params.map((param) => param.split("=", 2) as [string, string | undefined]));
    const q = given.has("q") ? Number(given.get("q")) : 1;
    if (!(q > 0 && q <= 1)) continue;
    const version = given.get("version");
    if (type === "application/openmetrics-text" && (version === undefined || version === "1.0.0"))
      open = Math.max(open, q);
    if (type === "text/plain" && (version === undefined || version === "0.0.4")) text = Math.max(text, q);
  }
  return open > 0 && open >= text;
}
