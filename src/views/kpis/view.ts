import * as vscode from "vscode";
import type { KpiReport } from "../../engine/protocol/kpis.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { viewIds } from "../ids.ts";
import { managedOf } from "../pages/swarms.ts";
import type { Rows } from "../rows/all.ts";
import { loadRows } from "../rows/load.ts";
import { codedOf, type SessionPort } from "../sessionPort.ts";
import { demoName, inMessage, line } from "../show.ts";
import type { TopicFeed } from "../topicFeed.ts";
import type { LiveRow } from "../tree/diff.ts";
import { KEEP_ROWS_MS, presentation } from "../tree/presentation.ts";
import { RowsProvider } from "../tree/provider.ts";

/** Figures of an hour change slowly, and measuring them reads the history. */
export const ASK_INTERVAL_MS = 30_000;

/** The view *KPIs*: the key figures of one swarm over the last hour, asked for only while somebody sees them. */
export class KpisView implements vscode.Disposable {
  readonly #session: SessionPort;
  readonly #overview: TopicFeed<"overview">;
  readonly #provider = new RowsProvider();
  readonly #view: vscode.TreeView<LiveRow>;
  readonly #owned: { dispose(): void }[];
  /** The operator's choice; `null`: the first there is. */
  #chosen: string | null = null;
  #rows: Rows | null = null;
  #report: KpiReport | null = null;
  #problem: Coded | null = null;
  #arrivedMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** Of whom it was last asked. */
  #askedOf: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;

  constructor(session: SessionPort, overview: TopicFeed<"overview">) {
    this.#session = session;
    this.#overview = overview;
    const view = vscode.window.createTreeView(viewIds.kpis, { treeDataProvider: this.#provider });
    this.#view = view;
    this.#owned = [
      view,
      this.#provider,
      view.onDidChangeVisibility(() => this.#follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#update()),
      // Another swarm may have come or gone; the figures themselves are not asked for sooner.
      overview.on(() => this.#follow()),
      session.onState(() => this.#stateChanged()),
    ];
    this.#stateChanged();
  }

  /** Shows this swarm from now on, at once. */
  choose(swarmId: string): void {
    this.#chosen = swarmId;
    this.#follow();
  }

  dispose(): void {
    // An answer under way is of no use any more.
    this.#askedOf = null;
    this.#rest();
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  #stateChanged(): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    const connected = this.#session.state.kind === "connected";
    // Old rows go when their time is over, although nothing else happens then.
    this.#expiry = connected ? null : setTimeout(() => this.#update(), KEEP_ROWS_MS + 100);
    if (connected) this.#askedMs = Number.NEGATIVE_INFINITY;
    this.#update();
    this.#follow();
  }

  #follow(): void {
    this.#rest();
    if (!this.#view.visible || this.#session.state.kind !== "connected") return;
    const swarm = this.#swarm();
    if (swarm === null) {
      this.#report = null;
      this.#askedOf = null;
      this.#update();
      return;
    }
    const left = swarm.id === this.#askedOf ? this.#askedMs + ASK_INTERVAL_MS - performance.now() : 0;
    if (left > 0) {
      this.#timer = setTimeout(() => this.#follow(), left);
      return;
    }
    this.#askedMs = performance.now();
    if (swarm.id !== this.#askedOf) this.#report = this.#problem = null;
    this.#askedOf = swarm.id;
    this.#view.description = demoName(line(swarm.label, 40), swarm.id === "demo");
    this.#timer = setTimeout(() => this.#follow(), ASK_INTERVAL_MS);
    this.#update();
    void this.#ask(swarm.id);
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #ask(swarmId: string): Promise<void> {
    let report: KpiReport | null = null;
    let problem: Coded | null = null;
    try {
      this.#rows ??= await loadRows();
      const connection = await this.#session.connection(AbortSignal.timeout(ASK_INTERVAL_MS));
      report = await connection.call(calls.kpis, { swarmId, timeframe: "1h" }, AbortSignal.timeout(ASK_INTERVAL_MS));
    } catch (error) {
      problem = codedOf(error);
    }
    // Another swarm was chosen meanwhile.
    if (swarmId !== this.#askedOf) return;
    this.#problem = problem;
    if (report !== null) {
      this.#report = report;
      this.#arrivedMs = performance.now();
    } else if (this.#session.state.kind === "connected") this.#report = null;
    this.#update();
  }

  #swarm() {
    const swarms = managedOf(this.#overview.latest);
    return swarms.find(({ id }) => id === this.#chosen) ?? swarms[0] ?? null;
  }

  #update(): void {
    const report = this.#report;
    const rows = report === null || this.#rows === null ? null : this.#rows.kpisTree(report);
    const shown = presentation({
      state: this.#session.state,
      trusted: vscode.workspace.isTrusted,
      latest: report === null || rows === null ? null : { wallMs: report.madeAtMs, empty: rows.length === 0 },
      ageMs: performance.now() - this.#arrivedMs,
      restricted: "key figures are shown; nothing is changed from this window.",
    });
    this.#provider.show(shown.rows && rows !== null ? rows : []);
    this.#view.message = this.#message(shown.message);
  }

  #message(shown: string | null): string {
    if (this.#session.state.kind === "connected") {
      if (this.#overview.latest === null) return "Asking the engine.";
      if (this.#askedOf === null) return shown ?? "";
      if (this.#problem !== null) {
        const words = this.#rows?.reasonText ?? reasonText;
        return `The key figures cannot be told. ${inMessage(words(this.#problem))}`;
      }
      if (this.#report === null) return "Asking the engine.";
    }
    return shown ?? "";
  }
}
