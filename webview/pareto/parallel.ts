import type { ObjectiveId } from "../../src/engine/protocol/optimize.ts";
import { aimName, aimValueText } from "../../src/text/allocation.ts";
import { element } from "../shared/elements.ts";
import { type Aim, domainOf, type Extent, placeOf } from "./front.ts";
import { isSameBase, readByKeys, type Scene, type SceneEvents } from "./scene.ts";
import { drawMark, type Size, Surface } from "./surface.ts";
import type { ParetoTheme } from "./theme.ts";

const SIDE = 46;
const TOP = 40;
const BOTTOM = 30;
/** A pointer this near to an axis draws a range on it; so near to a line it reads it. Pixels. */
const NEAR_AXIS = 12;
const NEAR_LINE = 16;
/** Less than this is a click, which takes the range away. */
const LEAST_DRAG = 4;
const BRUSH_WIDTH = 14;

export interface ParallelEvents extends SceneEvents {
  /** Another range of an aim; `null`: none. */
  readonly brush: (id: ObjectiveId, range: Extent | null) => void;
}

/** Every aim as an axis, a line for each solution; the better end of each is on top. */
export class Parallel {
  readonly element = element("div", { className: "chart parallel" });
  readonly #surface: Surface;
  readonly #events: ParallelEvents;
  #scene: Scene | null = null;
  #read: number | null = null;
  #drag: { readonly aim: Aim; readonly fromY: number; moved: boolean } | null = null;

