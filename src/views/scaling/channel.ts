import type { Coded, ManagedSwarmRow } from "../../engine/protocol/model.ts";
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
import { swarmLabel } from "../agents/faces.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { StateSender } from "../pages/stateSender.ts";
import { managedOf, swarmChoices } from "../pages/swarms.ts";
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
interface Shown {
  readonly swarmId: string;
  readonly label: string;
  run: ComparisonRun;
  comparison: PageComparison | null;
  /** Ends the comparison that is under way; `null` when none is. */
  given: AbortController | null;
}

const NOTHING = { run: { kind: "idle" }, comparison: null, given: null } as const;

/**
 * The editor's end of one page. A comparison belongs to the swarm it is of: it goes on while the page is hidden, and ends with
 * the page, with another swarm, or when its swarm is removed. Only what changed is sent, and nothing before the page is ready.
 */
export class ScalingChannel implements PageChannel {
  readonly #deps: ScalingChannelDeps;
  readonly #sender: StateSender<ScalingPageState>;
  #ready = false;
  #visible = true;
  #live = true;
  #disposed = false;
  #link: PageLink = { kind: "connected" };
  #wish: ComparisonWish = { days: DEFAULT_REPLAY_DAYS, policies: UNTRAINED_POLICIES };
  /** Somebody has said what to compare: a swarm with a network does not add it then. */
  #isWished = false;
  /** The swarm to be shown; `null`: the first there is. */
  #chosen: string | null = null;
  /** A comparison was asked for along with it. */
  #isDue = false;
  #shown: Shown | null = null;
  #gone: string | null = null;

  constructor(deps: ScalingChannelDeps) {
    this.#deps = deps;
    this.#sender = new StateSender<ScalingPageState>(deps.post, ["comparison"]);
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#visible && this.#live && !this.#disposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = scalingPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#ready = true;
        this.#sendFull();
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
        this.#shown?.given?.abort();
        break;
      case "save":
        void this.#save(data.text);
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

  /** Compares on the history of this swarm. @param wish what differs from what the page has chosen */
  compare(swarmId: string, wish: Partial<ComparisonWish>): void {
    this.#wish = { ...this.#wish, ...wish };
    this.#isWished ||= wish.policies !== undefined;
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

  /** There is something new of the swarm: sends it. */
  async refresh(): Promise<void> {
    if (this.#live) this.#push();
  }

  dispose(): void {
    this.#disposed = true;
    this.#shown?.given?.abort();
  }

  /** What is shown follows what there is. In the place of a swarm that has gone no other one is shown: it has other figures. */
  #follow(): void {
    const overview = this.#deps.overview();
    if (overview === null) return;
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
    if (this.#shown !== null) void this.#compare(this.#shown);
  }

  #turnTo(row: ManagedSwarmRow | null): void {
    this.#shown?.given?.abort();
    if (row === null) {
      this.#shown = null;
      return;
    }
    this.#shown = { ...NOTHING, swarmId: row.id, label: swarmLabel(row) };
    if (this.#isWished) return;
    const policies = row.scaling?.dqn === undefined ? UNTRAINED_POLICIES : REPLAY_POLICIES;
    this.#wish = { ...this.#wish, policies };
  }

  /** Settles always. */
  async #compare(shown: Shown): Promise<void> {
    if (shown.given !== null) return;
    if (this.#link.kind === "disconnected") {
      // The session tries to connect for as long as it takes; who compares is told at once.
      shown.run = { kind: "failed", text: `Policies are compared by the engine. ${this.#link.text}` };
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
    if (this.#shown === shown && !this.#disposed) this.#push();
  }

  async #save(text: string): Promise<void> {
    try {
      const said = await this.#deps.save(text, this.#shown?.label ?? "swarm");
      if (said !== null) this.#deps.post({ type: "saved", text: said });
    } catch (error) {
      const coded = codedOf(error);
      this.#deps.onProblem(coded);
      this.#deps.post({ type: "saved", text: `Could not save: ${reasonText(coded)}` });
    }
  }

  #sendFull(): void {
    this.#follow();
    this.#sender.full(this.#state());
  }

  #push(): void {
    this.#follow();
    if (this.#ready && this.#visible) this.#sender.push(this.#state());
  }

  #state(): ScalingPageState {
    const shown = this.#shown;
    const overview = this.#deps.overview();
    return {
      link: this.#link,
      live: this.#live,
      swarms: swarmChoices(overview),
      swarmId: shown?.swarmId ?? null,
      gone: this.#gone,
      now: nowOf(shown === null ? null : this.#find(shown.swarmId), this.#deps.decisions(), overview?.wallMs ?? 0),
      wish: this.#wish,
      run: shown?.run ?? { kind: "idle" },
      comparison: shown?.comparison ?? null,
    };
  }

  #find(swarmId: string): ManagedSwarmRow | null {
    return managedOf(this.#deps.overview()).find(({ id }) => id === swarmId) ?? null;
  }
}
