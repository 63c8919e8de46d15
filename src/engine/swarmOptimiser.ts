import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError } from "./common/errors.ts";
import type {
  AgentPrice,
  FootprintSizes,
  HeavyPort,
  MeasuredTasks,
  OptimisedSwarm,
  OptimiserPort,
  OptimizeRequest,
  SeriesStore,
  TaskRecord,
  TaskStore,
  WorkRecords,
} from "./ports.ts";
import type { GrowthRoom } from "./protocol/model.ts";
import { type Lane, LANES } from "./protocol/lanes.ts";
import {
  type Allocation,
  DEFAULT_WEIGHTS,
  type ObjectiveWeights,
  type SwarmOptimization,
} from "./protocol/optimize.ts";
import type { Prices } from "./protocol/prices.ts";
import type { LaneRow } from "./protocol/tasks.ts";

/** Tasks that arrived so long ago say how the load is now. */
const WINDOW_MS = 3_600_000;
/** Of a swarm whose time is squeezed a day of its own, as far as that is less. */
const DAY_MS = 86_400_000;
/** More than the store keeps of those that ended. */
const MOST_TASKS = 10_000;
/** Read at once: 2 to 3 ms of the engine's thread, which has others to answer in between. */
const PAGE_TASKS = 500;
const STEP_MS = 60_000;
/** So much of the processors kept busy by others is worth a word. */
const OTHERS_RATIO = 0.25;
/** Of all kinds together: a swarm runs one kind, so its own maximum is the limit. */
const MOST_AGENTS = 10_000;
/** As the kernel has it, where nobody set one. */
const USUAL_CPU_WEIGHT = 100;

export interface SwarmOptimiserParts {
  readonly tasks: Pick<TaskStore, "list">;
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  readonly clock: Clock;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly footprints: {
    room(swarmId: string): Pick<GrowthRoom, "leftBytes" | "footprint">;
    /** Peaks of single agents, and what those of now take together. */
    sizes(swarmId: string): Pick<FootprintSizes, "rssBytes" | "cpuCores">;
    memory(swarmId: string): { readonly peakBytes: readonly number[]; readonly usedBytes: number };
  };
  readonly work: Pick<WorkRecords, "keptSinceMs"> & {
    guard(): { readonly lanes: readonly Pick<LaneRow, "lane" | "capacity">[] };
  };
  /** Of the machine, under every limit above us; `null`: not measured yet. */
  readonly cpuCores: () => number | null;
  /** Of the whole machine. */
  readonly cpuCount: () => number | null;
  readonly prices: () => Prices | null;
  readonly agentPrice: (sizes: Pick<FootprintSizes, "rssBytes" | "cpuCores">, prices: Prices | null) => AgentPrice;
}

/**
 * Gathers what was measured of a swarm and has the heavy child search the best allocations for it. Nothing is guessed: what
 * is missing the search names. Lanes to which nothing came in the window take no part.
 */
export class SwarmOptimiser implements OptimiserPort, Disposable {
  readonly #parts: SwarmOptimiserParts;
  readonly #ending = new AbortController();

  constructor(parts: SwarmOptimiserParts) {
    this.#parts = parts;
  }

  async optimize(
    swarm: OptimisedSwarm,
    asked: Parameters<OptimiserPort["optimize"]>[1],
    signal: AbortSignal,
  ): Promise<SwarmOptimization> {
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const prices = this.#parts.prices();
    if (asked.budgetPerHour !== null && prices === null) throw new CodedError("cost.noPrices", {});
    const price = this.#parts.agentPrice(this.#parts.footprints.sizes(swarm.id), prices);
    const madeAtMs = this.#parts.clock.wallMs();
    const kept = await this.#tasks(swarm.id, madeAtMs - windowMs(swarm), both);
    const request = this.#request(swarm, { ...asked, price }, kept, madeAtMs);
    const report = await this.#parts.heavy.run("optimize", request, { signal: both });
    const aimsLeftOut =
      asked.weights !== null || price.kind === "known"
        ? []
        : [
            {
              id: "minimizeCost" as const,
              reason: { code: "optimize.unmeasured", args: { datum: price.datum, kind: swarm.id } },
            },
          ];
    const { fromMs, toMs } = request.tasks;
    const caveats = this.#caveats(swarm, fromMs, toMs);
    return {
      ...{ swarmId: swarm.id, madeAtMs, fromMs, toMs, currency: prices?.currency ?? null, aimsLeftOut },
      ...(caveats.length === 0 ? {} : { caveats }),
      ...report,
    };
  }

