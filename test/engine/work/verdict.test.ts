import { describe, expect, test } from "vitest";
import type { TaskOutcome, TaskRecord } from "../../../src/engine/ports.ts";
import { retryPolicy } from "../../../src/engine/protocol/faultTolerance.ts";
import { NO_OUTPUT } from "../../../src/engine/providers/taskOutput.ts";
import { verdictOf } from "../../../src/engine/work/verdict.ts";

const record = (change: Partial<TaskRecord> = {}, cancelledBy: string | null = null): TaskRecord => ({
  id: "t",
  swarmId: "s",
  lane: "standard",
  priority: 5,
  label: "",
  submittedAtMs: 0,
  submittedBy: "test",
  attempt: 1,
  maxAttempts: 3,
  timeoutSeconds: 60,
  retryOf: null,
  deaths: 0,
  state: { kind: "running", agentId: "a", sinceMs: 0, deadlineMs: 60_000, handed: true, cancelledBy },
  ...change,
});
const at = { wallMs: 1_000, tookMs: 900, timedOut: false };
const retry = (budget = 1) => ({ policy: retryPolicy.parse({}), withdraw: () => budget-- > 0, rng: () => 0.5 });
const failed: TaskOutcome = {
  kind: "failed",
  reason: { code: "task.failed", args: { error: "no" } },
  output: NO_OUTPUT,
};
const died: TaskOutcome = { kind: "lost", how: "SIGKILL", ours: false };
const ended: TaskOutcome = { kind: "lost", how: "SIGTERM", ours: true };
const done: TaskOutcome = { kind: "done", output: NO_OUTPUT };

describe("the end of a run", () => {
  test("a success is over, even one that was cancelled or late", () => {
    for (const one of [record(), record({}, "me")])
      expect(verdictOf(one, done, { ...at, timedOut: true }, retry())).toMatchObject({
        kind: "over",
        state: { kind: "done", atMs: 1_000, tookMs: 900 },
        lesson: "success",
      });
  });

  test("a failure is tried again after a pause that grows, and counts against the breaker", () => {
    const again = (attempt: number) => verdictOf(record({ attempt }), failed, at, retry());
    expect(again(1)).toMatchObject({ kind: "again", attempt: 1, pause: { delayMs: 500 }, lesson: "failure" });
    expect(again(2)).toMatchObject({ kind: "again", attempt: 2, pause: { delayMs: 1_000 } });
    expect(again(3)).toMatchObject({ kind: "over", state: { kind: "failed", reason: { code: "task.failed" } } });
  });

  test("without a retry in the shared budget it is over at once", () => {
    expect(verdictOf(record(), failed, at, retry(0))).toMatchObject({ kind: "over", state: { kind: "failed" } });
  });

  test("an agent that died under it counts; the third death is the last", () => {
    expect(verdictOf(record(), died, at, retry())).toMatchObject({ kind: "again", deaths: 1 });
    expect(verdictOf(record({ deaths: 2 }), died, at, retry())).toMatchObject({
      kind: "over",
      deaths: 3,
      state: { kind: "failed", reason: { code: "task.lostTooOften", args: { deaths: 3 } } },
    });
  });

  test("what we ended ourselves waits again as if it had not begun, and asks nothing of the budget", () => {
    expect(verdictOf(record({ attempt: 3, deaths: 2 }), ended, at, retry(0))).toEqual({
      kind: "again",
      attempt: 2,
      deaths: 2,
      pause: null,
      lesson: "ignore",
    });
  });

  test("a cancelled one is over however it ended, and teaches the breaker nothing", () => {
    for (const outcome of [failed, died, ended])
      expect(verdictOf(record({}, "me"), outcome, at, retry())).toMatchObject({
        kind: "over",
        state: { kind: "cancelled", by: "me" },
        lesson: "ignore",
      });
  });

  test("one whose time was up has failed for that reason", () => {
    expect(verdictOf(record({ maxAttempts: 1 }), ended, { ...at, timedOut: true }, retry())).toMatchObject({
      kind: "over",
      state: { kind: "failed", reason: { code: "task.timeout", args: { seconds: 60 } } },
      lesson: "failure",
    });
  });
});
