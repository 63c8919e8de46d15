import { aimName, aimValueText } from "../../src/text/allocation.ts";
import { element } from "../shared/elements.ts";
import { type Aim, domainOf, type Extent, placeOf, ticksOf } from "./front.ts";
import { isSameBase, readByKeys, type Scene, type SceneEvents } from "./scene.ts";
import { drawMark, drawRing, type Size, Surface } from "./surface.ts";
import type { ParetoTheme } from "./theme.ts";

const LEFT = 58;
const RIGHT = 16;
const TOP = 24;
const BOTTOM = 40;
/** A point is hit within this, in pixels. */
const NEAR = 24;
/** Pixels that one mark of an axis takes at least. */
const TICK_ACROSS = 80;
const TICK_UP = 50;
/** Share of an axis left free at both ends. */
const MARGIN = 0.04;

/** Two aims against each other, a point for each solution. */
export class Scatter {
  readonly element = element("div", { className: "chart scatter" });
  readonly #surface: Surface;
  #scene: Scene | null = null;
  #read: number | null = null;
  /** Where the solutions are, in pixels: across and up in turn. */
  #places = new Float64Array(0);

  constructor(events: SceneEvents) {
    readByKeys(this.element, "Scatter of two aims: the arrow keys move along the front, Enter chooses", events);
    this.#surface = new Surface(this.element, {
      base: (context, size, theme) => this.#base(context, size, theme),
      marks: (context, size, theme) => this.#marks(context, size, theme),
    });
    this.element.addEventListener("pointermove", (event) => events.read(this.#nearest(event)));
    this.element.addEventListener("pointerleave", () => events.read(null));
    this.element.addEventListener("click", (event) => {
      const at = this.#nearest(event);
      if (at !== null) events.choose(at);
    });
  }

  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    // Marks move with every step of a slider; what lies under them stays.
    if (before !== null && isSameBase(before, scene)) this.#surface.remark();
    else this.#surface.repaint();
  }

  /** What the pointer or the keyboard is at, in whichever picture. */
  showRead(at: number | null): void {
    this.#read = at;
    this.#surface.remark();
  }

  #nearest(event: MouseEvent): number | null {
    const { inside } = this.#scene ?? { inside: new Uint8Array(0) };
    const { x, y } = this.#surface.at(event);
    let nearest: number | null = null;
    let least = NEAR ** 2;
    for (let at = 0; at < inside.length; at++) {
      if (inside[at] !== 1) continue;
      const far = ((this.#places[2 * at] as number) - x) ** 2 + ((this.#places[2 * at + 1] as number) - y) ** 2;
      if (far < least) {
        least = far;
        nearest = at;
      }
    }
    return nearest;
  }

  #base(context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme): void {
    const scene = this.#scene;
    const axes = axesOf(scene, size);
    if (scene === null || axes === null) return;
    drawAxes(context, size, axes, scene.currency, theme);
    const { inside, front } = scene;
    this.#places = new Float64Array(2 * front.size);
    for (let at = 0; at < front.size; at++) {
      const { x, y } = axes.point(axes.across.values[at] as number, axes.up.values[at] as number);
      this.#places[2 * at] = x;
      this.#places[2 * at + 1] = y;
    }
    // Those outside first, so that none of them covers one that is inside.
    for (const [wanted, colour, radius] of [
      [0, theme.outside, 2.5],
      [1, theme.point, 3.5],
    ] as const) {
      context.beginPath();
      for (let at = 0; at < front.size; at++) {
        if (inside[at] !== wanted) continue;
        const [x, y] = [this.#places[2 * at] as number, this.#places[2 * at + 1] as number];
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fillStyle = colour;
      context.fill();
    }
  }

  #marks(context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme): void {
    const scene = this.#scene;
    const axes = axesOf(scene, size);
    if (scene === null || axes === null) return;
    const place = (at: number) => axes.point(axes.across.values[at] as number, axes.up.values[at] as number);
    const { across, up } = axes;
    if (across.current !== null && up.current !== null)
      drawMark(context, "current", axes.point(across.current, up.current), theme);
    if (scene.knee !== null) drawMark(context, "knee", place(scene.knee), theme, scene.knee === scene.pick);
    if (scene.pick !== null) drawMark(context, "pick", place(scene.pick), theme);
    if (scene.chosen !== null) drawRing(context, place(scene.chosen), 10, theme);
    if (this.#read !== null) drawRing(context, place(this.#read), 6, theme);
  }
}

interface Axes {
  readonly across: Aim;
  readonly up: Aim;
  readonly acrossDomain: Extent;
  readonly upDomain: Extent;
  readonly point: (across: number, up: number) => { readonly x: number; readonly y: number };
}

function axesOf(scene: Scene | null, { width, height }: Size): Axes | null {
  const across = scene?.front.aims.find(({ id }) => id === scene.across);
  const up = scene?.front.aims.find(({ id }) => id === scene.up);
  if (across === undefined || up === undefined) return null;
  const acrossDomain = spread(domainOf(across));
  const upDomain = spread(domainOf(up));
  const point = (a: number, b: number) => ({
    x: LEFT + placeOf(a, acrossDomain) * (width - LEFT - RIGHT),
    y: height - BOTTOM - placeOf(b, upDomain) * (height - TOP - BOTTOM),
  });
  return { across, up, acrossDomain, upDomain, point };
}

function spread({ low, high }: Extent): Extent {
  const room = (high - low) * MARGIN;
  return { low: low - room, high: high + room };
}

function drawAxes(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  { across, up, acrossDomain, upDomain, point }: Axes,
  currency: string | null,
  theme: ParetoTheme,
): void {
  context.strokeStyle = theme.grid;
  context.fillStyle = theme.text;
  context.lineWidth = 1;
  context.beginPath();
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const value of ticksOf(acrossDomain, (width - LEFT - RIGHT) / TICK_ACROSS)) {
    const { x } = point(value, upDomain.low);
    context.moveTo(x, TOP);
    context.lineTo(x, height - BOTTOM);
    context.fillText(aimValueText(across.id, value, currency), Math.min(x, width - RIGHT - 8), height - BOTTOM + 5);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticksOf(upDomain, (height - TOP - BOTTOM) / TICK_UP)) {
    const { y } = point(acrossDomain.low, value);
    context.moveTo(LEFT, y);
    context.lineTo(width - RIGHT, y);
    // The currency stands beside the axis' name.
    context.fillText(shortText(up, value, currency), LEFT - 6, y);
  }
  context.stroke();
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(axisName(up, currency, up.better === "lower" ? "↓" : "↑"), 4, 4);
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillText(axisName(across, currency, across.better === "lower" ? "←" : "→"), width - RIGHT, height - 4);
}

function shortText({ id }: Aim, value: number, currency: string | null): string {
  const text = aimValueText(id, value, currency);
  return id === "minimizeCost" ? (text.split(" ")[0] ?? text) : text;
}

/** With an arrow to its better end. */
function axisName({ id }: Aim, currency: string | null, arrow: string): string {
  return `${aimName(id)}${id === "minimizeCost" && currency !== null ? ` (${currency}/h)` : ""} · better ${arrow}`;
}
