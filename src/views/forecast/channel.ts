import type { AnomaliesAnswer } from "../../engine/protocol/anomalies.ts";
import type { ForecastReport, ModelName } from "../../engine/protocol/forecast.ts";
import type { ExportKind } from "../../engine/protocol/forecastExport.ts";
import type { Asked, PageAnomaly, PageResources } from "../../engine/protocol/forecastParts.ts";
import {
  type ForecastHostMessage,
  forecastPageMessage,
  type ForecastPageState,
  type SaveContent,
  type Span,
  SPANS,
} from "../../engine/protocol/forecastPage.ts";
import type { Coded, Forecast, ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { Patterns } from "../../engine/protocol/patterns.ts";
import type { DecisionsState, HistoryAnswer, Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf, Failure } from "../sessionPort.ts";
import { changesOf } from "./changes.ts";
import { patternsOf } from "./pagePatterns.ts";
import { anomalyOf, forecastOf, historyOf, nowOf, reportOf, unusualOf } from "./pageState.ts";
import { actionsOf, managedOf, spanThatFits, swarmChoices } from "./pageSwarms.ts";
import { Schedule } from "./schedule.ts";

/** Buckets of history asked for: about one a pixel of a usual chart. */
const POINTS = 600;
/** Whole history is read anew this often; what comes in between is added by the ticks. */
const HISTORY_MS = 20_000;
const LEAST_FORECAST_MS = 2_000;
const ANOMALIES_MS = 5_000;
/** One model's forecast takes a request of its own to the background child. */
const LEAST_MODEL_MS = 5_000;
const PATTERNS_MS = 10 * 60_000;
/** After a failure of one of the two. */
const AGAIN_MS = 30_000;

export interface ForecastChannelDeps {
  readonly post: (message: ForecastHostMessage) => void;
  readonly history: (swarmId: string, fromMs: number, toMs: number, points: number) => Promise<HistoryAnswer>;
  readonly report: (swarmId: string) => Promise<ForecastReport>;
  readonly anomalies: (swarmId: string, fromMs: number, toMs: number) => Promise<AnomaliesAnswer>;
  readonly ofModel: (swarmId: string, model: ModelName) => Promise<Forecast>;
  readonly patterns: (swarmId: string) => Promise<Patterns>;
  /** The operator wants the resources of this swarm forecast; they come back by `showResources`. */
  readonly askResources: (swarmId: string) => void;
  /** @returns what to say of it; `null` when the operator gave up */
  readonly save: (content: SaveContent, swarmLabel: string) => Promise<string | null>;
  readonly overview: () => Overview | null;
  readonly decisions: () => DecisionsState | null;
  readonly onProblem: (problem: Coded) => void;
  readonly monotonicMs: () => number;
}

type Part = "report" | "span" | "history" | "anomalies" | "chosen" | "patterns";
/** Takes over what was read, unless another swarm is shown by now. */
type Take = (change: () => void) => void;
type Known = Pick<ForecastPageState, "history" | "forecast" | "report" | "said" | "patterns"> & {
  readonly episodes: readonly PageAnomaly[];
  readonly unusual: ForecastReport["unusual"];
};

const NOTHING: Known = {
  history: null,
  forecast: null,
  report: null,
  said: [],
  episodes: [],
  unusual: [],
  patterns: { kind: "none" },
};

/**
 * The editor's end of one page. What it shows is asked for part by part, each when it is due and one request at a time, so
 * a slow engine makes fewer of them; what takes long keeps nothing else waiting. Only what changed is sent, and nothing
 * before the page is ready, while it is hidden, or while it is paused.
 */
export class ForecastChannel {
  readonly #deps: ForecastChannelDeps;
  readonly #schedule: Schedule<Part>;
  #seq = 0;
  #sent: ForecastPageState | null = null;
  #ready = false;
  #visible = true;
  #live = true;
  #disposed = false;
  #link: PageLink = { kind: "connected" };
  #swarmId: string | null = null;
  #span: Span | null = null;
  /** Of the swarm that is shown: the span that holds its imported past. */
  #fitting: Span | null = null;
  #known: Known = NOTHING;
  #model: ModelName | null = null;
  #chosen: Exclude<ForecastPageState["chosen"], null>["forecast"] = { kind: "none" };
  #resources: Asked<PageResources> = { kind: "none" };
  #patternsOpen = false;
  #problem: string | null = null;
  #making: { readonly kind: ExportKind; readonly settle: (content: SaveContent) => void; asked: boolean } | null = null;

  constructor(deps: ForecastChannelDeps) {
    this.#deps = deps;
    this.#schedule = new Schedule(deps.monotonicMs);
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
        this.#model = data.model;
        this.#chosen = { kind: "asking" };
        this.#schedule.forget("chosen");
        break;
      case "patterns":
        this.#patternsOpen = data.open;
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
      this.#making = { kind, settle, asked: false };
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
    this.#schedule.forget("history");
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
    const take = (change: () => void): void => {
      if (!this.#isShown(row)) return;
      change();
      if (isWanted()) this.#push();
    };
    const span = this.#spanOf(row);
    await Promise.all([this.#readQuick(row, take), this.#readChosen(row, take), this.#readPatterns(row, take)]);
    // Another swarm or span was chosen meanwhile, and found the lanes busy.
    if (!this.#isShown(row) || this.#spanOf(row) !== span) await this.#update(isWanted);
  }

  async #readQuick(row: ManagedSwarmRow, take: Take): Promise<void> {
    await this.#schedule.alone("history", async () => {
      try {
        await this.#readReport(row, take);
        if (this.#isShown(row)) await this.#readSpan(row, take);
        if (this.#isShown(row)) await this.#readHistory(row, take);
        if (this.#isShown(row)) await this.#readAnomalies(row, take);
        take(() => (this.#problem = null));
      } catch (error) {
        const coded = codedOf(error);
        this.#deps.onProblem(coded);
        take(() => (this.#problem = reasonText(coded)));
      }
    });
    this.#askToMake();
  }

  async #readReport(row: ManagedSwarmRow, take: Take): Promise<void> {
    const step = this.#known.forecast?.stepMs ?? LEAST_FORECAST_MS;
    if (!this.#schedule.begin("report", Math.max(LEAST_FORECAST_MS, Math.min(step, HISTORY_MS)))) return;
    const answer = await this.#deps.report(row.id);
    take(() => {
      const { forecast, assessedAtMs, said } = answer;
      // The same tests said the same: not to be compared point by point, and not to be sent again.
      const isSame = this.#known.report?.assessedAtMs === assessedAtMs && this.#known.said.length === said.length;
      this.#known = {
        ...this.#known,
        forecast: forecast === null ? null : forecastOf(forecast),
        report: reportOf(answer),
        said: isSame ? this.#known.said : said,
        unusual: answer.unusual,
      };
    });
  }

  /** Once a swarm: how far back its imported past reaches. */
  async #readSpan(row: ManagedSwarmRow, take: Take): Promise<void> {
    if (this.#span !== null || !this.#schedule.begin("span", Number.POSITIVE_INFINITY)) return;
    const toMs = Math.ceil(this.#wallMs());
    const answer = await this.#deps.history(row.id, toMs - SPANS["90d"], toMs, 1);
    take(() => (this.#fitting = spanThatFits(answer, toMs)));
  }

  async #readHistory(row: ManagedSwarmRow, take: Take): Promise<void> {
    const span = this.#spanOf(row);
    // A short span moves visibly with each bucket; a long one need not be read so often.
    if (!this.#schedule.begin("history", Math.min(HISTORY_MS, Math.max(1_000, SPANS[span] / POINTS)))) return;
    const toMs = Math.ceil(this.#wallMs());
    const answer = await this.#deps.history(row.id, toMs - SPANS[span], toMs, POINTS);
    take(() => {
      if (this.#spanOf(row) === span) this.#known = { ...this.#known, history: historyOf(answer) };
    });
  }

  async #readAnomalies(row: ManagedSwarmRow, take: Take): Promise<void> {
    if (!this.#schedule.begin("anomalies", ANOMALIES_MS)) return;
    const toMs = Math.ceil(this.#wallMs());
    const { episodes } = await this.#deps.anomalies(row.id, toMs - SPANS[this.#spanOf(row)], toMs);
    take(() => (this.#known = { ...this.#known, episodes: episodes.map(anomalyOf) }));
  }

  async #readChosen(row: ManagedSwarmRow, take: Take): Promise<void> {
    const model = this.#model;
    if (model === null) return;
    await this.#schedule.alone("chosen", async () => {
      const every = Math.max(LEAST_MODEL_MS, Math.min(this.#known.forecast?.stepMs ?? 0, HISTORY_MS));
      if (!this.#schedule.begin("chosen", every)) return;
      const answer = await asked(() => this.#deps.ofModel(row.id, model), forecastOf);
      if (answer.kind === "failed") this.#schedule.defer("chosen", AGAIN_MS);
      take(() => {
        if (this.#model === model) this.#chosen = answer;
      });
    });
    // Another one was chosen while this one was asked for.
    if (this.#model !== model && this.#isShown(row)) await this.#readChosen(row, take);
  }

  async #readPatterns(row: ManagedSwarmRow, take: Take): Promise<void> {
    if (!this.#patternsOpen) return;
    await this.#schedule.alone("patterns", async () => {
      if (!this.#schedule.begin("patterns", PATTERNS_MS)) return;
      const show = (patterns: ForecastPageState["patterns"]): void =>
        take(() => (this.#known = { ...this.#known, patterns }));
      if (this.#known.patterns.kind !== "known") show({ kind: "asking" });
      const answer = await asked(() => this.#deps.patterns(row.id), patternsOf);
      if (answer.kind === "failed") this.#schedule.defer("patterns", AGAIN_MS);
      show(answer);
    });
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
    if (making === null || making.asked || this.#sent?.history == null || this.#schedule.isBusy("history")) return;
    making.asked = true;
    this.#deps.post({ type: "make", kind: making.kind });
  }

  #choose(swarmId: string | null, span: Span | null): void {
    if (swarmId !== this.#swarmId) {
      const isOther = swarmId !== this.#row()?.id;
      this.#swarmId = swarmId;
      if (isOther) this.#beginAnew();
    }
    if (span !== null && span !== this.#span) {
      this.#span = span;
      this.#known = { ...this.#known, history: null, episodes: [] };
      this.#schedule.forget("history");
      this.#schedule.forget("anomalies");
    }
    this.#push();
  }

  #beginAnew(): void {
    this.#known = NOTHING;
    this.#fitting = null;
    this.#problem = null;
    if (this.#model !== null) this.#chosen = { kind: "asking" };
    const resources = this.#resources;
    if (resources.kind === "known" && resources.value.swarmId !== this.#row()?.id) this.#resources = { kind: "none" };
    this.#schedule.forgetAll();
  }

  #sendFull(): void {
    const state = this.#state();
    this.#sent = state;
    this.#deps.post({ type: "full", seq: ++this.#seq, state });
    this.#askToMake();
  }

  #push(): void {
    if (!this.#ready || this.#sent === null) return;
    const state = this.#state();
    const changes = changesOf(this.#sent, state);
    this.#sent = state;
    if (changes !== null) this.#deps.post({ type: "update", seq: ++this.#seq, changes });
    this.#askToMake();
  }

  #state(): ForecastPageState {
    const row = this.#row();
    const { episodes, unusual, ...known } = this.#known;
    return {
      ...known,
      anomalies: [...unusualOf(unusual, known.forecast?.stepMs ?? 0, episodes), ...episodes],
      link: this.#link,
      live: this.#live,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId: row?.id ?? null,
      span: row === null ? (this.#span ?? "1h") : this.#spanOf(row),
      now: nowOf(row, this.#wallMs()),
      chosen: this.#model === null ? null : { model: this.#model, forecast: this.#chosen },
      resources: this.#resources,
      actions: actionsOf(this.#deps.decisions(), row?.id ?? null),
      problem: this.#problem,
    };
  }

  #wallMs(): number {
    return this.#deps.overview()?.wallMs ?? 0;
  }

  #row(): ManagedSwarmRow | null {
    const managed = managedOf(this.#deps.overview());
    return managed.find(({ id }) => id === this.#swarmId) ?? managed[0] ?? null;
  }

  #isShown({ id }: ManagedSwarmRow): boolean {
    return this.#row()?.id === id;
  }

  #label(): string {
    const id = this.#row()?.id;
    return swarmChoices(this.#deps.overview()).find((one) => one.id === id)?.label ?? "swarm";
  }

  /** A squeezed day is minutes long. */
  #spanOf(row: ManagedSwarmRow): Span {
    return this.#span ?? this.#fitting ?? (row.timeScale > 1 ? "5m" : "6h");
  }
}

async function asked<A, T>(ask: () => Promise<A>, shown: (answer: A) => T): Promise<Asked<T>> {
  try {
    return { kind: "known", value: shown(await ask()) };
  } catch (error) {
    return { kind: "failed", text: reasonText(codedOf(error)) };
  }
}
