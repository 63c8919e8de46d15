import type { Clock } from "../common/clock.ts";
import { type Coded, CodedError, messageOf } from "../common/errors.ts";
import {
  type EndedLease,
  type Lease,
  LeaseBook,
  type LeaseVerdict,
  sameHolder,
  unshownBytes,
} from "../guard/leases.ts";
import type { CapacityWish, LeaseAsker, LeasesApi, LeaseWorld, Log, SwarmView, TaskStore } from "../ports.ts";
import type { Lane } from "../protocol/lanes.ts";
import { type LeaseAnswer, type LeaseHolder, type LeaseRow, type ReleaseAnswer } from "../protocol/leases.ts";
import { type LeaseTime, readLeases, type ToldLease, writeLeases } from "./leaseRecords.ts";
import { ProcessLooks } from "./processLooks.ts";
import type { GuardedLane, Guards } from "./guards.ts";

/** The row of the store that holds all of them. */
const STORED = "leases";
/** Asking again sooner than this would only be noise; later than that would leave room unused. */
const SOONEST_RETRY_MS = 1_000;
const LATEST_RETRY_MS = 30_000;
/** Pressure is a mean over ten seconds. */
const PRESSURE_RETRY_MS = 10_000;

/** Of a lease about which nothing was told. */
const UNTOLD: ToldLease = { by: "", swarmId: null };

export interface CapacityLeasesParts {
  readonly guards: Guards;
  readonly store: Pick<TaskStore, "guards" | "saveGuard">;
  readonly world: LeaseWorld;
  readonly swarms: () => readonly Pick<SwarmView, "id" | "target">[];
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: (wallMs: number) => string;
  readonly bootId: string;
  /** Places came back, or were given. */
  readonly onChange: () => void;
}

/** Leases joined with the lanes that they hold places of, the machine's memory, and the disk. */
export class CapacityLeases implements LeasesApi {
  readonly #parts: CapacityLeasesParts;
  readonly #book = new LeaseBook();
  readonly #told = new Map<string, ToldLease>();
  readonly #looks: ProcessLooks;

  constructor(parts: CapacityLeasesParts) {
    this.#parts = parts;
    this.#looks = new ProcessLooks(parts.world, () => parts.clock.monotonicMs());
    this.#restore();
  }

