/** What a simulated swarm is like. Times are in steps. */
export interface SwarmPhysics {
  readonly stepSeconds: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Ready at the begin. */
  readonly initialAgents: number;
  /** From its start until an agent takes work; it costs from the start on. */
  readonly startUpSteps: number;
  /** From the order to go until it is gone; it costs until then and takes no work. */
  readonly drainSteps: number;
}

/**
 * A swarm as a fluid. Work is measured in agent-seconds: a demand of 3 over a step of 10 s brings 30 of them, evenly over
 * the step. Ready agents serve one agent-second a second, first come first served; what they cannot serve waits. Nothing is
 * allocated in a step, so that a learner can take millions of them.
 *
 * Held in every step: arrived = served + change of the backlog.
 */
export class SimulatedSwarm {
  readonly physics: SwarmPhysics;
  ready: number;
  starting = 0;
  draining = 0;
  /** Agents that are meant to be there: ready + starting. */
  target: number;
  /** Work that waits, agent-seconds. */
  backlog = 0;
  /** Of the last step, agent-seconds; `unmet` is what arrived beyond what the ready agents could have served of it. */
  arrived = 0;
  served = 0;
  unmet = 0;
  /** Agents of the last step, each for the whole of it: ready, starting and draining. */
  paid = 0;
  /** Started agents by the step in which they become ready, and leaving ones by that in which they are gone: two rings. */
  readonly #due: Int32Array;
  readonly #gone: Int32Array;
  #step = 0;

  /** @throws RangeError for physics that cannot be */
  constructor(physics: SwarmPhysics) {
    const { stepSeconds, minAgents, maxAgents, initialAgents, startUpSteps, drainSteps } = physics;
    if (!(stepSeconds > 0 && Number.isFinite(stepSeconds)))
      throw new RangeError(`stepSeconds must be > 0, got ${stepSeconds}`);
    for (const [name, value] of Object.entries({ minAgents, maxAgents, initialAgents, startUpSteps, drainSteps }))
      if (!(Number.isInteger(value) && value >= 0 && value <= 1_000_000))
        throw new RangeError(`${name} must be a whole number from 0 to 1000000, got ${value}`);
    if (minAgents > maxAgents) throw new RangeError(`minAgents ${minAgents} is above maxAgents ${maxAgents}`);
    this.physics = physics;
    this.ready = Math.min(Math.max(initialAgents, minAgents), maxAgents);
    this.target = this.ready;
    this.#due = new Int32Array(startUpSteps + 1);
    this.#gone = new Int32Array(drainSteps + 1);
  }

  /**
   * One step: what is due becomes ready, the target is taken (within the bounds), work comes and is served.
   * @param demand agents' worth of work, ≥ 0
   * @throws RangeError for a target that is no whole number
   */
  step(demand: number, target: number): void {
    const { stepSeconds, minAgents, maxAgents, startUpSteps, drainSteps } = this.physics;
    if (!Number.isInteger(target)) throw new RangeError(`target must be a whole number, got ${target}`);
    const now = this.#step++;

    // 1. Time passes: starts and ends that are due.
    const dueSlot = now % (startUpSteps + 1);
    const due = this.#due[dueSlot] as number;
    this.#due[dueSlot] = 0;
    this.starting -= due;
    this.ready += due;
    const goneSlot = now % (drainSteps + 1);
    this.draining -= this.#gone[goneSlot] as number;
    this.#gone[goneSlot] = 0;

    // 2. The new size. Those that are not ready yet go first, the youngest before the others: nobody needs them less.
    const wanted = target < minAgents ? minAgents : target > maxAgents ? maxAgents : target;
    let change = wanted - this.target;
    this.target = wanted;
    if (change > 0) {
      if (startUpSteps === 0) this.ready += change;
      else {
        this.#due[(now + startUpSteps) % (startUpSteps + 1)] =
          (this.#due[(now + startUpSteps) % (startUpSteps + 1)] as number) + change;
        this.starting += change;
      }
    } else if (change < 0) {
      const leaving = -change;
      for (let ahead = startUpSteps; ahead > 0 && change < 0; ahead--) {
        const slot = (now + ahead) % (startUpSteps + 1);
        const taken = Math.min(this.#due[slot] as number, -change);
        this.#due[slot] = (this.#due[slot] as number) - taken;
        this.starting -= taken;
        change += taken;
      }
      this.ready += change;
      if (drainSteps > 0) {
        const slot = (now + drainSteps) % (drainSteps + 1);
        this.#gone[slot] = (this.#gone[slot] as number) + leaving;
        this.draining += leaving;
      }
    }

    // 3. Work.
    const arrived = demand * stepSeconds;
    const most = this.ready * stepSeconds;
    const waiting = this.backlog + arrived;
    this.arrived = arrived;
    this.unmet = arrived > most ? arrived - most : 0;
    this.served = waiting < most ? waiting : most;
    this.backlog = waiting - this.served;
    this.paid = this.ready + this.starting + this.draining;
  }
}
