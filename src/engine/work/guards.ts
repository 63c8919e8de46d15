import type { Clock } from "../common/clock.ts";
import { type Disposable, DisposableStore } from "../common/disposable.ts";
import { CodedError, messageOf } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Rng } from "../common/rng.ts";
import { Bulkhead } from "../guard/bulkhead.ts";
import { savedBreaker } from "../guard/breakerState.ts";
import { CircuitBreaker } from "../guard/circuitBreaker.ts";
import { GradientLimit } from "../guard/gradientLimit.ts";
import type { Log, TaskStore } from "../ports.ts";
import type { FaultTolerancePolicy } from "../protocol/faultTolerance.ts";
import { type Lane, LANES } from "../protocol/lanes.ts";
import { type BreakerAction, laneBreakerId, type LaneGate, swarmBreakerId } from "../protocol/tasks.ts";
import { breakerOptions } from "./breakerPolicy.ts";

/** A waiter of priority p is served like one of priority p + 1 that came this much later, so nobody waits for ever. */
const AGING_MS = 30_000;
const GATES: ReadonlySet<string> = new Set<LaneGate>(["open", "paused", "draining"]);

export interface GuardsParts {
  readonly policy: FaultTolerancePolicy;
  readonly store: Pick<TaskStore, "guards" | "saveGuard">;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
}

/** One breaker with what an operator did to it. */
export interface GuardedBreaker {
  readonly id: string;
  readonly breaker: CircuitBreaker;
  /** Counts changes of state. */
  revision: number;
  /** Who forced its state, while it is forced. */
  forcedBy: string | null;
}

/** A traffic class: a bulkhead, its gate, its own breaker. */
export interface GuardedLane {
  readonly lane: Lane;
  readonly bulkhead: Bulkhead;
  readonly breaker: GuardedBreaker;
  gate: LaneGate;
}

/** Every lane and breaker there is, with their saved state. What changes is saved at once, and told. */
export class Guards implements Disposable {
  readonly #parts: GuardsParts;
  readonly #owned = new DisposableStore();
  readonly #saved: ReadonlyMap<string, string>;
  readonly #lanes: ReadonlyMap<Lane, GuardedLane>;
  readonly #breakers = new Map<string, GuardedBreaker>();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #policy: FaultTolerancePolicy;

  constructor(parts: GuardsParts) {
    this.#parts = parts;
    this.#policy = parts.policy;
    this.#saved = parts.store.guards();
    this.#owned.add(this.#changed);
    this.#lanes = new Map(LANES.map((lane) => [lane, this.#createLane(lane)]));
  }

  get policy(): FaultTolerancePolicy {
    return this.#policy;
  }

