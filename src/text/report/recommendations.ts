import type {
  ExpectedGain,
  ReportEvidence,
  ReportRecommendation,
  Told,
} from "../../engine/protocol/performanceReport.ts";
import { COMPONENT_WORDS, evidenceText, KIND_WORDS } from "../bottlenecks.ts";
import { runsOutFirstSentence } from "../capacity.ts";
import { countText, durationText, numberText, ratioText } from "../figures.ts";
import { reasonText } from "../reasons.ts";
import { costText } from "../replay.ts";
import { shadowText } from "../shadow.ts";
import { columns } from "./columns.ts";
import type { SectionPart } from "../../engine/protocol/reportPage.ts";

/** What to do, why, and what it is expected to bring, in words. */

export function recommendationsPart(recommendations: readonly ReportRecommendation[]): SectionPart {
  if (recommendations.length === 0) return { lines: ["Nothing that is known asks for a change."] };
  return {
    lines: [
      recommendations.length === 1
        ? "1 recommendation."
        : `${countText(recommendations.length, "recommendation")}, the most pressing first.`,
    ],
    table: {
      caption: "Expected gains are derived from what was measured; where nothing tells, that is said.",
      columns: columns("What to do", "Why", "Expected gain"),
      rows: recommendations.map(({ action, evidence, gain }) => [
        reasonText(action),
        whyText(evidence),
        expectedText(gain),
      ]),
    },
  };
}

function whyText(evidence: ReportEvidence): string {
  switch (evidence.kind) {
    case "decision":
      return reasonText(evidence.reason);
    case "bottleneck": {
      const { component, of, subject, severity, evidence: figure } = evidence;
      const where = `${COMPONENT_WORDS[component]}${subject === null ? "" : ` ${subject}`}`;
      return `${where}: ${KIND_WORDS[of]} ${severity}${figure === null ? "" : `, ${evidenceText(figure)}`}`;
    }
    case "shadow":
      return shadowText(evidence.shadow);
    case "policies":
      return `${evidence.better} would have cost less than ${evidence.inUse} on ${durationText(evidence.spanMs)} of history (simulated)`;
    case "capacity":
      return runsOutFirstSentence(evidence.first, []);
  }
}

function expectedText(gain: Told<ExpectedGain>): string {
  return gain.kind === "known" ? `${gainText(gain.value)} (derived)` : `unknown. ${reasonText(gain.reason)}`;
}

function gainText(gain: ExpectedGain): string {
  switch (gain.kind) {
    case "load": {
      const when = gain.inMs === null ? "" : ` at the peak that is forecast in ${durationText(gain.inMs)}`;
      return `load ${numberText(gain.fromRatio)} → ${numberText(gain.toRatio)}${when}`;
    }
    case "agents":
      return `${countText(gain.fewer, "agent")} fewer, at a load of ${numberText(gain.toRatio)}`;
    case "waiting": {
      const { avoidedSeconds, agentHours, spanMs } = gain;
      const hours = `${numberText(Math.abs(agentHours))} agent-hours ${agentHours > 0 ? "more" : "fewer"}`;
      return `${durationText(avoidedSeconds * 1_000)} less waiting with ${hours}, over ${durationText(spanMs)} like the last`;
    }
    case "cost": {
      const { fromAgentHours, toAgentHours } = gain;
      const saved = ratioText(1 - toAgentHours / fromAgentHours);
      return `${saved} lower cost: ${costText(fromAgentHours)} → ${costText(toAgentHours)} agent-hours by the reward's weights`;
    }
  }
}
