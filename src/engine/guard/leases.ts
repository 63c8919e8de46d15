import type { Lane } from "../protocol/lanes.ts";
import type { LeaseEnd, LeaseHolder } from "../protocol/leases.ts";

/** Leases under way at most, over all lanes: what one careless agent can make us keep. */
export const MOST_LEASES = 1_000;
/** Ended ones that are remembered, so that giving back twice is no error. */
const ENDED_KEPT = 1_000;

/** Capacity given to a process for a while. Times are monotonic, ms. */
export interface Lease {
  readonly id: string;
  readonly lane: Lane;
  /** Integer ≥ 1. */
  readonly units: number;
  /** For all units; `null`: not known, and nothing is kept free for it. */
  readonly memoryBytes: number | null;
  readonly holder: LeaseHolder;
  /** The holder's own word for one request: the same again is the same lease. */
  readonly key: string | null;
  /** What the holder's processes had in memory when it began; `null`: not measured. */
  readonly baselineBytes: number | null;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface LeaseRequest extends Omit<Lease, "sinceMs" | "untilMs"> {
  /** > 0. */
  readonly durationMs: number;
}

/** What there is at the moment of a request. */
export interface LeaseRoom {
  /** Places in force in the lane, and those that are taken or waited for by others than leases. */
  readonly limit: number;
  readonly usedByOthers: number;
  /** Memory that may be given away, less what leases have; `null`: not measured, so nothing is known to fit. */
  readonly leftBytes: number | null;
}

export type LeaseVerdict =
  | { readonly kind: "granted"; readonly lease: Lease }
  /** Asked for with this key before. */
  | { readonly kind: "known"; readonly lease: Lease }
  | { readonly kind: "laneFull"; readonly fits: number; readonly leased: number }
  | { readonly kind: "memory"; readonly fits: number }
  | { readonly kind: "memoryUnknown" }
  | { readonly kind: "tooMany"; readonly most: number };

export type LeaseRelease =
  | { readonly kind: "released"; readonly lease: Lease }
  | { readonly kind: "over"; readonly how: LeaseEnd }
  | { readonly kind: "foreign" }
  | { readonly kind: "unknown" };

export interface EndedLease {
  readonly lease: Lease;
  readonly how: LeaseEnd;
}

/**
 * Who was given what, until when: a plain state machine, without a clock, a disk or a process table of its own. A lease is in
 * one of two states, under way or ended (how), and leaves the first exactly once.
 *
 * What it promises, whatever the order of calls: a grant never makes `usedByOthers + Σ units of the lane` exceed `limit`, nor
 * its memory exceed `leftBytes`; nobody but its holder ends a lease early (or an operator, who passes no holder).
 */
export class LeaseBook {
  readonly #leases = new Map<string, Lease>();
  readonly #ended = new Map<string, { readonly how: LeaseEnd; readonly holder: LeaseHolder }>();

