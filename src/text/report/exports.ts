import type { PerformanceReport } from "../../engine/protocol/performanceReport.ts";
import { REPORT_FORMATS, type ReportFormat } from "../../engine/protocol/reportPage.ts";
import { printableJson } from "../printable.ts";
import { reportDocument } from "./document.ts";
import { reportHtml } from "./html.ts";
import { reportMarkdown } from "./markdown.ts";

/** By the end of a file's name; `null` for any other. */
export function formatOfFile(path: string): ReportFormat | null {
  return REPORT_FORMATS.find((format) => path.toLowerCase().endsWith(`.${format}`)) ?? null;
}

export function exportedReport(report: PerformanceReport, format: ReportFormat): string {
  switch (format) {
    case "html":
      return reportHtml(reportDocument(report));
    case "md":
      return reportMarkdown(reportDocument(report));
    case "json":
      return `${printableJson(report, 2)}\n`;
  }
}
