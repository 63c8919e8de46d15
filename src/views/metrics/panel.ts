import * as vscode from "vscode";
import { calls, METRIC_COMPONENTS } from "../../engine/protocol/rpc.ts";
import { panelTypes } from "../ids.ts";
import type { PagesDeps } from "../pages/pages.ts";
import type { Disposable } from "../sessionPort.ts";
import { MetricsChannel } from "./channel.ts";
import { newNonce, pageHtml } from "../pages/html.ts";
import { linkOf } from "../pages/link.ts";

/** The page "Swarm Metrics": one of them, brought back by the editor after a reload. */
export class MetricsPanels implements vscode.Disposable {
  readonly #deps: PagesDeps;
  #open: vscode.WebviewPanel | null = null;

  constructor(deps: PagesDeps) {
    this.#deps = deps;
  }

  restore(panel: vscode.WebviewPanel): void {
    if (this.#open === null) this.#fill(panel);
    else panel.dispose();
  }

  open(): void {
    if (this.#open !== null) {
      this.#open.reveal();
      return;
    }
    this.#fill(vscode.window.createWebviewPanel(panelTypes.metrics, "Swarm Metrics", vscode.ViewColumn.Active));
  }

  dispose(): void {
    this.#open?.dispose();
  }

  #fill(panel: vscode.WebviewPanel): void {
    this.#open = panel;
    const { webview } = panel;
    const roots = ["dist/webview", "media"].map((folder) => vscode.Uri.joinPath(this.#deps.extensionUri, folder));
    webview.options = { enableScripts: true, localResourceRoots: roots, enableCommandUris: false };
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.#deps.extensionUri, "media", `swarm-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };

    const channel = new MetricsChannel({
      // The editor resolves this with false for a hidden page: it will ask anew when it is shown.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
      post: (message) => void webview.postMessage(message),
      collect: async () => {
        const connection = await this.#deps.session.connection();
        return connection.call(calls.metricsCollect, { components: [...METRIC_COMPONENTS] });
      },
      copy: async (text) => vscode.env.clipboard.writeText(text),
      overview: () => this.#deps.overview.latest,
      onProblem: this.#deps.onProblem,
    });
    let look: Disposable | null = null;
    const follow = (): void => {
      if (channel.wantsUpdates) look ??= this.#deps.overview.look();
      else {
        look?.dispose();
        look = null;
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
      this.#deps.overview.on(() => void channel.sample()),
      this.#deps.session.onState((state) => channel.setLink(linkOf(state))),
    ];
    panel.onDidDispose(() => {
      channel.dispose();
      follow();
      for (const one of owned) one.dispose();
      this.#open = null;
    });
    channel.setLink(linkOf(this.#deps.session.state));
    channel.setVisible(panel.visible);
    follow();
    const uri = (path: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#deps.extensionUri, path)).toString();
    webview.html = pageHtml({
      title: "Swarm Metrics",
      cspSource: webview.cspSource,
      nonce: newNonce(),
      scriptUri: uri("dist/webview/metrics.js"),
      styleUris: [uri("media/page.css"), uri("media/metrics.css")],
    });
  }
}
