import type { LeaseWorld } from "../ports.ts";
import type { LeaseHolder } from "../protocol/leases.ts";

/** A look at a process costs a read of its file; a crowd behind one process asks about the same one a hundred times. */
export const LOOK_MS = 250;
const MOST_KEPT = 2_000;

/** Looks at processes, each at most once in a quarter of a second: what ends meanwhile is seen at the next look. */
export class ProcessLooks {
  readonly #world: Pick<LeaseWorld, "isThere" | "speaksFor">;
  readonly #nowMs: () => number;
  readonly #seen = new Map<string, { readonly answer: boolean; readonly untilMs: number }>();

  constructor(world: Pick<LeaseWorld, "isThere" | "speaksFor">, nowMs: () => number) {
    this.#world = world;
    this.#nowMs = nowMs;
  }

  isThere(holder: LeaseHolder): boolean {
    return this.#look(keyOf(holder), () => this.#world.isThere(holder));
  }

  speaksFor(door: LeaseHolder, holder: LeaseHolder): boolean {
    return this.#look(`${keyOf(door)} for ${keyOf(holder)}`, () => this.#world.speaksFor(door, holder));
  }

  #look(key: string, look: () => boolean): boolean {
    const now = this.#nowMs();
    const seen = this.#seen.get(key);
    if (seen !== undefined && now < seen.untilMs) return seen.answer;
    if (this.#seen.size >= MOST_KEPT) this.#seen.clear();
    const answer = look();
    this.#seen.set(key, { answer, untilMs: now + LOOK_MS });
    return answer;
  }
}

function keyOf({ pid, startTime }: LeaseHolder): string {
  return `${pid} ${startTime}`;
}
