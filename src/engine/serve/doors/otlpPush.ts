import type { Clock } from "../../common/clock.ts";
import type { Disposable } from "../../common/disposable.ts";
import { type Coded, toCoded } from "../../common/errors.ts";
import type { Rng } from "../../common/rng.ts";
import { DEFAULT_BREAKER } from "../../guard/breakerOptions.ts";
import { CircuitBreaker } from "../../guard/circuitBreaker.ts";
import { RetryBudget, retryDelayMs } from "../../guard/retryBudget.ts";
import type { Log } from "../../ports.ts";
import type { OtlpPolicy, OtlpState, Push, PushOutcome } from "../../protocol/doors.ts";
import type { PostMetrics } from "./otlpClient.ts";

export interface OtlpPushParts {
  readonly policy: OtlpPolicy;
  /** What there is now, written as OTLP. */
  readonly body: () => string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly post: PostMetrics;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly setTimer: (callback: () => void, ms: number) => Disposable;
  readonly log: Log;
  /** Something the operator should know: it stopped working, it works again. */
  readonly notice: (notice: Coded) => void;
}

/** Failures in a row after which nothing is sent for a while. */
const FAILURES = 3;
/** Tries of one push. */
const TRIES = 3;
const RETRY = { baseMs: 1_000, maxMs: 15_000 };
/** What the specification lets be tried again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Pushes metrics to a collector, one request at a time. A push that is due while another is under way waits as the only
 * one, and is written when its turn comes: counters go on counting, so a state that was never sent is no loss. Tries again
 * with a pause drawn at random as long as the retry budget lasts; a collector that keeps failing is left alone by the
 * breaker, and the operator is told once.
 */
export class OtlpPush implements Disposable {
  readonly #parts: OtlpPushParts;
  readonly #breaker: CircuitBreaker;
  readonly #budget: RetryBudget;
  readonly #ending = new AbortController();
  readonly #sinceMs: number;
  #timer: Disposable | null = null;
  #isSending = false;
  #isDue = false;
  #told = false;
  #taken = 0;
  #failed = 0;
  #skipped = 0;
  #last: Push | null = null;