  lanes(): readonly GuardedLane[] {
    return [...this.#lanes.values()];
  }

  lane(lane: Lane): GuardedLane {
    return this.#lanes.get(lane) as GuardedLane;
  }

  breakers(): readonly GuardedBreaker[] {
    return [...this.#breakers.values()];
  }

  /** The breaker in front of a swarm; made when it is first asked for. */
  swarmBreaker(swarmId: string): GuardedBreaker {
    return this.#breaker(swarmBreakerId(swarmId));
  }

  /** Breakers of swarms that are there no more. */
  keepSwarms(swarmIds: ReadonlySet<string>): void {
    for (const id of this.#breakers.keys())
      if (id.startsWith("swarm:") && !swarmIds.has(id.slice("swarm:".length))) this.#breakers.delete(id);
  }

  /** A changed policy, live: what runs and waits stays. */
  reconfigure(policy: FaultTolerancePolicy): void {
    this.#policy = policy;
    for (const { breaker } of this.#breakers.values()) breaker.reconfigure(breakerOptions(policy.breaker));
    for (const [lane, { bulkhead }] of this.#lanes) {
      const { capacity, queueLimit, adaptive } = policy.lanes[lane];
      bulkhead.resize({ capacity, queueLimit });
      bulkhead.limiter = adaptive ? (bulkhead.limiter ?? newLimiter(capacity)) : null;
    }
    this.#changed.emit();
  }

  /** @throws CodedError `store.write`: then the gate stays as it was */
  setGate(lane: Lane, gate: LaneGate): void {
    const guarded = this.lane(lane);
    this.#parts.store.saveGuard(`gate:${lane}`, JSON.stringify({ gate }));
    guarded.gate = gate;
    guarded.bulkhead.paused = gate === "paused";
    this.#changed.emit();
  }

  /** @throws CodedError `breaker.unknown`, `breaker.changed`, `breaker.illegal` */
  act(breakerId: string, action: BreakerAction, by: string, expectedRevision: number | undefined): GuardedBreaker {
    const guarded = this.#breakers.get(breakerId);
    if (guarded === undefined) {
      throw new CodedError("breaker.unknown", { breakerId, known: [...this.#breakers.keys()].join(", ") });
    }
    guarded.breaker.look();
    if (expectedRevision !== undefined && expectedRevision !== guarded.revision)
      throw new CodedError("breaker.changed", { breakerId, state: guarded.breaker.state.kind });
    guarded.forcedBy = action === "reset" ? null : by;
    guarded.breaker[action]();
    this.#save(guarded);
    this.#changed.emit();
    return guarded;
  }

  /** Places of a lane were given or came back, by somebody else's hand. */
  touch(): void {
    this.#changed.emit();
  }

  /** Breakers whose time has come change their state although nobody calls. */
  look(): void {
    for (const { breaker } of this.#breakers.values()) breaker.look();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #createLane(lane: Lane): GuardedLane {
    const { capacity, queueLimit, adaptive } = this.#policy.lanes[lane];
    const bulkhead = new Bulkhead(
      lane,
      { capacity, queueLimit, agingMs: AGING_MS },
      { nowMs: () => this.#parts.clock.monotonicMs() },
    );
    if (adaptive) bulkhead.limiter = newLimiter(capacity);
    const gate = this.#savedGate(lane);
    bulkhead.paused = gate === "paused";
    return { lane, bulkhead, gate, breaker: this.#breaker(laneBreakerId(lane)) };
  }

  #breaker(id: string): GuardedBreaker {
    const present = this.#breakers.get(id);
    if (present !== undefined) return present;
    const saved = this.#savedBreaker(id);
    const breaker = new CircuitBreaker(id, breakerOptions(this.#policy.breaker), {
      nowMs: () => this.#parts.clock.monotonicMs(),
      rng: this.#parts.rng,
      ...(saved === null ? {} : { saved: saved.state }),
    });
    const guarded: GuardedBreaker = { id, breaker, revision: 0, forcedBy: saved?.forcedBy ?? null };
    this.#breakers.set(id, guarded);
    this.#owned.add(
      breaker.onTransition(({ from, to, cause }) => {
        guarded.revision++;
        if (to.kind !== "forcedOpen" && to.kind !== "metricsOnly") guarded.forcedBy = null;
        this.#parts.log.info("breaker.transition", { breaker: id, from: from.kind, to: to.kind, cause: cause.code });
        this.#save(guarded);
        this.#changed.emit();
      }),
    );
    return guarded;
  }

  #save({ id, breaker, forcedBy }: GuardedBreaker): void {
    const savedAtMs = this.#parts.clock.wallMs();
    try {
      this.#parts.store.saveGuard(id, JSON.stringify({ state: breaker.save(), forcedBy, savedAtMs }));
    } catch (error) {
      // It goes on working; after a restart it would begin closed.
      this.#parts.log.warn("breaker.notSaved", { breaker: id, reason: messageOf(error) });
    }
  }

  #savedBreaker(id: string) {
    const json = this.#saved.get(id);
    if (json === undefined) return null;
    const { state, forcedBy, savedAtMs } = JSON.parse(json) as {
      state: unknown;
      forcedBy: string | null;
      savedAtMs: number;
    };
    const parsed = savedBreaker.safeParse(state);
    if (!parsed.success) {
      this.#parts.log.warn("breaker.notRestored", { breaker: id, reason: parsed.error.issues[0]?.message ?? "" });
      return null;
    }
    // A wall clock that was set back must not keep it open for longer than it was meant to be.
    const agoMs = Math.max(0, this.#parts.clock.wallMs() - savedAtMs);
    return { state: { saved: parsed.data, agoMs }, forcedBy };
  }

  #savedGate(lane: Lane): LaneGate {
    const json = this.#saved.get(`gate:${lane}`);
    const gate = json === undefined ? "open" : (JSON.parse(json) as { gate: LaneGate }).gate;
    return GATES.has(gate) ? gate : "open";
  }
}

function newLimiter(capacity: number): GradientLimit {
  return new GradientLimit({ min: 1, max: capacity, initial: capacity });
}
