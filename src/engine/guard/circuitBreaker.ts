import type { Disposable } from "../common/disposable.ts";
import { type Coded, CodedError } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Rng } from "../common/rng.ts";
import { type AdaptiveThresholds, createThresholds } from "./adaptiveThresholds.ts";
import { type BreakerOptions, checkBreakerOptions } from "./breakerOptions.ts";
import { Permit, type Settlement } from "./breakerPermit.ts";
import type {
  BreakerMetrics,
  BreakerPermit,
  BreakerState,
  BreakerTransition,
  ExecuteOptions,
  SavedBreaker,
} from "./breakerState.ts";
import { createWindow, type SlidingWindow } from "./slidingWindow.ts";

export interface BreakerParts {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly rng: Rng;
  /** `agoMs`: how long ago it was saved. */
  readonly saved?: { readonly saved: SavedBreaker; readonly agoMs: number };
}

const CLOSED: BreakerState = { kind: "closed" };
const NEVER = new AbortController().signal;

/**
 * A circuit breaker (Nygard, Release It!, ch. 5) as a state machine without timers: closed → open on too many failures in
 * a row or too great a share of failed or slow calls → half-open when the recovery time is over → closed after enough
 * successes, or open again, for longer. It never parks a caller: who finds no permit is refused at once. A probe that
 * hangs counts as failed at its deadline, seen at the next look of anybody.
 */
export class CircuitBreaker {
  readonly id: string;
  readonly #nowMs: () => number;
  readonly #rng: Rng;
  readonly #transitions = new Emitter<BreakerTransition>();
  readonly onTransition: (listener: (transition: BreakerTransition) => void) => Disposable = this.#transitions.on;
  #options: BreakerOptions;
  #window: SlidingWindow;
  #adaptive: AdaptiveThresholds | null;
  #state: BreakerState = CLOSED;
  /** Counts states: a permit of an earlier one changes nothing in this. */
  #generation = 0;
  readonly #probes = new Set<Permit>();
  #successes = 0;
  #consecutive = 0;
  #relapses = 0;
  #refused = 0;
  #opens = 0;

  /** @throws RangeError naming the field and the value of a bad number */
  constructor(id: string, options: BreakerOptions, parts: BreakerParts) {
    checkBreakerOptions(options);
    this.id = id;
    this.#nowMs = parts.nowMs;
    this.#rng = parts.rng;
    this.#options = options;
    this.#window = createWindow(options.window);
    this.#adaptive = createThresholds(options, parts.saved?.saved.adaptive ?? null);
    if (parts.saved !== undefined) this.#restore(parts.saved.saved, parts.saved.agoMs);
  }

  get state(): BreakerState {
    this.look();
    return this.#shown();
  }