  constructor(parts: OtlpPushParts) {
    this.#parts = parts;
    const { clock, rng, policy } = parts;
    const nowMs = () => clock.monotonicMs();
    const intervalMs = policy.intervalSeconds * 1000;
    this.#sinceMs = clock.wallMs();
    this.#breaker = new CircuitBreaker(
      "otlp",
      {
        ...DEFAULT_BREAKER,
        failureThreshold: FAILURES,
        // One push tells whether it is back.
        successThreshold: 1,
        halfOpenPermits: 1,
        halfOpenDeadlineMs: policy.timeoutSeconds * 1000 + 5_000,
        // Failures in a row decide; a rate over few pushes would say nothing.
        failureRate: null,
        recoveryTimeoutMs: Math.max(30_000, intervalMs),
        recoveryMaxMs: Math.max(600_000, intervalMs),
      },
      { nowMs, rng },
    );
    // A retry in ten pushes beyond three a minute.
    this.#budget = new RetryBudget({ minPerSecond: 0.05, ttlMs: 60_000 }, nowMs);
    this.#arm(0);
  }

  state(): OtlpState {
    const { endpoint, intervalSeconds } = this.#parts.policy;
    const { kind } = this.#breaker.state;
    return {
      kind: "on",
      endpoint,
      sinceMs: this.#sinceMs,
      intervalMs: intervalSeconds * 1000,
      taken: this.#taken,
      failed: this.#failed,
      skipped: this.#skipped,
      breaker: kind === "open" || kind === "halfOpen" ? kind : "closed",
      last: this.#last,
    };
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
    this.#ending.abort();
  }

  #arm(ms: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = this.#parts.setTimer(() => {
      this.#arm(this.#parts.policy.intervalSeconds * 1000);
      this.#due();
    }, ms);
  }

  #due(): void {
    if (this.#isDue) this.#skipped++;
    this.#isDue = true;
    if (!this.#isSending) void this.#send();
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#isDue && !this.#ending.signal.aborted) {
        this.#isDue = false;
        await this.#push();
      }
    } catch (error) {
      this.#parts.log.error("otlp.defect", { code: toCoded(error).code });
    } finally {
      this.#isSending = false;
    }
  }

  async #push(): Promise<void> {
    this.#budget.deposit(0.1);
    for (let attempt = 1; ; attempt++) {
      const permit = this.#breaker.tryAcquire();
      if (permit === null) {
        this.#skipped++;
        return;
      }
      const beganMs = this.#parts.clock.monotonicMs();
      const tried = await this.#try();
      const tookMs = this.#parts.clock.monotonicMs() - beganMs;
      if (this.#ending.signal.aborted) {
        permit.ignore();
        return;
      }
      this.#last = { atMs: this.#parts.clock.wallMs(), tookMs, bytes: tried.bytes, outcome: tried.outcome };
      if (tried.outcome.kind !== "failed") {
        permit.success(tookMs);
        this.#wentWell(tried.outcome);
        return;
      }
      permit.failure(tookMs);
      this.#wentWrong(tried.outcome.reason);
      // A newer state is due already: that one is sent, and not this again.
      if (!tried.retryable || attempt >= TRIES || this.#isDue || !this.#budget.withdraw()) return;
      const pauseMs = Math.max(retryDelayMs(attempt, RETRY, this.#parts.rng), tried.retryAfterMs ?? 0);
      if (pauseMs >= this.#parts.policy.intervalSeconds * 1000) return;
      await this.#pause(pauseMs);
      if (this.#ending.signal.aborted) return;
    }
  }

  async #try(): Promise<{
    readonly outcome: PushOutcome;
    readonly bytes: number;
    readonly retryable: boolean;
    readonly retryAfterMs: number | null;
  }> {
    const { policy, post, body: write, headers } = this.#parts;
    const timeout = new AbortController();
    const timer = this.#parts.setTimer(() => timeout.abort(), policy.timeoutSeconds * 1000);
    let bytes = 0;
    const failed = (reason: Coded, retryable: boolean, retryAfterMs: number | null = null) =>
      ({ outcome: { kind: "failed", reason }, bytes, retryable, retryAfterMs }) as const;
    try {
      const body = write();
      bytes = Buffer.byteLength(body);
      const signal = AbortSignal.any([timeout.signal, this.#ending.signal]);
      const answer = await post(policy.endpoint, headers(), body, signal);
      if (answer.status >= 200 && answer.status < 300)
        return { outcome: outcomeOf(answer.body), bytes, retryable: false, retryAfterMs: null };
      const reason = { code: "otlp.refused", args: { status: answer.status } };
      return failed(reason, RETRYABLE.has(answer.status), answer.retryAfterMs);
    } catch (error) {
      if (timeout.signal.aborted)
        return failed({ code: "otlp.timeout", args: { seconds: policy.timeoutSeconds } }, true);
      const reason = toCoded(error);
      return failed(reason, reason.code === "otlp.unreachable");
    } finally {
      timer.dispose();
    }
  }

  #wentWell(outcome: PushOutcome): void {
    this.#taken++;
    if (outcome.kind === "partial") this.#parts.log.warn("otlp.partial", { count: outcome.rejected });
    if (!this.#told) return;
    this.#told = false;
    this.#parts.notice({ code: "otlp.recovered", args: { host: hostOf(this.#parts.policy.endpoint) } });
  }

  #wentWrong(reason: Coded): void {
    this.#failed++;
    this.#parts.log.warn("otlp.failed", { code: reason.code });
    if (this.#told || this.#breaker.state.kind !== "open") return;
    this.#told = true;
    this.#parts.notice({
      code: "otlp.failing",
      args: { host: hostOf(this.#parts.policy.endpoint), detail: JSON.stringify(reason) },
    });
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    await new Promise<void>((resolve) => {
      const over = () => {
        timer.dispose();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const timer = this.#parts.setTimer(over, ms);
      signal.addEventListener("abort", over, { once: true });
    });
  }
}

/** `partialSuccess` of the answer, as JSON; whatever else stands there says that all was taken. */
function outcomeOf(body: string): PushOutcome {
  try {
    const { partialSuccess } = JSON.parse(body) as { partialSuccess?: { rejectedDataPoints?: unknown } };
    const rejected = Number(partialSuccess?.rejectedDataPoints ?? 0);
    if (Number.isSafeInteger(rejected) && rejected > 0) return { kind: "partial", rejected };
  } catch {
    // An empty answer, or protobuf from a collector that does not mind what it was asked in: taken.
  }
  return { kind: "taken" };
}

function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}
