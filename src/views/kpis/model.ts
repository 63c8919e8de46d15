import type { Kpi, KpiReport, Timeframe } from "../../engine/protocol/kpis.ts";
import { countText } from "../../text/figures.ts";
import { KPI_WORDS, kpiDenominatorText, kpiFigureText, kpiTargetText, kpiTrendText } from "../../text/kpis.ts";
import { reasonText } from "../../text/reasons.ts";
import { rowContexts } from "../ids.ts";
import { DASH, line } from "../show.ts";
import type { Icon, TreeNode } from "../tree/node.ts";

const WINDOWS: Readonly<Record<Timeframe, string>> = {
  "1h": "last hour",
  "24h": "last day",
  "7d": "last 7 days",
  "30d": "last 30 days",
};

/** The twelve figures, always in the order of the protocol: one that is missed does not move. */
export function kpisTree(report: KpiReport): readonly TreeNode[] {
  return report.kpis.map((kpi) => kpiNode(report, kpi));
}

function kpiNode(report: KpiReport, kpi: Kpi): TreeNode {
  const { name } = KPI_WORDS[kpi.id];
  const description = descriptionOf(report, kpi);
  return {
    id: `kpi/${report.swarmId}/${kpi.id}`,
    subject: { kind: "swarm", swarmId: report.swarmId },
    face: {
      label: name,
      description,
      icon: iconOf(kpi),
      context: rowContexts.kpi,
      spoken: `${name}: ${description.replace(DASH, "unknown").replaceAll(" · ", ", ")}`,
      fold: "none",
    },
    tooltip: () => tooltipOf(report, kpi),
    children: [],
  };
}

/** `74% · goal > 70% · met · last hour`. */
function descriptionOf({ currency, timeframe }: KpiReport, kpi: Kpi): string {
  const figure = kpi.figure.kind === "known" ? kpiFigureText(kpi, currency) : DASH;
  const goal = kpi.target === null ? [] : [`goal ${kpiTargetText(kpi)}`];
  return [figure, ...goal, ...verdictOf(kpi), WINDOWS[timeframe]].join(" · ");
}

function verdictOf({ met }: Kpi): string[] {
  return met === null ? [] : [met ? "met" : "missed"];
}

/** Each has a shape of its own; the colour only repeats it. */
function iconOf({ figure, met }: Kpi): Icon {
  if (figure.kind === "unknown") return { name: "question", color: null };
  if (met === null) return { name: "graph", color: null };
  return met ? { name: "pass", color: "charts.green" } : { name: "warning", color: "list.warningForeground" };
}

function tooltipOf({ swarmId, currency, timeframe }: KpiReport, kpi: Kpi): string {
  const { name, definition } = KPI_WORDS[kpi.id];
  const { figure, observations, neededObservations, denominator, trend } = kpi;
  const goal = kpi.target === null ? "There is no goal" : `Goal ${kpiTargetText(kpi)}`;
  return [
    `${name} of ${line(swarmId, 60)}, ${WINDOWS[timeframe]}: ${kpiFigureText(kpi, currency)}`,
    `It is: ${definition}`,
    [goal, ...verdictOf(kpi)].join(", "),
    figure.kind === "known"
      ? `Source: ${figure.source}, over ${kpiDenominatorText(denominator, currency)}`
      : `Unknown: ${line(reasonText(figure.reason), 300)}`,
    `Rests on ${countText(observations, "observation")}; ${neededObservations} are needed`,
    trend.kind === "known"
      ? `Trend, the second half beside the first: ${kpiTrendText(trend, kpi.unit, currency)}`
      : `Trend unknown: ${line(reasonText(trend.reason), 300)}`,
  ].join("\n");
}
