import { beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import type { Coded } from "../../../src/engine/common/errors.ts";
import type { TaskOutcome } from "../../../src/engine/ports.ts";
import type { TaskState } from "../../../src/engine/protocol/tasks.ts";
import { TaskTally } from "../../../src/engine/work/taskTally.ts";

const output = { stdout: { text: "", droppedBytes: 0 }, stderr: { text: "", droppedBytes: 0 } };
const done: TaskOutcome = { kind: "done", output };
const died: TaskOutcome = { kind: "lost", how: "SIGSEGV", ours: false };
const ended: TaskOutcome = { kind: "lost", how: "SIGTERM", ours: true };
const finished: TaskState = { kind: "done", atMs: 1, tookMs: 1 };
const gaveUp: TaskState = { kind: "failed", atMs: 1, reason: { code: "task.failed", args: {} } };
const cancelled: TaskState = { kind: "cancelled", atMs: 1, by: "me" };

let clock: ManualClock;
let events: Coded[];
let disturbed: boolean;
let tally: TaskTally;
const task = (id: string) => ({ id, swarmId: "s", lane: "standard" as const });

beforeEach(() => {
  clock = new ManualClock();
  events = [];
  disturbed = false;
  tally = new TaskTally({ clock, isDisturbed: () => disturbed, onEvent: (event) => events.push(event) });
});

test("counts what is over, each way of ending by itself", () => {
  for (const [id, state] of [
    ["a", finished],
    ["b", finished],
    ["c", gaveUp],
    ["d", cancelled],
  ] as const) {
    tally.submitted(task(id));
    tally.over({ ...task(id), state });
  }
  expect(tally.counts("s")).toEqual({ done: 2, failed: 1, faultDone: 0, faultFailed: 0 });
  expect(tally.counts("other")).toEqual({ done: 0, failed: 0, faultDone: 0, faultFailed: 0 });
});

test("an agent that dies under its task is a fault until something succeeds; tasks of that time are at risk", () => {
  tally.submitted(task("before"));
  tally.submitted(task("hit"));
  tally.heard(task("hit"), died);
  clock.advance(4_000);
  // A second death within the same fault does not begin another.
  tally.heard(task("hit"), died);
  tally.submitted(task("during"));
  clock.advance(3_000);
  tally.heard(task("before"), done);
  expect(events).toEqual([{ code: "event.recovered", args: { cause: "agentDied", tookMs: 7_000 } }]);
  tally.submitted(task("after"));
  for (const id of ["before", "during", "after"]) tally.over({ ...task(id), state: finished });
  tally.over({ ...task("hit"), state: gaveUp });
  expect(tally.counts("s")).toEqual({ done: 3, failed: 1, faultDone: 1, faultFailed: 1 });
});

test("what we ended ourselves, and a task that failed by its own, are no fault", () => {
  tally.heard(task("a"), ended);
  tally.heard(task("b"), { kind: "failed", reason: { code: "task.failed", args: {} }, output });
  tally.heard(task("c"), done);
  expect(events).toEqual([]);
});

test("an outage counts what waited at its begin, what came while nothing passed, and runs that failed in it", () => {
  tally.breaker("s", "closed", 9);
  tally.breaker("s", "open", 2);
  tally.breaker("s", "open", 5);
  tally.submitted(task("x"));
  tally.breaker("s", "halfOpen", 3);
  tally.submitted(task("let through"));
  tally.heard(task("let through"), died);
  clock.advance(10_000);
  tally.heard(task("x"), done);
  tally.breaker("s", "closed", 1);
  expect(events).toEqual([
    { code: "event.recovered", args: { cause: "breakerOpened", tookMs: 10_000 } },
    { code: "event.outage", args: { heldBack: 3, failed: 1, tookMs: 10_000 } },
  ]);
});

test("a breaker that an operator forced open is no outage", () => {
  tally.breaker("s", "forcedOpen", 4);
  tally.breaker("s", "closed", 0);
  expect(events).toEqual([]);
});

test("tasks submitted while faults are injected are at risk, and a swarm that is gone is forgotten", () => {
  disturbed = true;
  tally.submitted(task("a"));
  tally.over({ ...task("a"), state: finished });
  expect(tally.counts("s")).toMatchObject({ done: 1, faultDone: 1 });
  expect([...tally.lanes("s")]).toEqual(["standard"]);
  tally.keepSwarms(new Set());
  expect(tally.counts("s").done).toBe(0);
  expect(tally.lanes("s").size).toBe(0);
});
