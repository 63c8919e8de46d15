import * as z from "zod/mini";
import type { Coded } from "../common/errors.ts";
import { swarmId } from "./config.ts";
import { lane } from "./faultTolerance.ts";
import type { Allocation, ObjectiveId } from "./optimize.ts";
import type { DecisionImpact } from "./scaling.ts";

// What a swarm is given of the machine, and the history of it.

export const RESOURCES = ["agents", "cpu", "memory", "storage", "network"] as const;
export type Resource = (typeof RESOURCES)[number];

const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
const MEGABYTE = 1 << 20;
/** Far above any machine, and exact as a number. */
const MOST_BYTES = 2 ** 50;

const agentsLimit = z.strictObject({ resource: z.literal("agents"), swarmId, agents: whole(0, 1_000) });

const cpuLimit = z
  .strictObject({
    resource: z.literal("cpu"),
    swarmId,
    /** Nice value of every process of its agents; a higher one gives way. */
    nice: z.optional(whole(-20, 19)),
    /** cgroup v2 `cpu.weight` of each agent; 100 is the usual one. */
    weight: z.optional(whole(1, 10_000)),
    /** Level of the best-effort I/O class, 0 served first; `idle`: when nobody else asks; `null`: as its nice value has it. */
    ioLevel: z.optional(z.nullable(z.union([whole(0, 7), z.literal("idle")]))),
  })
  .check(
    z.refine(
      ({ nice, weight, ioLevel }) => nice !== undefined || weight !== undefined || ioLevel !== undefined,
      "name nice, weight or ioLevel",
    ),
  );

const memoryLimit = z.strictObject({
  resource: z.literal("memory"),
  swarmId,
  /** What each agent with all its processes may keep resident; `null`: no limit. */
  highBytes: z.nullable(whole(16 * MEGABYTE, MOST_BYTES)),
  /**
   * A limit that the system enforces on each process, where an allocation beyond it fails; most programs then end. Left out:
   * as it is. `dataBytes` is RLIMIT_DATA, `addressSpaceBytes` RLIMIT_AS; `null`: none.
   */
  dataBytes: z.optional(z.nullable(whole(16 * MEGABYTE, MOST_BYTES))),
  addressSpaceBytes: z.optional(z.nullable(whole(16 * MEGABYTE, MOST_BYTES))),
});

const storageLimit = z
  .strictObject({
    resource: z.literal("storage"),
    swarmId,
    /** Bytes kept of each output stream of agents started from now on. Left out: as it is. */
    outputBytes: z.optional(whole(4_096, 1 << 30)),
    /** What the agents' working folders may hold together; `null`: no quota. Left out: as it is. */
    workspaceBytes: z.optional(z.nullable(whole(MEGABYTE, MOST_BYTES))),
  })
  .check(
    z.refine(
      ({ outputBytes, workspaceBytes }) => outputBytes !== undefined || workspaceBytes !== undefined,
      "name outputBytes or workspaceBytes",
    ),
  );

/** Of all swarms together: lanes are shared. Lanes that are left out stay as they are. */
const networkLimit = z.strictObject({
  resource: z.literal("network"),
  lanes: z.partialRecord(lane, whole(1, 10_000)),
});

/** What one swarm gets of one resource; of `network`, what each lane gets. */
export const resourceLimits = z.discriminatedUnion("resource", [
  agentsLimit,
  cpuLimit,
  memoryLimit,
  storageLimit,
  networkLimit,
]);
export type ResourceLimits = z.infer<typeof resourceLimits>;
export type LimitsOf<R extends Resource> = Extract<ResourceLimits, { readonly resource: R }>;

/** Whom limits are for: one place of each resource. */
export function placeOf(limits: ResourceLimits): string {
  return limits.resource === "network" ? "network" : `${limits.resource} ${limits.swarmId}`;
}

/** Everything that is to change together. */
export const allocationPlan = z.readonly(
  z.array(resourceLimits).check(
    z.minLength(1),
    z.maxLength(500),
    z.refine((plan) => new Set(plan.map(placeOf)).size === plan.length, "a resource of a swarm is named twice"),
  ),
);
export type AllocationPlan = z.infer<typeof allocationPlan>;

/** `confirmed`: read again, and it is so; `notes` say what it does not reach. */
export type AllocationOutcome =
  | { readonly kind: "confirmed"; readonly notes: readonly Coded[] }
  | { readonly kind: "unconfirmed"; readonly reason: Coded }
  | { readonly kind: "refused"; readonly reason: Coded };

