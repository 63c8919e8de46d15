import type { ObjectiveFigure, PerformancePlan, Strategy } from "../../engine/protocol/optimize.ts";
import { aimName, aimValueText } from "../../text/allocation.ts";
import { ratioText } from "../../text/figures.ts";
import { modelErrorText } from "../../text/performancePlan.ts";
import { reasonText } from "../../text/reasons.ts";
import { previewDetail } from "./allocationTexts.ts";
import { findingEvidence, findingName } from "./bottleneckTexts.ts";

/** Findings that fit into a dialog beside the plan. */
const FINDINGS = 3;

export interface StrategyChoice {
  readonly label: string;
  /** What it means, in a line. */
  readonly detail: string;
  readonly strategy: Strategy;
}

export const STRATEGY_CHOICES: readonly StrategyChoice[] = [
  {
    label: "Adaptive",
    detail: "by what holds the swarm back: cost where the machine is short, latency where tasks wait, else balanced",
    strategy: "adaptive",
  },
  { label: "Latency", detail: "short waits first, with as many agents as that takes", strategy: "latency" },
  {
    label: "Cost",
    detail: "few agents and little money first; without configured prices, few agents",
    strategy: "cost",
  },
  { label: "Balanced", detail: "a bit of each: waits, utilisation, even lanes, cost", strategy: "balanced" },
];

/** What was found, what would change and what it is expected to bring, with how far the model is off. */
export function performanceDetail(plan: PerformancePlan): string[] {
  return [...foundLines(plan), "", ...expectedLines(plan), "", ...previewDetail(plan.preview)];
}

function foundLines({ why, findings }: PerformancePlan): string[] {
  const worst = findings.slice(0, FINDINGS).map((finding) => {
    const evidence = findingEvidence(finding);
    return `${finding.severity}: ${findingName(finding)}${evidence === "" ? "" : `, ${evidence}`}`;
  });
  return [reasonText(why), ...worst];
}

function expectedLines({ optimization }: PerformancePlan): string[] {
  const { chosen, current, currency, confidence, calibration, aimsLeftOut, caveats = [] } = optimization;
  const text = (figure: ObjectiveFigure): string => aimValueText(figure.id, figure.value, currency);
  const aims = chosen.objectives.map((figure) => {
    const before = current?.objectives.find(({ id }) => id === figure.id);
    const was = before === undefined ? "" : `${text(before)} → `;
    return `${aimName(figure.id)} ${was}${text(figure)}`;
  });
  return [
    `Expected (derived, by a queueing model): ${aims.join(", ")}.`,
    `${modelErrorText(calibration.waitWape, calibration.waitWapeReason, calibration.observations)} ${ratioText(confidence.ratio)} agreement over seeds.`,
    ...aimsLeftOut.map(({ id, reason }) => `${aimName(id)} takes no part: ${reasonText(reason)}`),
    ...caveats.map((one) => reasonText(one)),
  ];
}
