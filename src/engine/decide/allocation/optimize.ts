import { CodedError } from "../../common/errors.ts";
import type { OptimizeAnswer, OptimizeRequest } from "../../ports.ts";
import {
  type AllocationPoint,
  type ConstraintId,
  CONSTRAINTS,
  type CurrentAllocation,
  type LaneOutlook,
  type ObjectiveFigure,
} from "../../protocol/optimize.ts";
import { weightShares } from "../nsga/choice.ts";
import { type ParetoFound, paretoSearch } from "../nsga/paretoSearch.ts";
import { DEFAULT_NSGA2, type Nsga2Options, nsga2 } from "../nsga2.ts";
import { calibrate } from "./calibration.ts";
import { ALL_OBJECTIVES } from "./objectives/all.ts";
import type { Objective } from "./objectives/objective.ts";
import type { Outlook } from "./outlook.ts";
import { type AllocationProblem, allocationProblem, USUAL_WEIGHT } from "./problem.ts";
import { type Setting, settingOf } from "./setting.ts";

/** Less than a thousandth in 20 generations is nothing that anybody would see. */
const SETTLES = { generations: 20, ratio: 0.001 };
/** Whether there is a solution at all is soon known. */
const PROBE: Nsga2Options = { ...DEFAULT_NSGA2, population: 60, generations: 60 };
/** Limits that an operator can lift. */
const LIFTABLE: readonly ConstraintId[] = ["memory", "cpu", "agents", "agentsOfKind", "budget", "laneAgents"];

/**
 * The allocations between which only somebody who weighs the aims can choose, what the given weights choose, and what it all
 * rests on. Every figure comes from measurements; where one is missing there is no answer.
 *
 * @throws CodedError `aborted`; `optimize.unmeasured` with the datum that is missing, `optimize.noArrivals`,
 *   `optimize.limitBelowNeed`, `optimize.weightsZero`; `optimize.infeasible` with the limit that binds; RangeError for
 *   figures that cannot be, by their names
 */
export function optimizeAllocation(
  request: OptimizeRequest,
  { signal, tell }: { readonly signal?: AbortSignal; readonly tell: (doneRatio: number) => void },
): OptimizeAnswer {
  const { lanes, kinds, tasks, weights, population, generations, settle, seed } = request;
  const objectives = ALL_OBJECTIVES.filter(({ id }) => weights[id] !== undefined);
  const given = objectives.map(({ id }) => weights[id] ?? 0);
  weightShares(given);
  const calibration = calibrate(
    lanes,
    kinds.map(({ id }) => id),
    tasks,
  );
  const setting = settingOf(request, calibration);
  const missing =
    objectives.map((objective) => objective.missing(setting)).find((reason) => reason !== null) ??
    (setting.limits.budgetPerHour === null ? null : priceMissing(setting));
  if (missing != null) throw new CodedError(missing.code, missing.args);

  const problem = allocationProblem(setting, objectives);
  const now = request.current === null ? null : problem.encode(request.current);
  const found = paretoSearch(
    problem,
    { ...DEFAULT_NSGA2, population, generations, settles: settle ? SETTLES : null },
    { seed, weights: given, starts: [...(now === null ? [] : [now]), ...problem.starts], signal, tell },
  );
  if (found.kind === "infeasible") throw infeasible(setting, objectives, problem, found, seed);
  const { front, pick, knee, hypervolume, confidence, evaluations, stopped } = found;
  return {
    weights,
    front: front.map(({ x }) => pointOf(problem.lookAt(x), objectives)),
    ...{ pick, knee, hypervolume },
    confidence: {
      ratio: confidence.ratio,
      seeds: confidence.seeds,
      spread: objectives.map(({ id, better }, m) => {
        const [least, most] = [confidence.least[m] as number, confidence.most[m] as number];
        // What is to be large was searched as its opposite.
        return better === "lower" ? { id, least, most } : { id, least: -most, most: -least };
      }),
    },
    current: now === null ? null : currentOf(problem.lookAt(now), objectives),
    calibration,
    leftOut: setting.leftOut,
    ...{ generations: found.generations, evaluations, stopped },
  };
}

/** A budget is kept or not only where every price is known. */
function priceMissing(setting: Setting): ReturnType<Objective["missing"]> {
  return ALL_OBJECTIVES.find(({ id }) => id === "minimizeCost")?.missing(setting) ?? null;
}

/**
 * Says which limit binds: one without which there is a solution. Where there is none such, those that the nearest solution
 * breaks, the most first.
 */
function infeasible(
  setting: Setting,
  objectives: readonly Objective[],
  problem: AllocationProblem,
  { closest }: Extract<ParetoFound, { readonly kind: "infeasible" }>,
  seed: number,
): CodedError {
  const broken = brokenBy(problem.lookAt(closest));
  const binding = LIFTABLE.filter((id) => {
    const lifted = allocationProblem(setting, objectives, id);
    return nsga2(lifted, PROBE, { seed, starts: [...lifted.starts, closest] }).kind === "front";
  });
  return new CodedError("optimize.infeasible", {
    binding: (binding.length > 0 ? binding : broken).join(", "),
    alone: binding.length > 0,
  });
}

function brokenBy({ excess }: Outlook): readonly ConstraintId[] {
  const of = (id: ConstraintId): number => excess[CONSTRAINTS.indexOf(id)] as number;
  return CONSTRAINTS.filter((id) => of(id) > 0).toSorted((a, b) => of(b) - of(a));
}

function currentOf(outlook: Outlook, objectives: readonly Objective[]): CurrentAllocation {
  const violates = brokenBy(outlook);
  return { ...pointOf(outlook, objectives), violates };
}

function pointOf(outlook: Outlook, objectives: readonly Objective[]): AllocationPoint {
  const { setting, amounts, contended } = outlook;
  const { cells, lanes, kinds } = setting;
  return {
    allocation: {
      agents: cells.flatMap(({ kind, lane }, cell) => {
        const agents = amounts.agents[cell] as number;
        if (agents === 0) return [];
        return {
          kind: kinds[kind]?.id ?? "",
          lane: (lanes[lane] as Setting["lanes"][number]).lane,
          agents,
          // Where nobody waits for a processor the search has moved it for nothing.
          cpuWeight: contended ? (amounts.cpuWeight[cell] as number) : USUAL_WEIGHT,
          memoryBytes: Math.ceil(amounts.memoryBytes[cell] as number),
        };
      }),
      lanes: lanes.map(({ lane }, index) => ({ lane, capacity: outlook.servers[index] as number })),
    },
    objectives: objectives.map((objective) => figureOf(objective, outlook)),
    lanes: lanes.map((_, lane) => laneOutlook(outlook, lane)),
  };
}

/** Without a steady state there is no mean of anything: only of what does not rest on waits. */
function figureOf(objective: Objective, outlook: Outlook): ObjectiveFigure {
  const { id, unit, better } = objective;
  const value = objective.value(outlook);
  return Number.isFinite(value)
    ? { id, unit, better, value, reason: null }
    : { id, unit, better, value: null, reason: { code: "optimize.unstable", args: {} } };
}

function laneOutlook(outlook: Outlook, index: number): LaneOutlook {
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const figure = (values: Float64Array): number | null => known(values[index] as number);
  return {
    lane: (outlook.setting.lanes[index] as Setting["lanes"][number]).lane,
    agents: outlook.laneAgents[index] as number,
    utilisation: figure(outlook.utilisation),
    waitMeanSec: figure(outlook.waitMeanSec),
    waitP95Sec: known(outlook.waitP95Sec(index)),
    serviceSec: figure(outlook.serviceSec),
  };
}
