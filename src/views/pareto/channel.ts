import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import { DEFAULT_SEARCH, type SwarmOptimization } from "../../engine/protocol/optimize.ts";
import {
  type PageOptimization,
  type ParetoHostMessage,
  paretoPageMessage,
  type ParetoPageState,
  type SearchRun,
  type SearchWish,
} from "../../engine/protocol/paretoPage.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { swarmLabel } from "../agents/faces.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { StateSender } from "../pages/stateSender.ts";
import { managedOf, swarmChoices } from "../pages/swarms.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { Application, type ApplicationDeps } from "./application.ts";
import { optimizationOf, searchFailure } from "./said.ts";

export interface ParetoChannelDeps extends Omit<ApplicationDeps, "changed"> {
  readonly post: (message: ParetoHostMessage) => void;
  readonly optimize: (swarmId: string, wish: SearchWish, signal: AbortSignal) => Promise<SwarmOptimization>;
  readonly overview: () => Overview | null;
  readonly wallMs: () => number;
}

/** The swarm that is shown, and what was found for it. */
interface Shown {
  readonly swarmId: string;
  readonly label: string;
  run: SearchRun;
  found: PageOptimization | null;
  /** Ends the search that is under way; `null` when none is. */
  given: AbortController | null;
}

const UNTRUSTED =
  "This window is in Restricted Mode: allocations may be looked at and previewed. Trust the workspace to apply one.";
const USUAL: SearchWish = {
  weights: null,
  budgetPerHour: null,
  population: DEFAULT_SEARCH.population,
  generations: DEFAULT_SEARCH.generations,
};

/**
 * The editor's end of one page. A search belongs to the swarm it is of: it goes on while the page is hidden, and ends with
 * the page, with another swarm, or when its swarm is removed. An allocation that is under way goes on as long as the window
 * is there, and is taken back with it.
 */
export class ParetoChannel implements PageChannel {
  readonly #deps: ParetoChannelDeps;
  readonly #sender: StateSender<ParetoPageState>;
  readonly #application: Application;
  #ready = false;
  #visible = true;
  #disposed = false;
  #link: PageLink = { kind: "connected" };
  #wish: SearchWish = USUAL;
  /** The swarm to be shown; `null`: the first there is. */
  #chosen: string | null = null;
  /** A search was asked for along with it. */
  #isDue = false;
  #shown: Shown | null = null;
  #gone: string | null = null;

  constructor(deps: ParetoChannelDeps) {
    this.#deps = deps;
    this.#sender = new StateSender<ParetoPageState>(deps.post, ["optimization"]);
    this.#application = new Application({ ...deps, changed: () => this.#push() });
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#visible && !this.#disposed;
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = paretoPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    const found = this.#shown?.found ?? null;
    switch (data.type) {
      case "ready":
        this.#ready = true;
        this.#sendFull();
        break;
      case "choose":
        this.show(data.swarmId);
        break;
      case "wish":
        this.#wish = data.wish;
        this.#push();
        break;
      case "search":
        this.#isDue = true;
        this.#push();
        break;
      case "cancel":
        this.#shown?.given?.abort();
        break;
      case "preview":
        // Another search may have ended while the message was under way: its solutions are others.
        if (found?.madeAtMs === data.madeAtMs) void this.#application.preview(found, data.solution);
        break;
      case "apply":
        if (found !== null) void this.#application.apply(found.currency);
        break;
      case "stop":
        this.#application.stop();
        this.#push();
        break;
      case "undo":
        if (this.#shown !== null) void this.#application.undo(this.#shown.swarmId, data.allocationId);
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. */
  show(swarmId: string): void {
    this.#chosen = swarmId;
    this.#gone = null;
    this.#push();
  }

  /** Searches for better allocations of this swarm. */
  optimize(swarmId: string): void {
    this.#isDue = true;
    this.show(swarmId);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (visible && this.#ready) this.#sendFull();
  }

  setLink(link: PageLink): void {
    this.#link = link;
    this.#push();
  }

  /** There is something new of the swarm, or of an allocation: sends it. */
  async refresh(): Promise<void> {
    this.#push();
  }

  dispose(): void {
    this.#disposed = true;
    this.#shown?.given?.abort();
    this.#application.forget();
  }

  /** What is shown follows what there is. In the place of a swarm that has gone no other one is shown: it has other figures. */
  #follow(): void {
    const overview = this.#deps.overview();
    if (overview === null || this.#disposed) return;
    this.#chosen ??= managedOf(overview)[0]?.id ?? null;
    if (this.#chosen === null) return;
    const row = this.#find(this.#chosen);
    const isShown = this.#shown?.swarmId === this.#chosen;
    if (row === null) {
      this.#gone ??= isShown && this.#shown !== null ? this.#shown.label : this.#chosen;
      this.#turnTo(null);
    } else {
      this.#gone = null;
      if (!isShown) this.#turnTo(row);
    }
    if (!this.#isDue) return;
    this.#isDue = false;
    if (this.#shown !== null) void this.#search(this.#shown);
  }

  #turnTo(row: ManagedSwarmRow | null): void {
    this.#shown?.given?.abort();
    this.#application.forget();
    this.#shown =
      row === null
        ? null
        : { swarmId: row.id, label: swarmLabel(row), run: { kind: "idle" }, found: null, given: null };
  }

  /** Settles always. */
  async #search(shown: Shown): Promise<void> {
    if (shown.given !== null) return;
    if (this.#link.kind === "disconnected") {
      // The session tries to connect for as long as it takes; who searches is told at once.
      shown.run = { kind: "failed", text: `Allocations are searched by the engine. ${this.#link.text}` };
      return;
    }
    const given = new AbortController();
    shown.given = given;
    shown.run = { kind: "searching", sinceMs: this.#deps.wallMs() };
    try {
      shown.found = optimizationOf(await this.#deps.optimize(shown.swarmId, this.#wish, given.signal));
      shown.run = { kind: "idle" };
      // Its solutions are others: a number of the old front means nothing in the new one.
      if (this.#shown === shown) this.#application.forget();
    } catch (error) {
      const coded = codedOf(error);
      shown.run = isAborted(coded) ? { kind: "cancelled" } : { kind: "failed", text: searchFailure(coded) };
    }
    shown.given = null;
    if (this.#shown === shown && !this.#disposed) this.#push();
  }

  #sendFull(): void {
    this.#follow();
    this.#sender.full(this.#state());
  }

  #push(): void {
    if (this.#disposed) return;
    this.#follow();
    if (this.#ready && this.#visible) this.#sender.push(this.#state());
  }

  #state(): ParetoPageState {
    const shown = this.#shown;
    const swarmId = shown?.swarmId ?? null;
    return {
      link: this.#link,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId,
      gone: this.#gone,
      untrusted: this.#deps.isTrusted() ? null : UNTRUSTED,
      wish: this.#wish,
      run: shown?.run ?? { kind: "idle" },
      optimization: shown?.found ?? null,
      preview: this.#application.shownPreview(swarmId),
      application: this.#application.shownApplication(swarmId, shown?.found?.currency ?? null),
    };
  }

  #find(swarmId: string): ManagedSwarmRow | null {
    return managedOf(this.#deps.overview()).find(({ id }) => id === swarmId) ?? null;
  }
}
