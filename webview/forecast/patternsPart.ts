import {
  type Asked,
  type Cycle,
  CYCLES,
  type PagePattern,
  type PagePatterns,
  type PageSeriesPatterns,
} from "../../src/engine/protocol/forecastParts.ts";
import type { PatternBasis } from "../../src/engine/protocol/patterns.ts";
import { figureText } from "../../src/text/figureUnits.ts";
import { durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { clean, element, option, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { HeatMapTable } from "./heatMap.ts";

const CYCLE_TEXTS: Readonly<Record<Cycle, string>> = {
  hourly: "Within the hour",
  daily: "Within the day",
  weekly: "Within the week",
  monthly: "Within the month",
  quarterly: "Within the quarter",
};

/** What the stored history of a swarm repeats, and what hangs together. */
export class PatternsPart {
  readonly element: HTMLElement;
  readonly #state = element("p");
  readonly #series = element("select");
  readonly #lack = element("p");
  readonly #heat = new HeatMapTable();
  readonly #strengths = new Grid([
    { head: "Pattern", isFigure: false },
    { head: "Found", isFigure: false },
    { head: "Rests on", isFigure: false },
  ]);
  readonly #correlations = new Grid([
    { head: "Pair", isFigure: false },
    { head: "Correlation", isFigure: true },
    { head: "Lag", isFigure: true },
    { head: "Beyond chance", isFigure: false },
    { head: "Rests on", isFigure: false },
  ]);
  readonly #known: HTMLElement;
  #patterns: PagePatterns | null = null;
  #metric: string | null = null;

  constructor() {
    this.#series.setAttribute("aria-label", "Series of the patterns");
    this.#series.addEventListener("change", () => {
      this.#metric = this.#series.value;
      this.#showSeries();
    });
    this.#known = element(
      "div",
      {},
      this.#series,
      this.#lack,
      this.#heat.element,
      this.#strengths.element,
      this.#correlations.element,
    );
    this.element = element("div", { className: "patterns" }, this.#state, this.#known);
  }

  show(asked: Asked<PagePatterns>): void {
    this.#known.hidden = asked.kind !== "known";
    setText(this.#state, clean(stateText(asked), 400));
    if (asked.kind !== "known" || asked.value === this.#patterns) return;
    this.#patterns = asked.value;
    const { series, correlations } = asked.value;
    this.#series.replaceChildren(...series.map(({ metric, label }) => option(metric, clean(label, 80))));
    if (!series.some(({ metric }) => metric === this.#metric)) this.#metric = series[0]?.metric ?? null;
    if (this.#metric !== null) this.#series.value = this.#metric;
    this.#showSeries();
    this.#correlations.show(
      "What hangs together: changes from step to step, less the daily curve (Spearman)",
      correlations.map(({ label, pattern }) => ({ cells: [label, ...correlationCells(pattern)] })),
    );
  }

  #showSeries(): void {
    const one = this.#patterns?.series.find(({ metric }) => metric === this.#metric) ?? null;
    this.#series.hidden = one === null;
    if (one === null) return;
    const { heatMap, label, unit } = one;
    this.#heat.element.hidden = heatMap.kind !== "known";
    setText(this.#lack, heatMap.kind === "known" ? "" : `Hour by weekday: ${clean(lackText(heatMap), 200)}`);
    if (heatMap.kind === "known") this.#heat.show(heatMap, label, (value) => figureText(value, unit));
    this.#strengths.show(`${clean(label, 80)}: strengths from 0 (none) to 1 (nothing else)`, strengthRows(one));
  }
}

function stateText(asked: Asked<PagePatterns>): string {
  switch (asked.kind) {
    case "none":
      return "Patterns are read when this part is opened.";
    case "asking":
      return "Reading the patterns of the stored history; this takes some seconds.";
    case "failed":
      return `The patterns cannot be read: ${asked.text}`;
    case "known": {
      const { madeAtMs, windowMs, hours, timeScale } = asked.value;
      const clock =
        hours === "local" ? "hours of this machine's zone" : `hours of the swarm's own time (×${timeScale})`;
      return `The last ${durationText(windowMs)} in ${clock}, read at ${new Date(madeAtMs).toLocaleTimeString()}.`;
    }
  }
}

function strengthRows({ cycles, period, traits }: PageSeriesPatterns): { readonly cells: readonly string[] }[] {
  return [
    ...CYCLES.map((cycle) => ({
      cells: [CYCLE_TEXTS[cycle], ...patternCells(cycles[cycle], ({ strength }) => `strength ${numberText(strength)}`)],
    })),
    {
      cells: [
        "Repetition",
        ...patternCells(
          period,
          ({ periodMs, correlation }) => `every ${durationText(periodMs)}, correlation ${numberText(correlation)}`,
        ),
      ],
    },
    ...traits.map(({ name, pattern }) => ({ cells: [name, ...patternCells(pattern, ({ text }) => clean(text, 200))] })),
  ];
}

function patternCells<T>(pattern: PagePattern<T>, found: (known: T) => string): readonly [string, string] {
  return pattern.kind === "known" ? [found(pattern), basisText(pattern.basis)] : [clean(lackText(pattern), 200), "–"];
}

function correlationCells(pattern: PagePatterns["correlations"][number]["pattern"]): readonly string[] {
  if (pattern.kind !== "known") return ["–", "–", clean(lackText(pattern), 200), "–"];
  const { spearman, lagMs, significant, pValue, basis } = pattern;
  return [
    numberText(spearman),
    lagMs === 0 ? "none" : durationText(lagMs),
    `${significant ? "yes" : "no"}, p ${pValue < 0.001 ? "< 0.001" : numberText(pValue, 3)}`,
    basisText(basis),
  ];
}

function basisText({ steps, missing, stepMs }: PatternBasis): string {
  const share = steps === 0 ? 0 : missing / steps;
  return `${durationText(steps * stepMs)}${share === 0 ? "" : `, ${ratioText(share)} missing`}`;
}

function lackText(pattern: Exclude<PagePattern<unknown>, { kind: "known" }>): string {
  return pattern.kind === "undefined"
    ? pattern.reason
    : `not enough history: needs ${durationText(pattern.neededMs)}, has ${pattern.haveMs === 0 ? "none" : durationText(pattern.haveMs)}`;
}
