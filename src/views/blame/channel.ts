import { BLAME_RANGE_MS, type BlameReport, DEFAULT_BLAME_RANGE } from "../../engine/protocol/blame.ts";
import {
  type BlameHostMessage,
  blamePageMessage,
  type BlamePageState,
  type BlameRun,
  type BlameWish,
} from "../../engine/protocol/blamePage.ts";
import type { FlamePageMessage } from "../../engine/protocol/flamePage.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { blameProfile } from "../../profiler/flame/blame.ts";
import type { Profile } from "../../profiler/profile.ts";
import { blameName, blameTitle } from "../../text/blame.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { Drawing } from "../flame/drawing.ts";
import { Outlet } from "../pages/outlet.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { saidOf } from "../pages/said.ts";
import { codedOf } from "../sessionPort.ts";

export interface BlameChannelDeps {
  readonly post: (message: BlameHostMessage) => void;
  readonly ask: (
    asked: Pick<BlameWish, "swarmId" | "by"> & { readonly fromMs: number; readonly toMs: number },
    signal: AbortSignal,
  ) => Promise<BlameReport>;
  readonly overview: () => Overview | null;
  readonly wallMs: () => number;
  readonly copy: (text: string) => PromiseLike<void>;
  /** @returns what to say of it; empty when there is nothing to say */
  readonly open: (place: Extract<FlamePageMessage, { type: "open" }>) => Promise<string>;
  /** @param draw the picture as the page shows it, as a PNG @returns what to say; `null` when the operator gave up */
  readonly export: (profiles: readonly Profile[], draw: () => Promise<Uint8Array>) => Promise<string | null>;
}

/**
 * The editor's end of the page "Blame". Asked for when it comes up, when something else is wished, and on Refresh: what was
 * asked before is given up then.
 */
export class BlameChannel implements PageChannel {
  readonly #deps: BlameChannelDeps;
  readonly #outlet: Outlet<BlamePageState>;
  readonly #drawing: Drawing;
  #wish: BlameWish = { swarmId: null, range: DEFAULT_BLAME_RANGE, by: "cpu" };
  #run: BlameRun = { kind: "idle" };
  #report: BlameReport | null = null;
  /** Ends what is asked; `null` when nothing is. */
  #given: AbortController | null = null;

  constructor(deps: BlameChannelDeps) {
    this.#deps = deps;
    this.#outlet = new Outlet<BlamePageState>(deps.post, ["report"], () => this.#state());
    this.#drawing = new Drawing(() => deps.post({ type: "draw" }));
  }

  /** The list of swarms follows what there is. */
  get wantsUpdates(): boolean {
    return this.#outlet.isSeen;
  }

  receive(raw: unknown): boolean {
    const parsed = blamePageMessage.safeParse(raw);
    if (!parsed.success) return false;
    const message = parsed.data;
    switch (message.type) {
      case "ready":
        this.#outlet.ready();
        if (this.#report === null) this.#ask();
        break;
      case "wish":
        this.#want(message.wish);
        break;
      case "ask":
        this.#ask();
        break;
      case "copy":
        void this.#say(async () => {
          await this.#deps.copy(message.text);
          return "The path is in the clipboard.";
        });
        break;
      case "open":
        void this.#say(() => this.#deps.open(message));
        break;
      case "export":
        void this.#say(() => this.#export());
        break;
      case "picture":
        this.#drawing.drawn(message.data);
    }
    return true;
  }

  /** Shows this swarm from now on. @param swarmId `null`: all of them */
  show(swarmId: string | null): void {
    this.#want({ ...this.#wish, swarmId });
  }

  setVisible(visible: boolean): void {
    this.#outlet.setVisible(visible);
  }

  setLink(link: PageLink): void {
    this.#outlet.setLink(link);
    if (link.kind === "connected" && this.#report === null && this.#given === null) this.#ask();
  }

  async refresh(): Promise<void> {
    this.#push();
  }

  dispose(): void {
    this.#outlet.dispose();
    this.#given?.abort();
  }

  #want(wish: BlameWish): void {
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    this.#wish = wish;
    this.#ask();
  }

  /** Not before the page is ready: until then it may still say what it showed before a reload. */
  #ask(): void {
    const { link, isReady, isDisposed } = this.#outlet;
    if (!isReady || isDisposed) return;
    this.#given?.abort();
    this.#given = null;
    if (link.kind === "disconnected")
      // The session tries to connect for as long as it takes; who asks is told at once.
      this.#run = { kind: "failed", text: `The engine keeps the accounts. ${link.text}` };
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
    const { swarmId, by, range } = this.#wish;
    const toMs = this.#deps.wallMs();
    try {
      const report = await this.#deps.ask({ swarmId, by, fromMs: toMs - BLAME_RANGE_MS[range], toMs }, given.signal);
      if (given !== this.#given) return;
      this.#report = report;
      this.#run = { kind: "idle" };
    } catch (error) {
      if (given !== this.#given) return;
      this.#run = { kind: "failed", text: reasonText(codedOf(error)) };
    }
    this.#given = null;
    this.#push();
  }

  async #export(): Promise<string> {
    const report = this.#report;
    if (report === null || report.total <= 0) return "There is nothing to export yet.";
    const { profile } = blameProfile(report, `${report.by}: ${blameTitle(report)}`, blameName);
    return (await this.#deps.export([profile], () => this.#drawing.draw())) ?? "";
  }

  async #say(work: () => Promise<string>): Promise<void> {
    const text = await saidOf(work);
    if (!this.#outlet.isDisposed) this.#deps.post({ type: "said", text });
  }

  #push(): void {
    this.#outlet.push();
  }

  #state(): BlamePageState {
    const swarms = (this.#deps.overview()?.swarms ?? []).map((swarm) => ({
      ...{ id: swarm.id, label: swarmLabel(swarm), timeScale: 1 },
    }));
    return { link: this.#outlet.link, swarms, wish: this.#wish, run: this.#run, report: this.#report };
  }
}
