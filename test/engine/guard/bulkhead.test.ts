import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import { Bulkhead, type BulkheadOptions } from "../../../src/engine/guard/bulkhead.ts";
import { GradientLimit } from "../../../src/engine/guard/gradientLimit.ts";
import { RetryBudget, retryDelayMs } from "../../../src/engine/guard/retryBudget.ts";
import { TestClock } from "./helpers.ts";

function bulkheadWith(options: Partial<BulkheadOptions> = {}) {
  const clock = new TestClock();
  const all = { capacity: 2, queueLimit: 3, agingMs: 30_000, ...options };
  return { clock, bulkhead: new Bulkhead("standard", all, { nowMs: clock.now }) };
}

describe("by id", () => {
  test("so many run, so many wait, more are shed at once and counted", () => {
    const { bulkhead } = bulkheadWith();
    for (const id of ["a", "b"]) bulkhead.offer({ id });
    expect([bulkhead.take(), bulkhead.take()]).toEqual(["a", "b"]);
    for (const id of ["c", "d", "e"]) bulkhead.offer({ id });
    expect(bulkhead.take()).toBeNull();
    expect(() => bulkhead.offer({ id: "f" })).toThrow(/bulkhead\.full/);
    expect(bulkhead.metrics()).toMatchObject({ inUse: 2, queued: 3, shed: 1, utilisation: 1 });
    expect(bulkhead.release("a")).toBe(true);
    expect(bulkhead.release("a")).toBe(false);
    expect(bulkhead.take()).toBe("c");
  });

  test("priority first, then who came first; waiting counts, so nobody starves", () => {
    const { bulkhead, clock } = bulkheadWith({ queueLimit: 100, agingMs: 1_000 });
    bulkhead.offer({ id: "low", priority: 0 });
    clock.ms += 10;
    bulkhead.offer({ id: "high", priority: 2 });
    bulkhead.offer({ id: "high 2", priority: 2 });
    clock.ms += 2_000;
    // By now "low" has waited for more than two levels.
    bulkhead.offer({ id: "late", priority: 2 });
    expect(bulkhead.waiting(10)).toEqual(["high", "high 2", "low", "late"]);
    expect(bulkhead.waiting(2)).toEqual(["high", "high 2"]);
  });

  test("waiters of a group are taken by who serves it", () => {
    const { bulkhead } = bulkheadWith();
    bulkhead.offer({ id: "a", group: "one" });
    bulkhead.offer({ id: "b", group: "two" });
    expect(bulkhead.take("two")).toBe("b");
    expect(bulkhead.take("two")).toBeNull();
    expect([bulkhead.waitingIn("one"), bulkhead.waitingIn("two")]).toEqual([1, 0]);
  });

  test("what was inside before is never shed, and holds its place above the capacity", () => {
    const { bulkhead } = bulkheadWith({ queueLimit: 0 });
    for (const id of ["a", "b", "c"]) bulkhead.hold(id);
    bulkhead.offer({ id: "d", force: true });
    expect(bulkhead.metrics()).toMatchObject({ inUse: 3, queued: 1, utilisation: 1.5 });
    bulkhead.release("a");
    expect(bulkhead.take()).toBeNull();
    bulkhead.release("b");
    expect(bulkhead.take()).toBe("d");
  });

  test("a deadline takes a waiter out, and the percentiles of waits are those of who was served", () => {
    const { bulkhead, clock } = bulkheadWith({ capacity: 10, queueLimit: 10 });
    expect(bulkhead.metrics()).toMatchObject({ waitP50Ms: null, waitP95Ms: null });
    bulkhead.offer({ id: "slow", deadlineMs: clock.ms + 50 });
    bulkhead.offer({ id: "a" });
    clock.ms += 100;
    expect(bulkhead.expire()).toEqual(["slow"]);
    expect(bulkhead.take()).toBe("a");
    expect(bulkhead.metrics()).toMatchObject({ expired: 1, waitP50Ms: 100, waitP95Ms: 100 });
  });
});

