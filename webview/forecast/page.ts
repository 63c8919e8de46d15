import type { ExportKind } from "../../src/engine/protocol/forecastExport.ts";
import type { ModelName } from "../../src/engine/protocol/forecast.ts";
import { type Span, SPANS } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastPageState, SaveContent } from "../../src/engine/protocol/forecastPage.ts";
import { numberText } from "../../src/text/figures.ts";
import { clean, element, option, setText } from "../shared/elements.ts";
import { button, showSwarms, TableToggle, Trouble } from "../shared/pageParts.ts";
import { Chart } from "./chart.ts";
import { csvOf } from "./columns.ts";
import { Controls } from "./controls.ts";
import { Leaderboard } from "./leaderboard.ts";
import { Legend } from "./legend.ts";
import { looksOf } from "./looks.ts";
import { madeText, sentence } from "./model.ts";
import { PatternsPart } from "./patternsPart.ts";
import { pictureOf } from "./picture.ts";
import { ResourcesPart } from "./resourcesPart.ts";
import { type ChartData, chartData, heightOf, marksOf, type Row, rowsOf, shownForecast } from "./rows.ts";
import { Section } from "./section.ts";
import { DataTable } from "./table.ts";

/** Parts of the page that can be folded. */
export const PARTS = ["models", "patterns", "resources"] as const;
export type Part = (typeof PARTS)[number];

/** What is open and shown; it is given back after a reload of the window. */
export interface View {
  readonly table: boolean;
  readonly said: boolean;
  readonly open: readonly Part[];
  /** Of which time the resources were that have been shown: later ones open their part. */
  readonly resourcesAtMs: number | null;
}

export interface PageActions {
  readonly setLive: (live: boolean) => void;
  readonly choose: (swarmId: string, span: Span) => void;
  readonly chooseModel: (model: ModelName | null) => void;
  readonly askResources: () => void;
  readonly save: (content: SaveContent) => void;
  readonly viewed: (view: View) => void;
}

const SPAN_TEXTS: Readonly<Record<Span, string>> = {
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "1 hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
};
/** Read out at most this often while it changes. */
const SAY_MS = 10_000;

/** The page's elements, made once; `show` changes them in place. */
export class ForecastPage {
  readonly #actions: PageActions;
  readonly #swarm = element("select");
  readonly #span = element("select");
  readonly #pause = button("Pause", () => this.#actions.setLive(!(this.#state?.live ?? true)));
  readonly #trouble = new Trouble();
  readonly #say = element("p", { className: "say" });
  readonly #made = element("p", { className: "made when" });
  readonly #spoken = element("p", { className: "spoken" });
  readonly #figure = element("div", { className: "chart" });
  readonly #drawn: HTMLElement;
  readonly #table = new DataTable();
  readonly #toggle = new TableToggle(this.#table.element, () => this.#setView({ table: !this.#view.table }));
  readonly #controls: Controls;
  readonly #chart: Chart;
  readonly #legend: Legend;
  readonly #leaderboard = new Leaderboard();
  readonly #patterns = new PatternsPart();
  readonly #resources: ResourcesPart;
  readonly #sections: Readonly<Record<Part, Section>>;
  readonly #parts: HTMLElement;
  #view: View;
  #state: ForecastPageState | null = null;
  #rows: readonly Row[] = [];
  #data: ChartData | null = null;
  #cursor: number | null = null;
  /** The top of a band that reaches beyond the picture. */
  #beyond: number | null = null;
  #spokenAt = Number.NEGATIVE_INFINITY;

