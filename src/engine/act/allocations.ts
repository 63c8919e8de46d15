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
  ConfiguredLimits,
  FootprintsPort,
  Log,
  PilotPort,
  PlanRules,
  RecyclePort,
  SwarmsPort,
  WorkPort,
} from "../ports.ts";
import { type AllocationPreview, type AllocationRow, changesOf, type ResourceLimits } from "../protocol/allocators.ts";
import { LANES } from "../protocol/lanes.ts";
import type { Coded, HostSample } from "../protocol/model.ts";
import type { DecisionRow } from "../protocol/rpc.ts";

/** Names the decisions that are part of an allocation. */
const BY = "allocation";
/** Recommendations come and go between two changes; most often there are a few of them. */
const DECISIONS_PAGE = 10;
const DECISIONS_LOOKED_AT = 50;

export interface AllocationsParts {
  readonly allocations: AllocationLedger;
  readonly swarms: SwarmsPort & RecyclePort;
  readonly pilot: Pick<PilotPort, "scale" | "status" | "list">;
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
  const configured = configuredLimits(parts.configured);
  const allocators = createAllocators({
    ...parts,
    system: currentSystem(),
    recycler: swarms,
    isOurs: (swarmId) => newestChange(pilot, swarmId)?.by === BY,
    scale: (swarmId, target, deadlineMs, signal) => pilot.scale(swarmId, target, BY, deadlineMs, signal),
    configured,
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
    isWhole: (swarmId, sinceMs) => tasks(swarmId, sinceMs).whole !== false,
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
      const kept = withoutNarrowing(parts, configured, id, plan);
      const preview = await previewOf(kept.plan, signal);
      return { ...preview, notes: [...notes, ...kept.notes, ...preview.notes] };
    },
    apply: (plan, by, signal, terms) => rollout.run(plan, by, signal, terms),
    undo: async (id, by, signal) => {
      const record = rollout.find(id);
      const back =
        record === null
          ? []
          : changesOf(record.steps).flatMap(({ from, to }) => (from === null ? [] : [{ from: to, to: from }]));
      // Of one that cannot be undone at all the reason for that is told.
      const isOpen = record !== null && rollout.undoRefusals([record])[0] === null;
      const refusal = isOpen ? withoutRoom(parts, back, allocators.reservedBytes) : null;
      if (refusal !== null) throw new CodedError(refusal.code, refusal.args);
      return rollout.undo(id, by, signal);
    },
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

/**
 * What the optimiser found is for one swarm's tasks, and lanes are everybody's: while another swarm runs as well, none is
 * made narrower for it.
 */
function withoutNarrowing(
  { swarms }: AllocationsParts,
  configured: ConfiguredLimits,
  swarmId: string,
  plan: readonly ResourceLimits[],
): { readonly plan: readonly ResourceLimits[]; readonly notes: readonly Coded[] } {
  const others = swarms
    .list()
    .filter(({ id, supportOf, target }) => id !== swarmId && supportOf === null && target > 0);
  if (others.length === 0) return { plan, notes: [] };
  const now = configured.laneCapacities();
  const kept: string[] = [];
  const left = plan.flatMap((limits): ResourceLimits[] => {
    if (limits.resource !== "network") return [limits];
    const lanes = LANES.flatMap((lane) => {
      const wanted = limits.lanes[lane];
      if (wanted === undefined) return [];
      if (wanted < now[lane]) kept.push(lane);
      return wanted < now[lane] ? [] : [[lane, wanted] as const];
    });
    return lanes.length === 0 ? [] : [{ resource: "network", lanes: Object.fromEntries(lanes) }];
  });
  const args = { lanes: kept.join(", "), swarms: others.map(({ id }) => id).join(", ") };
  return { plan: left, notes: kept.length === 0 ? [] : [{ code: "allocation.lanesKept", args }] };
}

/** The newest decision that has set the size, or was about to. */
function newestChange(pilot: Pick<PilotPort, "list">, swarmId: string): DecisionRow | undefined {
  const set = new Set<DecisionRow["state"]["kind"]>([
    "acting",
    "confirmed",
    "unconfirmed",
    "rolledBack",
    "interrupted",
  ]);
  // Asked with every publishing of the decisions: no more of them are read than it takes.
  let before: string | undefined;
  for (let read = 0; read < DECISIONS_LOOKED_AT; read += DECISIONS_PAGE) {
    const page = pilot.list({ swarmId, limit: DECISIONS_PAGE, before });
    const found = page.find(({ state }) => set.has(state.kind));
    if (found !== undefined || page.length < DECISIONS_PAGE) return found;
    before = page.at(-1)?.id;
  }
  return undefined;
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
