import { type ClaimedOutput, exitCode, performanceReportFlags, reportWithClaims } from "../../engine/protocol/cli.ts";
import type { PerformanceReport } from "../../engine/protocol/performanceReport.ts";
import type { ReportFormat } from "../../engine/protocol/reportPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bytesText } from "../../text/figures.ts";
import { printableJson } from "../../text/printable.ts";
import { claimedReport, type ClaimedReport, exportedClaims } from "../../text/report/claimed.ts";
import { reportDocument } from "../../text/report/document.ts";
import { exportedReport, formatOfFile } from "../../text/report/exports.ts";
import { claimedLines, ownOrClaimed } from "../claimed.ts";
import type { Line } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineDetailedVerb } from "../verb.ts";
import { reportLines } from "./reportLines.ts";

interface Made {
  readonly report: PerformanceReport;
  /** Only of a swarm of an orchestrator. */
  readonly claimed: ClaimedOutput | null;
  readonly asJson: boolean;
  /** The file it was written to; `null` when it goes to stdout. */
  readonly written: { readonly path: string; readonly bytes: number } | null;
}

export const performanceReport = defineDetailedVerb({
  name: "performance-report",
  summary: "Report how a swarm performed, what was decided, and what to do",
  notes: [
    "One page: recommendations with their expected gain, key figures, load, tasks and cost, decisions and their effect,",
    "allocations, anomalies, breakers, bottlenecks, capacity and policies. What is not known says why. An existing file is",
    "replaced with --force only. Exit code 3: neither its key figures nor its load are known yet.",
  ],
  flags: performanceReportFlags,
  output: reportWithClaims,
  run: async (flags, context): Promise<Made> => {
    const { timeframe, out, force } = flags;
    const format = flags.format ?? (out === undefined ? "summary" : "detailed");
    const connection = await context.connect(!flags["no-start"]);
    const asked = { swarmId: swarmIdOf(flags), timeframe, detailed: format !== "summary" };
    const ask = () => connection.call(calls.performanceReport, asked, context.interrupt);
    const told = await ownOrClaimed(ask, connection, asked.swarmId, "performance_report", context.interrupt);
    const { report, claimed, exported } =
      "own" in told
        ? { report: told.own, claimed: null, exported: (as: ReportFormat) => exportedReport(told.own, as) }
        : ofClaims(claimedReport(asked, told.reason, told.claimed), told.claimed);
    const made = { report, claimed, asJson: format === "json" };
    const kind = out === undefined ? null : formatOfFile(out);
    if (out === undefined || kind === null) return { ...made, written: null };
    const text = exported(kind);
    const path = await context.writeFile(out, text, force);
    return { ...made, written: { path, bytes: Buffer.byteLength(text) } };
  },
  value: ({ report, claimed }) => (claimed === null ? report : { ...report, claimed: claimed.answers }),
  render: ({ report, claimed, asJson, written }, width): Line[] => {
    if (written !== null)
      return [[{ text: "written", tone: "good" }, `  ${bytesText(written.bytes)} to ${written.path}`]];
    if (claimed !== null && !asJson) return claimedLines(claimed, width);
    if (!asJson) return reportLines(reportDocument(report), width);
    return printableJson(claimed === null ? report : { ...report, claimed: claimed.answers }, 2)
      .split("\n")
      .map((line): Line => [line]);
  },
  exit: ({ claimed, report: { kpis, load } }) =>
    claimed !== null || kpis.kind === "known" || load.kind === "known" ? exitCode.ok : exitCode.notReady,
});

function ofClaims(made: ClaimedReport, claimed: ClaimedOutput) {
  return { report: made.report, claimed, exported: (as: ReportFormat) => exportedClaims(made, as) };
}
