import type { PerformanceReport, Told } from "../../engine/protocol/performanceReport.ts";
import type {
  ReportDocument,
  ReportSection,
  ReportTable,
  SectionId,
  SectionPart,
} from "../../engine/protocol/reportPage.ts";
import { localMinute } from "../moment.ts";
import { printable } from "../printable.ts";
import { reasonText } from "../reasons.ts";
import { anomaliesPart, breakersPart } from "./happenings.ts";
import { allocationsPart, decisionsPart } from "./decisions.ts";
import { bottlenecksPart, capacityPart, policiesPart } from "./limits.ts";
import { kpisPart, loadPart, tasksPart } from "./measured.ts";
import { recommendationsPart } from "./recommendations.ts";

const MAX_TEXT = 600;

/** The parts in the order of the page: what to do first, then what that rests on. */
export function reportDocument(report: PerformanceReport): ReportDocument {
  const { swarmLabel, timeframe, fromMs, toMs, madeAtMs, timeScale, mode, detailed, currency } = report;
  const squeezed = timeScale === 1 ? "" : ` Its time is squeezed ×${timeScale}; everything here is in real time.`;
  const sections = [
    section("recommendations", "Recommendations", report.recommendations, recommendationsPart),
    section("kpis", "Key figures", report.kpis, (value) => kpisPart(value, currency)),
    section("load", "Load", report.load, loadPart),
    section("tasks", "Tasks and cost", report.tasks, (value) => tasksPart(value, report.cost, currency)),
    section("decisions", "Decisions and their effect", report.decisions, (value) => decisionsPart(value, detailed)),
    section("allocations", "Allocations", report.allocations, (value) =>
      allocationsPart(value, report.currency, detailed),
    ),
    section("anomalies", "Anomalies", report.anomalies, (value) => anomaliesPart(value, detailed)),
    section("breakers", "Circuit breakers", report.breakers, (value) => breakersPart(value, detailed)),
    section("bottlenecks", "Bottlenecks", report.bottlenecks, (value) => bottlenecksPart(value, detailed)),
    section("capacity", "Capacity", report.capacity, (value) => capacityPart(value, detailed)),
    section("policies", "Scaling policies (simulated)", report.policies, (value) => policiesPart(value, detailed)),
  ];
  return {
    title: text(`Performance report: ${swarmLabel}`),
    about: [
      text(`Last ${timeframe}, ${localMinute(fromMs)} to ${localMinute(toMs)}; mode ${mode}.${squeezed}`),
      text(`Made ${localMinute(madeAtMs)}. Figures are measured or derived as each says; what is not known says why.`),
    ],
    sections,
  };
}

function section<T>(id: SectionId, title: string, told: Told<T>, of: (value: T) => SectionPart): ReportSection {
  if (told.kind === "unknown")
    return { id, title, isUnknown: true, lines: [text(`Not known: ${reasonText(told.reason)}`)] };
  const { lines, picture, table, notes } = of(told.value);
  return {
    ...{ id, title, isUnknown: false, lines: lines.map(text) },
    ...(picture === undefined ? {} : { picture }),
    ...(table === undefined || table.rows.length === 0 ? {} : { table: cleanTable(table) }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes: notes.map(text) }),
  };
}

function cleanTable({ caption, columns, rows }: ReportTable): ReportTable {
  return { caption: text(caption), columns, rows: rows.map((row) => row.map(text)) };
}

/** The last guard: names of agents and swarms are somebody else's. */
function text(raw: string): string {
  const clean = printable(raw);
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT - 1)}…`;
}
