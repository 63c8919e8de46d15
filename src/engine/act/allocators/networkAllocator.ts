import type { Coded } from "../../common/errors.ts";
import type { ConfiguredLimits } from "../../ports.ts";
import type { AllocationOutcome, AllocatorSupport, LimitsOf, ResourceLimits } from "../../protocol/allocators.ts";
import { LANES } from "../../protocol/lanes.ts";
import { confirmed, limitsOf, refused, type ResourceAllocator, unconfirmed } from "./allocator.ts";

/** Of a decrease, at most this share of a lane's capacity a step; an increase at most doubles it. */
const DECREASE_RATIO = 0.25;
const INCREASE_FACTOR = 2;

/**
 * How many tasks of a lane, and so how many agents' calls to what they share, go on at once: the capacity of its bulkhead.
 * Bytes on the wire are not limited: no system lets a user do that to a process without a privilege. What runs above a
 * smaller capacity runs to its end.
 */
export class NetworkAllocator implements ResourceAllocator {
  readonly id = "network";
  readonly #configured: Pick<ConfiguredLimits, "laneCapacities" | "setLaneCapacities">;

  constructor(configured: Pick<ConfiguredLimits, "laneCapacities" | "setLaneCapacities">) {
    this.#configured = configured;
  }

  can(): AllocatorSupport {
    return { kind: "supported", means: ["lanes"], notes: [{ code: "allocation.noBandwidth", args: {} }] };
  }

  refusal(limits: ResourceLimits): Coded | null {
    const { lanes } = limitsOf("network", limits);
    return Object.keys(lanes).length === 0 ? { code: "allocation.noLane", args: {} } : null;
  }

  async read(limits: ResourceLimits, signal: AbortSignal): Promise<ResourceLimits> {
    signal.throwIfAborted();
    return this.#read(limitsOf("network", limits));
  }

  direction(from: ResourceLimits, to: ResourceLimits): -1 | 0 | 1 {
    const [a, b] = [limitsOf("network", from).lanes, limitsOf("network", to).lanes];
    const changes = LANES.map((lane) => Math.sign((b[lane] ?? 0) - (a[lane] ?? b[lane] ?? 0)));
    if (changes.some((change) => change < 0)) return -1;
    return changes.some((change) => change > 0) ? 1 : 0;
  }

  /** All lanes go together; those that are there wait for the others. */
  path(from: ResourceLimits, to: ResourceLimits): readonly ResourceLimits[] {
    const goal = limitsOf("network", to).lanes;
    const steps: LimitsOf<"network">[] = [];
    let now = { ...goal, ...limitsOf("network", from).lanes };
    do {
      const next = { ...goal };
      for (const lane of LANES) {
        const [is, wanted] = [now[lane], goal[lane]];
        if (is === undefined || wanted === undefined) continue;
        next[lane] =
          wanted < is
            ? Math.max(wanted, is - Math.max(1, Math.floor(is * DECREASE_RATIO)))
            : Math.min(wanted, is * INCREASE_FACTOR);
      }
      steps.push({ resource: "network", lanes: next });
      now = next;
    } while (LANES.some((lane) => now[lane] !== goal[lane]));
    return steps;
  }

  async apply(limits: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    const refusal = this.refusal(limits);
    return refusal === null ? this.#set(limits, signal) : refused(refusal);
  }

  async undo(previous: ResourceLimits, signal: AbortSignal): Promise<AllocationOutcome> {
    return this.#set(previous, signal);
  }

  /** Lanes are resized in the view and in the configuration as well. */
  changedSince(limits: ResourceLimits): boolean {
    return this.direction(this.#read(limitsOf("network", limits)), limits) !== 0;
  }

  /** Lanes are in the configuration. */
  remember(): void {}

  look(): void {}

  #set(limits: ResourceLimits, signal: AbortSignal): AllocationOutcome {
    signal.throwIfAborted();
    const wanted = limitsOf("network", limits);
    this.#configured.setLaneCapacities(wanted.lanes);
    const { lanes } = this.#read(wanted);
    for (const lane of LANES) {
      const [is, asked] = [lanes[lane] ?? null, wanted.lanes[lane] ?? null];
      if (is !== asked) return unconfirmed("allocation.laneOtherwise", { lane, wanted: asked, now: is });
    }
    return confirmed();
  }

  #read({ lanes }: LimitsOf<"network">): LimitsOf<"network"> {
    const now = this.#configured.laneCapacities();
    const read: LimitsOf<"network">["lanes"] = {};
    for (const lane of LANES) if (lanes[lane] !== undefined) read[lane] = now[lane];
    return { resource: "network", lanes: read };
  }
}
