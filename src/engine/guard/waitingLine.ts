/** One that waits. `key`: who has the least is first; `order`: among equals, who came first. */
export interface Waiter {
  readonly id: string;
  readonly key: number;
  readonly order: number;
  /** Monotonic, ms. */
  readonly sinceMs: number;
  /** Monotonic, ms; infinite for none. */
  readonly deadlineMs: number;
  place: number;
}

/**
 * A binary heap (Williams 1964) whose members know their place in it, so that taking out the first and taking out anyone
 * are both O(log n).
 */
export class WaitingLine {
  readonly #heap: Waiter[] = [];

  get size(): number {
    return this.#heap.length;
  }

  first(): Waiter | undefined {
    return this.#heap[0];
  }

  push(waiter: Waiter): void {
    waiter.place = this.#heap.length;
    this.#heap.push(waiter);
    this.#up(waiter);
  }

  remove(waiter: Waiter): void {
    const last = this.#heap.pop();
    if (last === undefined || last === waiter) return;
    last.place = waiter.place;
    this.#heap[last.place] = last;
    this.#up(last);
    this.#down(last);
  }

  /** The first `limit` in their order, without taking them out; O(limit · log limit), however many wait. */
  *inOrder(): Generator<Waiter> {
    // Candidates: whoever's parent has been given out. A heap of their own would be faster for very long outputs only.
    const candidates: Waiter[] = [];
    const root = this.#heap[0];
    if (root !== undefined) candidates.push(root);
    while (candidates.length > 0) {
      let best = 0;
      for (let n = 1; n < candidates.length; n++)
        if (before(candidates[n] as Waiter, candidates[best] as Waiter)) best = n;
      const [next] = candidates.splice(best, 1) as [Waiter];
      yield next;
      for (const place of [2 * next.place + 1, 2 * next.place + 2]) {
        const child = this.#heap[place];
        if (child !== undefined) candidates.push(child);
      }
    }
  }

  all(): readonly Waiter[] {
    return this.#heap;
  }

  #up(waiter: Waiter): void {
    const heap = this.#heap;
    let place = waiter.place;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Waiter;
      if (!before(waiter, above)) break;
      heap[place] = above;
      above.place = place;
      place = parent;
    }
    heap[place] = waiter;
    waiter.place = place;
  }

  #down(waiter: Waiter): void {
    const heap = this.#heap;
    let place = waiter.place;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Waiter, heap[left] as Waiter) ? right : left;
      const below = heap[child] as Waiter;
      if (!before(below, waiter)) break;
      heap[place] = below;
      below.place = place;
      place = child;
    }
    heap[place] = waiter;
    waiter.place = place;
  }
}

export function before(a: Waiter, b: Waiter): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}
