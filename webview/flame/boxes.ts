import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { visitRow } from "../../src/profiler/flame/visible.ts";
import type { Picture } from "./scene.ts";
import type { FlameTheme } from "./theme.ts";
import type { Viewport } from "./viewport.ts";

export const ROW_HEIGHT = 18;
/** A box with less room has no label: three letters and a dot say nothing. */
const MIN_LABEL_WIDTH = 34;
const PADDING = 4;

/** How a picture is painted now. */
export interface Painting {
  readonly picture: Picture;
  /** Of each node. */
  readonly colours: Uint8Array;
  readonly fills: readonly string[];
  /** 1 for frames that were searched for; `null` when nothing is. */
  readonly match: Uint8Array | null;
  /** What stands in a node's box. */
  readonly labelOf: (node: number) => string;
}

/** Boxes in sight, collected row by row and painted colour by colour: changing the colour is what costs. */
export class BoxPainter {
  #count = 0;
  #x = new Int32Array(4_096);
  #y = new Int32Array(4_096);
  #w = new Int32Array(4_096);
  #colour = new Uint16Array(4_096);
  /** −1 for slivers, which have no label. */
  #node = new Int32Array(4_096);

  /** @returns how many boxes were painted */
  paint(
    context: CanvasRenderingContext2D,
    { picture, colours, fills, match, labelOf }: Painting,
    view: Viewport,
    { width, height }: { readonly width: number; readonly height: number },
    theme: FlameTheme,
  ): number {
    const { layout, tree } = picture;
    if (!(view.width > 0)) return 0;
    const scale = width / view.width;
    const first = Math.floor(view.top);
    const last = Math.min(rowsOf(layout), Math.ceil(view.top + height / ROW_HEIGHT));
    // 1. What is in sight, in pixels. Twice as many colours again for what was searched for, and for what was not.
    this.#count = 0;
    const colourOf = (node: number): number => {
      const colour = colours[node] as number;
      if (match === null) return colour;
      return match[tree.nodeFrame[node] as number] === 1 ? 2 * fills.length : fills.length + colour;
    };
    let y = 0;
    const visitor = {
      box: (box: number): void => {
        const node = layout.node[box] as number;
        const start = Math.max(layout.start[box] as number, view.from);
        const end = Math.min(layout.end[box] as number, view.to);
        this.#add((start - view.from) * scale, (end - view.from) * scale, y, colourOf(node), node);
      },
      slivers: (box: number, start: number, end: number): void => {
        const from = (Math.max(start, view.from) - view.from) * scale;
        const to = (Math.min(end, view.to) - view.from) * scale;
        this.#add(from, to, y, colourOf(layout.node[box] as number), -1);
      },
    };
    for (let row = first; row < last; row++) {
      y = Math.round((row - view.top) * ROW_HEIGHT);
      visitRow(layout, row, view.from, view.to, 0.5 / scale, visitor);
    }
    // 2. Colour by colour.
    const dimmed = fills.map((fill) => `color-mix(in srgb, ${fill} 35%, ${theme.background})`);
    const palette = match === null ? fills : [...fills, ...dimmed, theme.match];
    const order = this.#byColour(palette.length);
    let colour = -1;
    for (const at of order) {
      if (this.#colour[at] !== colour) {
        colour = this.#colour[at] as number;
        context.fillStyle = palette[colour] ?? theme.text;
      }
      context.fillRect(this.#x[at] as number, this.#y[at] as number, this.#w[at] as number, ROW_HEIGHT - 1);
    }
    if (theme.edge !== null) this.#edges(context, theme.edge);
    // 3. Names, where there is room.
    this.#labels(context, theme, palette.length - 1, match !== null, labelOf);
    return this.#count;
  }

  #add(from: number, to: number, y: number, colour: number, node: number): void {
    if (this.#count === this.#x.length) this.#grow();
    const x = Math.round(from);
    // A gap of a pixel between boxes that are wide enough for one.
    const width = Math.max(1, Math.round(to) - x);
    const at = this.#count++;
    this.#x[at] = x;
    this.#y[at] = y;
    this.#w[at] = width > 3 && node >= 0 ? width - 1 : width;
    this.#colour[at] = colour;
    this.#node[at] = node;
  }

  #grow(): void {
    const twice = <A extends Int32Array | Uint16Array>(made: A, old: A): A => {
      made.set(old);
      return made;
    };
    const size = 2 * this.#count;
    this.#x = twice(new Int32Array(size), this.#x);
    this.#y = twice(new Int32Array(size), this.#y);
    this.#w = twice(new Int32Array(size), this.#w);
    this.#colour = twice(new Uint16Array(size), this.#colour);
    this.#node = twice(new Int32Array(size), this.#node);
  }

  /** Counting sort: boxes by their colour, in the order they were found. */
  #byColour(colours: number): Int32Array {
    const next = new Int32Array(colours + 1);
    for (let at = 0; at < this.#count; at++) {
      const colour = (this.#colour[at] as number) + 1;
      next[colour] = (next[colour] as number) + 1;
    }
    for (let colour = 1; colour <= colours; colour++)
      next[colour] = (next[colour] as number) + (next[colour - 1] as number);
    const order = new Int32Array(this.#count);
    for (let at = 0; at < this.#count; at++) {
      const colour = this.#colour[at] as number;
      order[next[colour] as number] = at;
      next[colour] = (next[colour] as number) + 1;
    }
    return order;
  }

  #edges(context: CanvasRenderingContext2D, edge: string): void {
    context.strokeStyle = edge;
    context.lineWidth = 1;
    for (let at = 0; at < this.#count; at++) {
      const width = this.#w[at] as number;
      if (width > 3)
        context.strokeRect((this.#x[at] as number) + 0.5, (this.#y[at] as number) + 0.5, width - 1, ROW_HEIGHT - 2);
    }
  }

  #labels(
    context: CanvasRenderingContext2D,
    theme: FlameTheme,
    matched: number,
    isSearching: boolean,
    labelOf: (node: number) => string,
  ): void {
    context.font = theme.codeFont;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.direction = "ltr";
    const letter = context.measureText("M").width;
    let fill = "";
    for (let at = 0; at < this.#count; at++) {
      const node = this.#node[at] as number;
      const room = (this.#w[at] as number) - 2 * PADDING;
      if (node < 0 || room < MIN_LABEL_WIDTH - 2 * PADDING) continue;
      const wanted = isSearching ? (this.#colour[at] === matched ? theme.matchLabel : theme.text) : theme.label;
      if (wanted !== fill) {
        fill = wanted;
        context.fillStyle = fill;
      }
      const letters = Math.floor(room / letter);
      const label = labelOf(node);
      const text = label.length <= letters ? label : `${label.slice(0, letters - 1)}…`;
      const [x, y] = [(this.#x[at] as number) + PADDING, (this.#y[at] as number) + ROW_HEIGHT / 2];
      // Letters of a fixed width fit by their number; what has others is pressed into the room.
      if (/^[\x20-\x7e…]*$/.test(text)) context.fillText(text, x, y);
      else context.fillText(text, x, y, room);
    }
  }
}
