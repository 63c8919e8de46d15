/** Figures that change more often cannot be read, and every change of a row takes a tooltip under way from the pointer. */
export const FIGURES_INTERVAL_MS = 2_000;

/** A tooltip that has just been asked for is left alone this long, to be read. */
export const TOOLTIP_REST_MS = 8_000;

/**
 * When the rows take over a new state. Rows that come, go or offer something else are shown at once, figures at a calm
 * pace and not under the pointer.
 */
export class Pace {
  #figuresMs = Number.NEGATIVE_INFINITY;
  #tooltipMs = Number.NEGATIVE_INFINITY;

  tooltipAsked(nowMs: number): void {
    this.#tooltipMs = nowMs;
  }

  /** @returns whether to show the change now; a figure that waits is shown with a later state */
  admits(change: "nothing" | "figures" | "shape", nowMs: number): boolean {
    if (change === "nothing") return false;
    if (change === "figures") {
      if (nowMs - this.#figuresMs < FIGURES_INTERVAL_MS || nowMs - this.#tooltipMs < TOOLTIP_REST_MS) return false;
    }
    this.#figuresMs = nowMs;
    return true;
  }
}
