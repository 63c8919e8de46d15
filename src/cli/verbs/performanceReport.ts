import * as z from "zod";
import {
  type ClaimedOutput,
  claimedOutput,
  exitCode,
  performanceReportFlags,
  performanceReportOutput,
} from "../../engine/protocol/cli.ts";
import type { PerformanceReport } from "../../engine/protocol/performanceReport.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bytesText } from "../../text/figures.ts";
import { printableJson } from "../../text/printable.ts";
import { reportDocument } from "../../text/report/document.ts";
import { exportedReport, formatOfFile } from "../../text/report/exports.ts";
import { claimedLines, orchestratedRow } from "../claimed.ts";
import { usageFailure } from "../failure.ts";
import type { Line } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineDetailedVerb } from "../verb.ts";
import { reportLines } from "./reportLines.ts";

interface Made {
  readonly kind: "made";
  readonly report: PerformanceReport;
  readonly asJson: boolean;
  /** The file it was written to; `null` when it goes to stdout. */
  readonly written: { readonly path: string; readonly bytes: number } | null;
}

/** What the orchestrator of the swarm says instead: the engine has run none of its agents. */
interface Told {
  readonly kind: "told";
  readonly answers: ClaimedOutput;
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
  output: z.union([performanceReportOutput, claimedOutput]),
  run: async (flags, context): Promise<Made | Told> => {
    const { timeframe, out, force } = flags;
    const format = flags.format ?? (out === undefined ? "summary" : "detailed");
    const connection = await context.connect(!flags["no-start"]);
    const named = flags["swarm-id"];
    if (named !== undefined && (await orchestratedRow(connection, named, context.interrupt)) !== null) {
      if (out !== undefined) throw usageFailure("swarm.recordsOnly", { swarmId: named, what: "A report in a file" });
      const params = { swarmId: named, roles: ["performance_report" as const] };
      return { kind: "told", answers: await connection.call(calls.claimed, params, context.interrupt) };
    }
    const asked = { swarmId: swarmIdOf(flags), timeframe, detailed: format !== "summary" };
    const report = await connection.call(calls.performanceReport, asked, context.interrupt);
    const made = { kind: "made" as const, report, asJson: format === "json" };
    const kind = out === undefined ? null : formatOfFile(out);
    if (out === undefined || kind === null) return { ...made, written: null };
    const text = exportedReport(report, kind);
    const path = await context.writeFile(out, text, force);
    return { ...made, written: { path, bytes: Buffer.byteLength(text) } };
  },
  value: (result) => (result.kind === "told" ? result.answers : result.report),
  render: (result, width): Line[] => {
    if (result.kind === "told") return claimedLines(result.answers, width);
    const { report, asJson, written } = result;
    if (written !== null)
      return [[{ text: "written", tone: "good" }, `  ${bytesText(written.bytes)} to ${written.path}`]];
    if (!asJson) return reportLines(reportDocument(report), width);
    return printableJson(report, 2)
      .split("\n")
      .map((line): Line => [line]);
  },
  exit: (result) => {
    if (result.kind === "told") return exitCode.ok;
    const { kpis, load } = result.report;
    return kpis.kind === "known" || load.kind === "known" ? exitCode.ok : exitCode.notReady;
  },
});
