import * as vscode from "vscode";
import type { PerformanceReport, ReportTimeframe } from "../../engine/protocol/performanceReport.ts";
import type { ReportHostMessage } from "../../engine/protocol/reportPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { LoadedPages, PagesDeps } from "../pages/pages.ts";
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
          save: (report, format, label) => saveReport(report, format, label, null),
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
    saveReport(await this.#make(id, timeframe, signal), format, label, target);

  dispose(): void {
    this.#panels.dispose();
  }

  async #make(swarmId: string, timeframe: ReportTimeframe, signal: AbortSignal): Promise<PerformanceReport> {
    const connection = await this.#session.connection(signal);
    return connection.call(calls.performanceReport, { swarmId, timeframe, detailed: true }, signal);
  }
}
