import type uPlot from "uplot";
import type { PageComparison } from "../../src/engine/protocol/scalingPage.ts";
import { element } from "../shared/elements.ts";
import { lineOf, Plot } from "../shared/plot.ts";
import { Legend } from "./legend.ts";
import { loadLook, lookOf, type PolicyLook } from "./looks.ts";
import { chartColumns } from "./rows.ts";
import { readTheme, type ScalingTheme } from "./theme.ts";

/** The load that came, and the agents that each policy would have had ready for it. */
export class Chart {
  readonly element: HTMLElement;
  readonly #plot: Plot<ScalingTheme>;
  readonly #legend: Legend;
  #looks: readonly PolicyLook[] = [];
  #columns: readonly (readonly (number | null)[])[] = [];
  #hidden: readonly string[];
  #shown: PageComparison | null = null;
  #cursor: number | null = null;

  /** @param hidden policies whose lines are taken away @param changed these are, from now on */
  constructor(hidden: readonly string[], changed: (hidden: readonly string[]) => void) {
    this.#hidden = hidden;
    const figure = element("div", { className: "chart" });
    figure.setAttribute(
      "aria-label",
      "Chart of the load and of the agents that each policy would have had: the arrow keys read it time by time",
    );
    this.#plot = new Plot(figure, readTheme, (theme) => this.#parts(theme), {
      onCursor: (index) => this.#read(index),
      onTheme: (theme) => this.#legend.paint(theme),
    });
    this.#legend = new Legend((policy) => {
      const others = this.#hidden.filter((one) => one !== policy);
      this.#hidden = others.length === this.#hidden.length ? [...others, policy] : others;
      this.#showHidden();
      changed(this.#hidden);
    });
    this.element = element("div", { className: "picture" }, figure, this.#legend.element);
  }

  show(comparison: PageComparison): void {
    if (comparison === this.#shown) return;
    this.#shown = comparison;
    this.#looks = [loadLook(comparison.loadSource), ...comparison.series.capacity.map(({ name }) => lookOf(name))];
    this.#columns = chartColumns(comparison);
    this.#cursor = null;
    this.#legend.list(this.#looks, this.#plot.theme);
    this.#legend.showHidden(this.#hidden);
    this.#plot.show(this.#columns as unknown as uPlot.AlignedData, this.#last);
    // Another comparison may have other lines.
    this.#plot.rebuild();
    this.#read(null);
  }

  /** The newest bucket; what follows it only holds its value to its end. */
  get #last(): number {
    return Math.max(0, (this.#columns[0]?.length ?? 0) - 2);
  }

  #parts(theme: ScalingTheme) {
    return {
      series: this.#looks.map((look) => ({
        ...lineOf(look, look.colour(theme), theme),
        ...(look.policy === null ? { fill: theme.loadArea } : { show: !this.#hidden.includes(look.policy) }),
      })),
      top: () =>
        this.#columns
          .slice(1)
          .reduce((top, values) => values.reduce<number>((high, one) => Math.max(high, one ?? 0), top), 0),
    };
  }

  #showHidden(): void {
    for (const [index, { policy }] of this.#looks.entries())
      if (policy !== null) this.#plot.setShown(index + 1, !this.#hidden.includes(policy));
    this.#legend.showHidden(this.#hidden);
    this.#read(this.#cursor);
  }

  /** What all lines say at one time: the cursor's, else the newest. */
  #read(index: number | null): void {
    this.#cursor = index;
    const at = Math.min(index ?? this.#last, this.#last);
    const seconds = this.#columns[0]?.[at] ?? null;
    const values = this.#columns.slice(1).map((column) => column[at] ?? null);
    const text = this.#legend.show(seconds === null ? null : seconds * 1_000, values, this.#hidden);
    this.#plot.tell(at, this.#last + 1, text);
  }
}
