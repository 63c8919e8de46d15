import type { Coded } from "../common/errors.ts";
import type { EstimateAnswer, ThrottleReport } from "../protocol/agentCalls.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { LeaseAnswer, LeaseHolder, ReleaseAnswer } from "../protocol/leases.ts";
import type { SwarmView } from "./agents.ts";

// Capacity for whoever runs outside: what the leases need of the machine, and what clients may ask.

/** The machine and its processes, as a lease is held against them. */
export interface LeaseWorld {
  /** Memory that may be given away now, and what one agent of the swarm is known to take; `null`: not known. */
  readonly room: (swarmId: string | null) => { readonly leftBytes: number | null; readonly eachBytes: number | null };
  /** Why nothing is given now, for the machine or this swarm (pressure, a hold, no such swarm); `null`: nothing speaks against it. */
  readonly refusal: (swarmId: string | null) => Coded | null;
  /** Whether exactly this process lives. */
  readonly isThere: (holder: LeaseHolder) => boolean;
  /** Whether who asks may speak for that process: it is its parent, as the process table tells. */
  readonly speaksFor: (door: LeaseHolder, holder: LeaseHolder) => boolean;
  /** Memory of a process and all below it; `null`: not measured. */
  readonly treeBytes: (holder: LeaseHolder) => number | null;
}

/** Who asks about a lease, and for whom. Both are looked for in the process table, where there is one. */
export interface LeaseAsker {
  readonly holder: LeaseHolder;
  /** The process that asks, a child of the holder. */
  readonly door: LeaseHolder;
}

export interface CapacityWish extends LeaseAsker {
  readonly lane: Lane;
  readonly units: number;
  readonly seconds: number;
  readonly swarmId: string | null;
  /** What one is said to take; the larger counts, that or what is known of the swarm's agents. */
  readonly bytesEach: number | null;
  readonly key: string | null;
}

export interface LeasesApi {
  /** Durable when it returns. @throws CodedError `store.write`: then nothing was given */
  request(wish: CapacityWish, by: string): LeaseAnswer;
  /** @throws CodedError `lease.unknown`, `lease.foreign`, `lease.over`, `lease.holderUnseen`, `store.write` */
  renew(leaseId: string, by: LeaseAsker, seconds: number): LeaseAnswer;
  /** @param by `null`: an operator takes it back @throws CodedError `lease.unknown`, `lease.foreign`, `lease.holderUnseen` */
  release(leaseId: string, by: LeaseAsker | null): ReleaseAnswer;
}

/** What agents ask for besides what everybody may. */
export interface AgentsApi {
  readonly leases: LeasesApi;
  throttles(query: {
    readonly swarmId?: string | undefined;
    readonly lane?: Lane | undefined;
    readonly holder?: LeaseHolder | undefined;
  }): ThrottleReport;
  /** One of both is asked about. @throws CodedError `aborted`, `store.read` */
  estimate(
    swarm: SwarmView,
    asked: { readonly agents: number | null; readonly tasks: number | null; readonly lane: Lane },
    signal: AbortSignal,
  ): Promise<EstimateAnswer>;
}
