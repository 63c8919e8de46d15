import * as vscode from "vscode";
import type { PageResources } from "../../engine/protocol/forecastParts.ts";
import type { ExportKind } from "../../engine/protocol/forecastExport.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { SeriesKey } from "../../engine/protocol/model.ts";
import { commandIds, panelTypes } from "../ids.ts";
import { newNonce, pageHtml } from "../pages/html.ts";
import { linkOf } from "../pages/link.ts";
import type { PagesDeps } from "../pages/pages.ts";
import type { Disposable } from "../sessionPort.ts";
import { ForecastChannel } from "./channel.ts";
import { saveContent, writeContent } from "./saving.ts";

/** To load the page, read the history and draw it. */
const MAKE_DEADLINE_MS = 20_000;

/** The page "Swarm Forecast": one of them, brought back by the editor after a reload with what it showed. */
export class ForecastPanels implements vscode.Disposable {
  readonly #deps: PagesDeps;
  #open: { readonly panel: vscode.WebviewPanel; readonly channel: ForecastChannel } | null = null;

  constructor(deps: PagesDeps) {
    this.#deps = deps;
  }

  restore(panel: vscode.WebviewPanel): void {
    if (this.#open === null) this.#fill(panel);
    else panel.dispose();
  }

  open(swarmId: string | null): void {
    if (this.#open === null)
      this.#fill(vscode.window.createWebviewPanel(panelTypes.forecast, "Swarm Forecast", vscode.ViewColumn.Active));
    else this.#open.panel.reveal();
    if (swarmId !== null) this.#open?.channel.show(swarmId);
  }

  showResources(resources: PageResources): void {
    this.open(resources.swarmId);
    this.#open?.channel.showResources(resources);
  }

  /**
   * Saves what the page shows, opening it first where it is not.
   * @param target `null`: the operator is asked
   * @returns what to say of it; `null` when the operator gave up
   * @throws Failure `export.nothing`, whatever the file system says
   */
  async save(kind: ExportKind, target: vscode.Uri | null): Promise<string | null> {
    this.open(null);
    const channel = this.#open?.channel;
    if (channel === undefined) return null;
    const { content, label } = await channel.make(kind, AbortSignal.timeout(MAKE_DEADLINE_MS));
    return target === null ? saveContent(content, label) : writeContent(content, target);
  }

  dispose(): void {
    this.#open?.panel.dispose();
  }

  #fill(panel: vscode.WebviewPanel): void {
    const { extensionUri, session, overview, decisions, onProblem } = this.#deps;
    const { webview } = panel;
    const file = (...path: string[]): vscode.Uri => vscode.Uri.joinPath(extensionUri, ...path);
    webview.options = {
      enableScripts: true,
      localResourceRoots: [file("dist/webview"), file("media")],
      enableCommandUris: false,
    };
    panel.iconPath = { light: file("media/swarm-light.svg"), dark: file("media/swarm-dark.svg") };

    const channel = new ForecastChannel({
      // The editor resolves this with false for a hidden page: it will ask anew when it is shown.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
      post: (message) => void webview.postMessage(message),
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
      save: saveContent,
      overview: () => overview.latest,
      decisions: () => decisions.latest,
      onProblem,
      monotonicMs: () => performance.now(),
    });
    this.#open = { panel, channel };
    let looks: readonly Disposable[] = [];
    const follow = (): void => {
      if (channel.wantsUpdates) {
        if (looks.length === 0) looks = [overview.look(), decisions.look()];
      } else {
        for (const look of looks) look.dispose();
        looks = [];
      }
    };
    const owned: Disposable[] = [
      webview.onDidReceiveMessage((message: unknown) => {
        channel.receive(message);
        follow();
      }),
      panel.onDidChangeViewState(() => {
        channel.setVisible(panel.visible);
        follow();
      }),
      overview.on(() => void channel.refresh()),
      session.onState((state) => channel.setLink(linkOf(state))),
    ];
    panel.onDidDispose(() => {
      channel.dispose();
      follow();
      for (const one of owned) one.dispose();
      this.#open = null;
    });
    channel.setLink(linkOf(session.state));
    channel.setVisible(panel.visible);
    follow();
    const uri = (...path: string[]): string => webview.asWebviewUri(file(...path)).toString();
    webview.html = pageHtml({
      title: "Swarm Forecast",
      cspSource: webview.cspSource,
      nonce: newNonce(),
      scriptUri: uri("dist/webview/forecast.js"),
      styleUris: [uri("dist/webview/uPlot.min.css"), uri("media/page.css"), uri("media/forecast.css")],
    });
  }
}
