import type { ExportKind } from "../../engine/protocol/forecastExport.ts";
import type { Asked, PageResources } from "../../engine/protocol/forecastParts.ts";
import type { Span } from "../../engine/protocol/forecastParts.ts";
import {
  type ForecastHostMessage,
  forecastPageMessage,
  type ForecastPageState,
  type SaveContent,
} from "../../engine/protocol/forecastPage.ts";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { DecisionsState, Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf, Failure } from "../sessionPort.ts";
import { nowOf } from "./pageState.ts";
import { StateSender } from "../pages/stateSender.ts";
import { managedOf, swarmChoices } from "../pages/swarms.ts";
import { actionsOf } from "./pageSwarms.ts";
import { type ReadingDeps, Readings, type Take } from "./readings.ts";
import { type SlowReadingDeps, SlowReadings } from "./slowReadings.ts";

export interface ForecastChannelDeps extends ReadingDeps, SlowReadingDeps {
  readonly post: (message: ForecastHostMessage) => void;
  /** The operator wants the resources of this swarm forecast; they come back by `showResources`. */
  readonly askResources: (swarmId: string) => void;
  /** @returns what to say of it; `null` when the operator gave up */
  readonly save: (content: SaveContent, swarmLabel: string) => Promise<string | null>;
  readonly overview: () => Overview | null;
  readonly decisions: () => DecisionsState | null;
}

/** What a command waits for. */
interface Making {
  readonly kind: ExportKind;
  readonly settle: (content: SaveContent) => void;
  isAsked: boolean;
}

/**
 * The editor's end of one page. What takes long keeps nothing else waiting. Only what changed is sent, and nothing before
 * the page is ready, while it is hidden, or while it is paused and has not asked for it.
 */
export class ForecastChannel {
  readonly #deps: ForecastChannelDeps;
  readonly #readings: Readings;
  readonly #slow: SlowReadings;
  readonly #sender: StateSender<ForecastPageState>;
  #ready = false;
  #visible = true;
  #live = true;
  #disposed = false;
  #link: PageLink = { kind: "connected" };
  #swarmId: string | null = null;
  /** The swarm that readings are of. */
  #readId: string | null = null;
  #resources: Asked<PageResources> = { kind: "none" };
  #making: Making | null = null;

  constructor(deps: ForecastChannelDeps) {
    this.#deps = deps;
    this.#readings = new Readings(deps);
    this.#slow = new SlowReadings(deps);
    this.#sender = new StateSender<ForecastPageState>(deps.post, ["history", "said", "patterns"]);
  }

