import type uPlot from "uplot";
import type { PageAction } from "../../src/engine/protocol/forecastPage.ts";
import { lineOf, Plot, type PlotEvents, type PlotParts } from "../shared/plot.ts";
import { drawActions, drawMarks, drawNow } from "./drawings.ts";
import { LOOKS } from "./looks.ts";
import type { ChartData, Mark } from "./rows.ts";
import { readTheme, type Theme } from "./theme.ts";

/** What the chart shows. */
export interface Picture {
  readonly data: ChartData;
  /** How high it reaches, in the unit of the data. */
  readonly top: number;
  readonly marks: readonly Mark[];
  readonly actions: readonly PageAction[];
  readonly nowMs: number | null;
}

/** History, forecast, band, capacity and thresholds, with what was done and what was unusual. */
export class Chart {
  readonly plot: Plot<Theme>;
  #picture: Picture | null = null;

  constructor(host: HTMLElement, events: PlotEvents<Theme>) {
    this.plot = new Plot(host, readTheme, (theme) => this.#parts(theme), events);
  }

  show(picture: Picture): void {
    this.#picture = picture;
    const now = (picture.nowMs ?? Number.POSITIVE_INFINITY) / 1000;
    this.plot.show(
      columns(picture.data),
      picture.data.times.findLastIndex((time) => time <= now),
    );
  }

  #parts(theme: Theme): PlotParts {
    const drawn = LOOKS.filter(({ column }) => column !== null);
    const at = (name: string): number => drawn.findIndex((look) => look.name === name) + 1;
    return {
      series: drawn.map((look) => lineOf(look, theme[look.colour], theme)),
      bands: [
        { series: [at("Said upper"), at("Said lower")], fill: theme.saidBand },
        { series: [at("Upper"), at("Lower")], fill: theme.band },
      ],
      draw: (plot) => this.#draw(plot, theme),
      top: () => this.#picture?.top ?? 0,
    };
  }

  #draw(plot: uPlot, theme: Theme): void {
    if (this.#picture === null) return;
    const { actions, marks, nowMs } = this.#picture;
    drawActions(plot, theme, actions);
    drawNow(plot, theme, nowMs);
    drawMarks(plot, theme, marks);
  }
}

function columns(data: ChartData): uPlot.AlignedData {
  const drawn = LOOKS.flatMap(({ column }) => (column === null ? [] : [data[column]]));
  return [data.times, ...drawn] as unknown as uPlot.AlignedData;
}
