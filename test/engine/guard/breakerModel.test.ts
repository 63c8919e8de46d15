import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BreakerOptions } from "../../../src/engine/guard/breakerOptions.ts";
import type { BreakerPermit } from "../../../src/engine/guard/breakerState.ts";
import { breakerWith } from "./helpers.ts";

/** Row 6: the breaker against a reference that is written for clarity and keeps everything it has seen. */
const STEPS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 1_000_000 : 100_000;
const RUN_LENGTH = 200;

type Step =
  | { readonly kind: "acquire" }
  | {
      readonly kind: "settle";
      readonly which: number;
      readonly how: "success" | "failure" | "ignore";
      readonly ms: number;
    }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "act"; readonly what: "forceOpen" | "metricsOnly" | "reset" };

interface Held {
  readonly era: number;
  readonly sinceMs: number;
  settled: boolean;
}

/** Says what the breaker should be, from the history of its present era (an era ends with every change of state). */
class Reference {
  readonly #options: BreakerOptions;
  now = 1_000;
  era = 0;
  kind: "closed" | "open" | "halfOpen" | "forcedOpen" | "metricsOnly" = "closed";
  untilMs = 0;
  relapses = 0;
  outcomes: { failed: boolean; slow: boolean; atMs: number }[] = [];
  run = 0;
  successes = 0;
  probes: Held[] = [];

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  enter(kind: Reference["kind"]): void {
    this.kind = kind;
    this.era++;
    this.successes = 0;
    for (const probe of this.probes) probe.settled = true;
    this.probes = [];
    if (kind === "closed") {
      this.outcomes = [];
      this.run = 0;
    }
  }

  open(): void {
    const { recoveryTimeoutMs, recoveryGrowth, recoveryMaxMs } = this.#options;
    this.untilMs = this.now + Math.min(recoveryMaxMs, recoveryTimeoutMs * recoveryGrowth ** this.relapses);
    this.enter("open");
  }

  /** What time alone does, seen whenever anybody looks. */
  look(): void {
    if (this.kind === "open" && this.now >= this.untilMs) this.enter("halfOpen");
    const hung = this.probes.some(({ sinceMs }) => this.now - sinceMs >= this.#options.halfOpenDeadlineMs);
    if (this.kind !== "halfOpen" || !hung) return;
    this.relapses++;
    this.open();
  }

  acquire(): Held | null {
    this.look();
    const held: Held = { era: this.era, sinceMs: this.now, settled: false };
    if (this.kind === "closed" || this.kind === "metricsOnly") return held;
    const { halfOpenPermits, successThreshold } = this.#options;
    if (this.kind !== "halfOpen" || this.probes.length >= halfOpenPermits) return null;
    if (this.successes + this.probes.length >= successThreshold) return null;
    this.probes.push(held);
    return held;
  }

  settle(held: Held, how: "success" | "failure" | "ignore", ms: number): void {
    if (held.settled) return;
    held.settled = true;
    this.probes = this.probes.filter((probe) => probe !== held);
    if (held.era !== this.era || how === "ignore") return;
    const { slowCallMs, successThreshold } = this.#options;
    const failed = how === "failure";
    const slow = slowCallMs !== null && ms > slowCallMs;
    if (this.kind === "halfOpen") {
      if (failed || slow) {
        this.relapses++;
        this.open();
      } else if (++this.successes === successThreshold) {
        this.relapses = 0;
        this.enter("closed");
      }
      return;
    }
    this.outcomes.push({ failed, slow, atMs: this.now });
    this.run = failed ? this.run + 1 : 0;
    if (this.kind === "closed" && (failed || slow) && this.tooMuch()) this.open();
  }

  window() {
    const { window } = this.#options;
    if (window.kind === "count") return this.outcomes.slice(-window.calls);
    // The breaker's window slides by a twentieth of its length.
    const bucketMs = window.ms / 20;
    const bucket = (ms: number) => Math.floor(ms / bucketMs);
    return this.outcomes.filter(({ atMs }) => bucket(this.now) - bucket(atMs) <= 20);
  }

  tooMuch(): boolean {
    const { failureThreshold, minimumCalls, failureRate, slowCallMs, slowCallRate } = this.#options;
    if (this.run >= failureThreshold) return true;
    const seen = this.window();
    if (seen.length < minimumCalls) return false;
    const share = (pick: (outcome: (typeof seen)[number]) => boolean) => seen.filter(pick).length / seen.length;
    if (failureRate !== null && share(({ failed }) => failed) >= failureRate) return true;
    return slowCallMs !== null && share(({ slow }) => slow) >= slowCallRate;
  }
}

const options = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 8 }),
  recoveryTimeoutMs: fc.integer({ min: 1, max: 500 }),
  successThreshold: fc.integer({ min: 1, max: 4 }),
  halfOpenPermits: fc.integer({ min: 1, max: 4 }),
  halfOpenDeadlineMs: fc.integer({ min: 1, max: 400 }),
  window: fc.oneof(
    fc.record({ kind: fc.constant("count" as const), calls: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 20, max: 2_000 }) }),
  ),
  minimumCalls: fc.integer({ min: 1, max: 20 }),
  failureRate: fc.option(fc.constantFrom(0.2, 0.5, 1)),
  slowCallMs: fc.option(fc.integer({ min: 10, max: 100 })),
  slowCallRate: fc.constantFrom(0.3, 1),
  recoveryGrowth: fc.constantFrom(1, 2),
  recoveryMaxMs: fc.integer({ min: 500, max: 3_000 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "acquire" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      which: fc.nat(),
      how: fc.constantFrom("success" as const, "failure" as const, "failure" as const, "ignore" as const),
      ms: fc.integer({ min: 0, max: 150 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 600 }) }) },
  {
    weight: 0.2 * 10,
    arbitrary: fc.record({
      kind: fc.constant("act" as const),
      what: fc.constantFrom("forceOpen" as const, "metricsOnly" as const, "reset" as const, "reset" as const),
    }),
  },
);