  constructor(events: ParallelEvents) {
    this.#events = events;
    readByKeys(this.element, "All aims side by side: the arrow keys move along the front, Enter chooses", events);
    this.#surface = new Surface(this.element, {
      base: (context, size, theme) => this.#base(context, size, theme),
      marks: (context, size, theme) => this.#marks(context, size, theme),
    });
    this.element.addEventListener("pointerdown", (event) => this.#begin(event));
    this.element.addEventListener("pointermove", (event) => this.#move(event));
    this.element.addEventListener("pointerup", (event) => this.#end(event));
    this.element.addEventListener("pointercancel", () => (this.#drag = null));
    this.element.addEventListener("pointerleave", () => events.read(null));
  }

  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    // Marks move with every step of a slider; what lies under them stays.
    if (before !== null && isSameBase(before, scene)) this.#surface.remark();
    else this.#surface.repaint();
  }

  showRead(at: number | null): void {
    this.#read = at;
    this.#surface.remark();
  }

  #begin(event: PointerEvent): void {
    const { x, y } = this.#surface.at(event);
    const aim = this.#axisAt(x);
    if (aim === null) return;
    this.#drag = { aim, fromY: y, moved: false };
    this.element.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#surface.at(event);
    const drag = this.#drag;
    if (drag === null) {
      this.element.classList.toggle("on-axis", this.#axisAt(x) !== null);
      this.#events.read(this.#lineAt(x, y));
      return;
    }
    if (Math.abs(y - drag.fromY) >= LEAST_DRAG) drag.moved = true;
    if (!drag.moved) return;
    const [one, two] = [this.#valueAt(drag.aim, drag.fromY), this.#valueAt(drag.aim, y)];
    this.#events.brush(drag.aim.id, { low: Math.min(one, two), high: Math.max(one, two) });
  }

  #end(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = null;
    const { x, y } = this.#surface.at(event);
    if (drag === null) {
      const at = this.#lineAt(x, y);
      if (at !== null) this.#events.choose(at);
    } else if (!drag.moved) this.#events.brush(drag.aim.id, null);
  }

  #axisAt(x: number): Aim | null {
    const aims = this.#scene?.front.aims ?? [];
    return aims.find((_, m) => Math.abs(axisX(m, aims.length, this.#surface.size) - x) <= NEAR_AXIS) ?? null;
  }

  #valueAt(aim: Aim, y: number): number {
    const { height } = this.#surface.size;
    const up = Math.min(1, Math.max(0, (height - BOTTOM - y) / (height - TOP - BOTTOM)));
    const { low, high } = domainOf(aim);
    return low + (aim.better === "higher" ? up : 1 - up) * (high - low);
  }

  /** The solution whose line is nearest, of those that are inside. */
  #lineAt(x: number, y: number): number | null {
    const scene = this.#scene;
    const aims = scene?.front.aims ?? [];
    const { size } = this.#surface;
    if (scene === null || aims.length < 2 || y < TOP - NEAR_LINE) return null;
    const gap = axisX(1, aims.length, size) - axisX(0, aims.length, size);
    const along = (x - SIDE) / gap;
    const left = Math.min(aims.length - 2, Math.max(0, Math.floor(along)));
    const part = Math.min(1, Math.max(0, along - left));
    const yOf = [left, left + 1].map((m) => scaleOf(aims[m] as Aim, size));
    let nearest: number | null = null;
    let least = NEAR_LINE;
    for (let at = 0; at < scene.front.size; at++) {
      if (scene.inside[at] !== 1) continue;
      const from = yOf[0]?.((aims[left] as Aim).values[at] as number) ?? 0;
      const to = yOf[1]?.((aims[left + 1] as Aim).values[at] as number) ?? 0;
      const far = Math.abs(from + part * (to - from) - y);
      if (far < least) {
        least = far;
        nearest = at;
      }
    }
    return nearest;
  }

  #base(context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme): void {
    const scene = this.#scene;
    if (scene === null) return;
    const { aims, size: count } = scene.front;
    const scales = aims.map((aim) => scaleOf(aim, size));
    for (const [wanted, colour] of [
      [0, theme.outside],
      [1, theme.line],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      for (let at = 0; at < count; at++) {
        if (scene.inside[at] !== wanted) continue;
        // Each by itself: where many lie it is darker.
        context.beginPath();
        for (const [m, aim] of aims.entries()) {
          const [x, y] = [axisX(m, aims.length, size), scales[m]?.(aim.values[at] as number) ?? 0];
          if (m === 0) context.moveTo(x, y);
          else context.lineTo(x, y);
        }
        context.stroke();
      }
    }
    for (const [m, aim] of aims.entries()) drawAxis(context, size, aim, axisX(m, aims.length, size), scene, theme);
  }

  #marks(context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme): void {
    const scene = this.#scene;
    if (scene === null) return;
    const { aims } = scene.front;
    const scales = aims.map((aim) => scaleOf(aim, size));
    const x = (m: number): number => axisX(m, aims.length, size);
    const trace = (valueOf: (aim: Aim) => number | null, colour: string, width: number): void => {
      context.beginPath();
      let isOn = false;
      for (const [m, aim] of aims.entries()) {
        const value = valueOf(aim);
        if (value === null) {
          isOn = false;
          continue;
        }
        const y = scales[m]?.(value) ?? 0;
        if (isOn) context.lineTo(x(m), y);
        else context.moveTo(x(m), y);
        isOn = true;
      }
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    };
    const solution = (at: number) => (aim: Aim) => aim.values[at] ?? null;
    context.setLineDash([5, 4]);
    trace(({ current }) => current, theme.current, theme.width);
    context.setLineDash([]);
    for (const [at, colour] of [
      [scene.knee, theme.knee],
      [scene.pick, theme.pick],
    ] as const)
      if (at !== null) trace(solution(at), colour, theme.width);
    for (const at of [scene.chosen, this.#read]) if (at !== null) trace(solution(at), theme.ring, theme.width + 1);
    for (const [m, aim] of aims.entries()) {
      const place = (value: number | null) => ({ x: x(m), y: scales[m]?.(value ?? 0) ?? 0 });
      const { knee, pick } = scene;
      if (aim.current !== null) drawMark(context, "current", place(aim.current), theme);
      if (knee !== null) drawMark(context, "knee", place(solution(knee)(aim)), theme, knee === pick);
      if (pick !== null) drawMark(context, "pick", place(solution(pick)(aim)), theme);
    }
  }
}

function axisX(m: number, count: number, { width }: Size): number {
  return count < 2 ? width / 2 : SIDE + (m * (width - 2 * SIDE)) / (count - 1);
}

/** The better end is on top. */
function scaleOf(aim: Aim, { height }: Size): (value: number) => number {
  const domain = domainOf(aim);
  return (value) => {
    const place = placeOf(value, domain);
    return height - BOTTOM - (aim.better === "higher" ? place : 1 - place) * (height - TOP - BOTTOM);
  };
}

function drawAxis(
  context: CanvasRenderingContext2D,
  size: Size,
  aim: Aim,
  x: number,
  { currency, brushes }: Scene,
  theme: ParetoTheme,
): void {
  const bottom = size.height - BOTTOM;
  context.beginPath();
  context.moveTo(x, TOP);
  context.lineTo(x, bottom);
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  context.stroke();
  const range = brushes.get(aim.id);
  if (range !== undefined) {
    const ends = [range.low, range.high].map(scaleOf(aim, size)) as [number, number];
    const [top, end] = [Math.min(...ends), Math.max(...ends)];
    context.fillStyle = theme.brush;
    context.fillRect(x - BRUSH_WIDTH / 2, top, BRUSH_WIDTH, Math.max(1, end - top));
    context.strokeStyle = theme.ring;
    context.strokeRect(x - BRUSH_WIDTH / 2, top, BRUSH_WIDTH, Math.max(1, end - top));
  }
  const { low, high } = domainOf(aim);
  const [best, worst] = aim.better === "higher" ? [high, low] : [low, high];
  context.fillStyle = theme.text;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText(aimName(aim.id), x, 4);
  context.fillText(aimValueText(aim.id, best, currency), x, 20);
  context.textBaseline = "bottom";
  context.fillText(aimValueText(aim.id, worst, currency), x, size.height - 8);
}
