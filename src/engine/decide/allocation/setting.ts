import { CodedError } from "../../common/errors.ts";
import { nearestRankOfSorted } from "../../common/statistics.ts";
import type { AgentPrice, OptimizeRequest } from "../../ports.ts";
import { type Calibration, OBJECTIVES } from "../../protocol/optimize.ts";

/** Fewer agents say nothing of what one needs. */
const LEAST_AGENTS = 3;
const NEED_SHARE = 0.95;
/**
 * A memory limit goes no further than this above the largest peak that was seen: there it changes nothing, and every byte
 * more would be kept from others. It leaves room for an agent a little larger than all before it.
 */
const UNSEEN_ROOM = 0.25;
/** And begins this above what an agent needs: what it is known to need grows a little with every agent that is seen. */
const NEED_ROOM = 0.05;
/** Far beyond what one machine runs; what a search costs grows with it. */
export const MOST_AGENTS = 10_000;

/** A request whose every figure is known. */
export interface Setting {
  readonly lanes: readonly LaneSetting[];
  readonly kinds: readonly KindSetting[];
  /** What may serve what. */
  readonly cells: readonly Cell[];
  readonly limits: {
    readonly memoryBytes: number;
    readonly cpuCores: number;
    readonly cpuOvercommitRatio: number;
    readonly maxAgents: number;
    readonly budgetPerHour: number | null;
  };
  readonly leftOut: readonly {
    readonly kind: string;
    readonly lane: LaneSetting["lane"];
    readonly observations: number;
  }[];
}

export interface LaneSetting {
  readonly lane: OptimizeRequest["lanes"][number]["lane"];
  readonly minAgents: number;
  /** 0: nothing arrives, its minimum is all that it needs. */
  readonly arrivalRate: number;
  /** The same stretch by stretch; empty where nothing arrives. */
  readonly rates: Float64Array;
  readonly stretchSec: number;
  readonly arrivalScv: number;
}

export interface KindSetting {
  readonly id: string;
  readonly maxAgents: number;
  /** Ascending. */
  readonly peakBytes: Float64Array;
  /** What an agent needs: the 95th percentile of the peaks, nearest rank. */
  readonly needBytes: number;
  /** Between these its memory limit is searched. */
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly cpuCores: number;
  readonly price: AgentPrice;
}

/** One kind of agents serving one lane. */
export interface Cell {
  readonly kind: number;
  readonly lane: number;
  /** Mean and mean square of the time that a task takes, when nothing slows it; both 0 in a lane where nothing arrives. */
  readonly serviceSec: number;
  readonly serviceSquareSec2: number;
}

/**
 * Refuses what cannot be, and names what was not measured: no allocation is made of figures that nobody knows.
 *
 * @throws CodedError `optimize.unmeasured` (which datum, of what), `optimize.noArrivals`, `optimize.limitBelowNeed`;
 *   RangeError for what is no figure at all, by its name
 */
