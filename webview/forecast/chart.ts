import uPlot from "uplot";
import type { PageAction } from "../../src/engine/protocol/forecastPage.ts";
import type { ChartData } from "./model.ts";
import { readTheme, type Theme } from "./theme.ts";

const HEIGHT_RATIO = 0.42;
const MIN_HEIGHT = 220;
const MAX_HEIGHT = 460;

/** The chart's canvas. Colours come from the theme at every drawing, so that a change of theme is a redraw and no more. */
export class Chart {
  readonly #host: HTMLElement;
  #plot: uPlot | null = null;
  #theme: Theme;
  #data: ChartData | null = null;
  #actions: readonly PageAction[] = [];
  #nowMs: number | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#theme = readTheme();
    new ResizeObserver(() => this.#resize()).observe(host);
    // The editor puts the theme's variables on the root and its kind on the body.
    const themed = new MutationObserver(() => this.#rebuild());
    themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  }

  show(data: ChartData, actions: readonly PageAction[], nowMs: number | null): void {
    this.#data = data;
    this.#actions = actions;
    this.#nowMs = nowMs;
    if (this.#plot === null) this.#plot = new uPlot(this.#options(), columns(data), this.#host);
    else this.#plot.setData(columns(data));
  }

  #rebuild(): void {
    this.#theme = readTheme();
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#data !== null) this.show(this.#data, this.#actions, this.#nowMs);
  }

  #size(): { readonly width: number; readonly height: number } {
    const width = Math.max(200, Math.floor(this.#host.clientWidth));
    return { width, height: Math.round(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, width * HEIGHT_RATIO))) };
  }

  #resize(): void {
    const size = this.#size();
    if (this.#plot !== null && (this.#plot.width !== size.width || this.#plot.height !== size.height))
      this.#plot.setSize(size);
  }

  #options(): uPlot.Options {
    const { text, grid, history, forecast, band, capacity, up, down, width } = this.#theme;
    const value = (_: uPlot, raw: number | null): string => (raw === null ? "–" : String(Math.round(raw * 100) / 100));
    const axis: uPlot.Axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return {
      ...this.#size(),
      legend: { live: true },
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(2, Math.ceil((max ?? 0) * 1.08))] } },
      axes: [axis, { ...axis, label: "agents' worth of work", labelSize: 18, size: 48 }],
      series: [
        {},
        { label: "Demand", stroke: history, width, value, spanGaps: false, points: { show: false } },
        { label: "Forecast", stroke: forecast, width, dash: [7, 4], value, points: { show: false } },
        { label: "Upper", stroke: forecast, width: 0.5, value, points: { show: false } },
        { label: "Lower", stroke: forecast, width: 0.5, value, points: { show: false } },
        {
          label: "Capacity",
          stroke: capacity,
          width,
          value,
          points: { show: false },
          ...stepped(),
        },
        { label: "More above", stroke: up, width: 1, dash: [2, 3], value, points: { show: false } },
        { label: "Fewer below", stroke: down, width: 1, dash: [2, 5], value, points: { show: false } },
      ],
      bands: [{ series: [3, 4], fill: band }],
      hooks: { draw: [(plot) => this.#drawTimes(plot)] },
    };
  }

  /** Now, and the moments at which the size was changed. */
  #drawTimes(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { text, grid, action, font } = this.#theme;
    ctx.save();
    ctx.font = font;
    ctx.textBaseline = "top";
    const line = (atMs: number, stroke: string, dash: number[]): number | null => {
      const x = Math.round(plot.valToPos(atMs / 1000, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) return null;
      ctx.strokeStyle = stroke;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(dash);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      return x;
    };
    let freeFrom = Number.NEGATIVE_INFINITY;
    for (const { atMs, from, to } of this.#actions.toSorted((a, b) => a.atMs - b.atMs)) {
      const x = line(atMs, action, [1, 3]);
      if (x === null) continue;
      const label = `${from}→${to}`;
      const wide = ctx.measureText(label).width;
      // A label that would lie over its neighbour is left out; the table and Decisions have it.
      if (x < freeFrom || x + wide > bbox.left + bbox.width) continue;
      ctx.fillStyle = text;
      ctx.fillText(label, x + 3 * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
      freeFrom = x + wide + 8 * devicePixelRatio;
    }
    if (this.#nowMs !== null && line(this.#nowMs, text, []) !== null) {
      const x = plot.valToPos(this.#nowMs / 1000, "x", true);
      ctx.fillStyle = text;
      ctx.textAlign = "right";
      ctx.fillText("now", x - 4 * devicePixelRatio, bbox.top + bbox.height - 16 * devicePixelRatio);
    }
    ctx.strokeStyle = grid;
    ctx.restore();
  }
}

/** Sizes hold until they change. */
function stepped(): Pick<uPlot.Series, "paths"> {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

function columns(data: ChartData): uPlot.AlignedData {
  const { times, demand, mean, hi, lo, capacity, up, down } = data;
  return [times, demand, mean, hi, lo, capacity, up, down] as unknown as uPlot.AlignedData;
}