  request(wish: CapacityWish, by: string): LeaseAnswer {
    // Those that are over make room first, whenever the last tick was.
    this.look();
    const { guards, world, clock } = this.#parts;
    if (!this.#looks.isThere(wish.holder) || !this.#looks.speaksFor(wish.door, wish.holder))
      return refusedFor({ code: "lease.holderUnseen", args: { pid: wish.holder.pid } }, null);
    // What it has already is not asked for anew, whatever speaks against a new one by now.
    const before = wish.key === null ? null : this.#book.withKey(wish.key, wish.holder);
    if (before !== null) return { kind: "granted", lease: this.#row(before) };
    const guarded = guards.lane(wish.lane);
    const { leftBytes, eachBytes } = world.room(wish.swarmId);
    const bytesEach = larger(wish.bytesEach, eachBytes);
    const refused = this.#refusal(wish, guarded);
    if (refused !== null) return refused;
    const verdict = this.#book.request(
      {
        id: this.#parts.newId(clock.wallMs()),
        lane: wish.lane,
        units: wish.units,
        memoryBytes: bytesEach === null ? null : bytesEach * wish.units,
        holder: wish.holder,
        key: wish.key,
        baselineBytes: world.treeBytes(wish.holder),
        durationMs: wish.seconds * 1_000,
      },
      { limit: guarded.bulkhead.limit, usedByOthers: this.#usedByOthers(guarded), leftBytes },
      clock.monotonicMs(),
    );
    if (verdict.kind === "known") return { kind: "granted", lease: this.#row(verdict.lease) };
    if (verdict.kind !== "granted") return this.#refused(verdict, wish, bytesEach, leftBytes);
    const { lease } = verdict;
    this.#told.set(lease.id, { by, swarmId: wish.swarmId });
    try {
      this.#save();
    } catch (error) {
      this.#book.forget(lease.id);
      this.#told.delete(lease.id);
      throw error;
    }
    for (const place of placesOf(lease)) guarded.bulkhead.hold(place);
    this.#parts.onChange();
    return { kind: "granted", lease: this.#row(lease) };
  }

  renew(leaseId: string, by: LeaseAsker, seconds: number): LeaseAnswer {
    this.look();
    const lease = this.#own(leaseId, by);
    const { guards, clock } = this.#parts;
    const { limit, inUse } = guards.lane(lease.lane).bulkhead;
    if (inUse > limit)
      return {
        kind: "refused",
        reason: { code: "lease.overLimit", args: { lane: lease.lane, inUse, limit } },
        retryAfterMs: null,
        fits: 0,
      };
    const renewed = this.#book.renew(leaseId, seconds * 1_000, clock.monotonicMs()) as Lease;
    try {
      this.#save();
    } catch (error) {
      this.#book.renew(leaseId, Math.max(1, lease.untilMs - clock.monotonicMs()), clock.monotonicMs());
      throw error;
    }
    this.#parts.onChange();
    return { kind: "granted", lease: this.#row(renewed) };
  }

  release(leaseId: string, by: LeaseAsker | null): ReleaseAnswer {
    this.look();
    // One that is over may have outlived its holder: how it ended is told to whoever names it.
    const lease = by === null ? null : this.#book.get(leaseId);
    if (by !== null && lease !== null && sameHolder(lease.holder, by.holder)) this.#checkDoor(by);
    const released = this.#book.release(leaseId, by?.holder ?? null);
    switch (released.kind) {
      case "unknown":
        throw new CodedError("lease.unknown", { leaseId });
      case "foreign":
        throw new CodedError("lease.foreign", { leaseId });
      case "over":
        return { leaseId, ended: released.how, now: false };
      case "released": {
        const how = by === null ? "takenBack" : "released";
        this.#ended([{ lease: released.lease, how }]);
        return { leaseId, ended: how, now: true };
      }
    }
  }

  /** Once a tick, and before every answer: takes back what is over. Synchronous. */
  look(): void {
    this.#ended(this.#book.look(this.#parts.clock.monotonicMs(), (one) => this.#looks.isThere(one)));
  }

  rows(lane: Lane): readonly LeaseRow[] {
    return this.#book
      .all()
      .filter((lease) => lease.lane === lane)
      .map((lease) => this.#row(lease));
  }

  /** Whether this process holds any. */
  holds(by: LeaseHolder): boolean {
    return this.#book.all().some((lease) => sameHolder(lease.holder, by));
  }

  /** Memory that was given and does not show yet, bytes. */
  unshownBytes(): number {
    return unshownBytes(this.#book.all(), this.#parts.world.treeBytes);
  }

  /** @throws CodedError `lease.unknown`, `lease.foreign`, `lease.over`, `lease.holderUnseen` */
  #own(leaseId: string, by: LeaseAsker): Lease {
    const owner = this.#book.holderOf(leaseId);
    if (owner === null) throw new CodedError("lease.unknown", { leaseId });
    if (!sameHolder(owner, by.holder)) throw new CodedError("lease.foreign", { leaseId });
    const lease = this.#book.get(leaseId);
    if (lease === null) throw new CodedError("lease.over", { leaseId });
    this.#checkDoor(by);
    return lease;
  }

  /** Holders are no secret: to name one is not enough. @throws CodedError `lease.holderUnseen` */
  #checkDoor({ holder, door }: LeaseAsker): void {
    if (!this.#looks.speaksFor(door, holder)) throw new CodedError("lease.holderUnseen", { pid: holder.pid });
  }

  /** What speaks against any lease now, whatever its size. */
  #refusal({ lane, swarmId }: CapacityWish, guarded: GuardedLane): LeaseAnswer | null {
    const { world, clock } = this.#parts;
    if (guarded.gate !== "open")
      return refusedFor({ code: "lease.laneClosed", args: { lane, gate: guarded.gate } }, null);
    const { state } = guarded.breaker.breaker;
    if (state.kind === "open") {
      const retryAfterMs = Math.max(0, state.untilMs - clock.monotonicMs());
      return refusedFor({ code: "lease.breakerOpen", args: { lane, retryAfterMs } }, retryAfterMs);
    }
    if (state.kind === "halfOpen")
      return refusedFor({ code: "lease.breakerTrying", args: { lane } }, PRESSURE_RETRY_MS);
    if (state.kind === "forcedOpen") return refusedFor({ code: "lease.breakerForced", args: { lane } }, null);
    const other = world.refusal(swarmId);
    return other === null ? null : refusedFor(other, other.code === "lease.pressure" ? PRESSURE_RETRY_MS : null);
  }

  #refused(
    verdict: Exclude<LeaseVerdict, { kind: "granted" | "known" }>,
    { lane, units }: CapacityWish,
    bytesEach: number | null,
    leftBytes: number | null,
  ): LeaseAnswer {
    const { bulkhead } = this.#parts.guards.lane(lane);
    const { queued } = bulkhead.metrics();
    switch (verdict.kind) {
      case "laneFull": {
        const { fits, leased } = verdict;
        const args = { lane, units, fits, limit: bulkhead.limit, inUse: bulkhead.inUse - leased, leased, queued };
        return {
          kind: "refused",
          reason: { code: "lease.laneFull", args },
          retryAfterMs: this.#laneRetryMs(lane),
          fits,
        };
      }
      case "memory": {
        const { fits } = verdict;
        const reason =
          bytesEach === null
            ? { code: "lease.learning", args: { units, fits } }
            : { code: "lease.memory", args: { units, fits, neededBytes: bytesEach * units, leftBytes } };
        return { kind: "refused", reason, retryAfterMs: PRESSURE_RETRY_MS, fits };
      }
      case "memoryUnknown":
        return {
          ...{ kind: "refused", reason: { code: "lease.memoryUnknown", args: {} }, fits: 0 },
          retryAfterMs: SOONEST_RETRY_MS,
        };
      case "tooMany":
        return {
          ...{ kind: "refused", reason: { code: "lease.tooMany", args: { most: verdict.most } }, fits: 0 },
          retryAfterMs: this.#laneRetryMs(lane),
        };
    }
  }

  /** At the latest when the first lease of the lane is over; who only waits for tasks does not know when they end. */
  #laneRetryMs(lane: Lane): number {
    const now = this.#parts.clock.monotonicMs();
    const leases = this.#book.all().filter((lease) => lease.lane === lane);
    const first = Math.min(...leases.map(({ untilMs }) => untilMs - now), LATEST_RETRY_MS);
    return Math.round(Math.max(SOONEST_RETRY_MS, first));
  }

  /**
   * Tasks that run, and of those that wait as many as the agents of their swarm could take next: they were there before. Not
   * all that wait: a long queue before few agents needs no more places than these have hands.
   */
  #usedByOthers({ lane, bulkhead }: GuardedLane): number {
    let claimed = 0;
    for (const { id, target } of this.#parts.swarms()) claimed += Math.min(bulkhead.waitingIn(id), target);
    return bulkhead.inUse - this.#book.unitsIn(lane) + claimed;
  }

  #ended(ended: readonly EndedLease[]): void {
    if (ended.length === 0) return;
    const { guards, log } = this.#parts;
    for (const { lease, how } of ended) {
      for (const place of placesOf(lease)) guards.lane(lease.lane).bulkhead.release(place);
      this.#told.delete(lease.id);
      if (how !== "released") log.info("lease.ended", { lease: lease.id, lane: lease.lane, units: lease.units, how });
    }
    try {
      this.#save();
    } catch (error) {
      // It is over all the same. An engine after this one would find it over too: by its time, or by its holder's end.
      log.warn("lease.notSaved", { reason: messageOf(error) });
    }
    this.#parts.onChange();
  }

  #row(lease: Lease): LeaseRow {
    const { id, lane, units, memoryBytes, holder: of, sinceMs, untilMs } = lease;
    const { clock } = this.#parts;
    const toWall = (monotonicMs: number) => Math.round(clock.wallMs() + monotonicMs - clock.monotonicMs());
    const { by, swarmId } = this.#told.get(id) ?? UNTOLD;
    return {
      id,
      lane,
      units,
      memoryBytes,
      swarmId,
      holder: of,
      by,
      sinceMs: toWall(sinceMs),
      untilMs: toWall(untilMs),
    };
  }

  /** @throws CodedError `store.write` */
  #save(): void {
    const leases = this.#book.all().map((lease) => ({ ...lease, ...(this.#told.get(lease.id) ?? UNTOLD) }));
    this.#parts.store.saveGuard(STORED, writeLeases(leases, this.#now()));
  }

