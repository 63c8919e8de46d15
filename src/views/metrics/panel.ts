import * as vscode from "vscode";
import { calls, METRIC_COMPONENTS } from "../../engine/protocol/rpc.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import { panelTypes } from "../ids.ts";
import type { Disposable, SessionPort } from "../sessionPort.ts";
import type { TopicFeed } from "../topicFeed.ts";
import { MetricsChannel } from "./channel.ts";
import { newNonce, pageHtml } from "../pages/html.ts";
import { linkOf } from "../pages/link.ts";

/** The page "Swarm Metrics": one of them, brought back by the editor after a reload. */
export class MetricsPanels implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #session: SessionPort;
  readonly #feed: TopicFeed<"overview">;
  readonly #onProblem: (problem: Coded) => void;
  readonly #serializer: vscode.Disposable;
  #open: vscode.WebviewPanel | null = null;

  constructor(
    extensionUri: vscode.Uri,
    session: SessionPort,
    feed: TopicFeed<"overview">,
    onProblem: (problem: Coded) => void,
  ) {
    this.#extensionUri = extensionUri;
    this.#session = session;
    this.#feed = feed;
    this.#onProblem = onProblem;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(panelTypes.metrics, {
      deserializeWebviewPanel: async (panel) => {
        if (this.#open === null) this.#fill(panel);
        else panel.dispose();
      },
    });
  }

  open(): void {
    if (this.#open !== null) {
      this.#open.reveal();
      return;
    }
    this.#fill(vscode.window.createWebviewPanel(panelTypes.metrics, "Swarm Metrics", vscode.ViewColumn.Active));
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#open?.dispose();
  }

  #fill(panel: vscode.WebviewPanel): void {
    this.#open = panel;
    const { webview } = panel;
    const roots = ["dist/webview", "media"].map((folder) => vscode.Uri.joinPath(this.#extensionUri, folder));
    webview.options = { enableScripts: true, localResourceRoots: roots, enableCommandUris: false };
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(this.#extensionUri, "media", `swarm-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };

    const channel = new MetricsChannel({
      // The editor resolves this with false for a hidden page: it will ask anew when it is shown.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
      post: (message) => void webview.postMessage(message),
      collect: async () => {
        const connection = await this.#session.connection();
        return connection.call(calls.metricsCollect, { components: [...METRIC_COMPONENTS] });
      },
      copy: async (text) => vscode.env.clipboard.writeText(text),
      overview: () => this.#feed.latest,
      onProblem: this.#onProblem,
    });
    let look: Disposable | null = null;
    const follow = (): void => {
      if (channel.wantsUpdates) look ??= this.#feed.look();
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
      this.#feed.on(() => void channel.sample()),
      this.#session.onState((state) => channel.setLink(linkOf(state))),
    ];
    panel.onDidDispose(() => {
      channel.dispose();
      follow();
      for (const one of owned) one.dispose();
      this.#open = null;
    });
    channel.setLink(linkOf(this.#session.state));
    channel.setVisible(panel.visible);
    follow();
    const uri = (path: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#extensionUri, path)).toString();
    webview.html = pageHtml({
      title: "Swarm Metrics",
      cspSource: webview.cspSource,
      nonce: newNonce(),
      scriptUri: uri("dist/webview/metrics.js"),
      styleUris: [uri("media/page.css"), uri("media/metrics.css")],
    });
  }
}
