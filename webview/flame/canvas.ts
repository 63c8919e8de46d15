import { element } from "../shared/elements.ts";

/** In CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Canvases one above the other that fill an element, in the screen's own pixels; each is painted at most once a frame. */
export class Layers {
  readonly #host: HTMLElement;
  readonly #layers: readonly { readonly canvas: HTMLCanvasElement; readonly paint: Paint }[];
  readonly #due = new Set<number>();
  #size: Size = { width: 0, height: 0 };
  #ratio = 1;

  /** @param paints from the lowest to the highest */
  constructor(host: HTMLElement, paints: readonly Paint[], resized: (size: Size) => void) {
    this.#host = host;
    this.#layers = paints.map((paint) => ({ canvas: element("canvas"), paint }));
    for (const { canvas } of this.#layers) canvas.setAttribute("aria-hidden", "true");
    host.append(...this.#layers.map(({ canvas }) => canvas));
    new ResizeObserver(() => this.#measure(resized)).observe(host);
  }

  get size(): Size {
    return this.#size;
  }

  get canvases(): readonly HTMLCanvasElement[] {
    return this.#layers.map(({ canvas }) => canvas);
  }

  /** @param from this layer and those above it */
  repaint(from = 0): void {
    if (this.#due.size === 0) requestAnimationFrame(() => this.paintNow());
    for (let layer = from; layer < this.#layers.length; layer++) this.#due.add(layer);
  }

  paintNow(): void {
    const due = [...this.#due];
    this.#due.clear();
    if (this.#size.width === 0) return;
    for (const index of due) {
      const { canvas, paint } = this.#layers[index] ?? {};
      const context = canvas?.getContext("2d") ?? null;
      if (context === null || paint === undefined) continue;
      context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
      context.clearRect(0, 0, this.#size.width, this.#size.height);
      paint(context, this.#size);
    }
  }

  /** Where a pointer is, from the upper left corner. */
  at({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } {
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: clientX - left - this.#host.clientLeft, y: clientY - top - this.#host.clientTop };
  }

  #measure(resized: (size: Size) => void): void {
    const size = { width: this.#host.clientWidth, height: this.#host.clientHeight };
    const isSame = size.width === this.#size.width && size.height === this.#size.height;
    if (size.width === 0 || (isSame && this.#ratio === devicePixelRatio)) return;
    this.#size = size;
    this.#ratio = devicePixelRatio;
    for (const { canvas } of this.#layers) {
      canvas.width = Math.round(size.width * this.#ratio);
      canvas.height = Math.round(size.height * this.#ratio);
      canvas.style.width = `${size.width}px`;
      canvas.style.height = `${size.height}px`;
    }
    resized(size);
    this.repaint();
  }
}

type Paint = (context: CanvasRenderingContext2D, size: Size) => void;
