import { bytesPerSecondText, bytesText, numberText, ratioText } from "../text/figures.ts";

/** How values of a metric are written; the unit is the last word of its name. */
export function metricFigure(metric: string): (value: number | null) => string {
  if (metric.endsWith("BytesPerSecond")) return bytesPerSecondText;
  if (metric.endsWith("Bytes")) return bytesText;
  return metric.endsWith("Ratio") || metric === "cpuCores" ? ratioText : numberText;
}
