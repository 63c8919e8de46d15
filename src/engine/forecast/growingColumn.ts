/** Numbers a chunk: half a megabyte, so that growing never copies what is there already. */
const CHUNK = 65_536;

/** Numbers of which nobody knows yet how many there will be: eight bytes each, and at most one chunk unused. */
export class GrowingColumn {
  readonly #chunks: Float64Array[] = [];
  #last = new Float64Array(0);
  #used = 0;

  get length(): number {
    return this.#chunks.length === 0 ? 0 : (this.#chunks.length - 1) * CHUNK + this.#used;
  }

  push(value: number): void {
    if (this.#used === this.#last.length) {
      this.#last = new Float64Array(CHUNK);
      this.#chunks.push(this.#last);
      this.#used = 0;
    }
    this.#last[this.#used++] = value;
  }

  /** All of them in one array; the column is empty afterwards, and its chunks are free one by one while it is filled. */
  take(): Float64Array {
    const out = new Float64Array(this.length);
    const used = this.#used;
    this.#used = 0;
    this.#last = new Float64Array(0);
    for (let at = 0; this.#chunks.length > 0; at += CHUNK) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      out.set(this.#chunks.length === 0 ? chunk.subarray(0, used) : chunk, at);
    }
    return out;
  }
}
