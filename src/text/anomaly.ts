import { bytesText, numberText, ratioText } from "./figures.ts";

interface MetricWords {
  readonly name: string;
  readonly figure: (value: number | null) => string;
}

const DEMAND: MetricWords = { name: "demand", figure: (value) => numberText(value) };
/** The metrics that are watched, by their names in the protocol. */
const METRICS: Readonly<Record<string, MetricWords>> = {
  demand: DEMAND,
  cpuCoresPerAgent: { name: "CPU of an agent", figure: ratioText },
  rssBytesPerAgent: { name: "memory of an agent", figure: bytesText },
};

/** `demand 14, usually 3 to 6`. A metric that is not known here shows its own name and plain numbers. */
export function anomalyText(
  metric: string,
  figure: (key: "value" | "usualLow" | "usualHigh") => number | null,
): string {
  const { name, figure: text } = Object.hasOwn(METRICS, metric)
    ? (METRICS[metric] ?? DEMAND)
    : { ...DEMAND, name: metric };
  return `${name} ${text(figure("value"))}, usually ${text(figure("usualLow"))} to ${text(figure("usualHigh"))}`;
}