  /** That others keep processors busy the model does not see: said where it is a good part of them. */
  #caveats({ id }: OptimisedSwarm, fromMs: number, toMs: number): readonly Coded[] {
    const { series, cpuCores, cpuCount } = this.#parts;
    const [cores, count] = [cpuCores(), cpuCount()];
    // Under a limit of ours what others do beyond it does not matter.
    if (cores === null || count === null || cores < count) return [];
    const steps = Math.max(1, Math.round((toMs - fromMs) / STEP_MS));
    const mean = (scope: "machine" | "swarm", metric: string): number => {
      const key = { scope, key: scope === "machine" ? "" : id, metric };
      return meanOf(series.steps(key, STEP_MS, steps, Math.ceil(toMs / STEP_MS) * STEP_MS));
    };
    const others = mean("machine", "cpuBusyRatio") * count - mean("swarm", "cpuCores");
    // NaN where one of both was not measured.
    return others > OTHERS_RATIO * cores
      ? [{ code: "optimize.othersBusy", args: { cores: others, ofCores: cores } }]
      : [];
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  /**
   * Newest first, back to where a whole page has nothing to do with the time since then: neither came in it, nor ended in it,
   * nor is open. Of what came earlier still one in hundreds could matter.
   * @throws CodedError `aborted`
   */
  async #tasks(swarmId: string, sinceMs: number, signal: AbortSignal): Promise<readonly TaskRecord[]> {
    const kept: TaskRecord[] = [];
    for (;;) {
      const page = this.#parts.tasks.list({ swarmId, limit: PAGE_TASKS, before: kept.at(-1)?.id });
      kept.push(...page);
      if (page.length < PAGE_TASKS || kept.length >= MOST_TASKS || !page.some((task) => isSince(task, sinceMs)))
        return kept;
      await this.#parts.pause();
      if (signal.aborted) throw new CodedError("aborted", {});
    }
  }

  #request(
    swarm: OptimisedSwarm,
    asked: Parameters<OptimiserPort["optimize"]>[1] & { readonly price: AgentPrice },
    kept: readonly TaskRecord[],
    nowMs: number,
  ): OptimizeRequest {
    const { footprints, work, cpuCores } = this.#parts;
    const { fromMs, agents } = this.#window(swarm, kept, nowMs);
    const recent = kept.filter(({ submittedAtMs }) => submittedAtMs >= fromMs && submittedAtMs <= nowMs);
    // Of those that arrived in the window only the short ones have ended as well: they do not tell how long tasks take.
    const served = kept.filter(
      ({ state }) => state.kind === "running" || (state.kind === "done" && state.atMs >= fromMs && state.atMs <= nowMs),
    );
    const { price, weights, budgetPerHour, laneMinimums, population, generations, seed } = asked;
    const used = LANES.filter((lane) => recent.some((task) => task.lane === lane));
    // A lane to which nothing came takes part for its minimum.
    const lanes = used.length === 0 ? LANES : LANES.filter((lane) => used.includes(lane) || laneMinimums[lane]);
    const busy = lanes.map((lane) => busyMs(served, lane));

    const { leftBytes, footprint } = footprints.room(swarm.id);
    const { peakBytes, usedBytes } = footprints.memory(swarm.id);
    // What its own agents have now may be given out anew. Nothing left is a limit too, and no missing measurement.
    const memoryBytes = leftBytes === null ? null : Math.max(1, leftBytes + usedBytes);
    const minAgents = split(swarm.minAgents, busy);
    const all = busy.reduce((sum, ms) => sum + ms, 0);
    const rows = work.guard().lanes;
    const capacityOf = (lane: Lane): number => rows.find((row) => row.lane === lane)?.capacity ?? Number.MAX_VALUE;
    const runs = lanes.map((lane) => runsOf(kept, lane, fromMs, nowMs));
    return {
      lanes: lanes.map((lane, index) => {
        const share = agents === null || all === 0 ? null : (agents * (busy[index] as number)) / all;
        // No more of them can have worked at once than the lane lets in.
        const servedBy = share === null ? null : Math.min(share, capacityOf(lane));
        const least = laneMinimums[lane] ?? (minAgents[index] as number);
        return { lane, minAgents: least, servedBy: servedBy === 0 ? null : servedBy };
      }),
      kinds: [
        {
          id: swarm.id,
          maxAgents: swarm.maxAgents,
          peakBytes: Float64Array.from(peakBytes.filter((bytes) => bytes > 0)),
          cpuCores: footprint.cpuCores,
          price,
          mostBytes: memoryBytes ?? Number.MAX_SAFE_INTEGER,
        },
      ],
      tasks: { fromMs, toMs: nowMs, arrivals: arrivalsOf(recent, lanes), services: servicesOf(served, lanes, runs) },
      limits: {
        memoryBytes,
        cpuCores: cpuCores(),
        // No agent is given a weight yet, so none may have to wait for a core.
        cpuOvercommitRatio: 1,
        maxAgents: MOST_AGENTS,
        budgetPerHour,
      },
      weights: weights ?? (price.kind === "known" ? DEFAULT_WEIGHTS : withoutCost()),
      current:
        footprint.rssBytes === null
          ? null
          : allocationNow(swarm, lanes, split(swarm.target, busy), work.guard().lanes, footprint.rssBytes),
      ...{ population, generations, settle: true, seed },
    };
  }

  /**
   * From when on every task that came is known, and the agents that were there since then (`null`: never measured). That is
   * the last hour (of a squeezed swarm its last day), but for a swarm that is younger. A quiet time is part of it: without it a burst would pass for the usual
   * load. Of what was forgotten to make room nothing is known any more.
   */
  #window(
    { id: swarmId, timeScale }: OptimisedSwarm,
    kept: readonly TaskRecord[],
    nowMs: number,
  ): { readonly fromMs: number; readonly agents: number | null } {
    const key = { scope: "swarm", key: swarmId, metric: "live" } as const;
    // With the step that is not over yet.
    const endMs = Math.ceil(nowMs / STEP_MS) * STEP_MS;
    const lengthMs = windowMs({ timeScale });
    const live = this.#parts.series.steps(key, STEP_MS, Math.ceil(lengthMs / STEP_MS) + 1, endMs);
    const atMs = (step: number): number => endMs - (live.length - step) * STEP_MS;
    const first = live.findIndex((value) => !Number.isNaN(value));
    const knownMs = [
      nowMs - lengthMs,
      first < 0 ? Number.NEGATIVE_INFINITY : atMs(first),
      // A task that came since then ended later still, and none of those is forgotten.
      this.#parts.work.keptSinceMs() ?? Number.NEGATIVE_INFINITY,
      // As many as are looked through: there may be more.
      kept.length < MOST_TASKS ? Number.NEGATIVE_INFINITY : (kept.at(-1)?.submittedAtMs ?? nowMs),
    ];
    const fromMs = Math.min(nowMs - 1, Math.max(...knownMs));
    const within = live.filter((value, step) => !Number.isNaN(value) && atMs(step + 1) > fromMs);
    const mean = meanOf(within);
    return { fromMs, agents: mean > 0 ? mean : null };
  }
}

