import * as vscode from "vscode";
import type { PerformanceReport, ReportTimeframe } from "../../engine/protocol/performanceReport.ts";
import type { ReportFormat, ReportHostMessage } from "../../engine/protocol/reportPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { claimedReport, exportedClaims } from "../../text/report/claimed.ts";
import { exportedReport } from "../../text/report/exports.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { LoadedPages, PagesDeps } from "../pages/pages.ts";
import { codedOf } from "../sessionPort.ts";
import { ReportChannel } from "./channel.ts";
import { saveReport } from "./saving.ts";

/** The page "Report". */
export class ReportPanels implements vscode.Disposable {
  readonly #panels: PagePanels<ReportChannel, ReportHostMessage>;
  readonly #session: PagesDeps["session"];

  constructor(deps: PagesDeps) {
    const { session, overview, onProblem } = deps;
    this.#session = session;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.report,
      title: "Performance Report",
      script: "dist/webview/report.js",
      styles: ["media/page.css", "media/chart.css", "media/document.css", "media/report.css"],
      topics: [],
      channel: (post) =>
        new ReportChannel({
          post,
          make: (swarmId, timeframe, signal) => this.#make(swarmId, timeframe, signal),
          save: (report, format, label) => saveReport(exportedReport(report, format), format, label, null),
          overview: () => overview.latest,
          onProblem,
          wallMs: () => Date.now(),
        }),
    });
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  open(swarmId: string, timeframe: ReportTimeframe | null): void {
    this.#panels.open().show(swarmId, timeframe);
  }

  readonly exported: LoadedPages["report"]["exported"] = async ({ id, label }, { timeframe, format, target }, signal) =>
    saveReport(await this.#content(id, timeframe, format, signal), format, label, target);

  dispose(): void {
    this.#panels.dispose();
  }

  /** Of a swarm of an orchestrator what that claims. */
  async #content(
    swarmId: string,
    timeframe: ReportTimeframe,
    format: ReportFormat,
    signal: AbortSignal,
  ): Promise<string> {
    const asked = { swarmId, timeframe, detailed: true };
    try {
      return exportedReport(await this.#make(swarmId, timeframe, signal), format);
    } catch (error) {
      const reason = codedOf(error);
      if (reason.code !== "swarm.recordsOnly") throw error;
      const connection = await this.#session.connection(signal);
      const params = { swarmId, roles: ["performance_report" as const] };
      const claims = await connection.call(calls.claimed, params, signal);
      return exportedClaims(claimedReport(asked, reason, claims), format);
    }
  }

  async #make(swarmId: string, timeframe: ReportTimeframe, signal: AbortSignal): Promise<PerformanceReport> {
    const connection = await this.#session.connection(signal);
    return connection.call(calls.performanceReport, { swarmId, timeframe, detailed: true }, signal);
  }
}
