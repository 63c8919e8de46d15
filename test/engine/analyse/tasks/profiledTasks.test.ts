import { describe, expect, test } from "vitest";
import { profiledTasks } from "../../../../src/engine/analyse/tasks/profiledTasks.ts";
import type { TaskRun, TaskRunLog } from "../../../../src/engine/ports.ts";

const NEVER = Number.NEGATIVE_INFINITY;

function run(n: number, beganMs: number, endedMs: number | null, more: Partial<TaskRun> = {}): TaskRun {
  return {
    ...{ taskId: `t${n}`, agentId: "1", beganMs, endedMs, lane: "standard", label: `t${n}`, submission: 1 },
    ...{ waitedMs: 10 * (n + 1), outcome: endedMs === null ? null : "done" },
    ...more,
  };
}

const log = (runs: TaskRun[], more: Partial<TaskRunLog> = {}): TaskRunLog => ({
  ...{ runs, submissions: [], cutMs: NEVER },
  ...more,
});

describe("tasks in a profile", () => {
  test("are told by lane, and percentiles of too few are unknown", () => {
    const lanes = (count: number) =>
      profiledTasks("s", log(Array.from({ length: count }, (_, n) => run(n, n + 1, n + 101))), 0, 1_000).lanes[0];
    expect(lanes(4)?.wait).toEqual({ count: 4, p50Ms: null, p95Ms: null, p99Ms: null, mostMs: 40 });
    expect(lanes(5)?.wait).toMatchObject({ p50Ms: 30, p95Ms: null });
    expect(lanes(20)?.wait).toMatchObject({ p50Ms: 100, p95Ms: 190, p99Ms: null });
    expect(lanes(100)?.wait).toEqual({ count: 100, p50Ms: 500, p95Ms: 950, p99Ms: 990, mostMs: 1_000 });
    expect(lanes(100)?.run).toMatchObject({ p50Ms: 100, p99Ms: 100 });
  });

  test("of other times are left out, and runs cut short say nothing about how long one takes", () => {
    const runs = [
      run(0, -50, 20),
      run(1, 10, 30, { outcome: "again" }),
      run(2, 40, 60, { outcome: "failed", lane: "critical" }),
      run(3, 70, null),
      run(4, 200, 300),
    ];
    const { lanes, running } = profiledTasks("s", log(runs), 0, 100);
    expect(lanes.map(({ lane }) => lane)).toEqual(["critical", "standard"]);
    expect(lanes[1]).toMatchObject({ done: 1, again: 1, wait: { count: 2 }, run: { count: 1, mostMs: 70 } });
    expect(lanes[0]).toMatchObject({ failed: 1, run: { count: 1 } });
    expect(running).toBe(1);
    expect(profiledTasks("s", log(runs, { cutMs: 5 }), 0, 100).whole).toBe(false);
  });

  test("have the path of the batch that took longest, of those that were over in this time", () => {
    const batch = (id: number, submittedMs: number, overMs: number | null, tasks = 2) => ({
      ...{ id, tasks, open: overMs === null ? 1 : 0, submittedMs, submittedAtMs: 1_000 + submittedMs, overMs },
    });
    const runs = [
      run(0, 10, 200),
      run(1, 205, 400),
      run(2, 500, 600, { submission: 2, agentId: "2" }),
      run(3, 610, 700, { submission: 2, agentId: "2" }),
      run(4, 20, 900, { submission: 3, agentId: "3" }),
    ];
    const submissions = [batch(1, 0, 400), batch(2, 490, 700), batch(3, 0, 900, 1), batch(4, 0, null)];
    const { batches, path } = profiledTasks("s", log(runs, { submissions }), 0, 1_000);
    expect(batches).toBe(2);
    expect(path).toMatchObject({
      tasks: 2,
      submittedAtMs: 1_000,
      makespanMs: 400,
      agents: 1,
      linkCount: 2,
      busyMs: 385,
    });
    expect(path?.waitMs).toBe(15);
    // Older runs were given up: of a batch from before that nothing is said.
    expect(profiledTasks("s", log(runs, { submissions, cutMs: 100 }), 0, 1_000).path?.tasks).toBe(2);
    expect(profiledTasks("s", log(runs, { submissions, cutMs: 495 }), 0, 1_000).path).toBeNull();
    expect(profiledTasks("s", log(runs, { submissions }), 800, 1_000).path).toBeNull();
    expect(() => profiledTasks("s", log([]), 5, 4)).toThrow(RangeError);
  });
});
