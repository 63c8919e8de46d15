import type { ReportBottlenecks, ReportCapacity, ReportPolicies } from "../../engine/protocol/performanceReport.ts";
import { COMPONENT_WORDS, evidenceText, KIND_WORDS } from "../bottlenecks.ts";
import { amountText, rowName, firstSentence, runsOutText } from "../capacity.ts";
import { countText, durationText } from "../figures.ts";
import { reasonText } from "../reasons.ts";
import { costText, isBound, policyName, policyTexts } from "../replay.ts";
import { columns } from "./columns.ts";
import type { SectionPart } from "../../engine/protocol/reportPage.ts";

/** What holds the swarm back, what will, and how else it could be sized, in words. */

export function bottlenecksPart({ windowMs, findings }: ReportBottlenecks, isDetailed: boolean): SectionPart {
  const found = findings.filter(({ severity }) => severity !== "none" && severity !== "unknown");
  const unknown = findings.filter(({ severity }) => severity === "unknown").length;
  const over = `over the last ${durationText(windowMs)}`;
  const lines = [
    found.length === 0
      ? `Nothing holds it back, ${over}.`
      : `${countText(found.length, "bottleneck")}, ${over}; the worst first.`,
  ];
  // What to do about them is among the recommendations.
  if (!isDetailed) return { lines };
  return {
    lines,
    table: {
      caption: "By the USE method: utilisation, saturation and errors of every resource.",
      columns: columns("Where", "Kind", "Severity", "Evidence", "What to do"),
      rows: found.map(({ component, kind, subject, severity, evidence, suggestion }) => [
        `${COMPONENT_WORDS[component]}${subject === null ? "" : ` ${subject}`}`,
        KIND_WORDS[kind],
        severity,
        evidence.map(evidenceText).join(", "),
        suggestion === null ? "" : reasonText(suggestion),
      ]),
    },
    notes: unknown === 0 ? [] : [`${unknown} of ${countText(findings.length, "look")} could not tell anything.`],
  };
}

export function capacityPart(capacity: ReportCapacity, isDetailed: boolean): SectionPart {
  const { fits, rows, reason } = capacity;
  const room = fits === null ? "How many more agents fit is not known." : `${countText(fits, "more agent")} fit now.`;
  const notes = reason === null ? [] : [`Only what fits now is known. ${reasonText(reason)}`];
  const lines = [firstSentence(capacity), room];
  if (!isDetailed) return { lines, notes };
  return {
    lines,
    table: {
      caption: "Used is what 95% of the history did not exceed, or else now.",
      columns: columns("Resource", "Used#", "Of#", "Runs out"),
      rows: rows.map((row) => [
        rowName(row),
        amountText(row.used, row.unit),
        amountText(row.capacity, row.unit),
        row.reason === null ? runsOutText(row.runsOut) : reasonText(row.reason),
      ]),
    },
    notes,
  };
}

export function policiesPart({ fromMs, toMs, inUse, policies }: ReportPolicies, isDetailed: boolean): SectionPart {
  const real = policies.filter((one) => !isBound(one));
  const best = real.toSorted((a, b) => a.costAgentHours - b.costAgentHours)[0];
  const lines = [
    `In use: ${inUse}. ${best === undefined ? "None was compared" : `The cheapest of ${real.length} was ${policyName(best)}`}, ` +
      `on ${durationText(toMs - fromMs)} of its own history that no network has learned from.`,
  ];
  if (!isDetailed) return { lines };
  return {
    lines,
    table: {
      caption: "Simulated. Cost in agent-hours, by the weights of the reward: unmet work, waiting, agents and changes.",
      columns: columns("Policy", "Cost#", "Unmet#", "Wait p95#", "Agent-hours#", "Changes#"),
      rows: policies.map((row) => {
        const texts = policyTexts(row);
        return [
          policyName(row),
          ...[costText(row.costAgentHours), texts.unmetRatio, texts.waitP95Sec, texts.agentHours, texts.actions],
        ];
      }),
    },
  };
}