/** Of what was measured; NaN when nothing was. */
function meanOf(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

function windowMs({ timeScale }: Pick<OptimisedSwarm, "timeScale">): number {
  return Math.min(WINDOW_MS, Math.max(STEP_MS, DAY_MS / timeScale));
}

function isSince({ submittedAtMs, state }: TaskRecord, sinceMs: number): boolean {
  return submittedAtMs >= sinceMs || !("atMs" in state) || state.atMs >= sinceMs;
}

function withoutCost(): ObjectiveWeights {
  const { minimizeCost: _noPrice, ...weights } = DEFAULT_WEIGHTS;
  return weights;
}

/** What a lane's tasks kept agents busy. */
function busyMs(tasks: readonly TaskRecord[], lane: Lane): number {
  return tasks.reduce(
    (sum, task) => sum + (task.lane === lane && task.state.kind === "done" ? task.state.tookMs : 0),
    0,
  );
}

/**
 * Agents of one swarm serve whatever lane has work. As an allocation they count where that work was: in shares of the time
 * that it took, by largest remainders; of equals the first lane.
 */
function split(agents: number, busy: readonly number[]): readonly number[] {
  const all = busy.reduce((sum, ms) => sum + ms, 0);
  const exact = busy.map((ms) => (all === 0 ? agents / busy.length : (agents * ms) / all));
  const whole = exact.map(Math.floor);
  let left = agents - whole.reduce((sum, count) => sum + count, 0);
  const rest = (index: number): number => (exact[index] as number) - (whole[index] as number);
  for (const index of [...busy.keys()].toSorted((a, b) => rest(b) - rest(a))) {
    if (left <= 0) break;
    whole[index] = (whole[index] as number) + 1;
    left--;
  }
  return whole;
}

function allocationNow(
  { id }: { readonly id: string },
  lanes: readonly Lane[],
  agents: readonly number[],
  rows: readonly Pick<LaneRow, "lane" | "capacity">[],
  memoryBytes: number,
): Allocation {
  const of = (index: number): number => agents[index] as number;
  return {
    agents: lanes.flatMap((lane, index) =>
      of(index) === 0
        ? []
        : [{ kind: id, lane, agents: of(index), cpuWeight: USUAL_CPU_WEIGHT, memoryBytes: Math.ceil(memoryBytes) }],
    ),
    lanes: lanes.map((lane, index) => ({
      lane,
      capacity: Math.min(of(index), rows.find((row) => row.lane === lane)?.capacity ?? 0),
    })),
  };
}

/** A task that ran more than once does not tell how long it waited: the runs before lie in between. */
function arrivalsOf(tasks: readonly TaskRecord[], lanes: readonly Lane[]): MeasuredTasks["arrivals"] {
  const began = ({ state, attempt }: TaskRecord): number => {
    if (attempt !== 1) return Number.NaN;
    if (state.kind === "running") return state.sinceMs;
    return state.kind === "done" ? state.atMs - state.tookMs : Number.NaN;
  };
  return {
    lane: Uint8Array.from(tasks, ({ lane }) => lanes.indexOf(lane)),
    arrivedMs: Float64Array.from(tasks, ({ submittedAtMs }) => submittedAtMs),
    // Of two clocks that disagree by a moment it comes out below 0.
    waitedMs: Float64Array.from(tasks, (task) => Math.max(0, began(task) - task.submittedAtMs)),
  };
}

/**
 * Runs that a task of a lane takes, by those that ended in the window: of one that failed, and of those that were tried again,
 * only the last run is timed, and every run keeps an agent busy. The others are taken to have been as long.
 */
function runsOf(tasks: readonly TaskRecord[], lane: Lane, fromMs: number, toMs: number): number {
  let ended = 0;
  let runs = 0;
  for (const { lane: own, state, attempt } of tasks) {
    if (own !== lane || (state.kind !== "done" && state.kind !== "failed")) continue;
    if (state.atMs < fromMs || state.atMs > toMs) continue;
    ended++;
    runs += Math.max(1, attempt);
  }
  return ended === 0 ? 1 : runs / ended;
}

/** @param runs that a task takes, by lane */
function servicesOf(
  tasks: readonly TaskRecord[],
  lanes: readonly Lane[],
  runs: readonly number[],
): MeasuredTasks["services"] {
  const own = tasks.filter(({ lane }) => lanes.includes(lane));
  return {
    lane: Uint8Array.from(own, ({ lane }) => lanes.indexOf(lane)),
    kind: new Int16Array(own.length),
    ranMs: Float64Array.from(own, ({ state, lane }) =>
      state.kind === "done" ? state.tookMs * (runs[lanes.indexOf(lane)] ?? 1) : Number.NaN,
    ),
  };
}
