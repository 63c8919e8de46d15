import { element } from "../shared/elements.ts";
import { type ParetoTheme, readTheme } from "./theme.ts";

/** In CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Painting {
  /** What changes with the data and the ranges. */
  readonly base: (context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme) => void;
  /** What follows the pointer. */
  readonly marks: (context: CanvasRenderingContext2D, size: Size, theme: ParetoTheme) => void;
}

const HEIGHT_RATIO = 0.78;
const MIN_HEIGHT = 220;
const MAX_HEIGHT = 420;

/**
 * Two canvases one above the other: a thousand solutions are drawn once, and what follows the pointer over them. Painted at
 * most once a frame. Colours come from the theme at every painting.
 */
export class Surface {
  readonly element: HTMLElement;
  readonly #painting: Painting;
  readonly #base = element("canvas");
  readonly #marks = element("canvas");
  #size: Size = { width: 0, height: 0 };
  #theme: ParetoTheme = readTheme();
  #due: "nothing" | "marks" | "all" = "nothing";

  constructor(host: HTMLElement, painting: Painting) {
    this.element = host;
    this.#painting = painting;
    for (const canvas of [this.#base, this.#marks]) canvas.setAttribute("aria-hidden", "true");
    host.append(this.#base, this.#marks);
    new ResizeObserver(() => this.#measure()).observe(host);
    // The editor puts the theme's variables on the root and its kind on the body.
    const themed = new MutationObserver(() => {
      this.#theme = readTheme();
      this.repaint();
    });
    themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  }

  get size(): Size {
    return this.#size;
  }

  repaint(): void {
    this.#plan("all");
  }

  remark(): void {
    this.#plan("marks");
  }

  /** Where a pointer is, from the upper left corner. */
  at({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } {
    const { left, top } = this.#base.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #plan(due: "marks" | "all"): void {
    if (this.#due === "nothing") requestAnimationFrame(() => this.#paint());
    if (this.#due !== "all") this.#due = due;
  }

  #paint(): void {
    const due = this.#due;
    this.#due = "nothing";
    if (this.#size.width === 0) return;
    if (due === "all") this.#draw(this.#base, this.#painting.base);
    this.#draw(this.#marks, this.#painting.marks);
  }

  #draw(canvas: HTMLCanvasElement, paint: Painting["base"]): void {
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#size.width, this.#size.height);
    context.font = `11px ${this.#theme.family}`;
    paint(context, this.#size, this.#theme);
  }

  #measure(): void {
    const width = Math.floor(this.element.clientWidth);
    if (width === 0) return;
    const height = Math.round(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, width * HEIGHT_RATIO)));
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    this.element.style.height = `${height}px`;
    for (const canvas of [this.#base, this.#marks]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    // Another size has emptied them.
    this.repaint();
  }
}

export type MarkShape = "current" | "knee" | "pick";

/** Pixels from the middle to a corner or an edge: where two lie on each other, the corners of the lower one are seen. */
const RADIUS = { current: 8, knee: 7, pick: 5.5 } as const;
const KNEE_UNDER_PICK = 11;

/**
 * ◆, ▲ or ●, with an edge in the background's colour, so that it is seen among many.
 * @param isUnder another mark will lie on it
 */
export function drawMark(
  context: CanvasRenderingContext2D,
  shape: MarkShape,
  { x, y }: { readonly x: number; readonly y: number },
  theme: ParetoTheme,
  isUnder = false,
): void {
  const r = isUnder ? KNEE_UNDER_PICK : RADIUS[shape];
  context.beginPath();
  if (shape === "pick") context.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "current") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
  } else {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y + r - 1);
    context.lineTo(x - r, y + r - 1);
  }
  context.closePath();
  context.fillStyle = theme[shape];
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = theme.background;
  context.stroke();
}

export function drawRing(
  context: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  radius: number,
  theme: ParetoTheme,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = theme.width;
  context.strokeStyle = theme.ring;
  context.stroke();
}
