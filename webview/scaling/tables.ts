import type { PageComparison } from "../../src/engine/protocol/scalingPage.ts";
import { clockText } from "../../src/text/clock.ts";
import { countText, numberText } from "../../src/text/figures.ts";
import { policyName } from "../../src/text/replay.ts";
import { clean, element } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { COST_COLUMNS, costRows, policiesText } from "./rows.ts";

/** More rows are thinned to this many: a table is read, not scrolled for minutes. */
const MAX_ROWS = 200;
const BEST = " ★";

/** What each policy would have cost. */
export class CostTable {
  readonly element: HTMLElement;
  readonly #grid = new Grid([
    { head: "Policy", isFigure: false },
    ...COST_COLUMNS.map(({ head }) => ({ head, isFigure: true })),
  ]);

  constructor() {
    this.element = element("section", { className: "costs" }, this.#grid.element);
    this.element.setAttribute("aria-label", "What each policy would have cost");
  }

  show(comparison: PageComparison): void {
    const rows = costRows(comparison);
    const real = rows.filter(({ isBound }) => !isBound).length;
    const bound = real === rows.length ? "" : " The bound knows the future and is no policy that anybody could run.";
    this.#grid.show(
      `Simulated: ${policiesText(real)} on the same load. ★ marks the best of a column.${bound}`,
      rows.map(({ name, isBound, cells }) => ({
        cells: [name, ...cells.map(({ text, isBest }) => (isBest ? `${text}${BEST}` : text))],
        ...(isBound ? { className: "bound" } : {}),
      })),
    );
  }
}

/** The chart's figures, newest first. */
export class SeriesTable {
  readonly element: HTMLElement;
  #grid: Grid | null = null;
  #names = "";

  constructor() {
    this.element = element("section", { className: "data" });
    this.element.setAttribute("aria-label", "The chart's figures as a table");
  }

  show({ series }: PageComparison): void {
    const { fromMs, bucketMs, load, capacity } = series;
    // Other policies are other columns.
    const names = JSON.stringify(capacity.map(({ name }) => name));
    if (names !== this.#names || this.#grid === null) {
      this.#names = names;
      const heads = ["Load", ...capacity.map((one) => clean(policyName(one), 60))];
      this.#grid = new Grid([{ head: "From", isFigure: false }, ...heads.map((head) => ({ head, isFigure: true }))]);
      this.element.replaceChildren(this.#grid.element);
    }
    const every = Math.ceil(load.length / MAX_ROWS);
    const rows = load
      .map((value, at) => ({ at, cells: [value, ...capacity.map(({ agents }) => agents[at] ?? null)] }))
      .filter(({ at }) => (load.length - 1 - at) % every === 0)
      .toReversed();
    this.#grid.show(
      `${rows.length} of ${countText(load.length, "time")}, newest first: the load, and the simulated mean of ready agents.`,
      rows.map(({ at, cells }) => ({
        cells: [clockText(fromMs + at * bucketMs), ...cells.map((value) => (value === null ? "–" : numberText(value)))],
      })),
    );
  }
}
