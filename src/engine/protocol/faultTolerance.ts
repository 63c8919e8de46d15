import * as z from "zod/mini";
import { LANES } from "./lanes.ts";

/**
 * What an operator may set about breakers, lanes and retries. In zod's small form like the rest of the configuration. Every
 * object is strict and every field has its default, so that a file may name only what it changes and a typing error is told.
 */
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
const number = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max));

export const lane = z.enum(LANES);

export const breakerPolicy = z
  .strictObject({
    /** Failures in a row that open it. */
    failureThreshold: z._default(whole(1, 10_000), 5),
    /** Open for this long before a few calls are let through again. */
    recoveryTimeoutSeconds: z._default(number(0.1, 86_400), 60),
    /** Successes in half-open that close it. */
    successThreshold: z._default(whole(1, 1_000), 3),
    /** Calls at once in half-open. */
    halfOpenPermits: z._default(whole(1, 1_000), 3),
    /** A call in half-open that has not ended by then counts as failed. */
    halfOpenDeadlineSeconds: z._default(number(0.1, 86_400), 600),
    /** What the rates are taken over: the last calls, or the last seconds. */
    window: z._default(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("count"), calls: whole(1, 100_000) }),
        z.strictObject({ kind: z.literal("time"), seconds: number(1, 86_400) }),
      ]),
      { kind: "count", calls: 100 },
    ),
    /** Before that many calls no rate opens it. */
    minimumCalls: z._default(whole(1, 100_000), 20),
    /** Share of failed calls that opens it; `null`: not used. */
    failureRate: z._default(z.nullable(number(0.01, 1)), 0.5),
    /** A call longer than this is slow; `null`: not used. */
    slowCallSeconds: z._default(z.nullable(number(0.001, 86_400)), null),
    /** Share of slow calls that opens it. */
    slowCallRate: z._default(number(0.01, 1), 1),
    /** The recovery time grows by this factor each time half-open fails. */
    recoveryGrowth: z._default(number(1, 10), 2),
    recoveryMaxSeconds: z._default(number(0.1, 86_400), 600),
    /** The recovery time varies by this share, so that many breakers do not try at one moment. */
    jitterRatio: z._default(number(0, 0.5), 0.1),
    /** Lets threshold and recovery time follow what the last calls show, at most `adjustmentRate` a step. */
    adaptive: z.prefault(
      z.strictObject({
        enabled: z._default(z.boolean(), false),
        windowSize: z._default(whole(10, 100_000), 1_000),
        adjustmentRate: z._default(number(0.001, 0.1), 0.1),
        maxFailureThreshold: z._default(whole(1, 10_000), 100),
        maxRecoverySeconds: z._default(number(1, 86_400), 600),
      }),
      {},
    ),
  })
  .check(
    z.refine((b) => b.recoveryTimeoutSeconds <= b.recoveryMaxSeconds, {
      path: ["recoveryTimeoutSeconds"],
      message: "must not be above recoveryMaxSeconds",
    }),
    z.refine((b) => b.window.kind === "time" || b.minimumCalls <= b.window.calls, {
      path: ["minimumCalls"],
      message: "must not be above window.calls, or no rate is ever taken",
    }),
  );
export type BreakerPolicy = z.infer<typeof breakerPolicy>;

const lanePolicy = (capacity: number, queueLimit: number) =>
  z.prefault(
    z.strictObject({
      /** Tasks of the lane that run at once, over all swarms. */
      capacity: z._default(whole(1, 10_000), capacity),
      /** Tasks that wait; more are shed. */
      queueLimit: z._default(whole(0, 1_000_000), queueLimit),
      /** Lets the latency of tasks lower the capacity in force (gradient). */
      adaptive: z._default(z.boolean(), false),
    }),
    {},
  );

export const lanesPolicy = z.strictObject({
  critical: lanePolicy(10, 50),
  standard: lanePolicy(20, 100),
  background: lanePolicy(5, 200),
});
export type LanesPolicy = z.infer<typeof lanesPolicy>;

export const retryPolicy = z.strictObject({
  /** Runs of a task that fails, the first included. */
  maxAttempts: z._default(whole(1, 100), 3),
  /** The pause before the second run is drawn from 0 to this, before the third from 0 to twice this, and so on. */
  baseSeconds: z._default(number(0, 3_600), 1),
  maxSeconds: z._default(number(0, 86_400), 60),
  /** Retries per task that came in, shared by all of them: what keeps retries from becoming a storm. */
  budgetRatio: z._default(number(0, 1), 0.2),
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

export const faultTolerancePolicy = z.strictObject({
  breaker: z.prefault(breakerPolicy, {}),
  lanes: z.prefault(lanesPolicy, {}),
  retry: z.prefault(retryPolicy, {}),
  /** A task that runs longer is ended. A task may name its own. */
  taskTimeoutSeconds: z._default(number(1, 604_800), 3_600),
});
export type FaultTolerancePolicy = z.infer<typeof faultTolerancePolicy>;

/** Faults for the demo swarm, as shares of its tasks, and what makes each of them slow. They live as long as the engine. */
export const demoFaults = z.strictObject({
  /** Tasks that fail. */
  errorRatio: z._default(number(0, 1), 0),
  /** Added to each task, milliseconds. */
  latencyMs: z._default(number(0, 600_000), 0),
  /** Tasks that never end by themselves. */
  hangRatio: z._default(number(0, 1), 0),
  /** Tasks that take their agent down. */
  crashRatio: z._default(number(0, 1), 0),
  /** Time of the processor added to each task, milliseconds. */
  cpuMs: z._default(number(0, 60_000), 0),
  /** Memory that each task leaves behind for good, bytes. */
  leakBytes: z._default(whole(0, 1 << 30), 0),
  /** Time for which each task writes blocks of 64 KiB and waits after each until the disk has it, milliseconds. */
  diskMs: z._default(number(0, 60_000), 0),
});
export type DemoFaults = z.infer<typeof demoFaults>;

export const NO_FAULTS: DemoFaults = demoFaults.parse({});
