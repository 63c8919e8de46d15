import type { ReportAnomalies, ReportAnomaly, ReportBreakers } from "../../engine/protocol/performanceReport.ts";
import { anomalyText } from "../anomaly.ts";
import { countText, durationText } from "../figures.ts";
import { localMinute } from "../moment.ts";
import { columns, cutText } from "./columns.ts";
import type { SectionPart } from "../../engine/protocol/reportPage.ts";

/** What was unusual, and when breakers were open, in words. */

const BREAKER_STATES: Readonly<Record<ReportBreakers["now"][number]["state"], string>> = {
  closed: "closed",
  open: "open",
  halfOpen: "half-open",
  forcedOpen: "forced open",
  metricsOnly: "metrics only",
};

export function anomaliesPart({ total, newest }: ReportAnomalies, isDetailed: boolean): SectionPart {
  if (total === 0) return { lines: ["Nothing unusual was found in its load."] };
  const goOn = newest.filter(({ end }) => end === "goesOn").length;
  const lines = [
    `${countText(total, "unusual stretch", "unusual stretches")}${goOn === 0 ? "" : `, ${goOn} of them now`}.`,
  ];
  const [latest] = newest;
  if (!isDetailed) return { lines: [...lines, ...(latest === undefined ? [] : [`The latest: ${whatText(latest)}.`])] };
  return {
    lines,
    table: {
      caption: `Newest first${cutText(newest.length, total)}. How long one from before the engine's start lasted was not kept.`,
      columns: columns("Since", "Lasted#", "What"),
      rows: newest.map((one) => [localMinute(one.sinceMs), lastedText(one), whatText(one)]),
    },
  };
}

function whatText(one: ReportAnomaly): string {
  return anomalyText(one.metric, (key) => one[key]);
}

function lastedText({ sinceMs, toMs, end }: ReportAnomaly): string {
  if (end === "goesOn") return "goes on";
  return end === "noted" || toMs === null ? "unknown" : durationText(toMs - sinceMs);
}

export function breakersPart(breakers: ReportBreakers, isDetailed: boolean): SectionPart {
  const { outages, outageCount, outageMs, recoveries, longestRecoveryMs, now } = breakers;
  const own = now.find(({ of }) => of === "swarm");
  const lanes = now.filter(({ of }) => of === "lane");
  const isOut = own !== undefined && (own.state === "open" || own.state === "halfOpen");
  const lines = [
    outageCount > 0
      ? `Its breaker was open ${countText(outageCount, "time")}, ${durationText(outageMs)} in all.`
      : isOut
        ? "Its breaker is open for the first time."
        : "Its breaker did not open.",
    ...(recoveries === 0
      ? []
      : [
          `After ${countText(recoveries, "fault")} a run succeeded again, at the latest after ${durationText(longestRecoveryMs)}.`,
        ]),
    ...(own === undefined ? [] : [`Now it is ${BREAKER_STATES[own.state]}.`]),
  ];
  const notes = lanes.map(
    ({ label, state, opens }) =>
      `Lane ${label}, shared by all swarms: ${BREAKER_STATES[state]}, opened ${countText(opens, "time")} since the engine started.`,
  );
  if (!isDetailed) return { lines };
  return {
    lines,
    table: {
      caption: `Times in which its breaker was open, newest first${cutText(outages.length, outageCount)}.`,
      columns: columns("From", "Lasted#", "Tasks held back#", "Runs failed#"),
      rows: outages.map(({ fromMs, toMs, heldBack, failed }) => [
        localMinute(fromMs),
        durationText(toMs - fromMs),
        String(heldBack),
        String(failed),
      ]),
    },
    notes,
  };
}
