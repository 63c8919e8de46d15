import type { Decision } from "../../protocol/model.ts";

/** Decisions of one swarm since the engine started. */
export interface DecisionCounts {
  readonly swarmId: string;
  /** By who decided. */
  readonly made: ReadonlyMap<Decision["origin"], number>;
  /** By how they went. */
  readonly ended: ReadonlyMap<Decision["state"]["kind"], number>;
}

type Row = Pick<Decision, "id" | "swarmId" | "origin" | "state" | "wallMs">;

const ENDS: ReadonlySet<Decision["state"]["kind"]> = new Set([
  "withdrawn",
  "confirmed",
  "unconfirmed",
  "rolledBack",
  "refused",
  "interrupted",
]);
/** Decisions remembered, so that none counts twice. Far more than are asked for at a look. */
const REMEMBERED = 2_000;
const MOST_SWARMS = 100;

/** Counts decisions from the newest of them, looked at whenever they have changed. Bounded. */
export class DecisionTally {
  readonly #sinceMs: number;
  /** What was counted of each: `made`, and each end. In the order of the first look. */
  readonly #counted = new Map<string, Set<string>>();
  readonly #swarms = new Map<
    string,
    { readonly made: Map<Decision["origin"], number>; readonly ended: Map<Decision["state"]["kind"], number> }
  >();

  /** @param sinceMs decisions from before it, which an earlier engine made, do not count as made here */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  look(rows: readonly Row[]): void {
    for (const { id, swarmId, origin, state, wallMs } of rows) {
      if (wallMs < this.#sinceMs) continue;
      const counted = this.#counted.get(id) ?? new Set();
      if (!this.#counted.has(id)) this.#counted.set(id, counted);
      const swarm = this.#swarm(swarmId);
      if (swarm === null) continue;
      if (!counted.has("made")) {
        counted.add("made");
        swarm.made.set(origin, (swarm.made.get(origin) ?? 0) + 1);
      }
      if (ENDS.has(state.kind) && !counted.has(state.kind)) {
        counted.add(state.kind);
        swarm.ended.set(state.kind, (swarm.ended.get(state.kind) ?? 0) + 1);
      }
    }
    for (const id of this.#counted.keys()) {
      if (this.#counted.size <= REMEMBERED) break;
      this.#counted.delete(id);
    }
  }

  get remembered(): number {
    return this.#counted.size;
  }

  counts(): readonly DecisionCounts[] {
    return [...this.#swarms].map(([swarmId, { made, ended }]) => ({ swarmId, made, ended }));
  }

  #swarm(swarmId: string) {
    const known = this.#swarms.get(swarmId);
    if (known !== undefined) return known;
    if (this.#swarms.size >= MOST_SWARMS) return null;
    const fresh = { made: new Map(), ended: new Map() };
    this.#swarms.set(swarmId, fresh);
    return fresh;
  }
}
