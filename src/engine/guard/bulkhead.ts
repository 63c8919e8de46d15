import { CodedError } from "../common/errors.ts";
import type { GradientLimit } from "./gradientLimit.ts";
import { before, type Waiter, WaitingLine } from "./waitingLine.ts";
import { WaitTimes } from "./waitTimes.ts";

const WAITS_KEPT = 1_000;
const HIGHEST_PRIORITY = 9;
const DEFAULT_PRIORITY = 5;

export interface BulkheadOptions {
  /** At once; integer ≥ 1. */
  readonly capacity: number;
  /** Waiting; integer ≥ 0. */
  readonly queueLimit: number;
  /** A waiter counts as one priority higher for each of these that it has waited longer; > 0. */
  readonly agingMs: number;
}

export interface Offer {
  readonly id: string;
  /** Waiters that only some can serve (a swarm's tasks) are taken by group. */
  readonly group?: string;
  /** 0..9, 9 first. */
  readonly priority?: number;
  /** Monotonic, ms. */
  readonly deadlineMs?: number | null;
  /** It was inside before (a retry, a restart): never shed. */
  readonly force?: boolean;
}

export interface AcquireOptions {
  readonly priority?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BulkheadMetrics {
  readonly capacity: number;
  /** In force: the capacity, or the adaptive limit below it. */
  readonly limit: number;
  readonly queueLimit: number;
  readonly inUse: number;
  readonly queued: number;
  readonly shed: number;
  readonly expired: number;
  readonly waitP50Ms: number | null;
  readonly waitP95Ms: number | null;
  /** In use ÷ limit; above 1 while a smaller capacity is not reached yet. */
  readonly utilisation: number;
}

interface Waiting extends Waiter {
  readonly group: string;
}

/**
 * A bulkhead (Nygard, Release It!, ch. 5): so many at once, so many waiting, everybody else shed at once. Within it the
 * highest priority is first, and waiting counts: who has waited `agingMs` longer is level with one priority more. As both
 * grow at one pace for all, the order of two waiters never changes (key = arrival − priority · aging), so a heap holds
 * it and nobody starves. Pure: no timer; deadlines are seen by `expire`.
 *
 * Two fronts on one queue: ids for a caller that serves by itself (`offer`, `take`, `release`), promises for direct
 * callers (`acquire`, `execute`).
 */
export class Bulkhead {
  readonly id: string;
  readonly #nowMs: () => number;
  readonly #agingMs: number;
  #capacity: number;
  #queueLimit: number;
  readonly #lines = new Map<string, WaitingLine>();
  readonly #waiting = new Map<string, Waiting>();
  /** Held permits by id, with when they were taken. */
  readonly #held = new Map<string, number>();
  readonly #waits = new WaitTimes(WAITS_KEPT);
  readonly #callers = new Map<string, { readonly admit: () => void; readonly refuse: (reason: CodedError) => void }>();
  /** Permits held by direct callers. */
  #direct = 0;
  #order = 0;
  #shed = 0;
  #expired = 0;
  #paused = false;
  /** Lowers the capacity in force; `null`: off. */
  limiter: GradientLimit | null = null;

  /** @throws RangeError naming the field and the value */
  constructor(id: string, options: BulkheadOptions, parts: { readonly nowMs: () => number }) {
    this.id = id;
    this.#nowMs = parts.nowMs;
    this.#capacity = atLeast("capacity", options.capacity, 1);
    this.#queueLimit = atLeast("queueLimit", options.queueLimit, 0);
    if (!(options.agingMs > 0)) throw new RangeError(`agingMs must be > 0, got ${options.agingMs}`);
    this.#agingMs = options.agingMs;
  }

  get inUse(): number {
    return this.#held.size + this.#direct;
  }

  get limit(): number {
    return this.limiter === null ? this.#capacity : Math.min(this.#capacity, this.limiter.limit);
  }

  /** Nothing is let in while it is; who comes waits. */
  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#admitCallers();
  }

  /** Who came now would be shed. */
  get isFull(): boolean {
    return this.#waiting.size >= this.#queueLimit && !this.#hasRoom();
  }

  // -- By id ----------------------------------------------------------------------------------------------------

