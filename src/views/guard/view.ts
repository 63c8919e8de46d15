import * as vscode from "vscode";
import type { Coded } from "../../engine/protocol/model.ts";
import type { GuardState } from "../../engine/protocol/tasks.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Rows } from "../rows/all.ts";
import { loadRows } from "../rows/load.ts";
import { codedOf, type SessionPort } from "../sessionPort.ts";
import { inMessage } from "../show.ts";
import { Throttle } from "../throttle.ts";
import type { TopicFeed } from "../topicFeed.ts";
import type { LiveRow } from "../tree/diff.ts";
import type { TreeNode } from "../tree/node.ts";
import { KEEP_ROWS_MS, presentation } from "../tree/presentation.ts";
import { RowsProvider } from "../tree/provider.ts";

/** At most two updates a second, however fast the engine publishes. */
const UPDATE_INTERVAL_MS = 500;
/** Rows tell how long something runs or is still open. */
const TIMES_INTERVAL_MS = 1_000;

type RowsOf = (state: GuardState, nowMs: number) => readonly TreeNode[];

export interface GuardViewParts {
  readonly id: string;
  /** How the view is called in its own messages. */
  readonly name: string;
  readonly rows: (loaded: Rows) => RowsOf;
  readonly restricted: string;
  readonly badge?: (state: GuardState) => vscode.ViewBadge | undefined;
}

/** They are loaded when somebody first sees the view. */
type LaterRows =
  | { readonly kind: "none" }
  | { readonly kind: "loaded"; readonly of: RowsOf }
  | { readonly kind: "unloadable"; readonly reason: Coded };

/** One of the two views on lanes and breakers: follows the engine while somebody sees it, and rests while hidden. */
export class GuardView implements vscode.Disposable {
  readonly #parts: GuardViewParts;
  readonly #session: SessionPort;
  readonly #feed: TopicFeed<"guard">;
  readonly #provider = new RowsProvider();
  readonly #view: vscode.TreeView<LiveRow>;
  readonly #throttle = new Throttle(UPDATE_INTERVAL_MS, () => this.#update());
  readonly #owned: { dispose(): void }[];
  #look: { dispose(): void } | null = null;
  #times: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;
  #arrivedMs = Number.NEGATIVE_INFINITY;
  #problem: Coded | null = null;
  #rows: LaterRows = { kind: "none" };

  constructor(session: SessionPort, feed: TopicFeed<"guard">, parts: GuardViewParts) {
    this.#session = session;
    this.#feed = feed;
    this.#parts = parts;
    const view = vscode.window.createTreeView(parts.id, { treeDataProvider: this.#provider });
    this.#view = view;
    this.#owned = [
      view,
      this.#provider,
      this.#throttle,
      view.onDidChangeVisibility(() => this.#follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#throttle.request()),
      feed.on(() => {
        this.#arrivedMs = performance.now();
        this.#problem = null;
        this.#mark();
        if (view.visible) this.#throttle.request();
      }),
      session.onState(() => this.#stateChanged()),
    ];
    this.#follow();
    this.#stateChanged();
  }

  /** The engine does not tell, and why. */
  fail(problem: Coded): void {
    this.#problem = problem;
    this.#throttle.request();
  }

  dispose(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#rest();
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  #follow(): void {
    if (this.#view.visible) {
      this.#look ??= this.#feed.look();
      this.#times ??= setInterval(() => this.#throttle.request(), TIMES_INTERVAL_MS);
      // An update now would put off the one with rows.
      if (this.#rows.kind === "none") void this.#load();
      else this.#throttle.request();
    } else this.#rest();
  }

  async #load(): Promise<void> {
    try {
      this.#rows = { kind: "loaded", of: this.#parts.rows(await loadRows()) };
    } catch (error) {
      this.#rows = { kind: "unloadable", reason: codedOf(error) };
    }
    if (this.#view.visible) this.#throttle.request();
  }

  #rest(): void {
    this.#look?.dispose();
    this.#look = null;
    if (this.#times !== null) clearInterval(this.#times);
    this.#times = null;
  }

  #stateChanged(): void {
    this.#mark();
    this.#throttle.request();
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    // Old rows go when their time is over, although nothing else happens then.
    const connected = this.#session.state.kind === "connected";
    this.#expiry = connected ? null : setTimeout(() => this.#throttle.request(), KEEP_ROWS_MS + 100);
  }

  /** The badge: kept also while the view is hidden. */
  #mark(): void {
    const { latest } = this.#feed;
    const live = latest !== null && this.#session.state.kind === "connected";
    this.#view.badge = live ? this.#parts.badge?.(latest) : undefined;
  }

  #update(): void {
    const { latest } = this.#feed;
    const { state } = this.#session;
    const rows = latest !== null && this.#rows.kind === "loaded" ? this.#rows.of(latest, Date.now()) : null;
    const shown = presentation({
      state,
      trusted: vscode.workspace.isTrusted,
      latest: latest === null || rows === null ? null : { wallMs: latest.wallMs, empty: rows.length === 0 },
      ageMs: performance.now() - this.#arrivedMs,
      restricted: this.#parts.restricted,
    });
    this.#provider.show(shown.rows && rows !== null ? rows : []);
    this.#view.message = this.#message(shown.message, rows === null);
  }

  #message(shown: string | null, nothingYet: boolean): string {
    if (this.#session.state.kind === "connected") {
      const problem = this.#rows.kind === "unloadable" ? this.#rows.reason : this.#problem;
      if (problem !== null) return `${this.#parts.name} cannot be followed. ${inMessage(reasonText(problem))}`;
      if (nothingYet) return "Asking the engine.";
    }
    return shown ?? "";
  }
}
