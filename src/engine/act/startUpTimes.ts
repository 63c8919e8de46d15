import type { ManagedAgent } from "../ports.ts";

/** The last few start-ups: enough for a median that one slow start does not move. */
const KEPT = 21;

/** How long agents take from being seen starting to being ready. Agents taken over from another engine do not count. */
export class StartUpTimes {
  readonly #starting = new Map<string, number>();
  readonly #tookMs: number[] = [];

  look(agents: readonly ManagedAgent[], nowMonotonicMs: number): void {
    for (const { id, state } of agents) {
      const since = this.#starting.get(id);
      if (state === "starting") {
        if (since === undefined) this.#starting.set(id, nowMonotonicMs);
      } else if (since !== undefined) {
        this.#starting.delete(id);
        if (state !== "idle" && state !== "working") continue;
        this.#tookMs.push(nowMonotonicMs - since);
        if (this.#tookMs.length > KEPT) this.#tookMs.shift();
      }
    }
    if (this.#starting.size <= agents.length) return;
    const there = new Set(agents.map(({ id }) => id));
    for (const id of this.#starting.keys()) if (!there.has(id)) this.#starting.delete(id);
  }

  medianMs(): number | null {
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }
}
