import { type ForecastPageState, type Span, SPANS } from "../../src/engine/protocol/forecastPage.ts";
import { clean, element, setText } from "../elements.ts";
import { Chart } from "./chart.ts";
import { chartData, madeText, sentence } from "./model.ts";
import { DataTable } from "./table.ts";

export interface PageActions {
  readonly setLive: (live: boolean) => void;
  readonly choose: (swarmId: string, span: Span) => void;
  readonly setTable: (shown: boolean) => void;
}

const SPAN_TEXTS: Readonly<Record<Span, string>> = {
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "1 hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
};
/** Read out at most this often while it changes. */
const SAY_MS = 10_000;

/** The page's elements, made once; `show` changes them in place. */
export class ForecastPage {
  readonly #swarm = element("select");
  readonly #span = element("select");
  readonly #pause = element("button", { text: "Pause" });
  readonly #toggle = element("button", { text: "Table (T)" });
  readonly #link = element("p", { className: "link" });
  readonly #say = element("p", { className: "say" });
  readonly #made = element("p", { className: "say when" });
  readonly #spoken = element("p", { className: "spoken" });
  readonly #figure = element("div", { className: "chart" });
  readonly #table = new DataTable();
  readonly #chart: Chart;
  #state: ForecastPageState | null = null;
  #tableShown = false;
  #spokenAt = Number.NEGATIVE_INFINITY;

  constructor(root: HTMLElement, actions: PageActions) {
    for (const button of [this.#pause, this.#toggle]) button.type = "button";
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#span.setAttribute("aria-label", "Time shown");
    for (const [span, text] of Object.entries(SPAN_TEXTS)) this.#span.append(option(span, text));
    const chosen = (): void => actions.choose(this.#swarm.value, this.#span.value as Span);
    this.#swarm.addEventListener("change", chosen);
    this.#span.addEventListener("change", chosen);
    this.#pause.addEventListener("click", () => actions.setLive(!(this.#state?.live ?? true)));
    const toggle = (): void => {
      this.showTable(!this.#tableShown);
      actions.setTable(this.#tableShown);
    };
    this.#toggle.addEventListener("click", toggle);
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement;
      if (event.key.toLowerCase() !== "t" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
      event.preventDefault();
      toggle();
    });
    this.#link.setAttribute("role", "alert");
    this.#link.hidden = true;
    this.#spoken.setAttribute("aria-live", "polite");
    this.#figure.setAttribute("role", "img");
    const header = element(
      "header",
      {},
      element("h1", { text: "Swarm Forecast" }),
      this.#swarm,
      this.#span,
      element("span", { className: "when" }),
      this.#toggle,
      this.#pause,
    );
    const main = element(
      "main",
      {},
      this.#link,
      this.#say,
      this.#figure,
      this.#made,
      this.#table.element,
      this.#spoken,
    );
    root.replaceChildren(header, main);
    this.#chart = new Chart(this.#figure);
    this.showTable(false);
  }

  showTable(shown: boolean): void {
    this.#tableShown = shown;
    this.#table.element.hidden = !shown;
    setText(this.#toggle, shown ? "Hide Table (T)" : "Table (T)");
    this.#toggle.setAttribute("aria-pressed", String(shown));
    if (shown && this.#state !== null) this.#table.show(this.#state);
  }

  show(state: ForecastPageState): void {
    const first = this.#state === null;
    this.#state = state;
    this.#showChoices(state);
    setText(this.#pause, state.live ? "Pause" : "Resume");
    const trouble =
      state.link.kind === "disconnected" ? `${state.link.text} What is shown is the last known.` : state.problem;
    this.#link.hidden = trouble === null;
    setText(this.#link, trouble === null ? "" : clean(trouble, 400));
    const text = clean(sentence(state), 600);
    setText(this.#say, text);
    this.showAge();
    const drawn = state.swarmId !== null && (state.history !== null || state.forecast !== null);
    this.#figure.hidden = !drawn;
    if (drawn) this.#chart.show(chartData(state), state.actions, state.now?.wallMs ?? null);
    this.#figure.setAttribute("aria-label", `Chart of demand, forecast, capacity and thresholds. ${text}`);
    if (this.#tableShown) this.#table.show(state);
    const nowMs = performance.now();
    if (first || nowMs - this.#spokenAt > SAY_MS) {
      this.#spokenAt = nowMs;
      setText(this.#spoken, text);
    }
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    setText(this.#made, clean(madeText(this.#state?.forecast ?? null, Date.now()), 300));
  }

  #showChoices({ swarms, swarmId, span }: ForecastPageState): void {
    const wanted = swarms.map(({ id, label, timeScale }) => ({
      id,
      text: timeScale === 1 ? clean(label, 80) : `${clean(label, 80)} ×${timeScale}`,
    }));
    const shown = [...this.#swarm.options].map(({ value, text }) => `${value}\n${text}`).join("\n");
    if (shown !== wanted.map(({ id, text }) => `${id}\n${text}`).join("\n"))
      this.#swarm.replaceChildren(...wanted.map(({ id, text }) => option(id, text)));
    if (swarmId !== null) this.#swarm.value = swarmId;
    this.#swarm.hidden = wanted.length === 0;
    this.#span.value = span;
    this.#span.hidden = wanted.length === 0;
  }
}

export function isSpan(value: unknown): value is Span {
  return typeof value === "string" && Object.hasOwn(SPANS, value);
}

function option(value: string, text: string): HTMLOptionElement {
  const made = element("option", { text });
  made.value = value;
  return made;
}
