import { expect, test } from "vitest";
import { StartBackoff } from "../../../src/engine/providers/startBackoff.ts";

const reason = { code: "worker.crashLoop", args: { exitCode: 1 } };

test("waits 1 s, 2 s, 4 s … and never above a minute between tries", () => {
  const backoff = new StartBackoff();
  const delays = Array.from({ length: 9 }, () => {
    backoff.died(false, 5, 0, reason);
    return backoff.block()?.retryAtMonotonicMs;
  });
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1000));
});

test("ready lifts the block, but dying again at once goes on counting", () => {
  const backoff = new StartBackoff();
  backoff.died(false, 5, 0, reason);
  backoff.ready();
  expect(backoff.block()).toBeNull();
  backoff.died(true, 200, 0, reason);
  expect(backoff.block()?.retryAtMonotonicMs).toBe(2_000);
});

test("an agent that lived for ten seconds starts the count anew", () => {
  const backoff = new StartBackoff();
  backoff.died(false, 5, 0, reason);
  backoff.died(true, 10_000, 0, reason);
  expect(backoff.block()).toBeNull();
  backoff.died(false, 5, 0, reason);
  expect(backoff.block()?.retryAtMonotonicMs).toBe(1_000);
});