// Behaviours of resilience4j's bulkhead suites and of Hystrix', by their names.
describe("resilience4j", () => {
  test("shouldNotAllowZeroCapacity: refused by name; a bulkhead that lets nothing in is a paused one", async () => {
    for (const capacity of [0, -1, Number.NaN, 1.5, "5" as unknown as number])
      expect(() => bulkheadWith({ capacity }), String(capacity)).toThrow(
        `capacity must be an integer ≥ 1, got ${capacity}`,
      );
    expect(() => bulkheadWith({ queueLimit: -1 })).toThrow("queueLimit must be an integer ≥ 0, got -1");
    const { bulkhead } = bulkheadWith();
    bulkhead.paused = true;
    let inside = false;
    const entering = bulkhead.execute(async () => (inside = true));
    await Promise.resolve();
    expect(inside).toBe(false);
    bulkhead.paused = false;
    await entering;
    expect(inside).toBe(true);
  });

  test("testChangePermissionsWhileOneWaits: more capacity lets the waiter in, less is reached as permits return", async () => {
    const { bulkhead } = bulkheadWith({ capacity: 1 });
    const first = await bulkhead.acquire();
    const second = bulkhead.acquire();
    expect(bulkhead.metrics()).toMatchObject({ inUse: 1, queued: 1 });
    bulkhead.resize({ capacity: 2 });
    const releaseSecond = await second;
    expect(bulkhead.metrics()).toMatchObject({ inUse: 2, queued: 0 });
    bulkhead.resize({ capacity: 1 });
    const third = bulkhead.acquire();
    first();
    expect(bulkhead.metrics()).toMatchObject({ inUse: 1, queued: 1 });
    releaseSecond();
    (await third)();
    expect(bulkhead.metrics()).toMatchObject({ inUse: 0, queued: 0 });
  });

  test("shouldReleasePermissionWhenWaiterIsCancelled: a cancelled waiter leaves the queue and takes nothing", async () => {
    const { bulkhead } = bulkheadWith({ capacity: 1 });
    const release = await bulkhead.acquire();
    const abort = new AbortController();
    const waiting = bulkhead.acquire({ signal: abort.signal });
    abort.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    expect(bulkhead.metrics()).toMatchObject({ inUse: 1, queued: 0 });
    release();
    release();
    expect(bulkhead.inUse).toBe(0);
  });

  test("a waiter is refused at its deadline", async () => {
    const { bulkhead, clock } = bulkheadWith({ capacity: 1 });
    const release = await bulkhead.acquire();
    const waiting = bulkhead.acquire({ deadlineMs: 100 });
    clock.ms += 100;
    bulkhead.expire();
    await expect(waiting).rejects.toMatchObject({ code: "bulkhead.deadline" });
    release();
  });
});

test("Hystrix testCancelledTasksInQueueGetRemoved: cancelled tasks leave the queue", () => {
  const { bulkhead } = bulkheadWith({ queueLimit: 2, capacity: 1 });
  bulkhead.hold("running");
  bulkhead.offer({ id: "a" });
  bulkhead.offer({ id: "b" });
  expect(bulkhead.cancel("a")).toBe(true);
  expect(bulkhead.cancel("a")).toBe(false);
  bulkhead.offer({ id: "c" });
  expect(bulkhead.waiting(5)).toEqual(["b", "c"]);
});

test("the queue gives out in the order of a sorted list, whatever was taken out of its middle", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("offer" as const),
      priority: fc.integer({ min: 0, max: 9 }),
      group: fc.constantFrom("x", "y"),
    }),
    fc.record({ kind: fc.constant("take" as const), group: fc.constantFrom("x", "y") }),
    fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { bulkhead, clock } = bulkheadWith({ capacity: 1_000, queueLimit: 1_000 });
      let sorted: { id: string; group: string; key: number; order: number }[] = [];
      let next = 0;
      for (const one of steps) {
        if (one.kind === "offer") {
          const id = String(next);
          bulkhead.offer({ id, group: one.group, priority: one.priority });
          sorted.push({ id, group: one.group, key: clock.ms - one.priority * 30_000, order: next++ });
          sorted.sort((a, b) => a.key - b.key || a.order - b.order);
        } else if (one.kind === "take") {
          const first = sorted.find(({ group }) => group === one.group)?.id ?? null;
          expect(bulkhead.take(one.group)).toBe(first);
          sorted = sorted.filter(({ id }) => id !== first);
        } else if (one.kind === "cancel") {
          const gone = sorted[one.which % Math.max(1, sorted.length)]?.id;
          if (gone !== undefined) bulkhead.cancel(gone);
          sorted = sorted.filter(({ id }) => id !== gone);
        } else clock.ms += one.ms;
        expect(bulkhead.waiting(1_000)).toEqual(sorted.map(({ id }) => id));
      }
    }),
    { numRuns: 200 },
  );
});

/** Row 7: everybody who asks, waits, gives up, fails, retries or is timed out, in any order. */
const ROUNDS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 100_000 : 10_000;

