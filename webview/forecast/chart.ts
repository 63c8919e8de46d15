import uPlot from "uplot";
import type { PageAction } from "../../src/engine/protocol/forecastPage.ts";
import { drawActions, drawMarks, drawNow } from "./drawings.ts";
import { type Look, LOOKS } from "./looks.ts";
import type { ChartData, Mark } from "./rows.ts";
import { readTheme, type Theme } from "./theme.ts";

const HEIGHT_RATIO = 0.42;
const MIN_HEIGHT = 220;
const MAX_HEIGHT = 460;
/** Rows that one press of a key passes: an arrow, and one with Shift. */
const STEP = 1;
const STRIDE = 20;

/** What the chart shows. */
export interface Picture {
  readonly data: ChartData;
  /** How high it reaches, in the unit of the data. */
  readonly top: number;
  readonly marks: readonly Mark[];
  readonly actions: readonly PageAction[];
  readonly nowMs: number | null;
}

export interface ChartEvents {
  /** The cursor is at this row; `null`: it is nowhere. */
  readonly onCursor: (index: number | null) => void;
  readonly onTheme: (theme: Theme) => void;
}

/** The chart's canvas. Colours come from the theme at every drawing, so that a change of theme is a redraw and no more. */
export class Chart {
  readonly #host: HTMLElement;
  readonly #events: ChartEvents;
  #plot: uPlot | null = null;
  #theme: Theme;
  #picture: Picture | null = null;

  constructor(host: HTMLElement, events: ChartEvents) {
    this.#host = host;
    this.#events = events;
    this.#theme = readTheme();
    new ResizeObserver(() => this.#resize()).observe(host);
    // The editor puts the theme's variables on the root and its kind on the body.
    const themed = new MutationObserver(() => this.#rebuild());
    themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    host.addEventListener("keydown", (event) => this.#move(event));
    host.addEventListener("blur", () => this.#point(null));
  }

  get theme(): Theme {
    return this.#theme;
  }

  /** `null` before the first picture. */
  get canvas(): HTMLCanvasElement | null {
    return this.#plot?.ctx.canvas ?? null;
  }

  show(picture: Picture): void {
    this.#picture = picture;
    if (this.#plot === null) this.#plot = new uPlot(this.#options(), columns(picture.data), this.#host);
    else this.#plot.setData(columns(picture.data));
  }

  #rebuild(): void {
    this.#theme = readTheme();
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#picture !== null) this.show(this.#picture);
    this.#events.onTheme(this.#theme);
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

  #move(event: KeyboardEvent): void {
    const plot = this.#plot;
    const times = this.#picture?.data.times ?? [];
    if (plot === null || times.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = times.length - 1;
    const at = plot.cursor.idx ?? this.#nowIndex();
    const step = event.shiftKey ? STRIDE : STEP;
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.#point(null);
    else if (to === undefined) return;
    else this.#point(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }

  /** The newest measured row. */
  #nowIndex(): number {
    const { times = [] } = this.#picture?.data ?? {};
    const now = (this.#picture?.nowMs ?? Number.POSITIVE_INFINITY) / 1000;
    return Math.max(
      0,
      times.findLastIndex((time) => time <= now),
    );
  }

  #point(index: number | null): void {
    const plot = this.#plot;
    const time = index === null ? undefined : this.#picture?.data.times[index];
    if (plot === null) return;
    if (time === undefined) plot.setCursor({ left: -10, top: -10 });
    else plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 });
  }

  #options(): uPlot.Options {
    const { text, grid, font } = this.#theme;
    const size = 11;
    const labels = font.replace(/^[\d.]+px/, `${size}px`);
    const axis: uPlot.Axis = {
      stroke: text,
      font: labels,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
    };
    const yAxis = { ...axis, label: "agents' worth of work", labelFont: labels, labelSize: 18, size: 44 };
    const drawn = LOOKS.filter(({ column }) => column !== null);
    const at = (name: string): number => drawn.findIndex((look) => look.name === name) + 1;
    const { band, saidBand } = this.#theme;
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: () => [0, Math.max(2, Math.ceil((this.#picture?.top ?? 0) * 1.08))] } },
      axes: [axis, yAxis],
      series: [{}, ...drawn.map((look) => this.#series(look))],
      bands: [
        { series: [at("Said upper"), at("Said lower")], fill: saidBand },
        { series: [at("Upper"), at("Lower")], fill: band },
      ],
      hooks: {
        draw: [(plot) => this.#draw(plot)],
        setCursor: [({ cursor }) => this.#events.onCursor(cursor.idx ?? null)],
      },
    };
  }

  #series({ name, colour, width, dash, shape }: Look): uPlot.Series {
    const stepped = shape === "step" ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
    return {
      label: name,
      stroke: this.#theme[colour],
      width: width * this.#theme.width,
      ...(dash.length === 0 ? {} : { dash: [...dash] }),
      ...(stepped === undefined ? {} : { paths: stepped }),
      points: { show: false },
      spanGaps: false,
    };
  }

  #draw(plot: uPlot): void {
    if (this.#picture === null) return;
    const { actions, marks, nowMs } = this.#picture;
    drawActions(plot, this.#theme, actions);
    drawNow(plot, this.#theme, nowMs);
    drawMarks(plot, this.#theme, marks);
  }
}

function columns(data: ChartData): uPlot.AlignedData {
  const drawn = LOOKS.flatMap(({ column }) => (column === null ? [] : [data[column]]));
  return [data.times, ...drawn] as unknown as uPlot.AlignedData;
}
