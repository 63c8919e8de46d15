import type { ScalerPort, ShadowPort, ShadowView } from "../ports.ts";
import type { ShadowReport } from "../protocol/model.ts";

const BUCKET_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Runs of tasks whose mean length is taken. */
const RUNS = 100;
/** Fewer say nothing about how much sooner a task would have ended. */
const LEAST_RUNS = 5;
/** A gap longer than this many ticks is not filled in. */
const GAP_TICKS = 3;

interface Bucket {
  readonly startMs: number;
  observedMs: number;
  /** Task-seconds of waiting: as it was, less as it would have been. */
  waitAvoidedSeconds: number;
  agentSeconds: number;
  changes: number;
}

/**
 * What `auto` would have done beside what was done. A scaler of its own decides for a swarm that exists only here: it
 * starts at the real size, gets the measured load, and its agents are there after the measured start-up.
 *
 * The load of that swarm is the real one less the tasks that it would have finished sooner:
 * `ahead' = (min(size, demand − ahead) − min(live, demand)) ÷ seconds a task`. Waiting is `demand − size`, agents' worth of
 * tasks that nobody works on; both are integrated over the ticks at which the load was measured, by five minutes, for a day.
 */
export class Shadow implements ShadowPort {
  readonly #scaler: ScalerPort;
  readonly #ran: number[] = [];
  #buckets: Bucket[] = [];
  /** The target it would have, and the real one that this began from. */
  #target: number | null = null;
  #realTarget: number | null = null;
  #live = 0;
  #readyAtMs = 0;
  #ahead = 0;
  #lastMs: number | null = null;

  constructor(scaler: ScalerPort) {
    this.#scaler = scaler;
  }

  look({ view, ranMs, mayAct, withinRoom }: ShadowView): ShadowReport | null {
    const now = view.nowMonotonicMs;
    for (const ms of ranMs) this.#ran.push(ms / 1000);
    if (this.#ran.length > RUNS) this.#ran.splice(0, this.#ran.length - RUNS);
    // 1. What somebody really changed would have been changed in any mode.
    if (this.#target === null || view.target !== this.#realTarget) {
      if (this.#target !== null) this.#scaler.acted(this.#target, view.target, now);
      this.#target = this.#realTarget = view.target;
      this.#live = view.live;
      this.#readyAtMs = now;
    }
    if (now >= this.#readyAtMs) this.#live = this.#target;
    // 2. What both would have meant since the last look.
    const { reading } = view;
    const demand = reading !== null && reading.source === "measured" && isLoad(reading.low) ? reading.low : null;
    const elapsedMs = this.#lastMs === null ? 0 : now - this.#lastMs;
    this.#lastMs = now;
    this.#forget(now);
    if (demand !== null && elapsedMs > 0 && elapsedMs <= GAP_TICKS * view.tickIntervalMs)
      this.#integrate(demand, view.live, elapsedMs, now);
    // 3. What it would do now.
    if (mayAct && demand !== null) this.#decide(view, Math.max(0, demand - this.#ahead), withinRoom);
    return this.#report(now);
  }

  #integrate(demand: number, live: number, elapsedMs: number, now: number): void {
    const bucket = this.#bucket(now);
    bucket.observedMs += elapsedMs;
    const seconds = elapsedMs / 1000;
    bucket.agentSeconds += (this.#live - live) * seconds;
    const secondsATask = this.#secondsATask();
    if (secondsATask === null) return;
    const own = Math.max(0, demand - this.#ahead);
    const done = ((Math.min(this.#live, own) - Math.min(live, demand)) * seconds) / secondsATask;
    this.#ahead = Math.min(demand, this.#ahead + done);
    const ownNow = Math.max(0, demand - this.#ahead);
    bucket.waitAvoidedSeconds += (Math.max(0, demand - live) - Math.max(0, ownNow - this.#live)) * seconds;
  }

  #decide(view: ShadowView["view"], demand: number, withinRoom: ShadowView["withinRoom"]): void {
    const target = this.#target ?? view.target;
    const { reading } = view;
    if (reading === null) return;
    // Its own agents are busy first, and what is left of its own demand waits for them.
    const waiting = reading.waiting === undefined ? {} : { waiting: Math.max(0, demand - this.#live) };
    const own = { ...reading, low: demand, high: demand + Math.max(0, reading.high - reading.low), ...waiting };
    const verdict = this.#scaler.look({ ...view, live: this.#live, target, reading: own });
    // The real swarm has the room; what it would have been given beyond that it would not have got.
    const to = verdict.to > target ? Math.max(target, withinRoom(verdict).to) : verdict.to;
    if (to === target) return;
    this.#scaler.acted(target, to, view.nowMonotonicMs);
    this.#bucket(view.nowMonotonicMs).changes++;
    this.#target = to;
    this.#readyAtMs = view.nowMonotonicMs + (to > target ? (view.startUpMs ?? 0) : 0);
  }

  #report(now: number): ShadowReport | null {
    if (this.#target === null) return null;
    const sum = (pick: (bucket: Bucket) => number) => this.#buckets.reduce((total, bucket) => total + pick(bucket), 0);
    const observedMs = sum((bucket) => bucket.observedMs);
    const first = this.#buckets[0];
    if (first === undefined || observedMs === 0) return null;
    return {
      target: this.#target,
      spanMs: Math.round(now - first.startMs),
      observedMs: Math.round(observedMs),
      waitAvoidedSeconds: this.#secondsATask() === null ? null : sum((bucket) => bucket.waitAvoidedSeconds),
      agentHours: sum((bucket) => bucket.agentSeconds) / 3_600,
      changes: sum((bucket) => bucket.changes),
    };
  }

  #bucket(now: number): Bucket {
    const last = this.#buckets.at(-1);
    if (last !== undefined && now - last.startMs < BUCKET_MS) return last;
    const bucket = { startMs: now, observedMs: 0, waitAvoidedSeconds: 0, agentSeconds: 0, changes: 0 };
    this.#buckets.push(bucket);
    return bucket;
  }

  #forget(now: number): void {
    if ((this.#buckets[0]?.startMs ?? now) < now - DAY_MS)
      this.#buckets = this.#buckets.filter(({ startMs }) => startMs >= now - DAY_MS);
  }

  #secondsATask(): number | null {
    if (this.#ran.length < LEAST_RUNS) return null;
    const mean = this.#ran.reduce((sum, seconds) => sum + seconds, 0) / this.#ran.length;
    return mean > 0 ? mean : null;
  }
}

function isLoad(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