  /** What an engine before this one had given: to the same process of the same boot, or not at all. */
  #restore(): void {
    const { store, guards, log } = this.#parts;
    const text = store.guards().get(STORED);
    if (text === undefined) return;
    let leases: ReturnType<typeof readLeases>;
    try {
      leases = readLeases(text, this.#now());
    } catch (error) {
      log.warn("lease.notRestored", { reason: messageOf(error) });
      return;
    }
    for (const { by, swarmId, ...lease } of leases) {
      this.#book.restore(lease);
      this.#told.set(lease.id, { by, swarmId });
      for (const place of placesOf(lease)) guards.lane(lease.lane).bulkhead.hold(place);
    }
    this.look();
  }

  #now(): LeaseTime {
    const { clock, bootId } = this.#parts;
    return { bootId, wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
  }
}

/** Ids of the places that a lease holds in its lane; no task's id looks like that. */
function placesOf({ id, units }: Lease): readonly string[] {
  return Array.from({ length: units }, (_, at) => `lease ${id} ${at}`);
}

/** Of whatever size it had been asked for. */
function refusedFor(reason: Coded, retryAfterMs: number | null): LeaseAnswer {
  return {
    ...{ kind: "refused", reason, fits: 0 },
    retryAfterMs: retryAfterMs === null ? null : Math.round(Math.max(SOONEST_RETRY_MS, retryAfterMs)),
  };
}

function larger(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
