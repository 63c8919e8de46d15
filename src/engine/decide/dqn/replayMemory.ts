import type { Rng } from "../../common/rng.ts";

/** A sample of the memory, in flat arrays that are used again for every sample. */
export interface Batch {
  readonly size: number;
  /** `size × inputs`, row by row: what was seen, and what was seen one decision later. */
  readonly observations: Float64Array;
  readonly nextObservations: Float64Array;
  readonly actions: Uint8Array;
  readonly rewards: Float64Array;
  /** Bit a: action a was allowed one decision later; 0 when the episode was over there. */
  readonly nextAllowed: Uint8Array;
  /** 1 when the episode was over: nothing comes after it. */
  readonly over: Uint8Array;
}

/** What happened, the newest `capacity` of it: a ring of flat arrays. Actions are numbered 0…7. */
export class ReplayMemory {
  readonly capacity: number;
  readonly inputs: number;
  readonly #observations: Float64Array;
  readonly #nextObservations: Float64Array;
  readonly #actions: Uint8Array;
  readonly #rewards: Float64Array;
  readonly #nextAllowed: Uint8Array;
  readonly #over: Uint8Array;
  #size = 0;
  #next = 0;

  /** @throws RangeError for a capacity or inputs of none */
  constructor(capacity: number, inputs: number) {
    for (const [name, value] of Object.entries({ capacity, inputs }))
      if (!(Number.isInteger(value) && value > 0)) throw new RangeError(`${name} must be a count > 0, got ${value}`);
    this.capacity = capacity;
    this.inputs = inputs;
    this.#observations = new Float64Array(capacity * inputs);
    this.#nextObservations = new Float64Array(capacity * inputs);
    this.#actions = new Uint8Array(capacity);
    this.#rewards = new Float64Array(capacity);
    this.#nextAllowed = new Uint8Array(capacity);
    this.#over = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** @throws RangeError for a reward or an observation that is no finite number: one of them would poison the network */
  add(
    observation: Float64Array,
    action: number,
    reward: number,
    nextObservation: Float64Array,
    nextAllowed: number,
    over: boolean,
  ): void {
    if (!Number.isFinite(reward)) throw new RangeError(`reward must be finite, got ${reward}`);
    const { inputs } = this;
    for (let i = 0; i < inputs; i++) {
      if (!Number.isFinite(observation[i]))
        throw new RangeError(`observation[${i}] must be finite, got ${observation[i]}`);
      if (!Number.isFinite(nextObservation[i]))
        throw new RangeError(`nextObservation[${i}] must be finite, got ${nextObservation[i]}`);
    }
    const slot = this.#next;
    this.#observations.set(observation, slot * inputs);
    this.#nextObservations.set(nextObservation, slot * inputs);
    this.#actions[slot] = action;
    this.#rewards[slot] = reward;
    this.#nextAllowed[slot] = nextAllowed;
    this.#over[slot] = over ? 1 : 0;
    this.#next = (slot + 1) % this.capacity;
    if (this.#size < this.capacity) this.#size++;
  }

  newBatch(size: number): Batch {
    if (!(Number.isInteger(size) && size > 0)) throw new RangeError(`size must be a count > 0, got ${size}`);
    return {
      size,
      observations: new Float64Array(size * this.inputs),
      nextObservations: new Float64Array(size * this.inputs),
      actions: new Uint8Array(size),
      rewards: new Float64Array(size),
      nextAllowed: new Uint8Array(size),
      over: new Uint8Array(size),
    };
  }

  /** Fills the batch, each row drawn evenly from all that is kept (with replacement). @throws RangeError when that is nothing */
  sample(batch: Batch, rng: Rng): void {
    if (this.#size === 0) throw new RangeError("the memory must not be empty, got 0");
    const { inputs } = this;
    for (let row = 0; row < batch.size; row++) {
      const slot = Math.floor(rng() * this.#size);
      const from = slot * inputs;
      const to = row * inputs;
      for (let i = 0; i < inputs; i++) {
        batch.observations[to + i] = this.#observations[from + i] as number;
        batch.nextObservations[to + i] = this.#nextObservations[from + i] as number;
      }
      batch.actions[row] = this.#actions[slot] as number;
      batch.rewards[row] = this.#rewards[slot] as number;
      batch.nextAllowed[row] = this.#nextAllowed[slot] as number;
      batch.over[row] = this.#over[slot] as number;
    }
  }
}
