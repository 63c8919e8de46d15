import { cleanText } from "../../common/text.ts";
import { gauge, METRIC_PREFIX, type Metric, type MetricFacts, UNIT_WORDS } from "./metric.ts";

export interface Sample {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** A metric with what was read of it: every value a finite number, every set of labels there once. */
export interface Family {
  readonly metric: Metric;
  readonly samples: readonly Sample[];
}

/** All series together; what is beyond is counted as left out. */
export const MOST_SERIES = 10_000;
const MAX_LABEL_LENGTH = 128;

/** Series not written: two names that read the same once cleaned, or more than `MOST_SERIES`. */
const LEFT_OUT = gauge(
  "series.left.out",
  "{thing}",
  "Series that were not written: more than there may be, or two of one name.",
  () => [],
);

/**
 * Reads every metric. A figure that is not known, or is no finite number, is left out: a 0 would be a lie. Names of swarms
 * and agents may come from outside and are cleaned like everything that is shown.
 */
export function collectFamilies(metrics: readonly Metric[], facts: MetricFacts): readonly Family[] {
  const families: Family[] = [];
  // The same few hundred texts stand in thousands of series.
  const known = new Map<string, string>();
  const cleaned = (text: string): string => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const clean = cleanText(text, MAX_LABEL_LENGTH);
    known.set(text, clean);
    return clean;
  };
  let leftOut = 0;
  let series = 0;
  for (const metric of metrics) {
    const seen = new Set<string>();
    const samples: Sample[] = [];
    for (const { value, labels = {} } of metric.read(facts)) {
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      const clean = Object.entries(labels).map(([name, text]) => [name, cleaned(text)] as const);
      // Cleaned text has no control characters, so that this tells any two sets of labels apart.
      const key = clean.map(([name, text]) => `${name}\u0000${text}`).join("\u0000");
      if (seen.has(key) || series >= MOST_SERIES) {
        leftOut++;
        continue;
      }
      seen.add(key);
      series++;
      // A rounding error must not make −0 of a 0.
      samples.push({ labels: clean, value: value === 0 ? 0 : value });
    }
    if (samples.length > 0) families.push({ metric, samples });
  }
  return [...families, { metric: LEFT_OUT, samples: [{ labels: [], value: leftOut }] }];
}

/** As Prometheus names it, without `_total`: `swarm_allocator_machine_memory_used_bytes`. */
export function prometheusName({ name, unit }: Pick<Metric, "name" | "unit">): string {
  const word = UNIT_WORDS[unit];
  return `${METRIC_PREFIX}_${name.replaceAll(".", "_")}${word === "" ? "" : `_${word}`}`;
}
