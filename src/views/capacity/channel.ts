import type { CapacityPlan } from "../../engine/protocol/capacity.ts";
import {
  type CapacityHostMessage,
  capacityPageMessage,
  type CapacityPageState,
  type CapacityRun,
  type CapacityWish,
  type PagePlan,
  PLAIN_WISH,
} from "../../engine/protocol/capacityPage.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { Outlet } from "../pages/outlet.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { swarmChoices } from "../pages/swarms.ts";
import { codedOf } from "../sessionPort.ts";
import { planWords } from "./planWords.ts";

export interface CapacityChannelDeps {
  readonly post: (message: CapacityHostMessage) => void;
  /** @param swarmId `null`: of all swarms */
  readonly plan: (swarmId: string | null, wish: CapacityWish, signal: AbortSignal) => Promise<CapacityPlan>;
  readonly overview: () => Overview | null;
}

/**
 * The editor's end of one page. A plan is asked for when the page comes up, and whenever something else is wished: what was
 * asked before is given up then. Nothing is asked again by itself: the page says how old its plan is.
 */
export class CapacityChannel implements PageChannel {
  readonly #deps: CapacityChannelDeps;
  readonly #outlet: Outlet<CapacityPageState>;
  #wish: CapacityWish = PLAIN_WISH;
  #swarmId: string | null = null;
  /** Its name while it was there. */
  #label = "";
  #run: CapacityRun = { kind: "idle" };
  #plan: PagePlan | null = null;
  /** Ends what is asked; `null` when nothing is. */
  #given: AbortController | null = null;

  constructor(deps: CapacityChannelDeps) {
    this.#deps = deps;
    this.#outlet = new Outlet<CapacityPageState>(deps.post, ["plan"], () => this.#state());
  }

  /** The list of swarms follows what there is. */
  get wantsUpdates(): boolean {
    return this.#outlet.isSeen;
  }

  receive(message: unknown): boolean {
    const parsed = capacityPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#outlet.ready();
        if (this.#plan === null) this.#ask();
        break;
      case "choose":
        this.show(data.swarmId);
        break;
      case "wish":
        if (JSON.stringify(data.wish) === JSON.stringify(this.#wish)) break;
        this.#wish = data.wish;
        this.#ask();
        break;
      case "ask":
        this.#ask();
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. @param swarmId `null`: all of them */
  show(swarmId: string | null): void {
    if (swarmId === this.#swarmId) return;
    this.#swarmId = swarmId;
    this.#label = "";
    this.#plan = null;
    this.#ask();
  }

  setVisible(visible: boolean): void {
    this.#outlet.setVisible(visible);
  }

  setLink(link: PageLink): void {
    this.#outlet.setLink(link);
    if (link.kind === "connected" && this.#plan === null && this.#given === null) this.#ask();
  }

  async refresh(): Promise<void> {
    // A swarm that was gone is there again.
    const isDue = this.#plan === null && this.#run.kind === "idle" && this.#gone === null;
    if (isDue) this.#ask();
    this.#push();
  }

  dispose(): void {
    this.#outlet.dispose();
    this.#given?.abort();
  }

  /** Not before the page is ready: until then it may still say what it showed before a reload. */
  #ask(): void {
    const { link, isReady, isDisposed } = this.#outlet;
    if (!isReady || isDisposed) return;
    this.#given?.abort();
    this.#given = null;
    if (this.#gone !== null) this.#run = { kind: "idle" };
    else if (link.kind === "disconnected")
      // The session tries to connect for as long as it takes; who asks is told at once.
      this.#run = { kind: "failed", text: `Capacity is planned by the engine. ${link.text}` };
    else {
      const given = new AbortController();
      this.#given = given;
      this.#run = { kind: "asking" };
      void this.#answer(given);
    }
    this.#push();
  }

  /** Settles always. */
  async #answer(given: AbortController): Promise<void> {
    try {
      const plan = await this.#deps.plan(this.#swarmId, this.#wish, given.signal);
      if (given !== this.#given) return;
      this.#plan = planWords(plan);
      this.#run = { kind: "idle" };
    } catch (error) {
      if (given !== this.#given) return;
      this.#run = { kind: "failed", text: reasonText(codedOf(error)) };
    }
    this.#given = null;
    this.#push();
  }

  #push(): void {
    this.#outlet.push();
  }

  /** In the place of a swarm that has gone no other one is shown: it has other figures. */
  get #gone(): string | null {
    const overview = this.#deps.overview();
    if (this.#swarmId === null || overview === null) return null;
    const own = swarmChoices(overview).find(({ id }) => id === this.#swarmId);
    if (own !== undefined) this.#label = own.label;
    return own === undefined ? this.#label || this.#swarmId : null;
  }

  #state(): CapacityPageState {
    return {
      link: this.#outlet.link,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId: this.#swarmId,
      gone: this.#gone,
      run: this.#run,
      plan: this.#plan,
    };
  }
}
