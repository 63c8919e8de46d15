import { CONSTRAINTS, type ConstraintId } from "../../protocol/optimize.ts";
import { meanStretch } from "./contention.ts";
import { varyingP95, type VaryingQueue, varyingWait } from "./varyingQueue.ts";
import type { Setting } from "./setting.ts";

/** What an allocation is made of, in flat arrays: one value a cell of the setting, and one a lane for the capacity. */
export interface Amounts {
  readonly agents: Float64Array;
  readonly cpuWeight: Float64Array;
  readonly memoryBytes: Float64Array;
  /** Tasks at once. */
  readonly capacity: Float64Array;
}

/**
 * What an allocation comes to: the waits of its lanes, what it takes of the machine, which limits it breaks. Its arrays are
 * used again by the next one, so that a search allocates nothing.
 *
 * The model: a lane is one queue before its agents, of which as many work at once as its capacity allows (`servers`); a
 * free one takes the next task. Its load goes up and down as it did in the window (`varyingWait`). Kinds that serve a lane together are taken as one kind with the mixture of their service
 * times, each kind's share being what it does of the work when all are busy. Where more processors are asked for than there
 * are, agents get their shares by weight and take longer (`meanStretch`; that they are busy longer then is not counted
 * again). An agent whose memory peaks above its limit is ended and its task done again.
 */
export class Outlook {
  readonly setting: Setting;
  readonly amounts: Amounts;
  /** By lane; NaN where nothing arrives, and where the queue has no steady state. */
  readonly utilisation: Float64Array;
  readonly waitMeanSec: Float64Array;
  readonly serviceSec: Float64Array;
  readonly serviceScv: Float64Array;
  /** Work that arrives, in agents, when nothing slows it: neither contention nor repeats count. NaN where nobody serves. */
  readonly usefulLoad: Float64Array;
  readonly laneAgents: Float64Array;
  readonly servers: Float64Array;
  totalAgents = 0;
  /** Of all agents that are there and of what they are busy; 0 where no price is known. */
  costPerHour = 0;
  /** Somebody waits for a processor when many are busy at once. */
  contended = false;
  /** By how much each limit is exceeded, as a share of it, in the order of `CONSTRAINTS`; 0: kept. */
  readonly excess = new Float64Array(CONSTRAINTS.length);
  readonly #busy: { readonly mean: Float64Array; readonly most: Float64Array; readonly cores: Float64Array };
  readonly #prices: { readonly there: Float64Array; readonly busy: Float64Array };
  readonly #scratch: readonly [Float64Array, Float64Array];
  readonly #rates: Float64Array;
  readonly #stretch: Float64Array;
  readonly #repeats: Float64Array;
  readonly #ofKind: Float64Array;

