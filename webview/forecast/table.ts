import type { ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { numberText } from "../../src/text/figures.ts";
import { element } from "../elements.ts";
import { rowsOf } from "./model.ts";

/** More rows are thinned to this many: a table is read, not scrolled for minutes. */
const MAX_ROWS = 200;
const HEADS = ["Time", "Demand", "Live agents", "Forecast", "Lower", "Upper"] as const;

/** The same figures as the chart's, newest first, the forecast on top. */
export class DataTable {
  readonly #caption = element("caption");
  readonly #body = element("tbody");
  readonly element: HTMLElement;

  constructor() {
    const heads = HEADS.map((text, index) => {
      const head = element("th", { text, ...(index === 0 ? {} : { className: "figure" }) });
      head.scope = "col";
      return head;
    });
    const table = element("table", {}, this.#caption, element("thead", {}, element("tr", {}, ...heads)), this.#body);
    this.element = element("section", { className: "data" }, element("div", { className: "scroll" }, table));
    this.element.setAttribute("aria-label", "The chart's figures as a table");
  }

  show(state: ForecastPageState): void {
    const all = rowsOf(state).filter(({ demand, live, mean }) => demand !== null || live !== null || mean !== null);
    const every = Math.ceil(all.length / MAX_ROWS);
    const rows = all.filter((_, index) => (all.length - 1 - index) % every === 0).toReversed();
    this.#caption.textContent =
      rows.length === 0
        ? "Nothing was measured in this time."
        : `${rows.length} of ${all.length} times, newest first. History is ${state.now?.demandSource ?? "unknown"}; forecasts are forecasts.`;
    this.#body.replaceChildren(
      ...rows.map(({ atMs, demand, live, mean, lo, hi }) => {
        const time = element("th", { text: new Date(atMs).toLocaleTimeString() });
        time.scope = "row";
        const figure = (value: number | null): HTMLElement =>
          element("td", { className: "figure", text: value === null ? "–" : numberText(value) });
        return element("tr", {}, time, ...[demand, live, mean, lo, hi].map(figure));
      }),
    );
  }
}
