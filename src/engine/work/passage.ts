import type { Clock } from "../common/clock.ts";
import type { BreakerPermit } from "../guard/breakerState.ts";
import type { TaskRecord } from "../ports.ts";
import { LANES } from "../protocol/lanes.ts";
import type { Guards } from "./guards.ts";
import type { TaskTimes } from "./taskTimes.ts";
import type { Lesson } from "./verdict.ts";

/**
 * The way of a task through its guards: a place in its lane, a permit of its swarm's breaker and one of its lane's. All
 * three are taken together and come back together, exactly once.
 */
export class Passage {
  readonly #guards: Guards;
  readonly #times: TaskTimes;
  readonly #clock: Clock;
  readonly #permits = new Map<string, readonly BreakerPermit[]>();

  constructor(guards: Guards, times: TaskTimes, clock: Clock) {
    this.#guards = guards;
    this.#times = times;
    this.#clock = clock;
  }

  /** Into the queue of its lane; it was accepted before, so it is never shed. */
  wait({ id, lane, swarmId, priority }: TaskRecord): void {
    this.#guards.lane(lane).bulkhead.offer({ id, group: swarmId, priority, force: true });
  }

  /** It runs since before a restart: its place is its, its permits went with the engine that gave them. */
  resume({ id, lane }: TaskRecord): void {
    this.#guards.lane(lane).bulkhead.hold(id);
  }

  /** The swarm's next task that all guards let run: critical before standard before background. `null`: none. */
  enter(swarmId: string): string | null {
    const ofSwarm = this.#guards.swarmBreaker(swarmId).breaker;
    for (const lane of LANES) {
      const { bulkhead, breaker } = this.#guards.lane(lane);
      // Asked before anything is taken, so that there is nothing to give back.
      if (bulkhead.peek(swarmId) === null || ofSwarm.available() === 0 || breaker.breaker.available() === 0) continue;
      const id = bulkhead.take(swarmId);
      if (id === null) continue;
      const permits = [ofSwarm.tryAcquire(), breaker.breaker.tryAcquire()].filter((permit) => permit !== null);
      this.#permits.set(id, permits);
      return id;
    }
    return null;
  }

  /** Everything comes back, with what the guards should learn from it. */
  leave({ id, lane, swarmId }: TaskRecord, lesson: Lesson, durationMs: number | null): void {
    const { bulkhead } = this.#guards.lane(lane);
    const ok = lesson === "success";
    if (durationMs === null || lesson === "ignore") bulkhead.release(id);
    else {
      bulkhead.release(id, { durationMs, ok });
      this.#times.ended(swarmId, this.#clock.monotonicMs(), durationMs, ok);
    }
    for (const permit of this.#permits.get(id) ?? []) {
      if (lesson === "ignore") permit.ignore();
      else permit[lesson](durationMs ?? 0);
    }
    this.#permits.delete(id);
  }
}