/** Whether, and by what, a resource can be limited here. */
export type AllocatorSupport =
  | { readonly kind: "supported"; readonly means: readonly string[]; readonly notes: readonly Coded[] }
  | { readonly kind: "unsupported"; readonly reason: Coded };

/** One value that was set, with the one before it: what an undo goes back to. */
export interface AllocationStep {
  readonly limits: ResourceLimits;
  /** `null`: it has not been its turn. */
  readonly previous: ResourceLimits | null;
  readonly state:
    | { readonly kind: "waiting" }
    | { readonly kind: "acting" }
    | AllocationOutcome
    | { readonly kind: "takenBack"; readonly outcome: AllocationOutcome };
}

/**
 * `applied`: every step was seen · `rolledBack`: one was not, or the swarm got worse; `left` steps could not be taken back ·
 * `refused`: nothing was done · `partly`: an undo that could not take back `left` steps · `interrupted`: the engine ended in
 * the middle.
 */
export type AllocationState =
  | { readonly kind: "acting" }
  | { readonly kind: "applied"; readonly elapsedMs: number }
  | { readonly kind: "rolledBack" | "partly"; readonly reason: Coded; readonly left: number }
  | { readonly kind: "refused"; readonly reason: Coded }
  | { readonly kind: "interrupted" };

/** One allocation as it is kept. */
export interface AllocationRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly wallMs: number;
  readonly by: string;
  /** In the order in which they are taken. */
  readonly steps: readonly AllocationStep[];
  readonly state: AllocationState;
  readonly undoOf: string | null;
  readonly undoneBy: string | null;
  /** Absent where nobody has calculated it. */
  readonly expected?: AllocationExpected | undefined;
  /** What was measured before it began and after it was seen, of each swarm that it is about; absent before that. */
  readonly effects?: readonly AllocationEffect[] | undefined;
}

/** What each aim comes to by the queueing model, in the aim's own unit; derived. */
export type AimValues = Readonly<Partial<Record<ObjectiveId, number>>>;

/** What the optimiser has said of an allocation before it was made. */
export interface AllocationExpected {
  readonly swarmId: string;
  /** Of what was in force; `null` where that could not be said. */
  readonly now: AimValues | null;
  readonly chosen: AimValues;
}

export interface AllocationEffect {
  readonly swarmId: string;
  readonly impact: DecisionImpact;
}

/** An allocation and whether it can be undone now. */
export interface AllocationRow extends AllocationRecord {
  /** `null` when it can. */
  readonly undoRefusal: Coded | null;
}

/** What is asked for: values, or an allocation of one swarm that the optimiser has found. */
export type AllocationWish =
  | { readonly plan: AllocationPlan }
  | { readonly swarmId: string; readonly allocation: Allocation };

/** One value before and after. */
export interface AllocationChange {
  readonly from: ResourceLimits;
  readonly to: ResourceLimits;
}

/** What an allocation would do. */
export interface AllocationPreview {
  /** To be given to `allocationApply`; empty when everything is so already. */
  readonly plan: readonly ResourceLimits[];
  /** Of each place, from what to what; what is so already is left out. */
  readonly changes: readonly AllocationChange[];
  /** In how many steps, each seen before the next. */
  readonly steps: number;
  /** Why nothing at all would be done; `null` when it would. */
  readonly refusal: Coded | null;
  /** What of the wish is left out here and why, whom it touches besides, what cannot be undone. */
  readonly notes: readonly Coded[];
}

/** Of each place what it was before its first step and what it is after its last; `null`: it has not been its turn. */
export function changesOf(
  steps: readonly Pick<AllocationStep, "limits" | "previous">[],
): readonly { readonly from: ResourceLimits | null; readonly to: ResourceLimits }[] {
  const places = new Map<string, { readonly from: ResourceLimits | null; readonly to: ResourceLimits }>();
  for (const { limits, previous } of steps) {
    const known = places.get(placeOf(limits));
    places.set(placeOf(limits), { from: known === undefined ? previous : known.from, to: limits });
  }
  return [...places.values()];
}

export interface AllocationList {
  /** Newest first. */
  readonly allocations: readonly AllocationRow[];
  readonly more: boolean;
  /** What each resource can be limited by here. */
  readonly support: readonly { readonly resource: Resource; readonly support: AllocatorSupport }[];
}
