import type { AnomaliesAnswer } from "../../engine/protocol/anomalies.ts";
import type { ForecastReport } from "../../engine/protocol/forecast.ts";
import type { PageAnomaly } from "../../engine/protocol/forecastParts.ts";
import { type Span, SPANS } from "../../engine/protocol/forecastParts.ts";
import type { ForecastPageState } from "../../engine/protocol/forecastPage.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { HistoryAnswer } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf } from "../sessionPort.ts";
import { anomalyOf, forecastOf, historyOf, reportOf, unusualOf } from "./pageState.ts";
import { spanThatFits } from "./pageSwarms.ts";
import { Schedule } from "./schedule.ts";

/** Buckets of history asked for: about one a pixel of a usual chart. */
const POINTS = 600;
/** Whole history is read anew this often; what comes in between is added by the ticks. */
const HISTORY_MS = 20_000;
const LEAST_FORECAST_MS = 2_000;
const ANOMALIES_MS = 5_000;

export interface ReadingDeps {
  readonly history: (swarmId: string, fromMs: number, toMs: number, points: number) => Promise<HistoryAnswer>;
  readonly report: (swarmId: string) => Promise<ForecastReport>;
  readonly anomalies: (swarmId: string, fromMs: number, toMs: number) => Promise<AnomaliesAnswer>;
  readonly onProblem: (problem: Coded) => void;
  readonly monotonicMs: () => number;
}

/** Whom is asked about, now. */
export interface Shown {
  readonly swarmId: string;
  readonly timeScale: number;
  readonly wallMs: number;
}

/** Takes over what was read, unless another swarm is shown by now. */
export type Take = (change: () => void) => void;

type Read = Pick<ForecastPageState, "history" | "forecast" | "report" | "said" | "anomalies" | "problem">;

interface Known extends Omit<Read, "anomalies"> {
  readonly episodes: readonly PageAnomaly[];
  readonly unusual: ForecastReport["unusual"];
}

const NOTHING: Known = {
  history: null,
  forecast: null,
  report: null,
  said: [],
  problem: null,
  episodes: [],
  unusual: [],
};

/** What the chart shows of one swarm: read part by part, each when it is due, one request at a time. */
export class Readings {
  readonly #deps: ReadingDeps;
  readonly #schedule: Schedule<"report" | "span" | "history" | "anomalies">;
  #known: Known = NOTHING;
  /** As chosen; `null`: the one that fits. */
  #span: Span | null = null;
  /** The one that holds all that was imported. */
  #fitting: Span | null = null;

  constructor(deps: ReadingDeps) {
    this.#deps = deps;
    this.#schedule = new Schedule(deps.monotonicMs);
  }

  get state(): Read {
    const { episodes, unusual, ...read } = this.#known;
    const anomalies = [...unusualOf(unusual, read.forecast?.stepMs ?? 0, episodes), ...episodes];
    return { ...read, anomalies };
  }

  get isBusy(): boolean {
    return this.#schedule.isBusy("history");
  }

  /** A squeezed day is minutes long. */
  spanOf(timeScale: number): Span {
    return this.#span ?? this.#fitting ?? (timeScale > 1 ? "5m" : "6h");
  }

  setSpan(span: Span): void {
    if (span === this.#span) return;
    this.#span = span;
    this.#known = { ...this.#known, history: null, episodes: [] };
    this.#schedule.forget("history");
    this.#schedule.forget("anomalies");
  }

  /** Another swarm. */
  beginAnew(): void {
    this.#known = NOTHING;
    this.#fitting = null;
    this.#schedule.forgetAll();
  }

  /** The history has moved on while nobody looked. */
  outdate(): void {
    this.#schedule.forget("history");
  }

  /** @param isShown whether this swarm is still the one. Settles always. */
  async read(shown: Shown, isShown: () => boolean, take: Take): Promise<void> {
    await this.#schedule.alone("history", async () => {
      try {
        await this.#readReport(shown, take);
        if (isShown()) await this.#readSpan(shown, take);
        if (isShown()) await this.#readHistory(shown, take);
        if (isShown()) await this.#readAnomalies(shown, take);
        take(() => this.#learn({ problem: null }));
      } catch (error) {
        const coded = codedOf(error);
        this.#deps.onProblem(coded);
        take(() => this.#learn({ problem: reasonText(coded) }));
      }
    });
  }

  async #readReport({ swarmId }: Shown, take: Take): Promise<void> {
    const step = this.#known.forecast?.stepMs ?? LEAST_FORECAST_MS;
    if (!this.#schedule.begin("report", Math.max(LEAST_FORECAST_MS, Math.min(step, HISTORY_MS)))) return;
    const answer = await this.#deps.report(swarmId);
    take(() => {
      const { forecast, assessedAtMs, said, unusual } = answer;
      // The same tests said the same: not to be compared point by point, and not to be sent again.
      const isSame = this.#known.report?.assessedAtMs === assessedAtMs && this.#known.said.length === said.length;
      this.#learn({
        forecast: forecast === null ? null : forecastOf(forecast),
        report: reportOf(answer),
        said: isSame ? this.#known.said : said,
        unusual,
      });
    });
  }

  /** Once a swarm: how far back its imported past reaches. */
  async #readSpan({ swarmId, wallMs }: Shown, take: Take): Promise<void> {
    if (this.#span !== null || !this.#schedule.begin("span", Number.POSITIVE_INFINITY)) return;
    const toMs = Math.ceil(wallMs);
    const answer = await this.#deps.history(swarmId, toMs - SPANS["90d"], toMs, 1);
    take(() => (this.#fitting = spanThatFits(answer, toMs)));
  }

  async #readHistory({ swarmId, timeScale, wallMs }: Shown, take: Take): Promise<void> {
    const span = this.spanOf(timeScale);
    // A short span moves visibly with each bucket; a long one need not be read so often.
    if (!this.#schedule.begin("history", Math.min(HISTORY_MS, Math.max(1_000, SPANS[span] / POINTS)))) return;
    const toMs = Math.ceil(wallMs);
    const answer = await this.#deps.history(swarmId, toMs - SPANS[span], toMs, POINTS);
    take(() => {
      if (this.spanOf(timeScale) === span) this.#learn({ history: historyOf(answer) });
    });
  }

  async #readAnomalies({ swarmId, timeScale, wallMs }: Shown, take: Take): Promise<void> {
    if (!this.#schedule.begin("anomalies", ANOMALIES_MS)) return;
    const toMs = Math.ceil(wallMs);
    const { episodes } = await this.#deps.anomalies(swarmId, toMs - SPANS[this.spanOf(timeScale)], toMs);
    take(() => this.#learn({ episodes: episodes.map(anomalyOf) }));
  }

  #learn(change: Partial<Known>): void {
    this.#known = { ...this.#known, ...change };
  }
}
