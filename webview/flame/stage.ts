import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { boxAt, firstBeyond } from "../../src/profiler/flame/visible.ts";
import { element } from "../shared/elements.ts";
import { BoxPainter, type Painting, ROW_HEIGHT } from "./boxes.ts";
import { Layers, type Size } from "./canvas.ts";
import type { FlameTheme } from "./theme.ts";
import type { Viewport } from "./viewport.ts";

export interface StageActions {
  /** −1: none. */
  readonly select: (box: number) => void;
  readonly hover: (box: number) => void;
  /** Another part is in sight. */
  readonly moved: () => void;
  readonly key: (key: "copy" | "open" | "sandwich" | "search") => void;
}

const ZOOM_STEP = 0.7;
const PAN_STEP = 0.15;
/** Pixels after which a press has become a drag. */
const DRAG = 4;

/** The boxes: painted, pointed at, dragged, and walked through with keys. */
export class Stage {
  readonly element = element("div", { className: "stage" });
  readonly #layers: Layers;
  readonly #view: Viewport;
  readonly #actions: StageActions;
  readonly #painter = new BoxPainter();
  #theme: FlameTheme;
  #painting: Painting | null = null;
  #selected = -1;
  #hovered = -1;
  /** The part that was painted last. */
  #seen = "";
  #press: { x: number; y: number; readonly startX: number; readonly startY: number; isDrag: boolean } | null = null;

  constructor(view: Viewport, theme: FlameTheme, actions: StageActions) {
    this.#view = view;
    this.#theme = theme;
    this.#actions = actions;
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-roledescription", "flame graph");
    this.#layers = new Layers(
      this.element,
      [(context, size) => this.#boxes(context, size), (context) => this.#marks(context)],
      ({ height }) => view.resize(height / ROW_HEIGHT),
    );
    this.#listen();
  }

  get selected(): number {
    return this.#selected;
  }

  get canvases(): readonly HTMLCanvasElement[] {
    return this.#layers.canvases;
  }