export function settingOf(request: OptimizeRequest, calibration: Calibration): Setting {
  checkRequest(request);
  const { limits } = request;
  const known = (value: number | null, datum: string): number => {
    if (value === null) throw new CodedError("optimize.unmeasured", { datum });
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${datum} must be finite and > 0, got ${value}`);
    return value;
  };
  const memoryBytes = known(limits.memoryBytes, "machineMemory");
  const cpuCores = known(limits.cpuCores, "machineCpu");
  if (calibration.lanes.every(({ kind }) => kind === "idle"))
    throw new CodedError("optimize.noArrivals", { lanes: calibration.lanes.length });

  const kinds = request.kinds.map(kindOf);
  const cells: Cell[] = [];
  const leftOut: Setting["leftOut"][number][] = [];
  const lanes = calibration.lanes.map((lane, index): LaneSetting => {
    const minAgents = request.lanes[index]?.minAgents ?? 0;
    switch (lane.kind) {
      case "unknown":
        throw new CodedError(lane.reason.code, lane.reason.args);
      case "idle":
        for (const kind of kinds.keys()) cells.push({ kind, lane: index, serviceSec: 0, serviceSquareSec2: 0 });
        return { lane: lane.lane, minAgents, arrivalRate: 0, rates: new Float64Array(), stretchSec: 0, arrivalScv: 0 };
      case "known":
        for (const [kind, service] of lane.services.entries()) {
          if (service.kind === "unknown") {
            leftOut.push({ kind: service.kindId, lane: lane.lane, observations: service.observations });
            continue;
          }
          const { meanSec, scv } = service;
          cells.push({ kind, lane: index, serviceSec: meanSec, serviceSquareSec2: meanSec ** 2 * (1 + scv) });
        }
        return {
          ...{ lane: lane.lane, minAgents, arrivalRate: lane.arrivalsPerSec, arrivalScv: lane.arrivalScv },
          ...{ rates: Float64Array.from(lane.rates), stretchSec: lane.stretchSec },
        };
    }
  });
  return { lanes, kinds, cells, leftOut, limits: { ...limits, memoryBytes, cpuCores } };
}

function kindOf(kind: OptimizeRequest["kinds"][number]): KindSetting {
  const { id, maxAgents, mostBytes, cpuCores, price } = kind;
  const peakBytes = kind.peakBytes.toSorted();
  if (peakBytes.length < LEAST_AGENTS)
    throw new CodedError("optimize.unmeasured", {
      ...{ datum: "memory", kind: id, observations: peakBytes.length, least: LEAST_AGENTS },
    });
  if (cpuCores === null) throw new CodedError("optimize.unmeasured", { datum: "cpu", kind: id });
  const needBytes = nearestRankOfSorted(peakBytes, NEED_SHARE) as number;
  if (mostBytes < needBytes)
    throw new CodedError("optimize.limitBelowNeed", { kind: id, needBytes, limitBytes: mostBytes });
  const usefulBytes = Math.min(mostBytes, (peakBytes.at(-1) as number) * (1 + UNSEEN_ROOM));
  const leastBytes = Math.min(usefulBytes, needBytes * (1 + NEED_ROOM));
  return { id, maxAgents, peakBytes, needBytes, leastBytes, mostBytes: usefulBytes, cpuCores, price };
}

function checkRequest({ lanes, kinds, limits, weights }: OptimizeRequest): void {
  if (lanes.length === 0) throw new RangeError("lanes must not be empty");
  if (kinds.length === 0) throw new RangeError("kinds must not be empty");
  for (const [name, values] of Object.entries({
    lanes: lanes.map(({ lane }) => lane),
    kinds: kinds.map(({ id }) => id),
  }))
    if (new Set<string>(values).size !== values.length) throw new RangeError(`${name} must not name one twice`);
  for (const { lane, minAgents } of lanes) count(minAgents, `minAgents of ${lane}`, 0);
  for (const { id, maxAgents, mostBytes, cpuCores, price, peakBytes } of kinds) {
    count(maxAgents, `maxAgents of ${id}`, 0);
    positive(mostBytes, `mostBytes of ${id}`);
    const prices = price.kind === "known" ? { perHour: price.perHour, perBusyHour: price.perBusyHour } : {};
    for (const [name, value] of Object.entries({ cpuCores, ...prices }))
      if (value !== null && !(value >= 0 && Number.isFinite(value)))
        throw new RangeError(`${name} of ${id} must be finite and ≥ 0, got ${value}`);
    for (const bytes of peakBytes) positive(bytes, `peakBytes of ${id}`);
  }
  count(limits.maxAgents, "maxAgents", 1);
  positive(limits.cpuOvercommitRatio, "cpuOvercommitRatio");
  if (limits.budgetPerHour !== null) positive(limits.budgetPerHour, "budgetPerHour");
  for (const id of Object.keys(weights))
    if (!OBJECTIVES.some((known) => known === id)) throw new RangeError(`weights must name aims, got ${id}`);
}

function count(value: number, name: string, least: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= MOST_AGENTS))
    throw new RangeError(`${name} must be a count from ${least} to ${MOST_AGENTS}, got ${value}`);
}

function positive(value: number, name: string): void {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be finite and > 0, got ${value}`);
}
