import type { DecisionsState, HistoryAnswer, Overview } from "../../engine/protocol/rpc.ts";
import type { Coded, Forecast, ManagedSwarmRow, SeriesRange } from "../../engine/protocol/model.ts";
import {
  type ForecastHostMessage,
  forecastPageMessage,
  type ForecastPageState,
  type PageForecast,
  type PageHistory,
  type PageNow,
  type Span,
  SPANS,
} from "../../engine/protocol/forecastPage.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { stateText } from "../decisions/words.ts";
import { codedOf } from "../sessionPort.ts";

/** Buckets of history asked for: about one a pixel of a usual chart. */
const POINTS = 600;
/** Whole history is read anew this often; what comes in between is added by the ticks. */
const HISTORY_MS = 20_000;
const LEAST_FORECAST_MS = 2_000;

export interface ForecastChannelDeps {
  readonly post: (message: ForecastHostMessage) => void;
  readonly history: (swarmId: string, fromMs: number, toMs: number, points: number) => Promise<HistoryAnswer>;
  readonly forecast: (swarmId: string) => Promise<Forecast>;
  readonly overview: () => Overview | null;
  readonly decisions: () => DecisionsState | null;
  readonly onProblem: (problem: Coded) => void;
  readonly monotonicMs: () => number;
}

/**
 * The editor's end of one page. History and forecast are each asked for one at a time, so a slow engine makes fewer of
 * them. Nothing is sent before the page is ready, while it is hidden, or while it is paused.
 */
export class ForecastChannel {
  readonly #deps: ForecastChannelDeps;
  #seq = 0;
  #ready = false;
  #visible = true;
  #live = true;
  #link: PageLink = { kind: "connected" };
  #swarmId: string | null = null;
  #span: Span | null = null;
  #history: PageHistory | null = null;
  #historyAtMs = Number.NEGATIVE_INFINITY;
  #forecast: PageForecast | null = null;
  #forecastAtMs = Number.NEGATIVE_INFINITY;
  #problem: string | null = null;
  #asking = false;
  #disposed = false;

  constructor(deps: ForecastChannelDeps) {
    this.#deps = deps;
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
    if (data.type === "ready") this.#ready = true;
    if (data.type === "live") this.#live = data.live;
    if (data.type === "choose") this.#choose(data.swarmId, data.span);
    else if (data.type === "ready") this.#sendFull();
    void this.refresh();
    return true;
  }

