import * as vscode from "vscode";
import type { Coded } from "../../engine/protocol/model.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { notify } from "../ask.ts";
import { contextKeys, internalCommandIds, viewIds } from "../ids.ts";
import type { Rows } from "../rows/all.ts";
import { loadRows } from "../rows/load.ts";
import { codedOf, type SessionPort } from "../sessionPort.ts";
import { inMessage } from "../show.ts";
import { Throttle } from "../throttle.ts";
import type { TopicFeed } from "../topicFeed.ts";
import type { LiveRow } from "../tree/diff.ts";
import { KEEP_ROWS_MS, presentation } from "../tree/presentation.ts";
import { RowsProvider } from "../tree/provider.ts";
import type { DecisionBook } from "./book.ts";
import { decisionsTree } from "./model.ts";
import { holdsText } from "./words.ts";
import { endText, EndWatch } from "./unconfirmed.ts";

/** At most two updates a second, however fast the engine publishes. */
const UPDATE_INTERVAL_MS = 500;
/** Ages are told in minutes. */
const AGES_INTERVAL_MS = 15_000;

/** The view *Decisions*, its badge, and the one warning about what was not confirmed or was rolled back. */
export class DecisionsView implements vscode.Disposable {
  readonly #session: SessionPort;
  readonly #feed: TopicFeed<"decisions">;
  readonly #book: DecisionBook;
  readonly #provider = new RowsProvider();
  readonly #view: vscode.TreeView<LiveRow>;
  readonly #throttle = new Throttle(UPDATE_INTERVAL_MS, () => this.#update());
  readonly #watches = { unconfirmed: new EndWatch("unconfirmed"), rolledBack: new EndWatch("rolledBack") };
  readonly #owned: { dispose(): void }[];
  #look: { dispose(): void } | null = null;
  #ages: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;
  #arrivedMs = Number.NEGATIVE_INFINITY;
  #problem: Coded | null = null;
  #words: Rows | null = null;
  #loading = false;

  constructor(session: SessionPort, feed: TopicFeed<"decisions">, book: DecisionBook) {
    this.#session = session;
    this.#feed = feed;
    this.#book = book;
    const view = vscode.window.createTreeView(viewIds.decisions, { treeDataProvider: this.#provider });
    this.#view = view;
    this.#owned = [
      view,
      this.#provider,
      this.#throttle,
      view.onDidChangeVisibility(() => this.#follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#throttle.request()),
      vscode.commands.registerCommand(internalCommandIds.olderDecisions, () => book.showOlder()),
      feed.on((state) => {
        this.#arrivedMs = performance.now();
        this.#problem = null;
        for (const kind of ["unconfirmed", "rolledBack"] as const)
          this.#warn(kind, this.#watches[kind].hear(state.decisions));
      }),
      book.on(() => {
        this.#mark();
        if (view.visible) this.#throttle.request();
      }),
      session.onState(() => this.#stateChanged()),
    ];
    this.#follow();
    this.#stateChanged();
  }

  /** The engine does not tell its decisions, and why. */
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
      this.#ages ??= setInterval(() => this.#throttle.request(), AGES_INTERVAL_MS);
      this.#throttle.request();
    } else this.#rest();
  }

  #rest(): void {
    this.#look?.dispose();
    this.#look = null;
    if (this.#ages !== null) clearInterval(this.#ages);
    this.#ages = null;
  }

  #stateChanged(): void {
    this.#mark();
    this.#throttle.request();
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    // Old rows go when their time is over, although nothing else happens then.
    const connected = this.#session.state.kind === "connected";
    this.#expiry = connected ? null : setTimeout(() => this.#throttle.request(), KEEP_ROWS_MS + 100);
  }

  /** Badge and context keys: kept also while the view is hidden. */
  #mark(): void {
    const live = this.#session.state.kind === "connected";
    const count = live ? this.#book.waiting.length : 0;
    const verb = count === 1 ? "waits" : "wait";
    this.#view.badge =
      count === 0 ? undefined : { value: count, tooltip: `${countText(count, "recommendation")} ${verb}` };
    void vscode.commands.executeCommand("setContext", contextKeys.recommends, count > 0);
    void vscode.commands.executeCommand("setContext", contextKeys.canUndo, live && this.#book.canUndo);
  }

  #warn(kind: "unconfirmed" | "rolledBack", titles: readonly string[]): void {
    if (titles.length === 0) return;
    const show = {
      title: "Show Decisions",
      run: () => vscode.commands.executeCommand(`${viewIds.decisions}.focus`),
    };
    notify("warning", endText(kind, titles), [show]);
  }

  #update(): void {
    const { newest, rows, older } = this.#book;
    const allocations = newest?.allocations ?? [];
    if (allocations.length > 0) this.#loadWords();
    const { state } = this.#session;
    const shown = presentation({
      state,
      trusted: vscode.workspace.isTrusted,
      latest:
        newest === null ? null : { wallMs: newest.wallMs, empty: newest.decisions.length + allocations.length === 0 },
      ageMs: performance.now() - this.#arrivedMs,
      restricted: "decisions are shown; nothing is applied or undone from this window.",
    });
    const nowMs = Date.now();
    const allocated = this.#words?.allocationNodes(allocations, nowMs) ?? [];
    this.#provider.show(shown.rows ? decisionsTree(rows, older, nowMs, allocated) : []);
    this.#view.message = this.#message(shown.message ?? holdsText(newest?.holds ?? []), newest === null);
  }

  /** Most swarms are never allocated anything: what shows it is loaded with the first. */
  #loadWords(): void {
    if (this.#words !== null || this.#loading) return;
    this.#loading = true;
    loadRows()
      .then((words) => {
        this.#words = words;
        this.#throttle.request();
      })
      .catch((error: unknown) => this.fail(codedOf(error)));
  }

  #message(shown: string | null, nothingYet: boolean): string {
    if (this.#session.state.kind === "connected") {
      if (this.#problem !== null) return `Decisions cannot be followed. ${inMessage(reasonText(this.#problem))}`;
      // Else the welcome content would say that there are none.
      if (nothingYet) return "Asking the engine for its decisions.";
    }
    return shown ?? "";
  }
}
