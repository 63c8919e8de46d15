import type {
  ReportAllocation,
  ReportAllocations,
  ReportDecision,
  ReportDecisions,
} from "../../engine/protocol/performanceReport.ts";
import { aimsText, stepText } from "../allocation.ts";
import { countText, durationText } from "../figures.ts";
import { impactText } from "../impact.ts";
import { localMinute } from "../moment.ts";
import { reasonText } from "../reasons.ts";
import { columns, cutText } from "./columns.ts";
import type { SectionPart } from "../../engine/protocol/reportPage.ts";

/** What was decided and given, and what it brought, in words. */

const STATES: Readonly<Record<ReportDecision["state"], string>> = {
  recommended: "waits",
  withdrawn: "withdrawn",
  acting: "under way",
  confirmed: "confirmed",
  unconfirmed: "unconfirmed",
  rolledBack: "rolled back",
  refused: "refused",
  interrupted: "interrupted",
};

const ALLOCATION_STATES: Readonly<Record<ReportAllocation["state"]["kind"], string>> = {
  acting: "under way",
  applied: "applied",
  rolledBack: "rolled back",
  partly: "partly taken back",
  refused: "refused",
  interrupted: "interrupted",
};

export function decisionsPart(decisions: ReportDecisions, isDetailed: boolean): SectionPart {
  const { total, byState, undone, newest } = decisions;
  if (total === 0) return { lines: ["Nothing was decided."] };
  const states = Object.entries(STATES).flatMap(([state, words]) => {
    const count = byState[state as ReportDecision["state"]] ?? 0;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  const lines = [
    `${countText(total, "decision")}: ${states.join(", ")}${undone === 0 ? "" : `; ${undone} undone`}.`,
    effectText(decisions),
  ];
  if (!isDetailed) return { lines };
  return {
    lines,
    table: {
      caption: `Newest first${cutText(newest.length, total)}.`,
      columns: columns("Time", "Agents#", "By", "State", "Effect (measured)", "Reason"),
      rows: newest.map((one) => [
        localMinute(one.wallMs),
        `${one.from} → ${one.to}`,
        one.by ?? one.origin,
        `${STATES[one.state]}${one.undoneBy === null ? "" : ", undone"}`,
        one.impact === null ? "" : impactText(one.impact),
        reasonText(one.reason),
      ]),
    },
  };
}

function effectText({ effect }: ReportDecisions): string {
  if (effect === null) return "What they brought was not measured: too few tasks began before and after any of them.";
  const { measured, shorter, longer, medianBeforeMs, medianAfterMs } = effect;
  return (
    `Of ${measured} with a measured effect, tasks waited shorter (95th percentile) after ${shorter} and longer after ` +
    `${longer}: median ${durationText(medianBeforeMs)} before, ${durationText(medianAfterMs)} after.`
  );
}

export function allocationsPart(
  { total, newest }: ReportAllocations,
  currency: string | null,
  isDetailed: boolean,
): SectionPart {
  if (total === 0) return { lines: ["Nothing was allocated anew."] };
  const lines = [`${countText(total, "allocation")}.`];
  if (!isDetailed) return { lines };
  return {
    lines,
    table: {
      caption: `Newest first${cutText(newest.length, total)}; lanes are shared by all swarms.`,
      columns: columns("Time", "What", "By", "State", "Expected (derived)", "Effect (measured)", "Why"),
      rows: newest.map(({ wallMs, changes, by, state, undoneBy, expected, impact }) => [
        localMinute(wallMs),
        changes.map(({ from, to }) => stepText({ limits: to, previous: from })).join("; "),
        by,
        `${ALLOCATION_STATES[state.kind]}${undoneBy === null ? "" : ", undone"}`,
        expected === null ? "" : aimsText(expected, currency),
        impact === null ? "" : impactText(impact),
        "reason" in state ? reasonText(state.reason) : "",
      ]),
    },
  };
}
