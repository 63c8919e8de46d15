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
import { FollowedSwarm, type OfSwarm } from "../pages/followedSwarm.ts";
import { Outlet } from "../pages/outlet.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { swarmChoices } from "../pages/swarms.ts";
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
interface Shown extends OfSwarm {
  run: SearchRun;
  found: PageOptimization | null;
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
  readonly #outlet: Outlet<ParetoPageState>;
  readonly #swarm: FollowedSwarm<Shown>;
  readonly #application: Application;
  #wish: SearchWish = USUAL;
  /** A search was asked for. */
  #isDue = false;

  constructor(deps: ParetoChannelDeps) {
    this.#deps = deps;
    this.#outlet = new Outlet<ParetoPageState>(deps.post, ["optimization"], () => this.#state());
    this.#application = new Application({ ...deps, changed: () => this.#push() });
    this.#swarm = new FollowedSwarm(deps.overview, (row, label) => ({
      ...{ swarmId: row.id, label, run: { kind: "idle" }, found: null, given: null },
    }));
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#outlet.isSeen;
  }

  get isDisposed(): boolean {
    return this.#outlet.isDisposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = paretoPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    const found = this.#swarm.shown?.found ?? null;
    switch (data.type) {
      case "ready":
        this.#outlet.ready();
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
        this.#swarm.end();
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
        if (this.#swarm.shown !== null) void this.#application.undo(this.#swarm.shown.swarmId, data.allocationId);
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. */
  show(swarmId: string): void {
    this.#swarm.choose(swarmId);
    this.#push();
  }

  /** Searches for better allocations of this swarm. */
  optimize(swarmId: string): void {
    this.#isDue = true;
    this.show(swarmId);
  }

  setVisible(visible: boolean): void {
    this.#outlet.setVisible(visible);
  }

  setLink(link: PageLink): void {
    this.#outlet.setLink(link);
  }

  /** There is something new of the swarm, or of an allocation: sends it. */
  async refresh(): Promise<void> {
    this.#push();
  }

  dispose(): void {
    this.#outlet.dispose();
    this.#swarm.end();
    this.#application.forget();
  }

  /** Settles always. */
  async #search(shown: Shown): Promise<void> {
    if (shown.given !== null) return;
    const { link } = this.#outlet;
    if (link.kind === "disconnected") {
      // The session tries to connect for as long as it takes; who searches is told at once.
      shown.run = { kind: "failed", text: `Allocations are searched by the engine. ${link.text}` };
      return;
    }
    const given = new AbortController();
    shown.given = given;
    shown.run = { kind: "searching", sinceMs: this.#deps.wallMs() };
    try {
      shown.found = optimizationOf(await this.#deps.optimize(shown.swarmId, this.#wish, given.signal));
      shown.run = { kind: "idle" };
      // Its solutions are others: a number of the old front means nothing in the new one.
      if (this.#swarm.shown === shown) this.#application.forget();
    } catch (error) {
      const coded = codedOf(error);
      shown.run = isAborted(coded) ? { kind: "cancelled" } : { kind: "failed", text: searchFailure(coded) };
    }
    shown.given = null;
    if (this.#swarm.shown === shown) this.#push();
  }

  #push(): void {
    this.#outlet.push();
  }

  #state(): ParetoPageState {
    const before = this.#swarm.shown;
    const isKnown = this.#swarm.follow();
    const { shown, gone } = this.#swarm;
    if (shown !== before) this.#application.forget();
    if (isKnown && this.#isDue) {
      this.#isDue = false;
      if (shown !== null) void this.#search(shown);
    }
    const swarmId = shown?.swarmId ?? null;
    return {
      link: this.#outlet.link,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId,
      gone,
      untrusted: this.#deps.isTrusted() ? null : UNTRUSTED,
      wish: this.#wish,
      run: shown?.run ?? { kind: "idle" },
      optimization: shown?.found ?? null,
      preview: this.#application.shownPreview(swarmId),
      application: this.#application.shownApplication(swarmId, shown?.found?.currency ?? null),
    };
  }
}
