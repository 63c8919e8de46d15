import { createRng, type Rng } from "../../common/rng.ts";
import { Adam, clipScale, DEFAULT_ADAM } from "./adam.ts";
import { greedy, isAllowed } from "./greedy.ts";
import { initialNetwork, Network, Pass } from "./network.ts";
import { type Batch, ReplayMemory } from "./replayMemory.ts";

export interface LearnerOptions {
  readonly learningRate: number;
  readonly discount: number;
  /** Share of random actions: from `first`, times `decay` an episode, never below `least`. */
  readonly epsilon: { readonly first: number; readonly decay: number; readonly least: number };
  readonly memory: number;
  readonly batch: number;
  /** One step of gradient in so many decisions. */
  readonly every: number;
  /** The target network is renewed after so many steps of gradient. */
  readonly renewTarget: number;
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  /** The gradient is never longer. */
  readonly mostNorm: number;
}

export const DEFAULT_LEARNER: LearnerOptions = {
  learningRate: 0.001,
  discount: 0.95,
  epsilon: { first: 1, decay: 0.995, least: 0.05 },
  memory: 10_000,
  batch: 32,
  every: 4,
  renewTarget: 250,
  hidden: [64, 64],
  mostNorm: 10,
};

/** Share of random actions in an episode, the first being 0. */
export function epsilonAt(episode: number, { first, decay, least }: LearnerOptions["epsilon"]): number {
  return Math.max(least, first * decay ** episode);
}

/**
 * Q-learning with a network (Mnih et al. 2015) whose target is chosen by the network itself and valued by its older copy
 * (double DQN, van Hasselt et al. 2016): y = r + γ · Q⁻(s′, argmaxₐ Q(s′, a)). Huber loss with a knee at 1, gradient
 * clipped by its norm, Adam. Actions that are not allowed are neither chosen nor looked at in the target. Deterministic by
 * its seed.
 */
export class Learner {
  readonly network: Network;
  readonly memory: ReplayMemory;
  readonly options: LearnerOptions;
  readonly #rng: Rng;
  readonly #target: Network;
  readonly #adam: Adam;
  readonly #batch: Batch;
  readonly #pass: Pass;
  readonly #next: Pass;
  readonly #nextTarget: Pass;
  readonly #single: Pass;
  readonly #outputGradient: Float64Array;
  readonly #gradient: Float64Array;
  #decisions = 0;
  #steps = 0;
  #episode = 0;

