import { TIMEFRAME_MS } from "../../engine/protocol/kpis.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { ClaimedAnswer, ClaimedAnswers } from "../../engine/protocol/orchestrators.ts";
import type { PerformanceReport } from "../../engine/protocol/performanceReport.ts";
import type { ReportDocument, ReportFormat } from "../../engine/protocol/reportPage.ts";
import { localMinute } from "../moment.ts";
import { AS_CLAIMED, claimedBlocks } from "../orchestrated.ts";
import { printable, printableJson } from "../printable.ts";
import { reasonText } from "../reasons.ts";
import { reportHtml } from "./html.ts";
import { reportMarkdown } from "./markdown.ts";

/** A report on a swarm of an orchestrator: nothing of it is the engine's own, and `claimed` is what its tools said. */
export interface ClaimedReport {
  readonly report: PerformanceReport;
  readonly claimed: readonly ClaimedAnswer[];
  /** Why there is nothing of the engine's own. */
  readonly reason: Coded;
}

export function claimedReport(
  asked: Pick<PerformanceReport, "swarmId" | "timeframe" | "detailed">,
  reason: Coded,
  { mode, answers: claimed }: Pick<ClaimedAnswers, "mode" | "answers">,
): ClaimedReport {
  const { swarmId, timeframe } = asked;
  const atMs = claimed[0]?.atMs ?? 0;
  const none = { kind: "unknown", reason } as const;
  const report: PerformanceReport = {
    ...{ ...asked, swarmLabel: swarmId, madeAtMs: atMs },
    ...{ fromMs: atMs - TIMEFRAME_MS[timeframe], toMs: atMs, timeScale: 1, mode, currency: null },
    ...{ kpis: none, load: none, tasks: none, cost: none, decisions: none, allocations: none, anomalies: none },
    ...{ breakers: none, bottlenecks: none, capacity: none, policies: none, recommendations: none },
  };
  return { report, claimed, reason };
}

/** As JSON it has every key of any report, and what is claimed beside them. */
export function exportedClaims(made: ClaimedReport, format: ReportFormat): string {
  switch (format) {
    case "html":
      return reportHtml(claimedDocument(made));
    case "md":
      return reportMarkdown(claimedDocument(made));
    case "json":
      return `${printableJson({ ...made.report, claimed: made.claimed }, 2)}\n`;
  }
}

function claimedDocument({ report: { swarmLabel, madeAtMs }, claimed, reason }: ClaimedReport): ReportDocument {
  return {
    title: printable(`Performance report: ${swarmLabel}, ${AS_CLAIMED}`),
    about: [`Asked ${localMinute(madeAtMs)}.`, reasonText(reason)],
    sections: claimedBlocks(claimed).map(({ role, grade, reason: why, figures, more }) => ({
      id: "claimed",
      title: `${role} (claimed)`,
      isUnknown: figures.length === 0,
      lines: [grade, ...(why === null ? [] : [printable(why)])],
      ...(figures.length === 0
        ? {}
        : {
            table: {
              caption: role,
              columns: [
                { head: "Figure", isFigure: false },
                { head: "Claimed", isFigure: false },
                { head: "Checked", isFigure: false },
              ],
              rows: figures.map((cells) => cells.map(printable)),
            },
          }),
      ...(more === null ? {} : { notes: [more] }),
    })),
  };
}