  /** Shows this swarm from now on. */
  show(swarmId: string): void {
    this.#choose(swarmId, null);
    void this.refresh();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (!visible || !this.#ready) return;
    this.#historyAtMs = Number.NEGATIVE_INFINITY;
    this.#sendFull();
    void this.refresh();
  }

  setLink(link: PageLink): void {
    this.#link = link;
    if (this.#ready) this.#send({ link });
    void this.refresh();
  }

  /** There is something new of the swarm: sends it, and reads history and forecast when they are due. Settles always. */
  async refresh(): Promise<void> {
    if (!this.#ready || !this.wantsUpdates || this.#link.kind !== "connected") return;
    const row = this.#row();
    this.#send({ swarms: this.#swarms(), now: nowOf(row, this.#wallMs()), actions: this.#actions() });
    if (row === null || this.#asking) return;
    this.#asking = true;
    try {
      await this.#read(row);
      this.#problem = null;
    } catch (error) {
      const coded = codedOf(error);
      this.#problem = reasonText(coded);
      this.#deps.onProblem(coded);
    } finally {
      this.#asking = false;
    }
    if (!this.wantsUpdates || this.#row()?.id !== row.id) return;
    this.#send({ history: this.#history, forecast: this.#forecast, problem: this.#problem });
  }

  dispose(): void {
    this.#disposed = true;
  }

  async #read(row: ManagedSwarmRow): Promise<void> {
    const now = this.#deps.monotonicMs();
    const step = this.#forecast?.stepMs ?? LEAST_FORECAST_MS;
    if (now - this.#forecastAtMs >= Math.max(LEAST_FORECAST_MS, Math.min(step, HISTORY_MS))) {
      this.#forecastAtMs = now;
      const forecast = await this.#deps.forecast(row.id);
      if (this.#swarmId === null || this.#swarmId === row.id) this.#forecast = forecastOf(forecast);
    }
    const span = this.#spanOf(row);
    // A short span moves visibly with each bucket; a long one need not be read so often.
    if (now - this.#historyAtMs < Math.min(HISTORY_MS, Math.max(1_000, SPANS[span] / POINTS))) return;
    this.#historyAtMs = now;
    const toMs = Math.ceil(this.#wallMs());
    const answer = await this.#deps.history(row.id, toMs - SPANS[span], toMs, POINTS);
    if (this.#row()?.id === row.id && this.#spanOf(row) === span) this.#history = historyOf(answer);
  }

  #choose(swarmId: string | null, span: Span | null): void {
    if (swarmId !== this.#swarmId) {
      this.#forecast = null;
      this.#forecastAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#swarmId = swarmId;
    if (span !== null) this.#span = span;
    this.#history = null;
    this.#historyAtMs = Number.NEGATIVE_INFINITY;
    if (this.#ready) this.#sendFull();
  }

  #sendFull(): void {
    const row = this.#row();
    const state: ForecastPageState = {
      link: this.#link,
      live: this.#live,
      swarms: this.#swarms(),
      swarmId: row?.id ?? null,
      span: row === null ? (this.#span ?? "1h") : this.#spanOf(row),
      now: nowOf(row, this.#wallMs()),
      history: this.#history,
      forecast: this.#forecast,
      actions: this.#actions(),
      problem: this.#problem,
    };
    this.#deps.post({ type: "full", seq: ++this.#seq, state });
  }

  #send(changes: Partial<ForecastPageState>): void {
    const row = this.#row();
    const chosen = { swarmId: row?.id ?? null, ...(row === null ? {} : { span: this.#spanOf(row) }) };
    this.#deps.post({ type: "update", seq: ++this.#seq, changes: { ...chosen, ...changes } });
  }

  #wallMs(): number {
    return this.#deps.overview()?.wallMs ?? 0;
  }

  #managed(): readonly ManagedSwarmRow[] {
    return (this.#deps.overview()?.swarms ?? []).filter((swarm) => swarm.kind === "managed");
  }

  #row(): ManagedSwarmRow | null {
    const managed = this.#managed();
    return managed.find(({ id }) => id === this.#swarmId) ?? managed[0] ?? null;
  }

  /** A squeezed day is minutes long. */
  #spanOf(row: ManagedSwarmRow): Span {
    return this.#span ?? (row.timeScale > 1 ? "5m" : "6h");
  }

  #swarms(): ForecastPageState["swarms"] {
    return this.#managed().map((swarm) => ({
      id: swarm.id,
      label: swarmLabel(swarm),
      timeScale: swarm.timeScale,
    }));
  }

  #actions(): ForecastPageState["actions"] {
    const id = this.#row()?.id;
    return (this.#deps.decisions()?.decisions ?? [])
      .filter(({ swarmId, state }) => swarmId === id && state.kind !== "withdrawn")
      .map((decision) => ({
        atMs: decision.wallMs,
        from: decision.from,
        to: decision.to,
        state: stateText(decision),
      }));
  }
}

function nowOf(row: ManagedSwarmRow | null, wallMs: number): PageNow | null {
  if (row === null) return null;
  return {
    wallMs,
    demand: row.demand,
    demandSource: row.demandSource,
    live: row.live,
    target: row.target,
    minAgents: row.minAgents,
    maxAgents: row.maxAgents,
    scaleUpAbove: row.scaling?.inputs.scaleUpAbove ?? 0.8,
    scaleDownBelow: row.scaling?.inputs.scaleDownBelow ?? 0.3,
    verdict: row.scaling === null ? null : reasonText(row.scaling.reason),
  };
}

function forecastOf(forecast: Forecast): PageForecast {
  const { ready, model, confidence, stepMs, madeAtMs, points } = forecast;
  return {
    ready,
    reason: forecast.reason === null ? null : reasonText(forecast.reason),
    model,
    confidence,
    stepMs,
    madeAtMs,
    coverage: forecast.scores.find((score) => score.model === model)?.coverage ?? null,
    points,
  };
}

function historyOf({ series }: HistoryAnswer): PageHistory | null {
  const [demand, live] = series;
  if (demand === undefined || live === undefined) return null;
  const part = ({ mean, min, max }: SeriesRange) => ({ mean, min, max });
  const { fromMs, bucketMs, resolution, imported } = demand;
  const importedUntilMs = imported.at(-1)?.toMs ?? null;
  return { fromMs, bucketMs, resolution, demand: part(demand), live: part(live), importedUntilMs };
}