  constructor(setting: Setting) {
    this.setting = setting;
    const { cells, lanes, kinds } = setting;
    const [byCell, byLane] = [cells.length, lanes.length];
    this.amounts = {
      agents: new Float64Array(byCell),
      cpuWeight: new Float64Array(byCell),
      memoryBytes: new Float64Array(byCell),
      capacity: new Float64Array(byLane),
    };
    this.utilisation = new Float64Array(byLane);
    this.waitMeanSec = new Float64Array(byLane);
    this.serviceSec = new Float64Array(byLane);
    this.serviceScv = new Float64Array(byLane);
    this.usefulLoad = new Float64Array(byLane);
    this.laneAgents = new Float64Array(byLane);
    this.servers = new Float64Array(byLane);
    this.#busy = {
      mean: new Float64Array(byCell),
      most: new Float64Array(byCell),
      cores: Float64Array.from(cells, ({ kind }) => kinds[kind]?.cpuCores ?? 0),
    };
    const priceOf = (kind: number): { readonly perHour: number; readonly perBusyHour: number } => {
      const price = kinds[kind]?.price;
      return price?.kind === "known" ? price : { perHour: 0, perBusyHour: 0 };
    };
    this.#prices = {
      there: Float64Array.from(cells, ({ kind }) => priceOf(kind).perHour),
      busy: Float64Array.from(cells, ({ kind }) => priceOf(kind).perBusyHour),
    };
    this.#scratch = [new Float64Array(byCell), new Float64Array(byCell)];
    this.#rates = new Float64Array(byLane);
    this.#stretch = new Float64Array(byCell);
    this.#repeats = new Float64Array(byCell);
    this.#ofKind = new Float64Array(kinds.length);
  }

  /** Takes `amounts` as they are now. */
  look(): void {
    const { lanes } = this.setting;
    this.excess.fill(0);
    this.#count();
    this.#slow();
    const { budgetPerHour } = this.setting.limits;
    if (budgetPerHour !== null) this.#exceeds("budget", this.costPerHour, budgetPerHour);
    for (let lane = 0; lane < lanes.length; lane++) this.#queue(lane);
  }

  /** 1. Agents, memory, and what it costs to have them. */
  #count(): void {
    const { cells, lanes, kinds, limits } = this.setting;
    const { agents, memoryBytes, capacity } = this.amounts;
    this.laneAgents.fill(0);
    this.#ofKind.fill(0);
    let memory = 0;
    this.totalAgents = 0;
    this.costPerHour = 0;
    for (let c = 0; c < cells.length; c++) {
      const { kind, lane } = cells[c] as Setting["cells"][number];
      const count = agents[c] as number;
      this.laneAgents[lane] = (this.laneAgents[lane] as number) + count;
      this.#ofKind[kind] = (this.#ofKind[kind] as number) + count;
      this.totalAgents += count;
      memory += count * (memoryBytes[c] as number);
      this.costPerHour += count * (this.#prices.there[c] as number);
    }
    this.#exceeds("memory", memory, limits.memoryBytes);
    this.#exceeds("agents", this.totalAgents, limits.maxAgents);
    for (let kind = 0; kind < kinds.length; kind++) {
      const most = kinds[kind]?.maxAgents ?? 0;
      this.#exceeds("agentsOfKind", this.#ofKind[kind] as number, most);
    }
    for (let lane = 0; lane < lanes.length; lane++) {
      this.servers[lane] = Math.min(this.laneAgents[lane] as number, capacity[lane] as number);
      const { minAgents } = lanes[lane] as Setting["lanes"][number];
      const missing = minAgents - (this.servers[lane] as number);
      if (missing > 0) this.#add("laneAgents", missing / minAgents);
    }
  }

  /**
   * 2. Repeats for want of memory, what is lost where agents wait for a processor, and what it costs that they are busy: a
   * core that two share does no more in an hour than one that nobody waits for, so waits cost nothing.
   */
  #slow(): void {
    const { cells, kinds, lanes, limits } = this.setting;
    const { agents, cpuWeight, memoryBytes } = this.amounts;
    const { mean, most, cores } = this.#busy;
    this.#rates.fill(0);
    for (let c = 0; c < cells.length; c++) {
      const { kind, lane, serviceSec } = cells[c] as Setting["cells"][number];
      // A run that is ended for its memory is done again: 1 ÷ (share that is not) runs a task.
      const { peakBytes } = kinds[kind] as Setting["kinds"][number];
      const repeats = 1 / (1 - shareAbove(peakBytes, memoryBytes[c] as number));
      this.#repeats[c] = repeats;
      if (serviceSec > 0)
        this.#rates[lane] = (this.#rates[lane] as number) + (agents[c] as number) / (serviceSec * repeats);
    }
    let asked = 0;
    let atMost = 0;
    for (let c = 0; c < cells.length; c++) {
      const { lane } = cells[c] as Setting["cells"][number];
      const [count, all, rate] = [agents[c] as number, this.laneAgents[lane] as number, this.#rates[lane] as number];
      most[c] = all === 0 ? 0 : (count * (this.servers[lane] as number)) / all;
      // Each kind does its share of the work: arrivals × share × time = arrivals × agents ÷ what all of them can do.
      const arrivals = lanes[lane]?.arrivalRate ?? 0;
      mean[c] = rate > 0 ? Math.min((arrivals * count) / rate, most[c] as number) : 0;
      this.costPerHour += (mean[c] as number) * (this.#prices.busy[c] as number);
      asked += (mean[c] as number) * (cores[c] as number);
      atMost += (most[c] as number) * (cores[c] as number);
    }
    this.#exceeds("cpu", asked, limits.cpuCores);
    this.#exceeds("cpu", atMost, limits.cpuCores * limits.cpuOvercommitRatio);
    this.contended = meanStretch({ ...this.#busy, weight: cpuWeight }, limits.cpuCores, this.#stretch, this.#scratch);
  }

  /** 3. Waits of one lane. */
  #queue(lane: number): void {
    const { cells, lanes } = this.setting;
    const { arrivalRate } = lanes[lane] as Setting["lanes"][number];
    this.utilisation[lane] = Number.NaN;
    this.waitMeanSec[lane] = Number.NaN;
    this.serviceSec[lane] = Number.NaN;
    this.usefulLoad[lane] = 0;
    if (arrivalRate === 0) return;
    const servers = this.servers[lane] as number;
    let rate = 0;
    for (let c = 0; c < cells.length; c++) {
      const cell = cells[c] as Setting["cells"][number];
      if (cell.lane === lane) rate += (this.amounts.agents[c] as number) / (cell.serviceSec * this.#factor(c));
    }
    if (servers < 1 || !(rate > 0)) {
      this.usefulLoad[lane] = Number.NaN;
      this.#add("unstable", 1 + arrivalRate);
      return;
    }
    let mean = 0;
    let square = 0;
    let useful = 0;
    for (let c = 0; c < cells.length; c++) {
      const { lane: own, serviceSec, serviceSquareSec2 } = cells[c] as Setting["cells"][number];
      const count = this.amounts.agents[c] as number;
      const factor = this.#factor(c);
      // Of a kind that never ends a task there is no share.
      if (own !== lane || count === 0 || !Number.isFinite(factor)) continue;
      const share = count / (serviceSec * factor) / rate;
      mean += share * serviceSec * factor;
      square += share * serviceSquareSec2 * factor * factor;
      useful += share * serviceSec;
    }
    this.serviceScv[lane] = Math.max(0, square / (mean * mean) - 1);
    this.serviceSec[lane] = mean;
    const wait = varyingWait(this.#queueOf(lane));
    this.utilisation[lane] = wait.utilisation;
    this.usefulLoad[lane] = arrivalRate * useful;
    if (wait.kind === "unstable") {
      // At the limit itself it is exceeded as well, if by nothing.
      this.#add("unstable", wait.utilisation - 1 + Number.EPSILON);
      return;
    }
    this.waitMeanSec[lane] = wait.meanSec;
  }

  /** 95th percentile of the wait in a lane as it was looked at last; NaN as for its mean. */
  waitP95Sec(lane: number): number {
    return Number.isNaN(this.waitMeanSec[lane] as number) ? Number.NaN : varyingP95(this.#queueOf(lane));
  }

  #queueOf(lane: number): VaryingQueue {
    const { rates, stretchSec, arrivalScv } = this.setting.lanes[lane] as Setting["lanes"][number];
    return {
      ...{ rates, stretchSec, arrivalScv },
      serviceSec: this.serviceSec[lane] as number,
      servers: this.servers[lane] as number,
      serviceScv: this.serviceScv[lane] as number,
    };
  }

  #factor(cell: number): number {
    return (this.#stretch[cell] as number) * (this.#repeats[cell] as number);
  }

  #exceeds(id: ConstraintId, used: number, limit: number): void {
    if (used > limit) this.#add(id, (used - limit) / Math.max(limit, 1e-9));
  }

  #add(id: ConstraintId, excess: number): void {
    const at = CONSTRAINTS.indexOf(id);
    this.excess[at] = (this.excess[at] as number) + excess;
  }
}

/** Share of ascending values above a limit. */
function shareAbove(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low) / sorted.length;
}
