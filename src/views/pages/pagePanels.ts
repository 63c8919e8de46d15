import * as vscode from "vscode";
import type { PageLink } from "../../engine/protocol/webview.ts";
import type { Disposable } from "../sessionPort.ts";
import { dress, type PageParts } from "./dress.ts";
import { linkOf } from "./link.ts";
import type { PagesDeps } from "./pages.ts";

/** The editor's end of one page. */
export interface PageChannel extends Disposable {
  /** Whether this page is a reason to keep the engine at its fast pace. */
  readonly wantsUpdates: boolean;
  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean;
  setVisible(visible: boolean): void;
  setLink(link: PageLink): void;
  /** The engine has told something new. Settles always. */
  refresh(): Promise<void>;
}

export interface PageKind<C extends PageChannel, M> extends PageParts {
  readonly type: string;
  /** What it looks at while it wants updates, beside the overview. */
  readonly topics: readonly { look(): Disposable }[];
  readonly channel: (post: (message: M) => void) => C;
}

/** One page of a kind: opened once, then revealed, and brought back by the editor after a reload with what it showed. */
export class PagePanels<C extends PageChannel, M> implements vscode.Disposable {
  readonly #deps: PagesDeps;
  readonly #kind: PageKind<C, M>;
  #open: { readonly panel: vscode.WebviewPanel; readonly channel: C } | null = null;

  constructor(deps: PagesDeps, kind: PageKind<C, M>) {
    this.#deps = deps;
    this.#kind = kind;
  }

  restore(panel: vscode.WebviewPanel): void {
    if (this.#open === null) this.#fill(panel);
    else panel.dispose();
  }

  open(): C {
    if (this.#open !== null) {
      this.#open.panel.reveal();
      return this.#open.channel;
    }
    const { type, title } = this.#kind;
    return this.#fill(vscode.window.createWebviewPanel(type, title, vscode.ViewColumn.Active));
  }

  dispose(): void {
    this.#open?.panel.dispose();
  }

  #fill(panel: vscode.WebviewPanel): C {
    const { extensionUri, session, overview } = this.#deps;
    const { topics } = this.#kind;
    const { webview } = panel;
    const bringUp = dress(panel, extensionUri);

    // The editor resolves this with false for a hidden page: it will ask anew when it is shown.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
    const channel = this.#kind.channel((message) => void webview.postMessage(message));
    this.#open = { panel, channel };
    let looks: readonly Disposable[] = [];
    const follow = (): void => {
      if (channel.wantsUpdates) {
        if (looks.length === 0) looks = [overview, ...topics].map((topic) => topic.look());
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
    bringUp(this.#kind);
    return channel;
  }
}