test(
  `row 7: ${ROUNDS} random interleavings: never over the limit, nobody starves, no permit left at rest`,
  { timeout: 600_000 },
  async () => {
    const seed = Date.now() & 0x7fffffff;
    console.log(`seed ${seed}`);
    const rng = createRng(seed);
    const pick = (n: number) => Math.floor(rng() * n);
    let aborted = 0;
    let retried = 0;
    let shed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const capacity = 1 + pick(3);
      const { bulkhead, clock } = bulkheadWith({ capacity, queueLimit: pick(4) });
      const budget = new RetryBudget({ minPerSecond: 0.1, ttlMs: 10_000 }, clock.now);
      let inside = 0;
      let most = 0;
      /** Calls under way: how each may be ended. */
      const gates: ((how: "ok" | "fail") => void)[] = [];
      const aborts: AbortController[] = [];
      const callers = Array.from({ length: 2 + pick(6) }, async () => {
        budget.deposit(0.5);
        for (let attempt = 1; ; attempt++) {
          const abort = new AbortController();
          aborts.push(abort);
          try {
            await bulkhead.execute(
              () =>
                new Promise<void>((resolve, reject) => {
                  inside++;
                  most = Math.max(most, inside);
                  gates.push((how) => {
                    inside--;
                    if (how === "ok") resolve();
                    else reject(new Error("failed"));
                  });
                }),
              { priority: pick(10), signal: abort.signal, ...(rng() < 0.3 ? { deadlineMs: pick(50) } : {}) },
            );
            return "served";
          } catch (error) {
            const code = (error as { code?: string }).code;
            if (code === "bulkhead.full") return void shed++;
            if (abort.signal.aborted) return void aborted++;
            if (attempt > 3 || !budget.withdraw()) return "gave up";
            retried++;
          }
        }
      });
      const settled = Promise.all(callers);
      let done = false;
      void settled.then(() => (done = true));
      // As long as there is anybody, something happens: calls end, callers give up, time passes, the size changes.
      for (let steps = 0; !done; steps++) {
        if (steps > 400)
          throw new Error(`starved: ${JSON.stringify(bulkhead.metrics())}, round ${round} of seed ${seed}`);
        const what = rng();
        if (what < 0.55 && gates.length > 0) gates.splice(pick(gates.length), 1)[0]?.(rng() < 0.7 ? "ok" : "fail");
        else if (what < 0.7) aborts[pick(aborts.length)]?.abort();
        else if (what < 0.8) {
          clock.ms += pick(40);
          bulkhead.expire();
        } else if (what < 0.85) bulkhead.resize({ capacity: 1 + pick(3) });
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
      }
      expect(most).toBeLessThanOrEqual(3);
      // Aborted while inside: the call goes on until it ends, and only then gives its permit back.
      for (const gate of gates.splice(0)) gate("ok");
      for (let turn = 0; turn < 6; turn++) await Promise.resolve();
      const { inUse, queued } = bulkhead.metrics();
      if (inUse !== 0 || queued !== 0)
        throw new Error(`round ${round} of seed ${seed}: ${inUse} in use, ${queued} queued`);
    }
    // Every way out was taken.
    expect(Math.min(aborted, retried, shed)).toBeGreaterThan(ROUNDS / 20);
  },
);

describe("the adaptive limit", () => {
  test("follows latency down when it rises, and comes back", () => {
    const limit = new GradientLimit({ min: 1, max: 50, initial: 20 });
    for (let n = 0; n < 200; n++) limit.sample(100, limit.limit);
    const calm = limit.limit;
    expect(calm).toBe(50);
    for (let n = 0; n < 60; n++) limit.sample(600, limit.limit);
    expect(limit.limit).toBeLessThan(calm / 3);
    for (let n = 0; n < 400; n++) limit.sample(100, limit.limit);
    expect(limit.limit).toBeGreaterThan(calm / 2);
  });

  test("stays within its bounds, ignores what tells nothing, and falls on drops", () => {
    const limit = new GradientLimit({ min: 2, max: 10, initial: 10 });
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) limit.sample(bad, 10);
    limit.sample(10_000, 1);
    expect(limit.limit).toBe(10);
    for (let n = 0; n < 100; n++) limit.sample(10, 10, true);
    expect(limit.limit).toBe(2);
    expect(() => new GradientLimit({ min: 0, max: 1, initial: 1 })).toThrow("min must be ≥ 1, got 0");
  });

  test("lowers what a bulkhead lets in, never above its capacity", () => {
    const { bulkhead } = bulkheadWith({ capacity: 5, queueLimit: 10 });
    bulkhead.limiter = new GradientLimit({ min: 1, max: 3, initial: 3 });
    for (const id of ["a", "b", "c", "d"]) bulkhead.offer({ id });
    expect([bulkhead.take(), bulkhead.take(), bulkhead.take(), bulkhead.take()]).toEqual(["a", "b", "c", null]);
    bulkhead.resize({ capacity: 2 });
    expect(bulkhead.limit).toBe(2);
  });
});

describe("the retry budget", () => {
  test("allows a share of what came in, plus a trickle, and forgets after its time", () => {
    const clock = new TestClock();
    const budget = new RetryBudget({ minPerSecond: 0.1, ttlMs: 10_000 }, clock.now);
    expect(budget.withdraw()).toBe(true);
    expect(budget.withdraw()).toBe(false);
    for (let n = 0; n < 50; n++) budget.deposit(0.2);
    let retries = 0;
    while (budget.withdraw()) retries++;
    expect(retries).toBe(10);
    clock.ms += 11_000;
    expect(budget.balance()).toBeCloseTo(1);
    expect(() => budget.deposit(Number.NaN)).toThrow("ratio must be ≥ 0, got NaN");
  });

  test("pauses are drawn from nothing to twice the one before, up to the longest", () => {
    const backoff = { baseMs: 100, maxMs: 1_000 };
    expect([1, 2, 3, 4, 9, 100].map((attempt) => retryDelayMs(attempt, backoff, () => 1))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(retryDelayMs(5, backoff, () => 0)).toBe(0);
    expect(() => retryDelayMs(0, backoff, () => 0)).toThrow(RangeError);
  });
});
