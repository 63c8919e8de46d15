import type { ModelName } from "../../engine/protocol/forecast.ts";
import type { Asked } from "../../engine/protocol/forecastParts.ts";
import type { ForecastPageState, PageForecast } from "../../engine/protocol/forecastPage.ts";
import type { Forecast } from "../../engine/protocol/model.ts";
import type { Patterns } from "../../engine/protocol/patterns.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf } from "../sessionPort.ts";
import { patternsOf } from "./pagePatterns.ts";
import { forecastOf } from "./pageState.ts";
import type { Shown, Take } from "./readings.ts";
import { Schedule } from "./schedule.ts";

/** One model's forecast takes a request of its own to the background child. */
const LEAST_MODEL_MS = 5_000;
const MOST_MODEL_MS = 20_000;
const PATTERNS_MS = 10 * 60_000;
/** After a failure. */
const AGAIN_MS = 30_000;

export interface SlowReadingDeps {
  readonly ofModel: (swarmId: string, model: ModelName) => Promise<Forecast>;
  readonly patterns: (swarmId: string) => Promise<Patterns>;
  readonly monotonicMs: () => number;
}

/** What takes seconds, and is asked for only while somebody wants it: one model's forecast, and the patterns. */
export class SlowReadings {
  readonly #deps: SlowReadingDeps;
  readonly #schedule: Schedule<"chosen" | "patterns">;
  #model: ModelName | null = null;
  #chosen: Asked<PageForecast> = { kind: "none" };
  #patterns: ForecastPageState["patterns"] = { kind: "none" };
  #patternsOpen = false;

  constructor(deps: SlowReadingDeps) {
    this.#deps = deps;
    this.#schedule = new Schedule(deps.monotonicMs);
  }

  get state(): Pick<ForecastPageState, "chosen" | "patterns"> {
    return {
      chosen: this.#model === null ? null : { model: this.#model, forecast: this.#chosen },
      patterns: this.#patterns,
    };
  }

  setModel(model: ModelName | null): void {
    this.#model = model;
    this.#chosen = { kind: "asking" };
    this.#schedule.forget("chosen");
  }

  setPatternsOpen(open: boolean): void {
    this.#patternsOpen = open;
  }

  /** Another swarm. */
  beginAnew(): void {
    this.#chosen = { kind: "asking" };
    this.#patterns = { kind: "none" };
    this.#schedule.forgetAll();
  }

  /** @param stepMs of the forecast; `null` while there is none. Settles always. */
  async read(shown: Shown, stepMs: number | null, isShown: () => boolean, take: Take): Promise<void> {
    await Promise.all([this.#readChosen(shown, stepMs, isShown, take), this.#readPatterns(shown, take)]);
  }

  async #readChosen(shown: Shown, stepMs: number | null, isShown: () => boolean, take: Take): Promise<void> {
    const model = this.#model;
    if (model === null) return;
    await this.#schedule.alone("chosen", async () => {
      if (!this.#schedule.begin("chosen", Math.max(LEAST_MODEL_MS, Math.min(stepMs ?? 0, MOST_MODEL_MS)))) return;
      const answer = await asked(() => this.#deps.ofModel(shown.swarmId, model), forecastOf);
      take(() => {
        if (this.#model !== model) return;
        if (answer.kind === "failed") this.#schedule.defer("chosen", AGAIN_MS);
        this.#chosen = answer;
      });
    });
    // Another one was chosen while this one was asked for.
    if (this.#model !== model && isShown()) await this.#readChosen(shown, stepMs, isShown, take);
  }

  async #readPatterns({ swarmId }: Shown, take: Take): Promise<void> {
    if (!this.#patternsOpen) return;
    await this.#schedule.alone("patterns", async () => {
      if (!this.#schedule.begin("patterns", PATTERNS_MS)) return;
      if (this.#patterns.kind !== "known") take(() => (this.#patterns = { kind: "asking" }));
      const answer = await asked(() => this.#deps.patterns(swarmId), patternsOf);
      take(() => {
        if (answer.kind === "failed") this.#schedule.defer("patterns", AGAIN_MS);
        // Patterns of ten minutes ago are better than none.
        if (answer.kind === "known" || this.#patterns.kind !== "known") this.#patterns = answer;
      });
    });
  }
}

async function asked<A, T>(ask: () => Promise<A>, shown: (answer: A) => T): Promise<Asked<T>> {
  try {
    return { kind: "known", value: shown(await ask()) };
  } catch (error) {
    return { kind: "failed", text: reasonText(codedOf(error)) };
  }
}
