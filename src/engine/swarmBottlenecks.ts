import type { Clock } from "./common/clock.ts";
import { CodedError } from "./common/errors.ts";
import { shownDisk } from "./keySeries.ts";
import { decisionsSince, sizeMetric } from "./kpiInputs.ts";
import {
  BOTTLENECK_MACHINE_SERIES,
  type BottleneckInputs,
  type BottlenecksPort,
  type BottleneckSwarm,
} from "./ports/bottlenecks.ts";
import type { DecisionLedger, SeriesStore, SwarmsPort } from "./ports.ts";
import type { Bottleneck, BottleneckComponent, BottleneckReport } from "./protocol/bottlenecks.ts";
import type { ManagedSwarmRow } from "./protocol/model.ts";
import type { Overview } from "./protocol/rpc.ts";
import { type GuardState, swarmBreakerId } from "./protocol/tasks.ts";

/** Long enough for a mean that one burst does not make, short enough to be about now. */
const WINDOW_MS = 15 * 60_000;
const STEP_MS = 10_000;

export interface SwarmBottlenecksParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly decisions: Pick<DecisionLedger, "list">;
  readonly swarms: Pick<SwarmsPort, "list">;
  readonly overview: () => Overview;
  readonly guard: () => GuardState;
  readonly clock: Pick<Clock, "wallMs">;
  /** Lets everything else that is due run first. */
  readonly pause: () => Promise<void>;
  readonly look: (inputs: BottleneckInputs, components: readonly BottleneckComponent[]) => readonly Bottleneck[];
}

/** Gathers what bottlenecks are looked for in: the last quarter of an hour, and lanes and breakers as they are now. */
export class SwarmBottlenecks implements BottlenecksPort {
  readonly #parts: SwarmBottlenecksParts;

  constructor(parts: SwarmBottlenecksParts) {
    this.#parts = parts;
  }

  async find(
    swarmId: string | null,
    components: readonly BottleneckComponent[],
    signal: AbortSignal,
  ): Promise<BottleneckReport> {
    const { overview, guard, clock, look } = this.#parts;
    const madeAtMs = clock.wallMs();
    const { host, facts, engine, swarms } = overview();
    const managed = swarms.filter(
      (row): row is ManagedSwarmRow => row.kind === "managed" && (swarmId === null || row.id === swarmId),
    );
    await this.#turn(signal);
    const machine = Object.fromEntries(
      BOTTLENECK_MACHINE_SERIES.map((metric) => [metric, this.#steps("machine", "", metric, madeAtMs)]),
    ) as BottleneckInputs["machine"];
    const seen: BottleneckSwarm[] = [];
    for (const row of managed) {
      await this.#turn(signal);
      seen.push(this.#swarm(row, madeAtMs));
    }
    const { lanes, breakers } = guard();
    const own = new Set(managed.map(({ id }) => swarmBreakerId(id)));
    const inputs: BottleneckInputs = {
      ...{ windowMs: WINDOW_MS, machine, host, lanes, engine },
      disk: shownDisk(facts),
      // Lanes are shared by all swarms, and so are their breakers.
      breakers: breakers.filter(({ id, of }) => of === "lane" || own.has(id)),
      swarms: seen,
    };
    return { swarmId, madeAtMs, windowMs: WINDOW_MS, findings: look(inputs, components) };
  }

  #swarm(row: ManagedSwarmRow, toMs: number): BottleneckSwarm {
    const { id, provider, target, maxAgents, activity, problem } = row;
    const view = this.#parts.swarms.list().find((one) => one.id === id);
    const size = view === undefined ? "live" : sizeMetric(view);
    const of = (metric: string): Float64Array => this.#steps("swarm", id, metric, toMs);
    return {
      ...{ id, provider, target, live: row[size], maxAgents },
      activity: activity.kind,
      hasProblem: problem !== null,
      demand: of("demand"),
      liveSteps: of(size),
      waiting: of("waitingTasks"),
      decisions: decisionsSince(this.#parts.decisions, id, toMs - WINDOW_MS).map(({ state }) => state.kind),
    };
  }

  #steps(scope: "machine" | "swarm", key: string, metric: string, toMs: number): Float64Array {
    return this.#parts.series.steps({ scope, key, metric }, STEP_MS, WINDOW_MS / STEP_MS, toMs);
  }

  async #turn(signal: AbortSignal): Promise<void> {
    await this.#parts.pause();
    if (signal.aborted) throw new CodedError("aborted", {});
  }
}