  constructor(root: HTMLElement, view: View, actions: PageActions) {
    this.#actions = actions;
    this.#view = view;
    this.#controls = new Controls({
      chooseModel: actions.chooseModel,
      setSaid: (said) => this.#setView({ said }),
      export: (kind) => this.make(kind),
    });
    this.#resources = new ResourcesPart(actions.askResources);
    this.#sections = {
      models: this.#section("models", "Models", this.#leaderboard.element),
      patterns: this.#section("patterns", "Patterns", this.#patterns.element),
      resources: this.#section("resources", "Resources", this.#resources.element),
    };
    this.#parts = element("div", { className: "parts" }, ...PARTS.map((part) => this.#sections[part].element));
    this.#listen();
    this.#spoken.setAttribute("aria-live", "polite");
    const header = element(
      "header",
      {},
      element("h1", { text: "Swarm Forecast" }),
      this.#swarm,
      this.#span,
      element("span", { className: "when" }),
      this.#toggle.button,
      this.#pause,
    );
    this.#chart = new Chart(this.#figure, {
      onCursor: (index) => this.#read(index),
      onTheme: (theme) => this.#legend.paint(theme),
    });
    this.#legend = new Legend(this.#chart.plot.theme);
    const picture = element("div", { className: "picture" }, this.#figure, this.#legend.element);
    this.#drawn = element("div", { className: "drawn" }, picture, this.#controls.element);
    const main = element(
      "main",
      {},
      ...[this.#trouble.element, this.#drawn, this.#say, this.#made, this.#table.element, this.#parts, this.#spoken],
    );
    root.replaceChildren(header, main);
    for (const part of view.open) this.#sections[part].element.open = true;
    this.#showTable();
  }

  show(state: ForecastPageState): void {
    const first = this.#state === null;
    this.#state = state;
    this.#showChoices(state);
    setText(this.#pause, state.live ? "Pause" : "Resume");
    this.#trouble.show(state.link, state.problem);
    const text = clean(sentence(state), 600);
    setText(this.#say, text);
    this.#parts.hidden = state.swarmId === null;
    this.#draw();
    this.#leaderboard.show(state.report, shownForecast(state)?.model ?? null);
    this.#patterns.show(state.patterns);
    this.#resources.show(state.resources);
    if (state.resources.kind === "known") this.#unfoldResources(state.resources.value.madeAtMs);
    this.showAge();
    const nowMs = performance.now();
    if (first || nowMs - this.#spokenAt > SAY_MS) {
      this.#spokenAt = nowMs;
      setText(this.#spoken, text);
    }
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    const { forecast = null } = this.#state ?? {};
    const beyond =
      this.#beyond === null ? "" : ` · the band reaches beyond the picture, to ${numberText(this.#beyond)}`;
    setText(this.#made, `${clean(madeText(forecast, Date.now()), 300)}${beyond}`);
    if (this.#sections.models.isOpen) this.#leaderboard.showAge();
  }

  /** Hands over what is drawn, to be saved. */
  make(kind: ExportKind): void {
    this.#actions.save((kind === "csv" ? this.#csv() : this.#png()) ?? { kind: "nothing" });
  }

  say(text: string): void {
    this.#controls.say(text);
  }

  #csv(): SaveContent | null {
    const state = this.#state;
    return state === null || this.#rows.length === 0 ? null : { kind: "csv", text: csvOf(this.#rows, state) };
  }

  #png(): SaveContent | null {
    const { canvas, theme } = this.#chart.plot;
    const state = this.#state;
    if (canvas === null || state === null || this.#rows.length === 0) return null;
    const label = state.swarms.find(({ id }) => id === state.swarmId)?.label ?? "";
    const data = pictureOf(canvas, theme, looksOf(this.#rows, this.#view.said), {
      title: `Forecast of ${clean(label, 80)}`,
      under: `${SPAN_TEXTS[state.span]} up to ${new Date(state.now?.wallMs ?? Date.now()).toLocaleString()}`,
      sentence: clean(sentence(state), 600),
    });
    return data === null ? null : { kind: "png", data };
  }

  #draw(): void {
    const state = this.#state;
    if (state === null) return;
    const isDrawn = state.swarmId !== null && (state.history !== null || state.forecast !== null);
    this.#rows = isDrawn ? rowsOf(state) : [];
    this.#drawn.hidden = !isDrawn;
    this.#controls.show(state, this.#view.said, isDrawn);
    if (isDrawn) {
      const data = chartData(this.#rows, state, this.#view.said);
      this.#data = data;
      this.#legend.list(looksOf(this.#rows, this.#view.said));
      const { actions, now } = state;
      const { top, beyond } = heightOf(data);
      this.#beyond = beyond;
      this.#chart.show({ data, top, actions, marks: marksOf(state, this.#rows), nowMs: now?.wallMs ?? null });
      this.#figure.setAttribute(
        "aria-label",
        "Chart of demand, forecast, capacity and thresholds: the arrow keys read it time by time",
      );
      this.#read(this.#cursor);
    }
    if (this.#view.table) this.#table.show(this.#rows, state);
  }

  /** What all lines say at one time: the cursor's, else the newest measured one. */
  #read(index: number | null): void {
    this.#cursor = index;
    const data = this.#data;
    if (data === null) return;
    const at = index ?? this.#rows.findLastIndex(({ mean }) => mean === null);
    const text = this.#legend.show(this.#rows[at] ?? null, data, at);
    this.#chart.plot.tell(at, this.#rows.length, text);
  }

  #setView(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#actions.viewed(this.#view);
    this.#showTable();
    this.#draw();
  }

  #showTable(): void {
    this.#toggle.show(this.#view.table);
  }

  #section(part: Part, title: string, content: HTMLElement): Section {
    const section = new Section(title, (open) => {
      const rest = this.#view.open.filter((one) => one !== part);
      this.#view = { ...this.#view, open: open ? [...rest, part] : rest };
      this.#actions.viewed(this.#view);
    });
    section.body.append(content);
    return section;
  }

  /** Once for what came: who folds them then meant to. */
  #unfoldResources(madeAtMs: number): void {
    if (this.#view.resourcesAtMs === madeAtMs) return;
    this.#view = { ...this.#view, resourcesAtMs: madeAtMs };
    this.#actions.viewed(this.#view);
    const { element: part } = this.#sections.resources;
    part.open = true;
    part.scrollIntoView({ block: "nearest" });
  }

  #listen(): void {
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#span.setAttribute("aria-label", "Time shown");
    for (const [span, text] of Object.entries(SPAN_TEXTS)) this.#span.append(option(span, text));
    const chosen = (): void => this.#actions.choose(this.#swarm.value, this.#span.value as Span);
    this.#swarm.addEventListener("change", chosen);
    this.#span.addEventListener("change", chosen);
  }

  #showChoices({ swarms, swarmId, span }: ForecastPageState): void {
    showSwarms(this.#swarm, swarms, swarmId);
    this.#span.value = span;
    this.#span.hidden = swarms.length === 0;
  }
}

export function isSpan(value: unknown): value is Span {
  return typeof value === "string" && Object.hasOwn(SPANS, value);
}
