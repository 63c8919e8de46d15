import type uPlot from "uplot";
import type { DocumentMemory } from "../../src/engine/protocol/profilePage.ts";
import { bytesText, numberText } from "../../src/text/figures.ts";
import { sinceText } from "../../src/text/profileMemory.ts";
import { element, setText } from "../shared/elements.ts";
import { lineOf, Plot, type PlotAxes, type PlotParts } from "../shared/plot.ts";
import { paintSwatch, swatchOf } from "../shared/swatch.ts";
import { drawnSeries, LOOKS, lookText, topOf } from "./memoryRows.ts";
import { type ProfileTheme, readTheme } from "./theme.ts";

/** With so few looks each is a dot, too: a line alone does not say how many there were. */
const MOST_DOTS = 40;

const AXES: PlotAxes = {
  xText: (seconds) => (seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${numberText(seconds, 1)} s`),
  xSteps: [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300],
  yText: bytesText,
  ySteps: Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat(),
};

/** Memory over the time of the profile, with what each line says at one moment. */
export class MemoryChart {
  readonly element: HTMLElement;
  readonly #plot: Plot<ProfileTheme>;
  readonly #time = element("span", { className: "figure" });
  readonly #legend = element("ul");
  readonly #atMs: readonly number[];
  readonly #series: DocumentMemory["series"];
  readonly #entries: readonly { readonly swatch: HTMLElement; readonly value: HTMLElement }[];

  constructor(memory: DocumentMemory) {
    this.#atMs = memory.atMs;
    this.#series = drawnSeries(memory);
    const figure = element("div", { className: "chart" });
    figure.setAttribute("aria-label", "Chart of the memory over time: the arrow keys read it look by look");
    this.#plot = new Plot(figure, readTheme, (theme) => this.#parts(theme), {
      onCursor: (index) => this.#read(index),
      onTheme: () => this.#paint(),
    });
    this.#entries = this.#series.map(({ id }) => {
      const swatch = swatchOf(LOOKS[id]);
      const value = element("span", { className: "figure" });
      const name = element("span", { className: "name", text: LOOKS[id].name });
      this.#legend.append(element("li", {}, swatch, name, value));
      return { swatch, value };
    });
    this.#legend.prepend(element("li", {}, element("span", { className: "name", text: "At" }), this.#time));
    this.element = element(
      "div",
      { className: "picture" },
      figure,
      element("div", { className: "legend" }, this.#legend),
    );
    this.#paint();
  }

  /** Once it is part of the page, whose width it takes. */
  draw(): void {
    const columns = [this.#atMs.map((at) => at / 1_000), ...this.#series.map(({ values }) => values)];
    this.#plot.show(columns as unknown as uPlot.AlignedData, this.#last);
    this.#read(null);
  }

  get #last(): number {
    return Math.max(0, this.#atMs.length - 1);
  }

  #parts(theme: ProfileTheme): PlotParts {
    return {
      series: this.#series.map(({ id }) => {
        const stroke = theme.lines[id];
        return {
          ...lineOf(LOOKS[id], stroke, theme),
          points: { show: this.#atMs.length <= MOST_DOTS, size: 5, stroke, fill: stroke },
        };
      }),
      top: () => topOf(this.#series),
      axes: AXES,
    };
  }

  #paint(): void {
    for (const [index, { swatch }] of this.#entries.entries()) {
      const id = this.#series[index]?.id;
      if (id !== undefined) paintSwatch(swatch, LOOKS[id], this.#plot.theme.lines[id], this.#plot.theme);
    }
  }

  #read(index: number | null): void {
    const at = Math.min(index ?? this.#last, this.#last);
    const atMs = this.#atMs[at] ?? 0;
    setText(this.#time, sinceText(atMs));
    for (const [column, { value }] of this.#entries.entries())
      setText(value, bytesText(this.#series[column]?.values[at] ?? null));
    this.#plot.tell(at, this.#atMs.length, lookText(atMs, this.#series, at));
  }
}
