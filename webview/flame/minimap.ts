import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { skyline } from "../../src/profiler/flame/visible.ts";
import { element } from "../shared/elements.ts";
import { mixed } from "../shared/theme.ts";
import { Layers, type Size } from "./canvas.ts";
import type { Picture } from "./scene.ts";
import type { FlameTheme } from "./theme.ts";
import type { Viewport } from "./viewport.ts";

/** Narrower than this, a drag was meant as a click. */
const MIN_DRAG = 3;

/** The outline of the whole picture with a window on what is in sight. A drag chooses another part; a click moves the window there. */
export class Minimap {
  readonly element = element("div", { className: "minimap" });
  readonly #layers: Layers;
  readonly #view: Viewport;
  readonly #shown: (from: number, to: number) => void;
  #theme: FlameTheme;
  #picture: Picture | null = null;
  #drag: { readonly from: number; to: number } | null = null;

  /** @param shown a part was chosen */
  constructor(view: Viewport, theme: FlameTheme, shown: (from: number, to: number) => void) {
    this.#view = view;
    this.#theme = theme;
    this.#shown = shown;
    // What it does is done by keys on the picture as well; it has no words of its own.
    this.element.setAttribute("aria-hidden", "true");
    this.#layers = new Layers(
      this.element,
      [(context, size) => this.#outline(context, size), (context, size) => this.#window(context, size)],
      () => undefined,
    );
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#picture === null) return;
      const { x } = this.#layers.at(event);
      this.#drag = { from: x, to: x };
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.#drag === null) return;
      this.#drag.to = this.#layers.at(event).x;
      this.#layers.repaint(1);
    });
    this.element.addEventListener("pointerup", () => this.#drop());
    this.element.addEventListener("pointercancel", () => {
      this.#drag = null;
      this.#layers.repaint(1);
    });
  }

  show(picture: Picture, theme: FlameTheme): void {
    const isSame = picture === this.#picture && theme === this.#theme;
    this.#picture = picture;
    this.#theme = theme;
    this.#layers.repaint(isSame ? 1 : 0);
  }

  moved(): void {
    this.#layers.repaint(1);
  }

  #drop(): void {
    const drag = this.#drag;
    const { width } = this.#layers.size;
    this.#drag = null;
    if (drag === null || width === 0) return;
    const at = (x: number): number => (Math.min(Math.max(x, 0), width) / width) * this.#view.span;
    if (Math.abs(drag.to - drag.from) < MIN_DRAG) {
      const half = this.#view.width / 2;
      this.#shown(at(drag.to) - half, at(drag.to) + half);
    } else this.#shown(at(Math.min(drag.from, drag.to)), at(Math.max(drag.from, drag.to)));
  }

  #outline(context: CanvasRenderingContext2D, { width, height }: Size): void {
    if (this.#picture === null) return;
    const { layout } = this.#picture;
    const rows = Math.max(1, rowsOf(layout));
    const filled = skyline(layout, width);
    context.fillStyle = mixed(this.#theme.text, this.#theme.isHighContrast ? 75 : 45);
    const isUp = layout.rootRow === 0;
    for (let x = 0; x < width; x++) {
      const tall = Math.ceil(((filled[x] as number) / rows) * (height - 2));
      // Stacks hang from the top as in the picture; a sandwich lies around its middle.
      if (tall > 0) context.fillRect(x, isUp ? 0 : Math.round((height - tall) / 2), 1, tall);
    }
  }

  #window(context: CanvasRenderingContext2D, { width, height }: Size): void {
    const { from, to, span } = this.#view;
    if (!(span > 0)) return;
    let [left, right] = [(from / span) * width, (to / span) * width];
    if (this.#drag !== null && Math.abs(this.#drag.to - this.#drag.from) >= MIN_DRAG)
      [left, right] = [Math.min(this.#drag.from, this.#drag.to), Math.max(this.#drag.from, this.#drag.to)];
    right = Math.max(right, left + 2);
    context.fillStyle = mixed(this.#theme.background, 65);
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.strokeStyle = this.#theme.focus;
    context.lineWidth = this.#theme.width;
    context.strokeRect(left + 1, 1, Math.max(1, right - left - 2), height - 2);
  }
}
