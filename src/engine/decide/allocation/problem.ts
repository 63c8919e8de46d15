import type { Allocation, ConstraintId } from "../../protocol/optimize.ts";
import { CONSTRAINTS } from "../../protocol/optimize.ts";
import type { Problem, Variable } from "../nsga/problem.ts";
import type { Objective } from "./objectives/objective.ts";
import { Outlook } from "./outlook.ts";
import { MOST_AGENTS, type Setting } from "./setting.ts";

/** cgroup v2 `cpu.weight`: 1 to 10,000, searched by its logarithm because shares are what counts. */
const WEIGHT_LOG10 = { low: 0, high: 4 };
export const USUAL_WEIGHT = 100;
/** More agents than this many times the load, and some, leave nothing to wait for: no use in looking there. */
const AMPLE_FACTOR = 3;
const AMPLE_AGENTS = 10;

/** The allocation problem in the terms of the search: one coordinate for each amount. */
export interface AllocationProblem extends Problem {
  /** Reads a solution into the outlook and looks at it. */
  readonly lookAt: (x: Float64Array) => Outlook;
  /** Solutions that are likely to keep the limits: each kind of agents with just enough of them. */
  readonly starts: readonly Float64Array[];
  /** An allocation as a solution, outside the bounds where it is; `null` when it has agents that cannot serve here. */
  readonly encode: (allocation: Allocation) => Float64Array | null;
}

/**
 * Coordinates: agents of each cell, the logarithm of their CPU weight, their memory limit, and the capacity of each lane.
 *
 * @param lifted a limit that does not count, to see whether it is the one that binds
 */
export function allocationProblem(
  setting: Setting,
  objectives: readonly Objective[],
  lifted: ConstraintId | null = null,
): AllocationProblem {
  const { cells, lanes, kinds, limits } = setting;
  const [c, l] = [cells.length, lanes.length];
  const outlook = new Outlook(setting);
  const { agents, cpuWeight, memoryBytes, capacity } = outlook.amounts;
  const signs = objectives.map(({ better }) => (better === "lower" ? 1 : -1));
  const lift = lifted === null ? -1 : CONSTRAINTS.indexOf(lifted);
  const weights = limits.cpuOvercommitRatio > 1 ? WEIGHT_LOG10 : { low: 2, high: 2 };

  // Of its busiest stretch.
  const ample = lanes.map(({ rates, minAgents }, index) =>
    ampleAgents(setting, Math.max(0, ...rates), minAgents, index),
  );
  const mostOf = (kind: number, lane: number): number =>
    Math.min(
      ample[lane] as number,
      lifted === "agentsOfKind" ? Number.POSITIVE_INFINITY : (kinds[kind]?.maxAgents ?? 0),
      lifted === "agents" ? Number.POSITIVE_INFINITY : limits.maxAgents,
    );
  const variables: Variable[] = [
    ...cells.map(({ kind, lane }): Variable => ({ kind: "integer", low: 0, high: mostOf(kind, lane) })),
    ...cells.map((): Variable => ({ kind: "real", ...weights })),
    ...cells.map(({ kind }): Variable => {
      const { leastBytes, mostBytes } = kinds[kind] as Setting["kinds"][number];
      return { kind: "real", low: leastBytes, high: mostBytes };
    }),
    ...lanes.map((_, lane): Variable => ({ kind: "integer", low: 0, high: ample[lane] as number })),
  ];

  const lookAt = (x: Float64Array): Outlook => {
    for (let cell = 0; cell < c; cell++) {
      agents[cell] = x[cell] as number;
      cpuWeight[cell] = Math.round(10 ** (x[c + cell] as number));
      memoryBytes[cell] = x[2 * c + cell] as number;
    }
    for (let lane = 0; lane < l; lane++) capacity[lane] = x[3 * c + lane] as number;
    outlook.look();
    return outlook;
  };
  return {
    variables,
    objectives: objectives.length,
    lookAt,
    evaluate: (x, out) => {
      const { excess } = lookAt(x);
      let violation = 0;
      for (let at = 0; at < excess.length; at++) if (at !== lift) violation += excess[at] as number;
      if (violation > 0) return violation;
      // What is lifted is looked at for whether it can be kept at all: its aims may have no value.
      for (let m = 0; m < objectives.length; m++)
        out[m] = lift >= 0 ? 0 : (signs[m] as number) * (objectives[m] as Objective).value(outlook);
      return 0;
    },
    starts: kinds.map((_, kind) => enoughOf(setting, kind)),
    encode: (allocation) => encoded(setting, allocation),
  };
}

