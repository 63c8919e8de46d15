import type { EstimateAnswer } from "../protocol/agentCalls.ts";
import type { CapacityCost, CapacityKind, Spread } from "../protocol/capacity.ts";
import type { Coded } from "../protocol/model.ts";

/** Fewer runs than this say nothing about the next ones. */
const LEAST_RUNS = 10;

export interface EstimateInputs {
  readonly swarmId: string;
  /** One of both. */
  readonly agents: number | null;
  readonly tasks: number | null;
  /** The swarm's agents as a capacity plan knows them; `null`: the plan knows none. */
  readonly kind: CapacityKind | null;
  /** What is asked about, or one agent, costs for an hour. */
  readonly costPerHour: CapacityCost;
  readonly target: number;
  readonly live: number;
  readonly maxAgents: number;
  /** Tasks that wait in it now, and those that run. */
  readonly waiting: number | null;
  readonly running: number;
  /** Places of the tasks' lane that nobody has or waits for. */
  readonly freePlaces: number;
  /** What its last runs took, ms. */
  readonly ranMs: readonly number[];
}

/**
 * What more agents or tasks would take, by what agents and runs have taken so far. Tasks: `⌈(waiting + tasks) ÷ live⌉` rounds
 * of one run each, which is what as many agents as there are need when nothing else comes. Tasks fit when all of them would
 * be worked on at once, behind those that wait: by the places of their lane, and by the agents there are and could be.
 */
export function estimate(inputs: EstimateInputs): EstimateAnswer {
  const { swarmId, agents, tasks, kind, ranMs } = inputs;
  const unknown: Coded[] = [];
  const taskSeconds = spreadOf(ranMs);
  const rssBytes = kind?.rssBytes ?? null;
  if (agents !== null && rssBytes === null) unknown.push({ code: "estimate.footprint", args: { swarmId } });
  if (tasks !== null && taskSeconds === null)
    unknown.push({ code: "estimate.runs", args: { swarmId, runs: ranMs.length, needed: LEAST_RUNS } });
  if (tasks !== null && inputs.live === 0) unknown.push({ code: "estimate.noAgents", args: { swarmId } });
  const agentHours = tasks === null ? agents : taskSeconds === null ? null : (tasks * taskSeconds.p50) / 3_600;
  const cost = costOf(inputs, agentHours);
  if (cost.kind === "unknown") unknown.push(cost.reason);
  const room = tasks === null ? { ...roomFor(inputs), fitsTasks: null } : roomForTasks(inputs, tasks);
  const more = tasks === null ? agents : Math.max(0, tasks - idleHands(inputs));
  if (tasks !== null && room.fits === null) unknown.push({ code: "estimate.footprint", args: { swarmId } });
  return {
    ...{ swarmId, agents, tasks, seenAgents: kind?.seen ?? 0, seenTasks: ranMs.length },
    ...room,
    needsBytes: times(rssBytes, more),
    needsCores: times(kind?.cpuCores ?? null, more),
    hasBytes: kind?.whatIf?.hasBytes ?? null,
    taskSeconds,
    doneInSeconds: tasks === null ? null : doneIn(inputs, tasks, taskSeconds),
    agentHours: tasks === null ? null : agentHours,
    ...{ cost, unknown },
  };
}

function roomFor({
  agents,
  kind,
  target,
  maxAgents,
}: EstimateInputs): Pick<EstimateAnswer, "fits" | "fitsAgents" | "short"> {
  const wanted = agents ?? 0;
  const below = Math.max(0, maxAgents - target);
  const machine = kind?.fit.agents ?? null;
  const fitsAgents = machine === null ? null : Math.min(machine, below);
  // What the swarm's maximum forbids is known without knowing the machine.
  if (wanted > below) return { fits: false, fitsAgents: fitsAgents ?? null, short: "maximum" };
  if (machine === null) return { fits: null, fitsAgents, short: null };
  return wanted <= machine
    ? { fits: true, fitsAgents, short: null }
    : { fits: false, fitsAgents, short: kind?.fit.by ?? null };
}

/** What is not known is left out as long as the rest decides. */
function roomForTasks(
  inputs: EstimateInputs,
  tasks: number,
): Pick<EstimateAnswer, "fits" | "fitsAgents" | "fitsTasks" | "short"> {
  const { kind, live, maxAgents, freePlaces } = inputs;
  const idle = idleHands(inputs);
  const below = Math.max(0, maxAgents - live);
  const machine = kind?.fit.agents ?? null;
  const fitsAgents = machine === null ? null : Math.min(machine, below);
  const hands = fitsAgents === null ? null : Math.max(0, idle + fitsAgents);
  const fitsTasks = hands === null ? (freePlaces <= idle ? freePlaces : null) : Math.min(freePlaces, hands);
  const known = { fitsAgents, fitsTasks };
  if (tasks > freePlaces) return { ...known, fits: false, short: "lane" };
  if (tasks <= idle) return { ...known, fits: true, short: null };
  if (tasks > idle + below) return { ...known, fits: false, short: "maximum" };
  if (machine === null) return { ...known, fits: null, short: null };
  return tasks <= idle + machine
    ? { ...known, fits: true, short: null }
    : { ...known, fits: false, short: kind?.fit.by ?? null };
}

/** Agents that would be without a task once those that wait have begun; negative: so many are missing for these. */
function idleHands({ live, running, waiting }: EstimateInputs): number {
  return live - running - (waiting ?? 0);
}

function doneIn({ live, waiting }: EstimateInputs, tasks: number, seconds: Spread | null): Spread | null {
  if (seconds === null || live === 0 || waiting === null) return null;
  const rounds = Math.ceil((waiting + tasks) / live);
  return { p50: rounds * seconds.p50, p95: rounds * seconds.p95 };
}

function costOf({ tasks, costPerHour }: EstimateInputs, agentHours: number | null): CapacityCost {
  if (tasks === null || costPerHour.kind === "unknown") return costPerHour;
  if (agentHours === null)
    return { kind: "unknown", reason: { code: "cost.notMeasured", args: { resource: "agentHours" } } };
  return { ...costPerHour, amount: costPerHour.amount * agentHours };
}

function times(spread: Spread | null, count: number | null): Spread | null {
  return spread === null || count === null ? null : { p50: spread.p50 * count, p95: spread.p95 * count };
}

function spreadOf(ranMs: readonly number[]): Spread | null {
  if (ranMs.length < LEAST_RUNS) return null;
  const sorted = ranMs.toSorted((a, b) => a - b);
  const at = (q: number) => (sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0) / 1_000;
  return { p50: at(0.5), p95: at(0.95) };
}
