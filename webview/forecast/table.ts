import type { ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { clockText } from "../../src/text/clock.ts";
import { numberText } from "../../src/text/figures.ts";
import { clean, element } from "../shared/elements.ts";
import { COLUMNS } from "./columns.ts";
import { Grid } from "../shared/grid.ts";
import type { Row } from "./rows.ts";

/** More rows are thinned to this many: a table is read, not scrolled for minutes. */
const MAX_ROWS = 200;

/** The same figures as the chart's, newest first, the forecast on top. */
export class DataTable {
  readonly element: HTMLElement;
  readonly #grid = new Grid([
    { head: "Time", isFigure: false },
    ...COLUMNS.map(({ head, name }) => ({ head, isFigure: name !== "source" && name !== "unusual" })),
  ]);

  constructor() {
    this.element = element("section", { className: "data" }, this.#grid.element);
    this.element.setAttribute("aria-label", "The chart's figures as a table");
  }

  show(all: readonly Row[], { now }: ForecastPageState): void {
    const known = all.filter(({ demand, live, mean }) => demand !== null || live !== null || mean !== null);
    const every = Math.ceil(known.length / MAX_ROWS);
    const rows = known.filter((_, index) => (known.length - 1 - index) % every === 0).toReversed();
    const source = now?.demandSource ?? "unknown";
    const caption =
      rows.length === 0
        ? "Nothing was measured in this time."
        : `${rows.length} of ${known.length} times, newest first. History is ${source}; forecasts are forecasts.`;
    this.#grid.show(
      caption,
      rows.map((row) => ({
        cells: [clockText(row.atMs), ...COLUMNS.map(({ value }) => cellText(value(row), source))],
      })),
    );
  }
}

function cellText(value: number | string | null, source: string): string {
  if (value === null) return "–";
  if (typeof value === "number") return numberText(value);
  return value === "here" ? source : clean(value, 200);
}