test(`row 6: ${STEPS} steps against the reference, without a divergence`, { timeout: 600_000 }, () => {
  const seed = Date.now() & 0x7fffffff;
  console.log(`seed ${seed}`);
  let steps = 0;
  const visited = new Map<string, number>();
  fc.assert(
    fc.property(options, fc.array(step, { minLength: RUN_LENGTH, maxLength: RUN_LENGTH }), (some, run) => {
      const { breaker, clock } = breakerWith(some);
      const reference = new Reference({ ...some, jitterRatio: 0, adaptive: { enabled: false } as never });
      const pairs: { permit: BreakerPermit; held: Held }[] = [];
      for (const next of run) {
        steps++;
        switch (next.kind) {
          case "acquire": {
            const held = reference.acquire();
            const permit = breaker.tryAcquire();
            if ((permit === null) !== (held === null)) throw new Error(`permit in ${breaker.state.kind}`);
            if (permit !== null && held !== null) pairs.push({ permit, held });
            break;
          }
          case "settle": {
            const pair = pairs[next.which % Math.max(1, pairs.length)];
            if (pair === undefined) break;
            if (next.how === "ignore") pair.permit.ignore();
            else pair.permit[next.how](next.ms);
            reference.settle(pair.held, next.how, next.ms);
            // Now and then settled again: nothing may follow.
            if (next.ms % 3 !== 0) pairs.splice(pairs.indexOf(pair), 1);
            break;
          }
          case "pass":
            clock.ms += next.ms;
            reference.now += next.ms;
            break;
          case "act":
            breaker[next.what]();
            if (next.what === "reset") {
              reference.relapses = 0;
              if (reference.kind === "closed") {
                reference.outcomes = [];
                reference.run = 0;
              } else reference.enter("closed");
            } else if (reference.kind !== kinds[next.what]) reference.enter(kinds[next.what]);
            break;
        }
        reference.look();
        const { state } = breaker;
        visited.set(state.kind, (visited.get(state.kind) ?? 0) + 1);
        if (state.kind !== reference.kind) throw new Error(`is ${state.kind}, should be ${reference.kind}`);
        if (state.kind === "open" && state.untilMs !== reference.untilMs)
          throw new Error(`open until ${state.untilMs}, should be ${reference.untilMs}`);
        if (
          state.kind === "halfOpen" &&
          (state.inUse !== reference.probes.length || state.successes !== reference.successes)
        )
          throw new Error("other probes or successes");
        const metrics = breaker.metrics();
        const seen = reference.window();
        if (metrics.calls !== seen.length || metrics.failures !== seen.filter(({ failed }) => failed).length)
          throw new Error(`window of ${metrics.calls}, should be ${seen.length}`);
        if (metrics.consecutiveFailures !== reference.run) throw new Error("other run");
      }
    }),
    { seed, numRuns: Math.ceil(STEPS / RUN_LENGTH) },
  );
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  // A test that never got there would prove nothing about it.
  for (const kind of ["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"])
    expect(visited.get(kind) ?? 0, kind).toBeGreaterThan(STEPS / 500);
});

const kinds = { forceOpen: "forcedOpen", metricsOnly: "metricsOnly" } as const;

test("row 8: 1,000 hung half-open probes are settled by their deadline, and others are refused at once", async () => {
  for (let trial = 0; trial < 1_000; trial++) {
    const deadlineMs = 1 + (trial % 97);
    const { breaker, clock } = breakerWith({
      halfOpenDeadlineMs: deadlineMs,
      halfOpenPermits: 1 + (trial % 3),
      failureThreshold: 1,
    });
    breaker.tryAcquire()?.failure(1);
    clock.ms += 60_000;
    const { available } = { available: breaker.available() };
    const settled: string[] = [];
    const hung = Array.from({ length: available }, () =>
      breaker.execute(() => new Promise(() => undefined)).catch((error: { code: string }) => settled.push(error.code)),
    );
    // Surplus callers: refused in the same turn, never parked.
    const refused = await breaker.execute(() => Promise.resolve("in")).catch((error: { code: string }) => error.code);
    expect(refused).toBe("breaker.open");
    clock.ms += deadlineMs - 1;
    breaker.look();
    await Promise.resolve();
    expect(settled).toEqual([]);
    clock.ms += 1;
    breaker.look();
    await Promise.all(hung);
    expect(settled).toEqual(Array.from({ length: available }, () => "breaker.probeDeadline"));
    expect(breaker.state.kind).toBe("open");
  }
});