function ampleAgents({ cells, limits }: Setting, arrivalRate: number, minAgents: number, lane: number): number {
  const slowest = cells.reduce((most, cell) => (cell.lane === lane ? Math.max(most, cell.serviceSec) : most), 0);
  // Contention can make everything take longer by as much as processors are promised twice.
  const load = arrivalRate * slowest * Math.max(1, limits.cpuOvercommitRatio);
  if (arrivalRate === 0) return minAgents;
  return Math.min(MOST_AGENTS, Math.max(minAgents, Math.ceil(AMPLE_FACTOR * load) + AMPLE_AGENTS));
}

/** Of one kind where it may serve, else of the first that may: a little more than the work that arrives. */
function enoughOf({ cells, lanes, kinds }: Setting, kind: number): Float64Array {
  const c = cells.length;
  const x = new Float64Array(3 * c + lanes.length);
  for (const [index, cell] of cells.entries()) {
    x[c + index] = Math.log10(USUAL_WEIGHT);
    x[2 * c + index] = kinds[cell.kind]?.leastBytes ?? 0;
  }
  for (const [lane, { arrivalRate, minAgents }] of lanes.entries()) {
    const own = cells.findIndex((cell) => cell.lane === lane && cell.kind === kind);
    const index = own >= 0 ? own : cells.findIndex((cell) => cell.lane === lane);
    const load = arrivalRate * (cells[index]?.serviceSec ?? 0);
    const agents = Math.max(minAgents, arrivalRate === 0 ? 0 : Math.floor(1.1 * load) + 1);
    if (index >= 0) x[index] = agents;
    x[3 * c + lane] = agents;
  }
  return x;
}

function encoded({ cells, lanes, kinds }: Setting, allocation: Allocation): Float64Array | null {
  const c = cells.length;
  const x = new Float64Array(3 * c + lanes.length);
  for (const [index, { kind }] of cells.entries()) {
    x[c + index] = Math.log10(USUAL_WEIGHT);
    x[2 * c + index] = kinds[kind]?.leastBytes ?? 0;
  }
  for (const { kind, lane, agents, cpuWeight, memoryBytes } of allocation.agents) {
    const index = cells.findIndex((cell) => kinds[cell.kind]?.id === kind && lanes[cell.lane]?.lane === lane);
    if (index < 0 && agents > 0) return null;
    if (index < 0) continue;
    for (const [name, value] of Object.entries({ agents, cpuWeight, memoryBytes }))
      if (!(value >= 0 && Number.isFinite(value)))
        throw new RangeError(`${name} of ${kind} in ${lane} must be finite and ≥ 0, got ${value}`);
    if (!Number.isInteger(agents)) throw new RangeError(`agents of ${kind} in ${lane} must be whole, got ${agents}`);
    x[index] = agents;
    x[c + index] = Math.log10(Math.max(1, cpuWeight));
    x[2 * c + index] = memoryBytes;
  }
  for (const [index, { lane }] of lanes.entries()) {
    const capacity = allocation.lanes.find((own) => own.lane === lane)?.capacity ?? 0;
    if (!(Number.isInteger(capacity) && capacity >= 0))
      throw new RangeError(`capacity of ${lane} must be a count, got ${capacity}`);
    x[3 * c + index] = capacity;
  }
  return x;
}
