import type { Overview, MetricsReport } from "../../engine/protocol/rpc.ts";
import {
  type MetricsHostMessage,
  type PageLink,
  metricsPageMessage,
  type MetricsState,
} from "../../engine/protocol/webview.ts";
import type { Coded, HostFacts } from "../../engine/protocol/model.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { codedOf } from "../sessionPort.ts";

export interface MetricsChannelDeps {
  readonly post: (message: MetricsHostMessage) => void;
  readonly collect: () => Promise<MetricsReport>;
  readonly copy: (text: string) => Promise<void>;
  readonly overview: () => Overview | null;
  readonly onProblem: (problem: Coded) => void;
}

/**
 * The editor's end of one page. One report is under way at a time, and each is asked for by a new sample, so a slow
 * engine makes fewer of them. Nothing is sent before the page is ready, while it is hidden, or while it is paused.
 */
export class MetricsChannel {
  readonly #deps: MetricsChannelDeps;
  #seq = 0;
  #ready = false;
  #visible = true;
  #live = true;
  #link: PageLink = { kind: "connected" };
  #report: MetricsReport | null = null;
  #collecting = false;
  #disposed = false;

  constructor(deps: MetricsChannelDeps) {
    this.#deps = deps;
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#visible && this.#live && !this.#disposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = metricsPageMessage.safeParse(message);
    if (!parsed.success) return false;
    switch (parsed.data.type) {
      case "ready":
        this.#ready = true;
        this.#sendFull();
        void this.refresh();
        break;
      case "live":
        this.#live = parsed.data.live;
        if (this.#live) void this.refresh();
        break;
      case "copy":
        void this.#copy();
        break;
    }
    return true;
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (visible && this.#ready) this.#sendFull();
  }

  setLink(link: PageLink): void {
    this.#link = link;
    if (this.#ready) this.#deps.post({ type: "link", seq: ++this.#seq, link });
  }

  /** The engine has told something new: fetches a report and sends it. Settles always. */
  async refresh(): Promise<void> {
    if (!this.#ready || !this.wantsUpdates || this.#collecting || this.#link.kind !== "connected") return;
    this.#collecting = true;
    try {
      this.#report = await this.#deps.collect();
      if (this.#disposed) return;
      this.#deps.post({ type: "update", seq: ++this.#seq, report: this.#report, swarmLabels: this.#labels() });
    } catch (error) {
      this.#deps.onProblem(codedOf(error));
    } finally {
      this.#collecting = false;
    }
  }

  dispose(): void {
    this.#disposed = true;
  }

  async #copy(): Promise<void> {
    if (this.#report === null) return;
    try {
      await this.#deps.copy(JSON.stringify(this.#report, null, 2));
      this.#deps.post({ type: "copied" });
    } catch (error) {
      const reason = codedOf(error);
      this.#deps.post({ type: "failed", reason, text: `Not copied: ${reasonText(reason)}` });
    }
  }

  #sendFull(): void {
    const state: MetricsState = {
      link: this.#link,
      live: this.#live,
      facts: this.#facts(),
      swarmLabels: this.#labels(),
      report: this.#report,
    };
    this.#deps.post({ type: "full", seq: ++this.#seq, state });
  }

  #facts(): HostFacts | null {
    return this.#deps.overview()?.facts ?? null;
  }

  #labels(): Record<string, string> {
    return Object.fromEntries((this.#deps.overview()?.swarms ?? []).map((swarm) => [swarm.id, swarmLabel(swarm)]));
  }
}
