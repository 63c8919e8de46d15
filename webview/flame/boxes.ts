import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { visitRow } from "../../src/profiler/flame/visible.ts";
import type { Size } from "./canvas.ts";
import { pixelsOf } from "./pixels.ts";
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

/** A box with room for a name, in CSS pixels. */
interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly node: number;
  readonly isMatch: boolean;
}

/**
 * Paints boxes into pixels of its own: one line of each row, which is then copied to all of the row's. Ten thousand rectangles
 * given to a canvas one by one took 20 ms a frame without a graphics card; this takes as long for a million as for ten.
 */
export class BoxPainter {
  #image: ImageData | null = null;
  #pixels = new Uint32Array(0);
  #line = new Uint32Array(0);
  #palette: readonly string[] = [];
  #colours: Uint32Array = new Uint32Array(0);

  paint(
    context: CanvasRenderingContext2D,
    painting: Painting,
    view: Viewport,
    { width, height }: Size,
    theme: FlameTheme,
  ): void {
    const { picture, colours, fills, match } = painting;
    const { layout, tree } = picture;
    if (!(view.width > 0) || width === 0) return;
    const { canvas } = context;
    const ratio = canvas.width / width;
    const image = this.#cleared(context);
    this.#readPalette(fills, match !== null, theme);
    // 1. What is in sight, row by row, in the screen's pixels.
    const scale = canvas.width / view.width;
    const line = this.#line;
    const labelled: Labelled[] = [];
    const isMatch = (node: number): boolean => match !== null && match[tree.nodeFrame[node] as number] === 1;
    const colourOf = (node: number): number => {
      const at = match === null ? 0 : fills.length;
      return this.#colours[isMatch(node) ? 2 * fills.length : at + (colours[node] as number)] as number;
    };
    let y = 0;
    const visitor = {
      box: (box: number): void => {
        const node = layout.node[box] as number;
        const from = Math.round((Math.max(layout.start[box] as number, view.from) - view.from) * scale);
        const to = Math.round((Math.min(layout.end[box] as number, view.to) - view.from) * scale);
        // A gap of a pixel between boxes that are wide enough for one.
        const end = to - from > 3 ? to - 1 : Math.max(to, from + 1);
        line.fill(colourOf(node), from, end);
        const wide = (end - from) / ratio;
        if (wide >= MIN_LABEL_WIDTH || (theme.edge !== null && wide > 3))
          labelled.push({ x: from / ratio, y, width: wide, node, isMatch: isMatch(node) });
      },
      slivers: (box: number, start: number, end: number): void => {
        const from = Math.round((Math.max(start, view.from) - view.from) * scale);
        const to = Math.round((Math.min(end, view.to) - view.from) * scale);
        line.fill(colourOf(layout.node[box] as number), from, Math.max(to, from + 1));
      },
    };
    const last = Math.min(rowsOf(layout), Math.ceil(view.top + height / ROW_HEIGHT));
    for (let row = Math.floor(view.top); row < last; row++) {
      y = Math.round((row - view.top) * ROW_HEIGHT);
      line.fill(0);
      visitRow(layout, row, view.from, view.to, 0.5 / scale, visitor);
      const bottom = Math.min(canvas.height, Math.round((y + ROW_HEIGHT - 1) * ratio));
      for (let at = Math.max(0, Math.round(y * ratio)); at < bottom; at++) this.#pixels.set(line, at * canvas.width);
    }
    context.putImageData(image, 0, 0);
    // 2. Edges and names, where there is room.
    if (theme.edge !== null) drawEdges(context, labelled, theme.edge);
    drawLabels(context, labelled, painting, theme);
  }

  #cleared(context: CanvasRenderingContext2D): ImageData {
    const { width, height } = context.canvas;
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
      this.#line = new Uint32Array(width);
    } else this.#pixels.fill(0);
    return this.#image;
  }

  /** While something is searched for: the same colours dimmed, and one for what was found. */
  #readPalette(fills: readonly string[], isSearching: boolean, theme: FlameTheme): void {
    const dimmed = fills.map((fill) => `color-mix(in srgb, ${fill} 35%, ${theme.background})`);
    const palette = isSearching ? [...fills, ...dimmed, theme.match] : fills;
    if (palette.length === this.#palette.length && palette.every((colour, at) => colour === this.#palette[at])) return;
    this.#palette = palette;
    this.#colours = pixelsOf(palette);
  }
}

function drawEdges(context: CanvasRenderingContext2D, boxes: readonly Labelled[], edge: string): void {
  context.strokeStyle = edge;
  context.lineWidth = 1;
  for (const { x, y, width } of boxes) context.strokeRect(x + 0.5, y + 0.5, width - 1, ROW_HEIGHT - 2);
}

function drawLabels(
  context: CanvasRenderingContext2D,
  boxes: readonly Labelled[],
  { match, labelOf }: Painting,
  theme: FlameTheme,
): void {
  context.font = theme.codeFont;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.direction = "ltr";
  const letter = context.measureText("M").width;
  let fill = "";
  for (const { x, y, width, node, isMatch } of boxes) {
    if (width < MIN_LABEL_WIDTH) continue;
    const wanted = match === null ? theme.label : isMatch ? theme.matchLabel : theme.text;
    if (wanted !== fill) {
      fill = wanted;
      context.fillStyle = fill;
    }
    const room = width - 2 * PADDING;
    const letters = Math.floor(room / letter);
    const label = labelOf(node);
    const text = label.length <= letters ? label : `${label.slice(0, letters - 1)}…`;
    // Letters of a fixed width fit by their number; what has others is pressed into the room.
    if (/^[\x20-\x7e…]*$/.test(text)) context.fillText(text, x + PADDING, y + ROW_HEIGHT / 2);
    else context.fillText(text, x + PADDING, y + ROW_HEIGHT / 2, room);
  }
}
