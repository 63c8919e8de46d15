import type { PatternsOutput } from "../../engine/protocol/cli.ts";
import { countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { heatMapLines } from "../heatMap.ts";
import { indent, type Line, type Span } from "../lines.ts";
import { metricFigure } from "../metricFigure.ts";
import { type Column, table } from "../table.ts";
import { localTime } from "../times.ts";

/** Patterns as they are printed, and which series is told in detail. */
export interface PatternsFound {
  /** The swarm, or the column of the file. */
  readonly subject: string;
  /** `null`: the first that was measured. */
  readonly metric: string | null;
  readonly output: PatternsOutput;
}

type Series = PatternsOutput["series"][number];
type Temporal = Series["temporal"];
type Profile = Temporal["daily"];
type Answer = { readonly kind: "tooLittle"; readonly neededMs: number; readonly haveMs: number } | NoAnswer;
type NoAnswer = { readonly kind: "undefined"; readonly reason: Parameters<typeof reasonText>[0] };

const LEAST_CURVE_MS = 3 * 86_400_000;
const STRONG = 0.6;
const CLEAR = 0.3;
const HOURS: Readonly<Record<PatternsOutput["hours"], string>> = {
  local: "hours of the engine's zone",
  own: "hours of the swarm's own time",
  file: "hours as written in the file",
};
const PAIR_TEXT: Readonly<Record<PatternsOutput["correlations"][number]["pair"], string>> = {
  cpuMemory: "CPU and memory",
  networkLoad: "network and load",
  agentsResources: "agents and resources",
};
const COLUMNS: readonly Column[] = [
  { title: "SERIES", align: "left" },
  { title: "BASELINE", align: "right" },
  { title: "MEDIAN", align: "right" },
  { title: "HIGH", align: "right" },
  { title: "DAILY", align: "right" },
  { title: "A DAY", align: "right" },
  { title: "VOLATILITY", align: "right" },
  { title: "PREDICTABLE", align: "right" },
  { title: "SPIKES", align: "right" },
];

export function patternLines({ subject, metric, output }: PatternsFound, width: number | null): Line[] {
  const { series, correlations, hours, timeScale, windowMs } = output;
  const chosen =
    series.find((one) => one.metric === metric) ?? series.find(({ load }) => load.kind === "known") ?? series[0];
  const title: Line = [
    { text: subject, tone: "strong" },
    `  last ${durationText(windowMs)} · ${HOURS[hours]}${timeScale === 1 ? "" : ` (×${numberText(timeScale)})`}`,
  ];
  if (chosen === undefined) return [title];
  return [
    title,
    [],
    ...detailLines(chosen, width),
    ...(series.length > 1 ? [[], ...table(COLUMNS, series.map(row), width)] : []),
    ...(correlations.length > 0 ? [[], ...correlations.map(correlationLine)] : []),
  ];
}

function detailLines(series: Series, width: number | null): Line[] {
  const { temporal, load } = series;
  const figure = metricFigure(series.metric);
  return [
    [{ text: series.metric, tone: "strong" }],
    ...indent([
      profileLine("Hourly", temporal.hourly, (bin) => `minute ${5 * bin}`),
      profileLine("Daily", temporal.daily, clock),
      profileLine("Weekly", temporal.weekly, (bin) => `${WEEKDAYS[Math.floor(bin / 24) % 7] ?? ""} ${clock(bin % 24)}`),
      profileLine("Monthly", temporal.monthly, (bin) => `day ${bin + 1}`),
      profileLine("Quarterly", temporal.quarterly, (bin) => `week ${bin + 1}`),
      periodLine(temporal.period),
      loadLine(load, figure),
      ...spikeLines(load, figure),
      growthLine(series.growth, figure),
      volatilityLine(series),
    ]),
    ...(temporal.heatMap.kind === "known"
      ? [[], ...indent(heatMapLines(temporal.heatMap.medians, figure, width))]
      : []),
  ];
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

function profileLine(name: string, profile: Profile, bin: (index: number) => string): Line {
  if (profile.kind !== "known") return [`${name} pattern: `, lack(profile)];
  const { strength, peak, quiet } = profile;
  const word: Span =
    strength >= STRONG
      ? { text: "strong", tone: "good" }
      : { text: strength >= CLEAR ? "clear" : strength > 0.05 ? "weak" : "none", tone: "faint" };
  // Where a peak of noise stands is of no use to anybody.
  const places =
    peak === null || quiet === null || strength < CLEAR
      ? ""
      : `, peak ${bin(peak.from)}–${bin(peak.to)}, quiet ${bin(quiet.from)}–${bin(quiet.to)}`;
  return [`${name} pattern: `, word, ` (${numberText(strength)})${places}; ${restsOn(profile)}`];
}

function restsOn({ basis }: Extract<Profile, { kind: "known" }> | Extract<Series["load"], { kind: "known" }>): string {
  const share = basis.steps === 0 ? 0 : basis.missing / basis.steps;
  return `rests on ${durationText(basis.steps * basis.stepMs)}, ${share === 0 ? "nothing" : ratioText(share)} missing`;
}

function lack(answer: Answer): Span {
  const text =
    answer.kind === "undefined"
      ? reasonText(answer.reason)
      : `not enough history: ${answer.haveMs === 0 ? "none" : durationText(answer.haveMs)} of the ${durationText(answer.neededMs)} it takes`;
  return { text, tone: "faint" };
}

function periodLine(period: Temporal["period"]): Line {
  if (period.kind !== "known") return ["Repetition: ", lack(period)];
  return [`Repeats every ${durationText(period.periodMs)} (correlation ${numberText(period.correlation)})`];
}

type Figure = (value: number | null) => string;

function loadLine(load: Series["load"], figure: Figure): Line {
  if (load.kind !== "known") return ["Load: ", lack(load)];
  const { baseline, median, high, greatest, peaks, valleys } = load;
  return [
    `Load: baseline ${figure(baseline)}, median ${figure(median)}, high ${figure(high)}, greatest ${figure(greatest)};`,
    ` ${countText(peaks.length, "peak")}, ${countText(valleys.length, "valley")}; ${restsOn(load)}`,
  ];
}

function spikeLines(load: Series["load"], figure: Figure): Line[] {
  if (load.kind !== "known") return [];
  const { spikes, spikeCount } = load;
  const furthest = spikes.reduce<(typeof spikes)[number] | null>(
    (most, one) => (most === null || one.score > most.score ? one : most),
    null,
  );
  if (furthest === null) return [["Spikes: none"]];
  const { fromMs, value, expected } = furthest;
  return [
    [
      `Spikes: ${spikeCount}, the furthest ${localTime(fromMs)}: ${figure(value)} where ${figure(expected)} was expected`,
    ],
  ];
}

function growthLine(growth: Series["growth"], figure: Figure): Line {
  if (growth.kind !== "known") return ["Growth: ", lack(growth)];
  const { trend, slopePerDay, lowPerDay, highPerDay, relativePerDay, pValue, days } = growth;
  const share = relativePerDay === null ? "" : ` (${ratioText(relativePerDay)})`;
  return [
    `Growth: ${trend === "none" ? "no trend" : trend}, ${figure(slopePerDay)}${share} a day,`,
    ` 95% between ${figure(lowPerDay)} and ${figure(highPerDay)}; p ${pText(pValue)}, ${countText(days, "day")}`,
  ];
}

function volatilityLine({ volatility, predictability }: Series): Line {
  const varies: Line =
    volatility.kind === "known"
      ? [
          `Varies by ${ratioText(volatility.remainderCv)} of its mean around ${centreOf(volatility.basis)},`,
          ` by ${ratioText(volatility.changeCv)} from step to step`,
        ]
      : ["Volatility: ", lack(volatility)];
  const foretold: Line =
    predictability.kind === "known"
      ? [`; the days before foretell ${ratioText(predictability.score)} of it`]
      : ["; predictability: ", lack(predictability)];
  return [...varies, ...foretold];
}

/** A daily curve is known from three days on. */
function centreOf({ steps, stepMs }: { readonly steps: number; readonly stepMs: number }): string {
  return steps * stepMs < LEAST_CURVE_MS ? "its median" : "the daily curve";
}

function row(series: Series): Span[] {
  const { metric, temporal, load, growth, volatility, predictability } = series;
  const figure = metricFigure(metric);
  const blank: Span = { text: "–", tone: "faint" };
  return [
    metric,
    ...(load.kind === "known" ? [load.baseline, load.median, load.high].map(figure) : [blank, blank, blank]),
    temporal.daily.kind === "known" ? numberText(temporal.daily.strength) : blank,
    growth.kind === "known" ? (growth.trend === "none" ? "no trend" : signed(growth.slopePerDay, figure)) : blank,
    volatility.kind === "known" ? ratioText(volatility.remainderCv) : blank,
    predictability.kind === "known" ? numberText(predictability.score) : blank,
    load.kind === "known" ? String(load.spikeCount) : blank,
  ];
}

function signed(value: number, figure: Figure): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

function correlationLine({ pair, first, second, correlation }: PatternsOutput["correlations"][number]): Line {
  const names = `${PAIR_TEXT[pair]} (${first.metric}, ${second.metric}): `;
  if (correlation.kind !== "known") return [names, lack(correlation)];
  const { pearson, spearman, lagMs, pValue, significant } = correlation;
  if (!significant)
    return [names, { text: "no connection beyond chance", tone: "faint" }, ` (r ${numberText(pearson)})`];
  const lag =
    lagMs === 0 ? "at once" : `${lagMs > 0 ? second.metric : first.metric} ${durationText(Math.abs(lagMs))} later`;
  return [
    names,
    { text: pearson > 0 ? "rise together" : "move against each other", tone: "strong" },
    `, ${lag}; r ${numberText(pearson)}, ranks ${numberText(spearman)}, p ${pText(pValue)}`,
  ];
}

function pText(p: number): string {
  return p < 0.001 ? "below 0.001" : numberText(p, 3);
}