  /** Takes one into the queue. @throws CodedError `bulkhead.full`; RangeError for a known id or a bad priority */
  offer({ id, group = "", priority = DEFAULT_PRIORITY, deadlineMs = null, force = false }: Offer): void {
    if (this.#waiting.has(id) || this.#held.has(id)) throw new RangeError(`id ${id} is in bulkhead ${this.id} already`);
    if (!Number.isInteger(priority) || priority < 0 || priority > HIGHEST_PRIORITY)
      throw new RangeError(`priority must be an integer within 0..${HIGHEST_PRIORITY}, got ${priority}`);
    if (!force && this.isFull) {
      this.#shed++;
      throw new CodedError("bulkhead.full", { lane: this.id, queued: this.#waiting.size, limit: this.#queueLimit });
    }
    const now = this.#nowMs();
    const waiting: Waiting = {
      id,
      group,
      key: now - priority * this.#agingMs,
      order: this.#order++,
      sinceMs: now,
      deadlineMs: deadlineMs ?? Number.POSITIVE_INFINITY,
      place: 0,
    };
    this.#waiting.set(id, waiting);
    this.#line(group).push(waiting);
  }

  /** Who of the group would be taken; `null` when nobody waits or nothing is free. */
  peek(group = ""): string | null {
    if (this.#paused || this.inUse >= this.limit) return null;
    return this.#lines.get(group)?.first()?.id ?? null;
  }

  /** Takes the first of the group: it holds a permit from now on. */
  take(group = ""): string | null {
    const id = this.peek(group);
    if (id === null) return null;
    const now = this.#nowMs();
    const waiting = this.#waiting.get(id) as Waiting;
    this.#leave(waiting);
    this.#waits.add(now - waiting.sinceMs);
    this.#held.set(id, now);
    return id;
  }

  /** It runs already (after a restart): a permit is its, whatever the capacity. */
  hold(id: string): void {
    if (!this.#held.has(id)) this.#held.set(id, this.#nowMs());
  }

  /** The permit comes back, once; `false`: this id holds none. `ok: false`: it failed for overload. */
  release(id: string, outcome?: { readonly durationMs: number; readonly ok: boolean }): boolean {
    if (!this.#held.has(id)) return false;
    if (outcome !== undefined) this.limiter?.sample(outcome.durationMs, this.inUse, !outcome.ok);
    this.#held.delete(id);
    this.#admitCallers();
    return true;
  }

  /** Takes a waiter out; `false`: it does not wait. */
  cancel(id: string): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#leave(waiting);
    return true;
  }

  /** Takes out whose deadline has passed; direct callers among them are refused. O(n): for a tick, not for every call. */
  expire(): readonly string[] {
    const now = this.#nowMs();
    const over = [...this.#waiting.values()].filter(({ deadlineMs }) => now >= deadlineMs);
    for (const waiting of over) {
      this.#leave(waiting);
      this.#expired++;
      this.#callers.get(waiting.id)?.refuse(new CodedError("bulkhead.deadline", { lane: this.id }));
    }
    return over.map(({ id }) => id);
  }

  has(id: string): "waiting" | "held" | null {
    return this.#waiting.has(id) ? "waiting" : this.#held.has(id) ? "held" : null;
  }

  waitingIn(group: string): number {
    return this.#lines.get(group)?.size ?? 0;
  }

  /** The first of all groups, in the order of the queue. */
  waiting(limit: number): readonly string[] {
    // Merging the lines: of each its next, and of those the first.
    const lines = [...this.#lines.values()].map((line) => line.inOrder());
    const heads = lines.map((line) => line.next().value as Waiter | undefined);
    const ids: string[] = [];
    while (ids.length < limit) {
      let best: Waiter | undefined;
      for (const head of heads) if (head !== undefined && (best === undefined || before(head, best))) best = head;
      if (best === undefined) break;
      ids.push(best.id);
      const from = heads.indexOf(best);
      heads[from] = lines[from]?.next().value as Waiter | undefined;
    }
    return ids;
  }

  /** Live: who is inside or waits stays; a smaller size is reached as permits come back. @throws RangeError */
  resize(options: { readonly capacity?: number | undefined; readonly queueLimit?: number | undefined }): void {
    const capacity = options.capacity === undefined ? this.#capacity : atLeast("capacity", options.capacity, 1);
    if (options.queueLimit !== undefined) this.#queueLimit = atLeast("queueLimit", options.queueLimit, 0);
    if (capacity !== this.#capacity && this.limiter !== null) this.limiter = this.limiter.withMax(capacity);
    this.#capacity = capacity;
    this.#admitCallers();
  }

  // -- By promise -----------------------------------------------------------------------------------------------

  /**
   * Resolves with the release of the permit, which does nothing the second time.
   * @throws CodedError `bulkhead.full`, `bulkhead.deadline`; the reason of `signal`
   */
  async acquire(options?: AcquireOptions): Promise<() => void> {
    const signal = options?.signal;
    if (signal?.aborted === true) throw signal.reason;
    if (this.#waiting.size === 0 && this.#hasRoom()) return this.#enterDirect();
    const id = `caller ${this.#order}`;
    const { priority, deadlineMs } = options ?? {};
    this.offer({
      id,
      ...(priority === undefined ? {} : { priority }),
      ...(deadlineMs === undefined ? {} : { deadlineMs: this.#nowMs() + deadlineMs }),
    });
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#callers.delete(id);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        settle();
        this.cancel(id);
        reject(signal?.reason as Error);
      };
      this.#callers.set(id, {
        admit: () => {
          settle();
          resolve(this.#enterDirect());
        },
        refuse: (reason) => {
          settle();
          reject(reason);
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#admitCallers();
    });
  }

  /** @throws as `acquire`, and what `call` throws */
  async execute<T>(call: () => Promise<T>, options?: AcquireOptions): Promise<T> {
    // The ordinary case has room: no release function, nothing registered.
    if (this.#waiting.size === 0 && this.#hasRoom() && options?.signal?.aborted !== true) {
      const startedMs = this.limiter === null ? 0 : this.#nowMs();
      this.#direct++;
      try {
        return await call();
      } finally {
        this.#leaveDirect(startedMs);
      }
    }
    const release = await this.acquire(options);
    try {
      return await call();
    } finally {
      release();
    }
  }

  metrics(): BulkheadMetrics {
    const [waitP50Ms = null, waitP95Ms = null] = this.#waits.percentiles(0.5, 0.95);
    const { limit, inUse } = this;
    return {
      capacity: this.#capacity,
      limit,
      queueLimit: this.#queueLimit,
      inUse,
      queued: this.#waiting.size,
      shed: this.#shed,
      expired: this.#expired,
      waitP50Ms,
      waitP95Ms,
      utilisation: inUse / limit,
    };
  }

  #hasRoom(): boolean {
    // Who waits by id is served later by somebody else, but has a claim on what is free.
    return !this.#paused && this.inUse + this.#waiting.size < this.limit;
  }

  #enterDirect(): () => void {
    const startedMs = this.#nowMs();
    this.#direct++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#leaveDirect(startedMs);
    };
  }

  #leaveDirect(startedMs: number): void {
    this.limiter?.sample(this.#nowMs() - startedMs, this.inUse);
    this.#direct--;
    if (this.#callers.size > 0) this.#admitCallers();
  }

  /** Direct callers that wait come in as long as there is room, in the order of the queue. */
  #admitCallers(): void {
    while (this.#callers.size > 0) {
      const id = this.peek();
      const caller = id === null ? undefined : this.#callers.get(id);
      if (id === null || caller === undefined) return;
      const waiting = this.#waiting.get(id) as Waiting;
      this.#leave(waiting);
      this.#waits.add(this.#nowMs() - waiting.sinceMs);
      caller.admit();
    }
  }

  #line(group: string): WaitingLine {
    let line = this.#lines.get(group);
    if (line === undefined) {
      line = new WaitingLine();
      this.#lines.set(group, line);
    }
    return line;
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting.id);
    const line = this.#line(waiting.group);
    line.remove(waiting);
    if (line.size === 0) this.#lines.delete(waiting.group);
  }
}

function atLeast(field: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${field} must be an integer ≥ ${least}, got ${value}`);
  return value;
}
