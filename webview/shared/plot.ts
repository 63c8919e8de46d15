import uPlot from "uplot";
import type { BaseTheme } from "./theme.ts";

const HEIGHT_RATIO = 0.42;
const MIN_HEIGHT = 220;
const MAX_HEIGHT = 460;
/** Rows that one press of a key passes: an arrow, and one with Shift. */
const STEP = 1;
const STRIDE = 20;
const LABEL_SIZE = 11;

/** What a chart is made of beside its data. Asked for anew at every change of theme. */
export interface PlotParts {
  readonly series: uPlot.Series[];
  readonly bands?: uPlot.Band[];
  /** What lies over the lines. */
  readonly draw?: (plot: uPlot) => void;
  /** How high it reaches, in the unit of the data. */
  readonly top: () => number;
  /** Other axes than agents' worth of work over the time of day. */
  readonly axes?: PlotAxes;
}

/** Axes whose marks have a unit. Marks lie at these steps only, so that what they say is not rounded. */
export interface PlotAxes {
  readonly xText: (value: number) => string;
  readonly xSteps: readonly number[];
  readonly yText: (value: number) => string;
  readonly ySteps: readonly number[];
}

export interface PlotEvents<T> {
  /** The cursor is at this row; `null`: it is nowhere. */
  readonly onCursor: (index: number | null) => void;
  readonly onTheme: (theme: T) => void;
}

/**
 * A chart over time, in agents' worth of work unless it says otherwise, on a canvas. Colours come from the theme at every drawing, so that a change of
 * theme is a redraw and no more; pointer and keyboard read it row by row.
 */
export class Plot<T extends BaseTheme> {
  readonly #host: HTMLElement;
  readonly #readTheme: () => T;
  readonly #parts: (theme: T) => PlotParts;
  readonly #events: PlotEvents<T>;
  #plot: uPlot | null = null;
  #theme: T;
  #data: uPlot.AlignedData | null = null;
  #newest = 0;

  constructor(host: HTMLElement, readTheme: () => T, parts: (theme: T) => PlotParts, events: PlotEvents<T>) {
    this.#host = host;
    this.#readTheme = readTheme;
    this.#parts = parts;
    this.#events = events;
    this.#theme = readTheme();
    host.setAttribute("role", "slider");
    host.tabIndex = 0;
    new ResizeObserver(() => this.#resize()).observe(host);
    // The editor puts the theme's variables on the root and its kind on the body.
    const themed = new MutationObserver(() => {
      this.#theme = this.#readTheme();
      this.rebuild();
      this.#events.onTheme(this.#theme);
    });
    themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    host.addEventListener("keydown", (event) => this.#move(event));
    host.addEventListener("blur", () => this.#point(null));
  }

  get theme(): T {
    return this.#theme;
  }

  /** `null` before the first picture. */
  get canvas(): HTMLCanvasElement | null {
    return this.#plot?.ctx.canvas ?? null;
  }

  /** @param data times in seconds first @param newest the row at which reading by keyboard begins */
  show(data: uPlot.AlignedData, newest: number): void {
    this.#data = data;
    this.#newest = Math.max(0, newest);
    if (this.#plot === null) this.#plot = new uPlot(this.#options(), data, this.#host);
    else this.#plot.setData(data);
  }

  /** Another set of lines, or other colours. */
  rebuild(): void {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#data !== null) this.show(this.#data, this.#newest);
  }

  /** @param series its place among the data, the times being 0 */
  setShown(series: number, show: boolean): void {
    this.#plot?.setSeries(series, { show });
  }

  /** The same for those who cannot see it: which row is read, of how many, and what it says. */
  tell(index: number, rows: number, text: string): void {
    this.#host.setAttribute("aria-valuemin", "0");
    this.#host.setAttribute("aria-valuemax", String(Math.max(0, rows - 1)));
    this.#host.setAttribute("aria-valuenow", String(Math.max(0, index)));
    this.#host.setAttribute("aria-valuetext", text);
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
    const rows = this.#data?.[0].length ?? 0;
    if (this.#plot === null || rows === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = rows - 1;
    const at = this.#plot.cursor.idx ?? this.#newest;
    const step = event.shiftKey ? STRIDE : STEP;
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.#point(null);
    else if (to === undefined) return;
    else this.#point(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }

  #point(index: number | null): void {
    const plot = this.#plot;
    const time = index === null ? undefined : this.#data?.[0][index];
    if (plot === null) return;
    if (time === undefined) plot.setCursor({ left: -10, top: -10 });
    else plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 });
  }

  #options(): uPlot.Options {
    const { text, grid, family } = this.#theme;
    const { series, bands = [], draw, top, axes } = this.#parts(this.#theme);
    const labels = `${LABEL_SIZE}px ${family}`;
    const axis: uPlot.Axis = {
      stroke: text,
      font: labels,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
    };
    const work = { ...axis, label: "agents' worth of work", labelFont: labels, labelSize: 18, size: 44 };
    const marked = (text: (value: number) => string, steps: readonly number[], size: number): uPlot.Axis => ({
      ...axis,
      ...{ size, incrs: [...steps], values: (_, splits) => splits.map(text) },
    });
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        ...(axes === undefined ? {} : { x: { time: false } }),
        y: { range: () => [0, Math.max(2, Math.ceil(top() * 1.08))] },
      },
      axes:
        axes === undefined ? [axis, work] : [marked(axes.xText, axes.xSteps, 34), marked(axes.yText, axes.ySteps, 64)],
      series: [{}, ...series],
      bands,
      hooks: {
        draw: draw === undefined ? [] : [draw],
        setCursor: [({ cursor }) => this.#events.onCursor(cursor.idx ?? null)],
      },
    };
  }
}

/** How a line looks, in widths of the theme's lines. */
export interface LineLook {
  readonly name: string;
  readonly width: number;
  /** What is drawn and left out in turn. */
  readonly dash: readonly number[];
  readonly shape: "line" | "step" | "edge" | "diamond";
}

/** A line that has gaps where nothing is known; a step holds until the next value. */
export function lineOf({ name, width, dash, shape }: LineLook, stroke: string, theme: BaseTheme): uPlot.Series {
  const stepped = shape === "step" ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label: name,
    stroke,
    width: width * theme.width,
    ...(dash.length === 0 ? {} : { dash: [...dash] }),
    ...(stepped === undefined ? {} : { paths: stepped }),
    points: { show: false },
    spanGaps: false,
  };
}
