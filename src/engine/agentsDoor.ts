import type { Clock } from "./common/clock.ts";
import { isAlive, procAvailable, readProcessStat } from "./common/processIdentity.ts";
import { pressureAbove } from "./decide/capacity.ts";
import { estimate } from "./decide/estimate.ts";
import { createLeaseWorld, type LeaseWorldParts } from "./leaseWorld.ts";
import type { AgentsApi, CapacityPort, FootprintsPort, LeaseWorld, SwarmsPort, SwarmView } from "./ports.ts";
import { scalingPolicy } from "./protocol/config.ts";
import type { CapacityCost } from "./protocol/capacity.ts";
import type { Coded } from "./protocol/model.ts";
import { Throttles } from "./throttles.ts";
import type { Work } from "./work/work.ts";

/** Runs of tasks that an estimate rests on are those of the last hour of real time. */
const RUNS_MS = 3_600_000;
const NO_COST: CapacityCost = { kind: "unknown", reason: { code: "capacity.notMeasured", args: {} } };

/** The machine as leases are held against it. */
export function leaseWorldOf({
  room,
  ...parts
}: Pick<LeaseWorldParts, "swarms" | "snapshot"> & Pick<FootprintsPort, "room">): LeaseWorld {
  return createLeaseWorld({
    ...parts,
    footprints: { room },
    ...{
      stat: readProcessStat,
      tellsStarts: procAvailable,
      isAlive,
      pressureAbove,
      usualLimits: scalingPolicy.parse({}),
    },
  });
}

export interface AgentsDoorParts {
  readonly work: Work;
  readonly world: LeaseWorld;
  readonly swarms: SwarmsPort;
  readonly footprints: FootprintsPort;
  readonly capacity: CapacityPort;
  readonly allocations: { readonly outputRefusal: (swarmId: string) => Coded | null };
  readonly clock: Clock;
}

/** Joins what agents may ask for by their door. `look`: once a tick. */
export function createAgentsDoor(parts: AgentsDoorParts): AgentsApi & { readonly look: () => void } {
  const { work, world, capacity, allocations, clock } = parts;
  const throttles = new Throttles({
    ...parts,
    guard: () => work.guard(),
    outputRefusal: (swarmId) => allocations.outputRefusal(swarmId),
    machineRefusal: () => world.refusal(null),
    storeProblem: () => work.problem(),
    waitingIn: (swarmId) => work.load(swarmId)?.waiting ?? 0,
    holdsLease: (holder) => work.leases.holds(holder),
  });
  const estimateOf = async (
    swarm: SwarmView,
    { agents, tasks, lane }: Parameters<AgentsApi["estimate"]>[1],
    signal: AbortSignal,
  ) => {
    const { id: swarmId, target, maxAgents } = swarm;
    // Growth is not asked about: what there is room for now needs none, and learning it takes long.
    const growth = { kind: "percent", percent: 0 } as const;
    const plan = await capacity.plan(swarmId, { horizonDays: 1, growth, agents: agents ?? 1 }, signal);
    const kind = plan.kinds.find((one) => one.swarmId === swarmId) ?? null;
    const { ranMs } = work.window(swarmId, clock.monotonicMs() - RUNS_MS);
    const load = work.load(swarmId);
    const row = work.guard().lanes.find((one) => one.lane === lane);
    const freePlaces = row?.gate === "open" ? Math.max(0, row.limit - row.inUse - row.queued) : 0;
    const costPerHour = kind?.whatIf?.costPerHour ?? NO_COST;
    return estimate({
      swarmId,
      agents,
      tasks,
      kind,
      costPerHour,
      target,
      live: swarm.live(),
      maxAgents,
      waiting: load?.waiting ?? null,
      running: load?.running ?? 0,
      freePlaces,
      ranMs,
    });
  };
  return {
    leases: work.leases,
    throttles: (query) => throttles.report(query),
    estimate: estimateOf,
    look: () => throttles.look(),
  };
}
