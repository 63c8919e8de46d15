import {
  type Cycle,
  CYCLES,
  type FigureUnit,
  type PagePattern,
  type PagePatterns,
  type PageSeriesPatterns,
} from "../../engine/protocol/forecastParts.ts";
import type {
  CorrelationPair,
  GrowthPattern,
  LoadPattern,
  Pattern,
  Patterns,
  SeriesPatterns,
} from "../../engine/protocol/patterns.ts";
import { figureText } from "../../text/figureUnits.ts";
import { countText, numberText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";

/** Patterns as the page shows them. */

const SERIES: Readonly<Record<string, { readonly label: string; readonly unit: FigureUnit }>> = {
  demand: { label: "Demand, agents' worth of work", unit: "number" },
  live: { label: "Live agents", unit: "number" },
  cpuCores: { label: "CPU of the swarm", unit: "cores" },
  rssBytes: { label: "Memory of the swarm", unit: "bytes" },
  cpuBusyRatio: { label: "CPU of the machine", unit: "ratio" },
  memoryUsedBytes: { label: "Memory of the machine", unit: "bytes" },
  networkReceiveBytesPerSecond: { label: "Network, received", unit: "bytesPerSecond" },
  networkTransmitBytesPerSecond: { label: "Network, sent", unit: "bytesPerSecond" },
};

const PAIRS: Readonly<Record<CorrelationPair, string>> = {
  cpuMemory: "CPU and memory",
  networkLoad: "Network and load",
  agentsResources: "Agents and resources",
};

export function patternsOf({ madeAtMs, windowMs, timeScale, hours, series, correlations }: Patterns): PagePatterns {
  return {
    ...{ madeAtMs, windowMs, timeScale, hours },
    series: series.map(seriesOf),
    correlations: correlations.map(({ pair, correlation }) => ({
      pair,
      label: PAIRS[pair],
      pattern: worded(correlation, (known) => known),
    })),
  };
}

function seriesOf({ metric, temporal, load, growth, volatility, predictability }: SeriesPatterns): PageSeriesPatterns {
  const { label, unit } = Object.hasOwn(SERIES, metric)
    ? (SERIES[metric] ?? { label: metric, unit: "number" as const })
    : { label: metric, unit: "number" as const };
  const figure = (value: number): string => figureText(value, unit);
  const strengths = CYCLES.map((cycle) => [cycle, worded(temporal[cycle], ({ strength }) => ({ strength }))] as const);
  return {
    ...{ metric, label, unit },
    heatMap: worded(temporal.heatMap, ({ medians, counts }) => ({ medians, counts })),
    cycles: Object.fromEntries(strengths) as Record<Cycle, PagePattern<{ strength: number }>>,
    period: worded(temporal.period, ({ periodMs, correlation }) => ({ periodMs, correlation })),
    traits: [
      { name: "Load", pattern: worded(load, (known) => ({ text: loadText(known, figure) })) },
      { name: "Growth", pattern: worded(growth, (known) => ({ text: growthText(known, figure) })) },
      {
        name: "Volatility",
        pattern: worded(volatility, ({ remainderCv }) => ({
          text: `${ratioText(remainderCv)} of the mean around its daily curve`,
        })),
      },
      {
        name: "Predictability",
        pattern: worded(predictability, ({ score, errorRms }) => ({
          text: `${numberText(score)} of 1, typical error ${figure(errorRms)}`,
        })),
      },
    ],
  };
}

function loadText({ baseline, median, high, greatest, spikeCount }: LoadPattern, figure: Figure): string {
  return `baseline ${figure(baseline)}, median ${figure(median)}, high ${figure(high)}, greatest ${figure(greatest)}; ${countText(spikeCount, "spike")}`;
}

function growthText({ trend, slopePerDay, lowPerDay, highPerDay }: GrowthPattern, figure: Figure): string {
  const slope = `${figure(slopePerDay)} a day (${figure(lowPerDay)} to ${figure(highPerDay)})`;
  return trend === "none" ? `no trend beyond chance, ${slope}` : `${trend}, ${slope}`;
}

type Figure = (value: number) => string;

function worded<T, R>(pattern: Pattern<T>, known: (one: T) => R): PagePattern<R> {
  switch (pattern.kind) {
    case "known":
      return { kind: "known", basis: pattern.basis, ...known(pattern) };
    case "tooLittle":
      return { kind: "tooLittle", neededMs: pattern.neededMs, haveMs: pattern.haveMs };
    case "undefined":
      return { kind: "undefined", reason: reasonText(pattern.reason) };
  }
}
