import type { TaskWindow } from "../ports.ts";

/** Kept a swarm: at ten tasks a second, of two events each, still the last seven minutes. */
const KEPT = 8_192;

interface Begun {
  readonly kind: "begun";
  readonly atMs: number;
  readonly waitedMs: number;
}

interface Ended {
  readonly kind: "ended";
  readonly atMs: number;
  readonly ranMs: number;
  readonly ok: boolean;
}

/** We ended its agent: it waits again. */
interface Cut {
  readonly kind: "cut";
  readonly atMs: number;
}

/** How long tasks waited and ran lately, and how their runs ended, a bounded number a swarm. Times are monotonic. */
export class TaskTimes {
  readonly #rings = new Map<string, (Begun | Ended | Cut)[]>();
  /** Up to when events were given up to make room. */
  readonly #cutMs = new Map<string, number>();

  begun(swarmId: string, atMs: number, waitedMs: number): void {
    this.#add(swarmId, { kind: "begun", atMs, waitedMs });
  }

  /** A run that says something about its task: what we ended ourselves does not. */
  ended(swarmId: string, atMs: number, ranMs: number, ok: boolean): void {
    this.#add(swarmId, { kind: "ended", atMs, ranMs, ok });
  }

  cut(swarmId: string, atMs: number): void {
    this.#add(swarmId, { kind: "cut", atMs });
  }

  /** What began or ended after `sinceMs`. */
  since(swarmId: string, sinceMs: number): TaskWindow {
    const waitedMs: number[] = [];
    const ranMs: number[] = [];
    let failed = 0;
    let cut = 0;
    const ring = this.#rings.get(swarmId) ?? [];
    const whole = sinceMs >= (this.#cutMs.get(swarmId) ?? Number.NEGATIVE_INFINITY);
    for (let at = ring.length - 1; at >= 0; at--) {
      const event = ring[at];
      if (event === undefined || event.atMs <= sinceMs) break;
      if (event.kind === "begun") waitedMs.push(event.waitedMs);
      else if (event.kind === "cut") cut++;
      else {
        ranMs.push(event.ranMs);
        if (!event.ok) failed++;
      }
    }
    return { waitedMs, ranMs, failed, cut, whole };
  }

  keepSwarms(swarmIds: ReadonlySet<string>): void {
    for (const id of this.#rings.keys()) if (!swarmIds.has(id)) this.#rings.delete(id);
    for (const id of this.#cutMs.keys()) if (!swarmIds.has(id)) this.#cutMs.delete(id);
  }

  #add(swarmId: string, event: Begun | Ended | Cut): void {
    const ring = this.#rings.get(swarmId) ?? [];
    this.#rings.set(swarmId, ring);
    ring.push(event);
    // Half at once, so that a busy swarm does not move the whole ring with every task.
    if (ring.length <= 2 * KEPT) return;
    this.#cutMs.set(swarmId, ring.splice(0, KEPT).at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
  }
}