  /** Whether this page is a reason to keep the engine at its fast pace. */
  get wantsUpdates(): boolean {
    return this.#visible && this.#live && !this.#disposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = forecastPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#ready = true;
        this.#sendFull();
        break;
      case "live":
        this.#live = data.live;
        void this.refresh();
        return true;
      case "choose":
        this.#choose(data.swarmId, data.span);
        break;
      case "model":
        this.#slow.setModel(data.model);
        break;
      case "patterns":
        this.#slow.setPatternsOpen(data.open);
        break;
      case "resources": {
        const row = this.#row();
        if (row !== null) this.#deps.askResources(row.id);
        return true;
      }
      case "save":
        void this.#save(data.content);
        return true;
    }
    void this.#update(() => this.#visible && !this.#disposed);
    return true;
  }

  /** Shows this swarm from now on. */
  show(swarmId: string): void {
    this.#choose(swarmId, null);
    void this.#update(() => this.#visible && !this.#disposed);
  }

  showResources(resources: PageResources): void {
    this.show(resources.swarmId);
    this.#resources = { kind: "known", value: resources };
    this.#push();
  }

  /** What the page would save. @throws Failure `export.nothing`, `aborted` when another one was asked for meanwhile */
  async make(kind: ExportKind, signal: AbortSignal): Promise<{ content: SaveContent; label: string }> {
    this.#making?.settle({ kind: "nothing" });
    const content = await new Promise<SaveContent>((settle) => {
      this.#making = { kind, settle, isAsked: false };
      signal.addEventListener("abort", () => settle({ kind: "nothing" }), { once: true });
      this.#askToMake();
    });
    this.#making = null;
    if (content.kind === "nothing") throw new Failure({ code: "export.nothing", args: {} });
    return { content, label: this.#label() };
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (!visible || !this.#ready) return;
    this.#readings.outdate();
    this.#sendFull();
    void this.refresh();
  }

  setLink(link: PageLink): void {
    this.#link = link;
    this.#push();
    void this.refresh();
  }

  /** There is something new of the swarm: sends it, and reads what is due. Settles always. */
  async refresh(): Promise<void> {
    if (this.#live) await this.#update(() => this.wantsUpdates);
  }

  dispose(): void {
    this.#disposed = true;
    this.#making?.settle({ kind: "nothing" });
  }

  /** @param isWanted whether what has been read is still to be sent */
  async #update(isWanted: () => boolean): Promise<void> {
    if (!this.#ready || !isWanted() || this.#link.kind !== "connected") return;
    this.#push();
    const row = this.#row();
    if (row === null) return;
    const { id: swarmId, timeScale } = row;
    const shown = { swarmId, timeScale, wallMs: this.#wallMs() };
    const isShown = (): boolean => this.#row()?.id === swarmId;
    const keep: Take = (change) => {
      if (isShown()) change();
    };
    const tell = (): void => {
      if (isShown() && isWanted()) this.#push();
    };
    const span = this.#readings.spanOf(timeScale);
    const stepMs = this.#readings.state.forecast?.stepMs ?? null;
    // What is quick is told together: one redrawing for all of it.
    const quick = this.#readings.read(shown, isShown, keep).then(() => {
      tell();
      this.#askToMake();
    });
    const slow = this.#slow.read(shown, stepMs, isShown, (change) => {
      keep(change);
      tell();
    });
    await Promise.all([quick, slow]);
    // Another swarm or span was chosen meanwhile, and found the lanes busy.
    if (!isShown() || this.#readings.spanOf(timeScale) !== span) await this.#update(isWanted);
  }

  async #save(content: SaveContent): Promise<void> {
    if (this.#making !== null) {
      this.#making.settle(content);
      return;
    }
    if (content.kind === "nothing") return;
    try {
      const text = await this.#deps.save(content, this.#label());
      if (text !== null) this.#deps.post({ type: "saved", text });
    } catch (error) {
      const coded = codedOf(error);
      this.#deps.onProblem(coded);
      this.#deps.post({ type: "saved", text: `Could not save: ${reasonText(coded)}` });
    }
  }

  /** Once the page has all that it is to be made of. */
  #askToMake(): void {
    const making = this.#making;
    if (making === null || making.isAsked || this.#sender.sent?.history == null || this.#readings.isBusy) return;
    making.isAsked = true;
    this.#deps.post({ type: "make", kind: making.kind });
  }

  #choose(swarmId: string | null, span: Span | null): void {
    this.#swarmId = swarmId;
    this.#follow();
    if (span !== null) this.#readings.setSpan(span);
    this.#push();
  }

  /** Readings are of the swarm that is shown, also when that one has gone and another is shown in its place. */
  #follow(): void {
    const id = this.#row()?.id ?? null;
    if (id === this.#readId) return;
    this.#readId = id;
    this.#readings.beginAnew();
    this.#slow.beginAnew();
    const resources = this.#resources;
    if (resources.kind === "known" && resources.value.swarmId !== id) this.#resources = { kind: "none" };
  }

  #sendFull(): void {
    this.#sender.full(this.#state());
    this.#askToMake();
  }

  #push(): void {
    if (!this.#ready) return;
    this.#sender.push(this.#state());
    this.#askToMake();
  }

  #state(): ForecastPageState {
    this.#follow();
    const row = this.#row();
    return {
      ...this.#readings.state,
      ...this.#slow.state,
      link: this.#link,
      live: this.#live,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId: row?.id ?? null,
      span: this.#readings.spanOf(row?.timeScale ?? 1),
      now: nowOf(row, this.#wallMs()),
      resources: this.#resources,
      actions: actionsOf(this.#deps.decisions(), row?.id ?? null),
    };
  }

  #wallMs(): number {
    return this.#deps.overview()?.wallMs ?? 0;
  }

  #row(): ManagedSwarmRow | null {
    const managed = managedOf(this.#deps.overview());
    return managed.find(({ id }) => id === this.#swarmId) ?? managed[0] ?? null;
  }

  #label(): string {
    const id = this.#row()?.id;
    return swarmChoices(this.#deps.overview()).find((one) => one.id === id)?.label ?? "swarm";
  }
}
