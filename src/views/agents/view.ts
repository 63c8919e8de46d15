import * as vscode from "vscode";
import { contextKeys, internalCommandIds, viewIds } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";
import { Throttle } from "../throttle.ts";
import type { TopicFeed } from "../topicFeed.ts";
import type { LiveRow } from "../tree/diff.ts";
import { KEEP_ROWS_MS, presentation } from "../tree/presentation.ts";
import { RowsProvider } from "../tree/provider.ts";
import { loadRows } from "../rows/load.ts";
import { agentsTree } from "./model.ts";
import type { OrchestratedWords } from "./orchestrated.ts";

/** At most two updates a second, however fast the engine publishes. */
const UPDATE_INTERVAL_MS = 500;

/** The view *Agents*: follows the engine while somebody sees it, and rests while hidden. */
export class AgentsView implements vscode.Disposable {
  readonly #session: SessionPort;
  readonly #feed: TopicFeed<"overview">;
  readonly #provider = new RowsProvider();
  readonly #view: vscode.TreeView<LiveRow>;
  readonly #throttle = new Throttle(UPDATE_INTERVAL_MS, () => this.#update());
  readonly #owned: { dispose(): void }[];
  /** Pages of rows asked for, by the parent's id. */
  readonly #pages = new Map<string, number>();
  #look: { dispose(): void } | null = null;
  #arrivedMs = Number.NEGATIVE_INFINITY;
  #expiry: NodeJS.Timeout | null = null;
  /** `undefined`: nobody needed them yet. */
  #words: OrchestratedWords | null | undefined;

  constructor(session: SessionPort, feed: TopicFeed<"overview">) {
    this.#session = session;
    this.#feed = feed;
    const view = vscode.window.createTreeView(viewIds.agents, { treeDataProvider: this.#provider });
    this.#view = view;
    this.#owned = [
      view,
      this.#provider,
      this.#throttle,
      view.onDidChangeVisibility(() => this.#follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#throttle.request()),
      vscode.commands.registerCommand(internalCommandIds.showMore, (parentId: unknown) => {
        if (typeof parentId !== "string") return;
        this.#pages.set(parentId, (this.#pages.get(parentId) ?? 1) + 1);
        this.#update();
      }),
      feed.on(() => {
        this.#arrivedMs = performance.now();
        if (view.visible) this.#throttle.request();
      }),
      session.onState(() => this.#stateChanged()),
    ];
    this.#follow();
    this.#stateChanged();
  }

  /** Brings a swarm's row into sight, if it is there. */
  async reveal(swarmId: string): Promise<void> {
    await vscode.commands.executeCommand(`${viewIds.agents}.focus`);
    this.#update();
    const row = this.#provider.row(`swarm/${swarmId}`);
    if (row !== undefined) await this.#view.reveal(row, { select: true, expand: true });
  }

  dispose(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#look?.dispose();
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  #follow(): void {
    if (this.#view.visible) {
      this.#look ??= this.#feed.look();
      this.#throttle.request();
    } else {
      this.#look?.dispose();
      this.#look = null;
    }
  }

  #stateChanged(): void {
    const { kind } = this.#session.state;
    void vscode.commands.executeCommand("setContext", contextKeys.engine, kind);
    this.#throttle.request();
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    // Old rows go when their time is over, although nothing else happens then.
    this.#expiry = kind === "connected" ? null : setTimeout(() => this.#throttle.request(), KEEP_ROWS_MS + 100);
  }

  #loadWords(): void {
    if (this.#words !== undefined) return;
    this.#words = null;
    loadRows().then(
      ({ orchestratedWords }) => {
        this.#words = orchestratedWords;
        this.#throttle.request();
      },
      // An installation that lacks them shows the rows without: that is told where the other views are looked at.
      () => undefined,
    );
  }

  #update(): void {
    const latest = this.#feed.latest;
    const { rows, message } = presentation({
      state: this.#session.state,
      trusted: vscode.workspace.isTrusted,
      latest: latest === null ? null : { wallMs: latest.wallMs, empty: latest.swarms.length === 0 },
      ageMs: performance.now() - this.#arrivedMs,
      restricted: "agents are shown; nothing is started, scaled or stopped from this window.",
    });
    if (latest?.swarms.some(({ kind }) => kind === "orchestrated") === true) this.#loadWords();
    this.#provider.show(rows && latest !== null ? agentsTree(latest, this.#pages, this.#words ?? null) : []);
    this.#view.message = message ?? "";
  }
}
