import type { Coded } from "../../engine/protocol/model.ts";
import { DEFAULT_REPLAY_DAYS, REPLAY_POLICIES, UNTRAINED_POLICIES } from "../../engine/protocol/replay.ts";
import type { DecisionsState, Overview } from "../../engine/protocol/rpc.ts";
import {
  type ComparisonRun,
  type ComparisonWish,
  type PageComparison,
  type ScalingHostMessage,
  scalingPageMessage,
  type ScalingPageState,
} from "../../engine/protocol/scalingPage.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { FollowedSwarm, type OfSwarm } from "../pages/followedSwarm.ts";
import { Outlet } from "../pages/outlet.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { swarmChoices } from "../pages/swarms.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { failureText } from "./failureText.ts";
import { nowOf } from "./pageNow.ts";

export interface ScalingChannelDeps {
  readonly post: (message: ScalingHostMessage) => void;
  readonly compare: (swarmId: string, wish: ComparisonWish, signal: AbortSignal) => Promise<PageComparison>;
  /** @returns what to say of it; `null` when the operator gave up */
  readonly save: (text: string, swarmLabel: string) => Promise<string | null>;
  readonly overview: () => Overview | null;
  readonly decisions: () => DecisionsState | null;
  readonly onProblem: (problem: Coded) => void;
  readonly wallMs: () => number;
}

/** The swarm that is shown, and what was compared on its history. */
interface Shown extends OfSwarm {
  run: ComparisonRun;
  comparison: PageComparison | null;
}

/**
 * The editor's end of one page. A comparison belongs to the swarm it is of: it goes on while the page is hidden, and ends with
 * the page, with another swarm, or when its swarm is removed. Only what changed is sent, and nothing before the page is ready.
 */
export class ScalingChannel implements PageChannel {
  readonly #deps: ScalingChannelDeps;
  readonly #outlet: Outlet<ScalingPageState>;
  readonly #swarm: FollowedSwarm<Shown>;
  #live = true;
  #wish: ComparisonWish = { days: DEFAULT_REPLAY_DAYS, policies: UNTRAINED_POLICIES };
  /** Somebody has said what to compare: a swarm with a network does not add it then. */
  #isWished = false;
  /** A comparison was asked for. */
  #isDue = false;

  constructor(deps: ScalingChannelDeps) {
    this.#deps = deps;
    this.#outlet = new Outlet<ScalingPageState>(deps.post, ["comparison"], () => this.#state());
    this.#swarm = new FollowedSwarm(deps.overview, (row, label) => {
      const policies = row.scaling?.dqn === undefined ? UNTRAINED_POLICIES : REPLAY_POLICIES;
      if (!this.#isWished) this.#wish = { ...this.#wish, policies };
      return { swarmId: row.id, label, run: { kind: "idle" }, comparison: null, given: null };
    });
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#outlet.isSeen && this.#live;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = scalingPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#outlet.ready();
        break;
      case "live":
        this.#live = data.live;
        this.#push();
        break;
      case "choose":
        this.show(data.swarmId);
        break;
      case "wish":
        this.#wish = data.wish;
        this.#isWished = true;
        this.#push();
        break;
      case "compare":
        this.#isDue = true;
        this.#push();
        break;
      case "cancel":
        this.#swarm.end();
        break;
      case "save":
        void this.#save(data.text);
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. */
  show(swarmId: string): void {
    this.#swarm.choose(swarmId);
    this.#push();
  }

  /** Compares on the history of this swarm. @param wish what differs from what the page has chosen */
  compare(swarmId: string, wish: Partial<ComparisonWish>): void {
    this.#wish = { ...this.#wish, ...wish };
    this.#isWished ||= wish.policies !== undefined;
    this.#isDue = true;
    this.show(swarmId);
  }

  setVisible(visible: boolean): void {
    this.#outlet.setVisible(visible);
  }

  setLink(link: PageLink): void {
    this.#outlet.setLink(link);
  }

  /** There is something new of the swarm: sends it. */
  async refresh(): Promise<void> {
    if (this.#live) this.#push();
  }

  dispose(): void {
    this.#outlet.dispose();
    this.#swarm.end();
  }

  /** Settles always. */
  async #compare(shown: Shown): Promise<void> {
    if (shown.given !== null) return;
    const { link } = this.#outlet;
    if (link.kind === "disconnected") {
      // The session tries to connect for as long as it takes; who compares is told at once.
      shown.run = { kind: "failed", text: `Policies are compared by the engine. ${link.text}` };
      return;
    }
    const given = new AbortController();
    const wish = this.#wish;
    shown.given = given;
    shown.run = { kind: "comparing", sinceMs: this.#deps.wallMs(), wish };
    try {
      shown.comparison = await this.#deps.compare(shown.swarmId, wish, given.signal);
      shown.run = { kind: "idle" };
    } catch (error) {
      const coded = codedOf(error);
      shown.run = isAborted(coded) ? { kind: "cancelled" } : { kind: "failed", text: failureText(coded) };
    }
    shown.given = null;
    if (this.#swarm.shown === shown) this.#push();
  }

  async #save(text: string): Promise<void> {
    try {
      const said = await this.#deps.save(text, this.#swarm.shown?.label ?? "swarm");
      if (said !== null) this.#deps.post({ type: "saved", text: said });
    } catch (error) {
      const coded = codedOf(error);
      this.#deps.onProblem(coded);
      this.#deps.post({ type: "saved", text: `Could not save: ${reasonText(coded)}` });
    }
  }

  #push(): void {
    this.#outlet.push();
  }

  #state(): ScalingPageState {
    const isKnown = this.#swarm.follow();
    const { shown, row, gone } = this.#swarm;
    if (isKnown && this.#isDue) {
      this.#isDue = false;
      if (shown !== null) void this.#compare(shown);
    }
    const overview = this.#deps.overview();
    return {
      link: this.#outlet.link,
      live: this.#live,
      swarms: swarmChoices(overview),
      swarmId: shown?.swarmId ?? null,
      gone,
      now: nowOf(row, this.#deps.decisions(), overview?.wallMs ?? 0),
      wish: this.#wish,
      run: shown?.run ?? { kind: "idle" },
      comparison: shown?.comparison ?? null,
    };
  }
}
