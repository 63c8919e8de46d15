/** What part of a picture is in sight: across in the profile's unit, down in rows. Never beyond the picture's edges. */
export class Viewport {
  #span = 0;
  #rows = 0;
  #rowsInSight = 1;
  from = 0;
  to = 0;
  /** Rows above the upper edge; a fraction while it is dragged. */
  top = 0;

  get width(): number {
    return this.to - this.from;
  }

  get span(): number {
    return this.#span;
  }

  get isWhole(): boolean {
    return this.from <= 0 && this.to >= this.#span;
  }

  get rowsInSight(): number {
    return this.#rowsInSight;
  }

  reset(span: number, rows: number, top: number): void {
    this.#span = span;
    this.#rows = rows;
    this.from = 0;
    this.to = span;
    this.top = 0;
    this.scrollTo(top);
  }

  resize(rowsInSight: number): void {
    this.#rowsInSight = Math.max(1, rowsInSight);
    this.scrollTo(this.top);
  }

  /** At least a billionth of the whole: beyond, places are no longer told from each other. */
  show(from: number, to: number): void {
    const width = Math.min(this.#span, Math.max(to - from, this.#span * 1e-9));
    this.from = Math.min(Math.max(0, from), this.#span - width);
    this.to = this.from + width;
  }

  /** @param factor below 1: nearer @param at a place that stays where it is */
  zoom(factor: number, at: number): void {
    const width = this.width * factor;
    const ratio = this.width > 0 ? (at - this.from) / this.width : 0.5;
    this.show(at - ratio * width, at + (1 - ratio) * width);
  }

  pan(by: number): void {
    const { width } = this;
    this.show(this.from + by, this.from + by + width);
  }

  scrollTo(top: number): void {
    this.top = Math.max(0, Math.min(top, this.#rows - this.#rowsInSight));
  }

  /** Brings a box into sight, moving as little as that takes. */
  reveal(start: number, end: number, row: number): void {
    if (start >= this.to || end <= this.from) {
      const middle = (start + end) / 2;
      this.show(middle - this.width / 2, middle + this.width / 2);
    }
    if (row < this.top) this.scrollTo(row);
    else if (row + 1 > this.top + this.#rowsInSight) this.scrollTo(row + 1 - this.#rowsInSight);
  }
}
