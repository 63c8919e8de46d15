import type { StateMessage } from "../../engine/protocol/webview.ts";

/** Sends a page its state: whole at first, then only what has changed. */
export class StateSender<S extends object> {
  readonly #post: (message: StateMessage<S>) => void;
  readonly #long: ReadonlySet<keyof S>;
  #seq = 0;
  #sent: S | null = null;

  /** @param long keys whose values are long and are read as a whole: another one is another object, and is not compared */
  constructor(post: (message: StateMessage<S>) => void, long: readonly (keyof S)[]) {
    this.#post = post;
    this.#long = new Set(long);
  }

  /** What the page has; `null` before it asked for it. */
  get sent(): S | null {
    return this.#sent;
  }

  full(state: S): void {
    this.#sent = state;
    this.#post({ type: "full", seq: ++this.#seq, state });
  }

  /** Nothing before the page has asked for everything. */
  push(state: S): void {
    if (this.#sent === null) return;
    const changes = this.#changes(this.#sent, state);
    this.#sent = state;
    if (changes !== null) this.#post({ type: "update", seq: ++this.#seq, changes });
  }

  #changes(before: S, after: S): Partial<S> | null {
    const keys = (Object.keys(after) as (keyof S)[]).filter((key) => {
      if (before[key] === after[key]) return false;
      return this.#long.has(key) || JSON.stringify(before[key]) !== JSON.stringify(after[key]);
    });
    return keys.length === 0 ? null : (Object.fromEntries(keys.map((key) => [key, after[key]])) as Partial<S>);
  }
}