  all(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  get(id: string): Lease | null {
    return this.#leases.get(id) ?? null;
  }

  /** What its holder has under this word of its own; `null`: nothing. */
  withKey(key: string, holder: LeaseHolder): Lease | null {
    for (const lease of this.#leases.values()) if (lease.key === key && sameHolder(lease.holder, holder)) return lease;
    return null;
  }

  unitsIn(lane: Lane): number {
    let units = 0;
    for (const lease of this.#leases.values()) if (lease.lane === lane) units += lease.units;
    return units;
  }

  /** @throws RangeError naming the field and the value, for what no schema should have let through */
  request({ durationMs, ...asked }: LeaseRequest, room: LeaseRoom, nowMs: number): LeaseVerdict {
    if (!Number.isInteger(asked.units) || asked.units < 1)
      throw new RangeError(`units must be an integer ≥ 1, got ${asked.units}`);
    const bytes = asked.memoryBytes;
    if (bytes !== null && !(bytes > 0 && Number.isFinite(bytes)))
      throw new RangeError(`memoryBytes must be finite and > 0, got ${bytes}`);
    if (!(durationMs > 0 && Number.isFinite(durationMs)))
      throw new RangeError(`durationMs must be finite and > 0, got ${durationMs}`);
    if (this.#leases.has(asked.id) || this.#ended.has(asked.id)) throw new RangeError(`lease ${asked.id} is known`);
    const before = asked.key === null ? null : this.withKey(asked.key, asked.holder);
    if (before !== null) return { kind: "known", lease: before };
    if (this.#leases.size >= MOST_LEASES) return { kind: "tooMany", most: MOST_LEASES };
    const leased = this.unitsIn(asked.lane);
    const free = wholes(room.limit - room.usedByOthers - leased);
    const inMemory = memoryFits(asked.units, bytes, room.leftBytes);
    if (asked.units > free) return { kind: "laneFull", fits: Math.min(free, inMemory), leased };
    if (room.leftBytes === null || !Number.isFinite(room.leftBytes)) return { kind: "memoryUnknown" };
    if (asked.units > inMemory) return { kind: "memory", fits: Math.min(free, inMemory) };
    const lease: Lease = { ...asked, sinceMs: nowMs, untilMs: nowMs + durationMs };
    this.#leases.set(lease.id, lease);
    return { kind: "granted", lease };
  }

  /** From now on for so long; `null`: there is none under way. The places are its own already. */
  renew(id: string, durationMs: number, nowMs: number): Lease | null {
    const lease = this.#leases.get(id);
    if (lease === undefined) return null;
    if (!(durationMs > 0 && Number.isFinite(durationMs)))
      throw new RangeError(`durationMs must be finite and > 0, got ${durationMs}`);
    const renewed = { ...lease, untilMs: nowMs + durationMs };
    this.#leases.set(id, renewed);
    return renewed;
  }

  /** Whose it is: `null` when it was never heard of, or is long over. */
  holderOf(id: string): LeaseHolder | null {
    return this.#leases.get(id)?.holder ?? this.#ended.get(id)?.holder ?? null;
  }

  /** @param holder `null`: an operator, who may take back any */
  release(id: string, holder: LeaseHolder | null): LeaseRelease {
    const owner = this.holderOf(id);
    if (owner === null) return { kind: "unknown" };
    if (holder !== null && !sameHolder(owner, holder)) return { kind: "foreign" };
    const ended = this.#ended.get(id);
    if (ended !== undefined) return { kind: "over", how: ended.how };
    return { kind: "released", lease: this.#end(id, holder === null ? "takenBack" : "released") };
  }

  /** Ends those whose time is over, and those whose holder is gone. */
  look(nowMs: number, isThere: (holder: LeaseHolder) => boolean): readonly EndedLease[] {
    const ended: EndedLease[] = [];
    // One process may hold many: asked about once.
    const seen = new Map<string, boolean>();
    for (const { id, untilMs, holder } of this.all()) {
      const key = `${holder.pid} ${holder.startTime}`;
      const there = seen.get(key) ?? isThere(holder);
      seen.set(key, there);
      const how: LeaseEnd | null = !there ? "holderGone" : nowMs >= untilMs ? "expired" : null;
      if (how !== null) ended.push({ lease: this.#end(id, how), how });
    }
    return ended;
  }

  /** One that an engine before this one had given: it stays given, whatever the room is now. */
  restore(lease: Lease): void {
    if (!this.#leases.has(lease.id)) this.#leases.set(lease.id, lease);
  }

  /** Takes a grant back that could not be written down: as if it had never been asked for. */
  forget(id: string): void {
    this.#leases.delete(id);
  }

  #end(id: string, how: LeaseEnd): Lease {
    const lease = this.#leases.get(id) as Lease;
    this.#leases.delete(id);
    this.#ended.set(id, { how, holder: lease.holder });
    for (const old of this.#ended.keys()) {
      if (this.#ended.size <= ENDED_KEPT) break;
      this.#ended.delete(old);
    }
    return lease;
  }
}

/**
 * Memory that leases have and that does not show yet: of each holder what it was given, less what its processes have grown
 * by since. Without it the same bytes would be given away twice; counted in full they would be counted twice once they show.
 * @param rssOf of a holder's process and all below it, bytes; `null`: not measured, and then nothing is taken off
 */
export function unshownBytes(leases: readonly Lease[], rssOf: (holder: LeaseHolder) => number | null): number {
  const holders = new Map<string, { readonly holder: LeaseHolder; given: number; baseline: number | null }>();
  for (const { holder, memoryBytes, baselineBytes } of leases) {
    const key = `${holder.pid} ${holder.startTime}`;
    const known = holders.get(key) ?? { holder, given: 0, baseline: null };
    known.given += memoryBytes ?? 0;
    if (baselineBytes !== null) known.baseline = Math.min(known.baseline ?? baselineBytes, baselineBytes);
    holders.set(key, known);
  }
  let bytes = 0;
  for (const { holder, given, baseline } of holders.values()) {
    if (given === 0) continue;
    const now = baseline === null ? null : rssOf(holder);
    const shown = now === null || baseline === null ? 0 : Math.max(0, now - baseline);
    bytes += Math.max(0, given - shown);
  }
  return bytes;
}

export function sameHolder(a: LeaseHolder, b: LeaseHolder): boolean {
  return a.pid === b.pid && a.startTime === b.startTime;
}

/** Units of the asked size that there is memory for. Of what nobody knows the size of: one, while there is any left. */
function memoryFits(units: number, bytes: number | null, leftBytes: number | null): number {
  if (leftBytes === null || !(leftBytes > 0)) return 0;
  if (bytes === null) return 1;
  return wholes(leftBytes / (bytes / units));
}

function wholes(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0;
}