  /** @throws RangeError for options that cannot be, named by field */
  constructor(inputs: number, actions: number, seed: number, options: LearnerOptions = DEFAULT_LEARNER) {
    check(options);
    if (!(Number.isInteger(actions) && actions > 0 && actions <= 8))
      throw new RangeError(`actions must be from 1 to 8, got ${actions}`);
    const sizes = [inputs, ...options.hidden, actions];
    this.options = options;
    this.#rng = createRng(seed);
    this.network = initialNetwork(sizes, this.#rng);
    this.#target = this.network.copy();
    this.memory = new ReplayMemory(options.memory, inputs);
    this.#adam = new Adam(this.network.parameters.length, { ...DEFAULT_ADAM, learningRate: options.learningRate });
    this.#batch = this.memory.newBatch(options.batch);
    this.#pass = new Pass(sizes, options.batch);
    this.#next = new Pass(sizes, options.batch);
    this.#nextTarget = new Pass(sizes, options.batch);
    this.#single = new Pass(sizes, 1);
    this.#outputGradient = new Float64Array(options.batch * actions);
    this.#gradient = new Float64Array(this.network.parameters.length);
  }

  /** Of the episode that runs. */
  get epsilon(): number {
    return epsilonAt(this.#episode, this.options.epsilon);
  }

  /** Steps of gradient taken. */
  get steps(): number {
    return this.#steps;
  }

  endEpisode(): void {
    this.#episode++;
  }

  /** Explores or takes the best. @param allowed bit a: action a may be taken @throws RangeError when none may, or for inputs that are no numbers */
  choose(observation: Float64Array, allowed: number): number {
    const { outputs } = this.network;
    if (this.#rng() < this.epsilon) {
      let count = 0;
      for (let action = 0; action < outputs; action++) if (isAllowed(allowed, action)) count++;
      let left = Math.floor(this.#rng() * count);
      for (let action = 0; action < outputs; action++) if (isAllowed(allowed, action) && left-- === 0) return action;
    }
    return greedy(this.network, this.#single, observation, allowed);
  }

  /** Remembers one decision and what came of it, and learns when it is time. @returns the loss of the step, or `null` */
  remember(
    observation: Float64Array,
    action: number,
    reward: number,
    nextObservation: Float64Array,
    nextAllowed: number,
    over: boolean,
  ): number | null {
    this.memory.add(observation, action, reward, nextObservation, nextAllowed, over);
    this.#decisions++;
    if (this.#decisions % this.options.every !== 0 || this.memory.size < this.options.batch) return null;
    return this.learn();
  }

  /** One step of gradient on a sample of the memory. @returns the mean Huber loss before it */
  learn(): number {
    const { discount, batch: size, mostNorm, renewTarget } = this.options;
    const batch = this.#batch;
    const { outputs } = this.network;
    this.memory.sample(batch, this.#rng);

    // 1. What comes after, valued by the older copy at the action that the network itself would take.
    this.#next.input.set(batch.nextObservations);
    this.#nextTarget.input.set(batch.nextObservations);
    const nextQ = this.network.forward(this.#next);
    const valued = this.#target.forward(this.#nextTarget);

    // 2. The error at the action that was taken; Huber: its square near zero, straight beyond 1.
    this.#pass.input.set(batch.observations);
    const q = this.network.forward(this.#pass);
    this.#outputGradient.fill(0);
    let loss = 0;
    for (let row = 0; row < size; row++) {
      const after =
        batch.over[row] === 1
          ? 0
          : (valued[row * outputs + best(nextQ, row * outputs, outputs, batch.nextAllowed[row] as number)] as number);
      const at = row * outputs + (batch.actions[row] as number);
      const error = (q[at] as number) - ((batch.rewards[row] as number) + discount * after);
      loss += Math.abs(error) <= 1 ? (error * error) / 2 : Math.abs(error) - 0.5;
      this.#outputGradient[at] = Math.max(-1, Math.min(1, error)) / size;
    }

    // 3. Back, clipped, one step.
    this.network.backward(this.#pass, this.#outputGradient, this.#gradient);
    this.#adam.step(this.network.parameters, this.#gradient, clipScale(this.#gradient, mostNorm));
    this.#steps++;
    if (this.#steps % renewTarget === 0) this.#target.take(this.network);
    return loss / size;
  }
}

function best(q: Float64Array, begin: number, actions: number, allowed: number): number {
  let found = -1;
  for (let action = 0; action < actions; action++)
    if (isAllowed(allowed, action) && (found < 0 || (q[begin + action] as number) > (q[begin + found] as number)))
      found = action;
  if (found < 0) throw new RangeError(`nextAllowed must allow an action, got ${allowed}`);
  return found;
}

function check({ learningRate, discount, epsilon, memory, batch, every, renewTarget, mostNorm }: LearnerOptions): void {
  for (const [name, value] of Object.entries({ learningRate, mostNorm }))
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be > 0, got ${value}`);
  for (const [name, value] of Object.entries({ memory, batch, every, renewTarget }))
    if (!(Number.isInteger(value) && value > 0)) throw new RangeError(`${name} must be a count > 0, got ${value}`);
  if (!(discount >= 0 && discount < 1)) throw new RangeError(`discount must be from 0 to below 1, got ${discount}`);
  for (const [name, value] of Object.entries(epsilon))
    if (!(value >= 0 && value <= 1)) throw new RangeError(`epsilon.${name} must be from 0 to 1, got ${value}`);
}
