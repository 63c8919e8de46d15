import { type Clock, systemTimer } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { CodedError } from "../common/errors.ts";
import { uuidv7 } from "../common/uuid.ts";
import { noRoom } from "./allocators/agentsAllocator.ts";
import { AllocationRollout } from "./allocators/allocationRollout.ts";
import { createAllocators, currentSystem } from "./allocators/all.ts";
import { configuredLimits, type ConfiguredLimitsParts } from "./allocators/configuredLimits.ts";
import type {
  AllocationLedger,
  AllocationPlanOf,
  AllocationsPort,
  FootprintsPort,
  Log,
  PilotPort,
  PlanRules,
  RecyclePort,
  SwarmsPort,
  WorkPort,
} from "../ports.ts";
import type { AllocationPreview, AllocationRow, ResourceLimits } from "../protocol/allocators.ts";
import { LANES } from "../protocol/lanes.ts";
import type { Coded, HostSample } from "../protocol/model.ts";

/** Names the decisions that are part of an allocation. */
const BY = "allocation";

export interface AllocationsParts {
  readonly allocations: AllocationLedger;
  readonly swarms: SwarmsPort & RecyclePort;
  readonly pilot: Pick<PilotPort, "scale" | "status">;
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly rules: PlanRules;
  readonly tasks: WorkPort["window"];
  readonly pressure: () => HostSample["pressure"] | null;
  readonly configured: ConfiguredLimitsParts;
  /** What has to be set for a swarm to have an allocation that was found. */
  readonly planOf: AllocationPlanOf;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** Joins the allocators with what they act through, and what is asked about allocations. */
export function createAllocations(
  parts: AllocationsParts,
): AllocationsPort & Disposable & { readonly outputRefusal: (swarmId: string) => Coded | null } {
  const { swarms, pilot, rules, tasks, pressure } = parts;
  const allocators = createAllocators({
    ...parts,
    system: currentSystem(),
    recycler: swarms,
    scale: (swarmId, target, deadlineMs, signal) => pilot.scale(swarmId, target, BY, deadlineMs, signal),
    configured: configuredLimits(parts.configured),
  });
  const demand = (swarmId: string) => pilot.status(swarmId)?.inputs.demand ?? null;
  const rollout = new AllocationRollout({
    ...parts,
    ledger: parts.allocations,
    timer: systemTimer,
    newId: uuidv7,
    allocators: allocators.all,
    // A helper of another swarm is sized with it, and has no tasks of its own.
    swarms: { list: () => swarms.list().filter(({ supportOf }) => supportOf === null) },
    measure: (swarmId, sinceMs) => rules.figuresOf(tasks(swarmId, sinceMs), pressure(), demand(swarmId)),
  });
  const rows = (records: ReturnType<AllocationLedger["list"]>): readonly AllocationRow[] => {
    const refusals = rollout.undoRefusals(records);
    return records.map((record, at) => ({ ...record, undoRefusal: refusals[at] ?? null }));
  };
  const previewOf = async (plan: readonly ResourceLimits[], signal: AbortSignal): Promise<AllocationPreview> => {
    const preview = await rollout.preview(plan, signal);
    const refusal = preview.refusal ?? withoutRoom(parts, preview.changes, allocators.reservedBytes);
    if (refusal !== null) return { ...preview, changes: [], steps: 0, refusal };
    return { ...preview, notes: preview.changes.flatMap(({ from, to }) => touched(parts, from, to)) };
  };
  return {
    preview: async (wish, signal) => {
      if ("plan" in wish) return previewOf(wish.plan, signal);
      const { id, supportOf } = swarms.get(wish.swarmId);
      if (supportOf !== null) throw new CodedError("swarm.unknown", { swarmId: id, known: supportOf });
      const { plan, notes } = parts.planOf(id, wish.allocation, rollout.support());
      const preview = await previewOf(plan, signal);
      return { ...preview, notes: [...notes, ...preview.notes] };
    },
    apply: (plan, by, signal, expected) => rollout.run(plan, by, signal, expected),
    undo: (id, by, signal) => rollout.undo(id, by, signal),
    list: (query) => {
      const records = rollout.history({ ...query, limit: query.limit + 1 });
      return {
        allocations: rows(records.slice(0, query.limit)),
        more: records.length > query.limit,
        support: rollout.support(),
      };
    },
    recover: () => rollout.recover(),
    look: () => rollout.look(),
    outputRefusal: allocators.outputRefusal,
    dispose: () => {
      rollout.dispose();
      allocators.dispose();
    },
  };
}

/** More agents than there will be room for under the limits of the same plan: it would be taken back at its last step. */
function withoutRoom(
  { footprints }: AllocationsParts,
  changes: AllocationPreview["changes"],
  reservedBytes: (swarmId: string) => number | null,
): Coded | null {
  for (const { from, to } of changes) {
    if (to.resource !== "agents" || from.resource !== "agents" || to.agents <= from.agents) continue;
    const { swarmId } = to;
    const planned = changes.find((change) => change.to.resource === "memory" && change.to.swarmId === swarmId)?.to;
    const high = planned?.resource === "memory" ? planned.highBytes : reservedBytes(swarmId);
    const refusal = noRoom(swarmId, to.agents - from.agents, footprints.room(swarmId), high);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** What an operator should know of a change before it is made. */
function touched({ swarms }: AllocationsParts, from: ResourceLimits, to: ResourceLimits): readonly Coded[] {
  if (to.resource === "network") {
    const working = swarms.list().filter(({ supportOf, target }) => supportOf === null && target > 0);
    const shared = { code: "allocation.lanesShared", args: { swarms: working.map(({ id }) => id).join(", ") } };
    return [...(working.length < 2 ? [] : [shared]), ...narrowed(from, to)];
  }
  if (to.resource !== "agents" || from.resource !== "agents" || to.agents >= from.agents) return [];
  const swarm = swarms.get(to.swarmId);
  const working = swarm.wouldEnd(swarm.agents().length - to.agents).filter(({ task }) => task !== null).length;
  return working === 0 ? [] : [{ code: "allocation.endWorking", args: { swarmId: to.swarmId, agents: working } }];
}

/** A lane that lets fewer in holds also against a load to come: more agents would not help then. */
function narrowed(from: ResourceLimits, to: ResourceLimits): readonly Coded[] {
  if (from.resource !== "network" || to.resource !== "network") return [];
  const less = LANES.filter((lane) => (to.lanes[lane] ?? Number.MAX_VALUE) < (from.lanes[lane] ?? 0));
  return less.length === 0 ? [] : [{ code: "allocation.lanesNarrowed", args: { lanes: less.join(", ") } }];
}