  get rowsInSight(): number {
    return Math.max(1, Math.floor(this.#layers.size.height / ROW_HEIGHT));
  }

  show(painting: Painting, theme: FlameTheme): void {
    if (this.#painting?.picture !== painting.picture) {
      this.#selected = -1;
      this.#hovered = -1;
    }
    this.#painting = painting;
    this.#theme = theme;
    this.#layers.repaint();
  }

  select(box: number): void {
    this.#selected = box;
    this.#layers.repaint(1);
  }

  /** Selects a box and brings it into sight. */
  go(box: number): void {
    const layout = this.#painting?.picture.layout;
    if (layout === undefined || box < 0) return;
    this.#view.reveal(layout.start[box] as number, layout.end[box] as number, this.#rowOf(box));
    this.#chosen(box);
    this.moved();
  }

  zoomToSelected(): void {
    const layout = this.#painting?.picture.layout;
    if (layout === undefined || this.#selected < 0) return;
    this.#view.show(layout.start[this.#selected] as number, layout.end[this.#selected] as number);
    this.moved();
  }

  moved(): void {
    // At an edge nothing has moved.
    const seen = `${this.#view.from} ${this.#view.to} ${this.#view.top}`;
    if (seen !== this.#seen) this.#layers.repaint();
    else this.#layers.repaint(1);
    this.#seen = seen;
    this.#actions.moved();
  }

  /** Paints at once what is due: before a picture is taken. */
  settle(): void {
    this.#layers.paintNow();
  }

  #boxes(context: CanvasRenderingContext2D, size: Size): void {
    if (this.#painting !== null) this.#painter.paint(context, this.#painting, this.#view, size, this.#theme);
  }

  #marks(context: CanvasRenderingContext2D): void {
    if (this.#hovered >= 0 && this.#hovered !== this.#selected)
      this.#outline(context, this.#hovered, this.#theme.text, 1);
    if (this.#selected < 0) return;
    this.#outline(context, this.#selected, this.#theme.background, 4);
    this.#outline(context, this.#selected, this.#theme.focus, 2);
  }

  #outline(context: CanvasRenderingContext2D, box: number, colour: string, width: number): void {
    const layout = this.#painting?.picture.layout;
    if (layout === undefined) return;
    const scale = this.#layers.size.width / this.#view.width;
    // Far beyond the edges lines would be drawn that nobody sees.
    const left = Math.max(-10, Math.round(((layout.start[box] as number) - this.#view.from) * scale));
    const right = Math.min(
      this.#layers.size.width + 10,
      Math.round(((layout.end[box] as number) - this.#view.from) * scale),
    );
    const top = Math.round((this.#rowOf(box) - this.#view.top) * ROW_HEIGHT);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(2, right - left - 2), ROW_HEIGHT - 2);
  }

  #rowOf(box: number): number {
    const rowFirst = this.#painting?.picture.layout.rowFirst ?? new Int32Array(1);
    let [low, high] = [0, rowFirst.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rowFirst[middle + 1] as number) > box) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #boxUnder(event: MouseEvent): number {
    const layout = this.#painting?.picture.layout;
    const { width } = this.#layers.size;
    if (layout === undefined || width === 0) return -1;
    const { x, y } = this.#layers.at(event);
    const at = this.#view.from + (x / width) * this.#view.width;
    return boxAt(layout, Math.floor(this.#view.top + y / ROW_HEIGHT), at);
  }

  #hover(box: number): void {
    if (box === this.#hovered) return;
    this.#hovered = box;
    this.#layers.repaint(1);
    this.#actions.hover(box);
  }

  #chosen(box: number): void {
    this.select(box);
    this.#actions.select(box);
  }

  #listen(): void {
    const { element: host } = this;
    host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const { clientX: x, clientY: y } = event;
      this.#press = { x, y, startX: x, startY: y, isDrag: false };
      host.setPointerCapture(event.pointerId);
    });
    host.addEventListener("pointermove", (event) => {
      const press = this.#press;
      if (press === null) {
        this.#hover(this.#boxUnder(event));
        return;
      }
      const { clientX, clientY } = event;
      press.isDrag ||= Math.hypot(clientX - press.startX, clientY - press.startY) > DRAG;
      if (!press.isDrag) return;
      this.#view.pan(((press.x - clientX) / this.#layers.size.width) * this.#view.width);
      this.#view.scrollTo(this.#view.top + (press.y - clientY) / ROW_HEIGHT);
      press.x = clientX;
      press.y = clientY;
      this.moved();
    });
    host.addEventListener("pointerup", (event) => {
      const press = this.#press;
      this.#press = null;
      if (press !== null && !press.isDrag) this.#chosen(this.#boxUnder(event));
    });
    host.addEventListener("pointercancel", () => (this.#press = null));
    host.addEventListener("pointerleave", () => this.#hover(-1));
    host.addEventListener("dblclick", () => this.zoomToSelected());
    host.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    host.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#key(event.key, event.shiftKey)) return;
      event.preventDefault();
    });
  }

  /** Up and down: nearer and further; with Shift, or sideways: along; with Alt: through the rows. */
  #wheel(event: WheelEvent): void {
    const { width } = this.#layers.size;
    if (this.#painting === null || width === 0) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [across, down] = [event.deltaX * lines, event.deltaY * lines];
    if (event.altKey) this.#view.scrollTo(this.#view.top + down / ROW_HEIGHT);
    else if (event.shiftKey || Math.abs(across) > Math.abs(down))
      this.#view.pan(((across === 0 ? down : across) / width) * this.#view.width);
    else {
      const at = this.#view.from + (this.#layers.at(event).x / width) * this.#view.width;
      this.#view.zoom(Math.exp(Math.max(-120, Math.min(120, down)) / 300), at);
    }
    this.moved();
  }

  /** @returns whether the key meant anything */
  #key(key: string, isShift: boolean): boolean {
    const view = this.#view;
    const layout = this.#painting?.picture.layout;
    if (layout === undefined) return false;
    const move = (change: () => void): true => {
      change();
      this.moved();
      return true;
    };
    const middle = this.#middle();
    switch (isShift ? `Shift+${key}` : key.toLowerCase()) {
      case "w":
      case "+":
      case "=":
      case "Shift++":
        return move(() => view.zoom(ZOOM_STEP, middle));
      case "s":
      case "-":
        return move(() => view.zoom(1 / ZOOM_STEP, middle));
      case "a":
      case "Shift+ArrowLeft":
        return move(() => view.pan(-PAN_STEP * view.width));
      case "d":
      case "Shift+ArrowRight":
        return move(() => view.pan(PAN_STEP * view.width));
      case "Shift+ArrowUp":
        return move(() => view.scrollTo(view.top - 1));
      case "Shift+ArrowDown":
        return move(() => view.scrollTo(view.top + 1));
      case "pageup":
        return move(() => view.scrollTo(view.top - this.rowsInSight));
      case "pagedown":
        return move(() => view.scrollTo(view.top + this.rowsInSight));
      case "home":
        return move(() => view.pan(-view.span));
      case "end":
        return move(() => view.pan(view.span));
      case "0":
        return move(() => view.show(0, view.span));
      case "arrowup":
        return this.#step(-1, 0);
      case "arrowdown":
        return this.#step(1, 0);
      case "arrowleft":
        return this.#step(0, -1);
      case "arrowright":
        return this.#step(0, 1);
      case "enter":
        this.zoomToSelected();
        return this.#selected >= 0;
      case "escape":
        if (!view.isWhole) return move(() => view.show(0, view.span));
        if (this.#selected < 0) return false;
        this.#chosen(-1);
        return true;
      case "c":
        this.#actions.key("copy");
        return true;
      case "o":
        this.#actions.key("open");
        return true;
      case "x":
        this.#actions.key("sandwich");
        return true;
      case "/":
        this.#actions.key("search");
        return true;
      default:
        return false;
    }
  }

  /** Of what is selected, where it is in sight; else of the whole. */
  #middle(): number {
    const { from, to } = this.#view;
    const layout = this.#painting?.picture.layout;
    const middle = (from + to) / 2;
    if (layout === undefined || this.#selected < 0) return middle;
    const at = ((layout.start[this.#selected] as number) + (layout.end[this.#selected] as number)) / 2;
    return at > from && at < to ? at : middle;
  }

  /** To the box above, below or beside; with none selected, to the one in the middle of the first row. */
  #step(down: number, across: number): true {
    const layout = this.#painting?.picture.layout;
    if (layout === undefined || layout.node.length === 0) return true;
    const { from, to } = this.#view;
    if (this.#selected < 0) {
      const row = layout.rootRow;
      const near = Math.min(firstBeyond(layout, row, (from + to) / 2), (layout.rowFirst[row + 1] as number) - 1);
      this.go(near);
      return true;
    }
    const row = this.#rowOf(this.#selected);
    if (across !== 0) {
      const next = this.#selected + across;
      if (next >= (layout.rowFirst[row] as number) && next < (layout.rowFirst[row + 1] as number)) this.go(next);
      return true;
    }
    const other = row + down;
    if (other < 0 || other >= rowsOf(layout)) return true;
    // The widest of those beside it that are in sight: of its callees, or its one caller.
    const [start, end] = [layout.start[this.#selected] as number, layout.end[this.#selected] as number];
    const low = firstBeyond(layout, other, Math.max(start, Math.min(from, end)));
    const first =
      low < (layout.rowFirst[other + 1] as number) && (layout.start[low] as number) < end
        ? low
        : firstBeyond(layout, other, start);
    let best = -1;
    let most = 0;
    for (let box = first; box < (layout.rowFirst[other + 1] as number) && (layout.start[box] as number) < end; box++) {
      const width = (layout.end[box] as number) - (layout.start[box] as number);
      if (width > most) [best, most] = [box, width];
    }
    this.go(best);
    return true;
  }
}