  /** What the passing of time does: an open one whose recovery time is over, a probe whose deadline has passed. */
  look(): void {
    const state = this.#state;
    if (state.kind === "open" && this.#nowMs() >= state.untilMs) {
      this.#enter(
        { kind: "halfOpen", sinceMs: this.#nowMs(), inUse: 0, successes: 0, deadlineMs: null },
        "breaker.due",
      );
    } else if (state.kind === "halfOpen" && this.#probes.size > 0) {
      const now = this.#nowMs();
      for (const probe of this.#probes) if (now >= probe.deadlineMs) probe.expire();
    }
  }

  /** Permits that would be given now. */
  available(): number {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "metricsOnly") return Number.POSITIVE_INFINITY;
    this.look();
    if (this.#state.kind === "halfOpen") return this.#freeProbes();
    return this.#state.kind === "closed" ? Number.POSITIVE_INFINITY : 0;
  }

  /** `null` at once when there is none. */
  tryAcquire(): BreakerPermit | null {
    return this.#acquire();
  }

  /**
   * @throws CodedError `breaker.open` when refused and there is no fallback, `breaker.probeDeadline` when a probe hung;
   *   what `call` throws; the reason of `signal`
   */
  execute<T>(call: (signal: AbortSignal) => Promise<T>, options?: ExecuteOptions<T>): Promise<T> {
    const permit = this.#acquire();
    if (permit === null) return this.#refuse(options);
    if (options?.signal === undefined && this.#state.kind !== "halfOpen") return this.#run(permit, call, options);
    return this.#probe(permit, call, options);
  }

  forceOpen(): void {
    if (this.#state.kind !== "forcedOpen")
      this.#enter({ kind: "forcedOpen", sinceMs: this.#nowMs() }, "breaker.forced");
  }

  /** Lets everything through and counts. */
  metricsOnly(): void {
    if (this.#state.kind !== "metricsOnly")
      this.#enter({ kind: "metricsOnly", sinceMs: this.#nowMs() }, "breaker.metricsOnly");
  }

  /** An open one tries at once. @throws CodedError `breaker.illegal` in any other state */
  halfOpen(): void {
    if (this.#state.kind !== "open")
      throw new CodedError("breaker.illegal", { breaker: this.id, from: this.#state.kind, to: "halfOpen" });
    this.#enter(
      { kind: "halfOpen", sinceMs: this.#nowMs(), inUse: 0, successes: 0, deadlineMs: null },
      "breaker.tried",
    );
  }

  /** Closed; the window and what was learned are forgotten. */
  reset(): void {
    this.#relapses = 0;
    this.#adaptive = createThresholds(this.#options, null);
    if (this.#state.kind === "closed") this.#clear();
    else this.#enter(CLOSED, "breaker.reset");
  }

  /** Other options from now on; the state stays. @throws RangeError: then nothing has changed */
  reconfigure(options: BreakerOptions): void {
    checkBreakerOptions(options);
    const old = this.#options;
    this.#options = options;
    if (JSON.stringify(old.window) !== JSON.stringify(options.window)) this.#window = createWindow(options.window);
    const learns = (o: BreakerOptions) => JSON.stringify([o.adaptive, o.failureThreshold, o.recoveryTimeoutMs]);
    if (learns(old) !== learns(options)) this.#adaptive = createThresholds(options, this.#adaptive?.save() ?? null);
  }

  metrics(): BreakerMetrics {
    const totals = this.#window.totals(this.#nowMs());
    const enough = totals.calls >= this.#options.minimumCalls;
    return {
      ...totals,
      failureRate: enough ? totals.failures / totals.calls : null,
      slowRate: enough && this.#options.slowCallMs !== null ? totals.slow / totals.calls : null,
      consecutiveFailures: this.#consecutive,
      refused: this.#refused,
      opens: this.#opens,
      thresholdNow: this.#threshold(),
      recoveryMsNow: this.#recoveryMs(),
    };
  }

  save(): SavedBreaker {
    const state = this.#state;
    return {
      kind: state.kind,
      leftMs: state.kind === "open" ? Math.max(0, state.untilMs - this.#nowMs()) : 0,
      reason: state.kind === "open" ? { code: state.reason.code, args: { ...state.reason.args } } : null,
      relapses: this.#relapses,
      opens: this.#opens,
      adaptive: this.#adaptive?.save() ?? null,
    };
  }

  // -- Permits --------------------------------------------------------------------------------------------------

  #acquire(): Permit | null {
    if (this.#state.kind === "open" || this.#state.kind === "halfOpen") this.look();
    switch (this.#state.kind) {
      case "closed":
      case "metricsOnly":
        return new Permit(this, this.#generation, this.#clockMs(), Number.POSITIVE_INFINITY);
      case "halfOpen": {
        if (this.#freeProbes() === 0) break;
        const now = this.#nowMs();
        const probe = new Permit(this, this.#generation, now, now + this.#options.halfOpenDeadlineMs);
        this.#probes.add(probe);
        return probe;
      }
    }
    this.#refused++;
    return null;
  }

  /** The time where something hangs on it: reading the clock would be half of what a call costs. */
  #clockMs(): number {
    const { slowCallMs, window } = this.#options;
    return slowCallMs === null && window.kind === "count" ? 0 : this.#nowMs();
  }

  #sinceMs({ startedMs }: Permit): number {
    // 0: the clock was not read at its begin, because nothing hung on it then.
    return startedMs === 0 ? 0 : Math.max(0, this.#clockMs() - startedMs);
  }

  #freeProbes(): number {
    const { halfOpenPermits, successThreshold } = this.#options;
    // No more calls than successes are still needed: the rest would be load on a service that may be ill.
    const needed = successThreshold - this.#successes - this.#probes.size;
    return Math.max(0, Math.min(halfOpenPermits - this.#probes.size, needed));
  }

  /** Called by a permit, once. `hung`: nobody settled it by its deadline. */
  settle(permit: Permit, how: Settlement, durationMs: number): void {
    this.#probes.delete(permit);
    if (permit.generation !== this.#generation || how === "ignore") return;
    const { slowCallMs } = this.#options;
    const slow = slowCallMs !== null && durationMs > slowCallMs;
    const failed = how !== "success";
    if (this.#state.kind === "halfOpen") {
      if (failed || slow) {
        const cause = how === "hung" ? "breaker.probeHung" : failed ? "breaker.probeFailed" : "breaker.probeSlow";
        this.#relapses++;
        this.#adaptive?.relapsed();
        this.#open({ code: cause, args: {} });
      } else if (++this.#successes >= this.#options.successThreshold) {
        this.#adaptive?.recovered(this.#relapses === 0);
        this.#relapses = 0;
        this.#enter(CLOSED, "breaker.recovered");
      }
      return;
    }
    this.#window.record(this.#clockMs(), failed, slow);
    this.#consecutive = failed ? this.#consecutive + 1 : 0;
    if (this.#state.kind !== "closed") return;
    this.#adaptive?.record(failed);
    if (failed || slow) this.#judge();
  }

  /** Whether what the window shows is too much. Only a failed or slow call can make it so. */
  #judge(): void {
    const { minimumCalls, failureRate, slowCallMs, slowCallRate } = this.#options;
    const failures = this.#consecutive;
    if (failures >= this.#threshold()) return this.#open({ code: "breaker.consecutive", args: { failures } });
    if (failureRate === null && slowCallMs === null) return;
    const { calls, failures: failed, slow } = this.#window.totals(this.#nowMs());
    if (calls < minimumCalls) return;
    if (failureRate !== null && failed / calls >= failureRate)
      this.#open({ code: "breaker.failureRate", args: { failures: failed, calls } });
    else if (slowCallMs !== null && slow / calls >= slowCallRate)
      this.#open({ code: "breaker.slowRate", args: { slow, calls } });
  }

  #open(reason: Coded): void {
    if (this.#state.kind === "closed") this.#adaptive?.opened(this.#consecutive);
    const { jitterRatio } = this.#options;
    const recoveryMs = this.#recoveryMs() * (1 + jitterRatio * (2 * this.#rng() - 1));
    const now = this.#nowMs();
    this.#opens++;
    this.#enter({ kind: "open", sinceMs: now, untilMs: now + recoveryMs, reason }, reason);
  }

  #threshold(): number {
    return this.#adaptive?.threshold ?? this.#options.failureThreshold;
  }

  /** Of the next opening, before jitter. */
  #recoveryMs(): number {
    const { recoveryTimeoutMs, recoveryGrowth, recoveryMaxMs } = this.#options;
    const base = this.#adaptive?.recoveryMs ?? recoveryTimeoutMs;
    return Math.min(Math.max(base, recoveryMaxMs), base * recoveryGrowth ** Math.min(this.#relapses, 64));
  }

  #enter(to: BreakerState, why: string | Coded): void {
    const from = this.#shown();
    this.#state = to;
    this.#generation++;
    this.#successes = 0;
    const hung = [...this.#probes];
    this.#probes.clear();
    if (to.kind === "closed") this.#clear();
    const cause = typeof why === "string" ? { code: why, args: {} } : why;
    this.#transitions.emit({ from, to: this.#shown(), cause });
    // Probes of a state that is over: their callers need not wait for a service that was given up.
    for (const probe of hung) probe.abandon();
  }

  #clear(): void {
    this.#window.clear();
    this.#consecutive = 0;
  }

  #shown(): BreakerState {
    if (this.#state.kind !== "halfOpen") return this.#state;
    let deadlineMs: number | null = null;
    for (const probe of this.#probes) deadlineMs = Math.min(deadlineMs ?? probe.deadlineMs, probe.deadlineMs);
    return { ...this.#state, inUse: this.#probes.size, successes: this.#successes, deadlineMs };
  }

  #restore(saved: SavedBreaker, agoMs: number): void {
    const now = this.#nowMs();
    this.#relapses = saved.relapses;
    this.#opens = saved.opens;
    const reason = saved.reason ?? { code: "breaker.restored", args: {} };
    switch (saved.kind) {
      case "open":
        // Never for longer than it could have been, whatever the clocks say.
        this.#state = {
          kind: "open",
          sinceMs: now - agoMs,
          untilMs: now + Math.min(Math.max(0, saved.leftMs - agoMs), this.#longestMs()),
          reason,
        };
        break;
      case "halfOpen":
        // Its probes went with the process that made them: it begins again.
        this.#state = { kind: "halfOpen", sinceMs: now, inUse: 0, successes: 0, deadlineMs: null };
        break;
      case "forcedOpen":
      case "metricsOnly":
        this.#state = { kind: saved.kind, sinceMs: now - agoMs };
        break;
      case "closed":
        break;
    }
  }

  #longestMs(): number {
    const { recoveryMaxMs, jitterRatio } = this.#options;
    return Math.max(recoveryMaxMs, this.#adaptive?.recoveryMs ?? 0) * (1 + jitterRatio);
  }

  // -- Calls ----------------------------------------------------------------------------------------------------

  #refuse<T>(options: ExecuteOptions<T> | undefined): Promise<T> {
    const state = this.#state;
    const retryAfterMs = state.kind === "open" ? Math.max(0, Math.round(state.untilMs - this.#nowMs())) : null;
    const reason = new CodedError("breaker.open", { breaker: this.id, state: state.kind, retryAfterMs });
    const { fallback } = options ?? {};
    return fallback === undefined ? Promise.reject(reason) : (async () => fallback(reason))();
  }

  async #run<T>(
    permit: Permit,
    call: (signal: AbortSignal) => Promise<T>,
    options: ExecuteOptions<T> | undefined,
  ): Promise<T> {
    try {
      const result = await call(NEVER);
      permit.success(this.#sinceMs(permit));
      return result;
    } catch (error) {
      if (options?.isIgnored?.(error) === true) permit.ignore();
      else permit.failure(this.#sinceMs(permit));
      throw error;
    }
  }

  /** Settles by the deadline or with the signal even when the service never answers. */
  #probe<T>(
    permit: Permit,
    call: (signal: AbortSignal) => Promise<T>,
    options: ExecuteOptions<T> | undefined,
  ): Promise<T> {
    const outer = options?.signal;
    if (outer?.aborted === true) {
      permit.ignore();
      return Promise.reject(outer.reason as Error);
    }
    return new Promise<T>((resolve, reject) => {
      const inner = new AbortController();
      const onAbort = () => {
        permit.ignore();
        inner.abort(outer?.reason);
        reject(outer?.reason as Error);
      };
      outer?.addEventListener("abort", onAbort, { once: true });
      permit.onGivenUp = () => {
        outer?.removeEventListener("abort", onAbort);
        const reason = new CodedError("breaker.probeDeadline", { breaker: this.id });
        inner.abort(reason);
        reject(reason);
      };
      this.#run(permit, () => call(inner.signal), options)
        .then(resolve, reject)
        .finally(() => outer?.removeEventListener("abort", onAbort));
    });
  }
}
