import type {
  ReportKpis,
  ReportLoad,
  ReportLoadMetric,
  ReportSeries,
  ReportTasks,
  Told,
} from "../../engine/protocol/performanceReport.ts";
import { LEAST_OBSERVATIONS } from "../../engine/protocol/kpis.ts";
import { countText, durationText, numberText, ratioText, UNKNOWN } from "../figures.ts";
import { figureText } from "../figureUnits.ts";
import { KPI_WORDS, kpiDenominatorText, kpiFigureText, kpiTargetText, kpiTrendText } from "../kpis.ts";
import { localMinute } from "../moment.ts";
import { reasonText } from "../reasons.ts";
import { columns } from "./columns.ts";
import type { SectionPart } from "../../engine/protocol/reportPage.ts";

/** Key figures, load, tasks and cost in words. */

const LOAD_WORDS: Readonly<Record<ReportLoadMetric, string>> = {
  demand: "Demand",
  agents: "Agents",
  waitingTasks: "Waiting tasks",
  cpuCores: "CPU",
  rssBytes: "Memory",
};

/** One scale: agents, and agents' worth of work. */
const DRAWN: ReadonlySet<ReportLoadMetric> = new Set(["demand", "agents"]);

export function kpisPart({ coverageRatio, kpis }: ReportKpis, currency: string | null): SectionPart {
  const judged = kpis.filter(({ met }) => met !== null);
  const met = judged.filter((kpi) => kpi.met === true).length;
  const unknown = kpis.flatMap(({ id, figure }) =>
    figure.kind === "unknown" ? [`${KPI_WORDS[id].name}: ${reasonText(figure.reason)}`] : [],
  );
  const verdict =
    judged.length === 0 ? "No goal can be judged yet" : `${met} of ${countText(judged.length, "goal")} met`;
  return {
    lines: [`${verdict}; measured ${ratioText(coverageRatio)} of the time.`],
    table: {
      caption: "Each with what it is divided by or counted over; the trend compares the second half with the first.",
      columns: columns("Figure", "Value#", "Goal#", "Verdict", "Trend", "Over#", "Source"),
      rows: kpis.map((kpi) => [
        KPI_WORDS[kpi.id].name,
        kpiFigureText(kpi, currency),
        kpiTargetText(kpi),
        kpi.met === null ? "" : kpi.met ? "met" : "missed",
        kpiTrendText(kpi.trend, kpi.unit, currency),
        kpi.figure.kind === "known" ? kpiDenominatorText(kpi.denominator, currency) : "",
        kpi.figure.kind === "known" ? kpi.figure.source : UNKNOWN,
      ]),
    },
    notes: unknown,
  };
}

export function loadPart({ fromMs, bucketMs, spreadStepMs, series }: ReportLoad): SectionPart {
  const imported = series.filter((one) => one.imported.length > 0).map(({ metric }) => LOAD_WORDS[metric]);
  return {
    lines: series.flatMap((one) => (DRAWN.has(one.metric) ? [spreadSentence(one)] : [])),
    picture: {
      ...{ fromMs, bucketMs },
      lines: series.flatMap(({ metric, mean }) =>
        DRAWN.has(metric) ? [{ name: LOAD_WORDS[metric], values: mean }] : [],
      ),
    },
    table: {
      caption: `Half of the time, and 95% of it, no more than the first two, by means of ${durationText(spreadStepMs)}; the greatest of all samples.`,
      columns: columns("Series", "p50#", "p95#", "Greatest#", "Source"),
      rows: series.map(({ metric, unit, p50, p95, greatest, source }) => [
        LOAD_WORDS[metric],
        ...[p50, p95, greatest].map((value) => figureText(value, unit)),
        source,
      ]),
    },
    notes: [
      ...shortText(series, spreadStepMs),
      ...(imported.length === 0 ? [] : [`Imported in parts, not measured here: ${imported.join(", ")}.`]),
    ],
  };
}

function spreadSentence({ metric, unit, p50, p95, greatest }: ReportSeries): string {
  const [half, most, all] = [p50, p95, greatest].map((value) => figureText(value, unit));
  if (p50 === null) return `${LOAD_WORDS[metric]}: at most ${all}.`;
  return `${LOAD_WORDS[metric]}: half of the time no more than ${half}, 95% of it no more than ${most}; at most ${all}.`;
}

/** Why percentiles are not told. */
function shortText(series: readonly ReportSeries[], spreadStepMs: number): string[] {
  const most = series.reduce((sum, { steps }) => Math.max(sum, steps), 0);
  if (!series.some(({ steps }) => steps < LEAST_OBSERVATIONS)) return [];
  return [
    `${countText(most, "step")} of ${durationText(spreadStepMs)} so far; ${LEAST_OBSERVATIONS} are needed before anything is said of half of the time.`,
  ];
}

export function tasksPart(
  { done, failed, shed }: ReportTasks,
  cost: Told<number>,
  currency: string | null,
): SectionPart {
  const count = (value: number | null): string => (value === null ? UNKNOWN : numberText(value));
  const price =
    cost.kind === "known"
      ? `Cost: ${numberText(cost.value)} ${currency ?? ""} (derived).`
      : `Cost is not known: ${reasonText(cost.reason)}`;
  const refused =
    shed === null
      ? []
      : [
          `${countText(shed.count, "task")} shed by the lanes since the engine started ${localMinute(shed.sinceMs)}, of all swarms.`,
        ];
  const tag = done === null && failed === null ? "" : " (measured)";
  return { lines: [`Tasks done ${count(done)}, failed ${count(failed)}${tag}.`, price], notes: refused };
}
