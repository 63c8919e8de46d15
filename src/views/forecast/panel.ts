import * as vscode from "vscode";
import type { PageResources } from "../../engine/protocol/forecastParts.ts";
import type { ExportKind } from "../../engine/protocol/forecastExport.ts";
import type { ForecastHostMessage } from "../../engine/protocol/forecastPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { SeriesKey } from "../../engine/protocol/model.ts";
import { commandIds, panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { Saving } from "../pages/saving.ts";
import { ForecastChannel } from "./channel.ts";

/** To load the page, read the history and draw it. */
const MAKE_DEADLINE_MS = 20_000;
const SAVING = new Saving("Export Forecast", "forecast");

/** The page "Swarm Forecast". */
export class ForecastPanels implements vscode.Disposable {
  readonly #panels: PagePanels<ForecastChannel, ForecastHostMessage>;

  constructor(deps: PagesDeps) {
    const { session, overview, decisions, onProblem } = deps;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.forecast,
      title: "Swarm Forecast",
      script: "dist/webview/forecast.js",
      styles: ["dist/webview/uPlot.min.css", "media/page.css", "media/chart.css", "media/forecast.css"],
      topics: [decisions],
      channel: (post) =>
        new ForecastChannel({
          post,
          history: async (swarmId, fromMs, toMs, points) => {
            const key = (metric: string): SeriesKey => ({ scope: "swarm", key: swarmId, metric });
            const connection = await session.connection();
            return connection.call(calls.history, { series: [key("demand"), key("live")], fromMs, toMs, points });
          },
          report: async (swarmId) => (await session.connection()).call(calls.forecastReport, { swarmId }),
          anomalies: async (swarmId, fromMs, toMs) =>
            (await session.connection()).call(calls.anomalies, { swarmId, fromMs, toMs }),
          ofModel: async (swarmId, model) => (await session.connection()).call(calls.forecast, { swarmId, model }),
          patterns: async (swarmId) => (await session.connection()).call(calls.patterns, { swarmId }),
          askResources: (swarmId) => void vscode.commands.executeCommand(commandIds.forecastResources, { swarmId }),
          save: (content, label) => SAVING.ask(content, label),
          overview: () => overview.latest,
          decisions: () => decisions.latest,
          onProblem,
          monotonicMs: () => performance.now(),
        }),
    });
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  open(swarmId: string | null): void {
    const channel = this.#panels.open();
    if (swarmId !== null) channel.show(swarmId);
  }

  showResources(resources: PageResources): void {
    this.#panels.open().showResources(resources);
  }

  /**
   * Saves what the page shows, opening it first where it is not.
   * @param target `null`: the operator is asked
   * @returns what to say of it; `null` when the operator gave up
   * @throws Failure `export.nothing`, whatever the file system says
   */
  async save(kind: ExportKind, target: vscode.Uri | null): Promise<string | null> {
    const { content, label } = await this.#panels.open().make(kind, AbortSignal.timeout(MAKE_DEADLINE_MS));
    return target === null ? SAVING.ask(content, label) : SAVING.write(content, target);
  }

  dispose(): void {
    this.#panels.dispose();
  }
}
