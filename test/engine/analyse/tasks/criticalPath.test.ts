import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { criticalPath } from "../../../../src/engine/analyse/tasks/criticalPath.ts";
import type { TaskRun } from "../../../../src/engine/ports.ts";

/** A run by hand: `a1` from 0 to 10. */
function run(
  taskId: string,
  agentId: string,
  beganMs: number,
  endedMs: number | null,
  more: Partial<TaskRun> = {},
): TaskRun {
  return {
    ...{ taskId, agentId, beganMs, endedMs, lane: "standard", label: taskId, submission: 1, waitedMs: beganMs },
    ...{ outcome: endedMs === null ? null : "done" },
    ...more,
  };
}

const batch = (...ids: string[]) => ({ submittedMs: 0, taskIds: new Set(ids) });
const told = (of: ReturnType<typeof batch>, runs: TaskRun[]) =>
  criticalPath(of, runs).map(({ taskId, waitMs, runMs, waitedFor }) => [taskId, waitMs, runMs, waitedFor]);

describe("the critical path of a batch", () => {
  test("is the chain of one agent where its last task waited for the others", () => {
    const runs = [run("a", "1", 5, 2_000), run("b", "2", 5, 500), run("c", "1", 2_010, 6_000), run("d", "2", 510, 900)];
    expect(told(batch("a", "b", "c", "d"), runs)).toEqual([
      ["a", 5, 1_995, "nothing"],
      ["c", 10, 3_990, "agent"],
    ]);
  });

  test("goes over to another agent where a place in the lane was waited for, and agents were idle", () => {
    // The lane takes two at once; agent 3 is idle all the while.
    const runs = [run("a", "1", 0, 3_000), run("b", "2", 0, 1_000), run("c", "3", 1_004, 9_000)];
    expect(told(batch("a", "b", "c"), runs)).toEqual([
      ["b", 0, 1_000, "nothing"],
      ["c", 4, 7_996, "place"],
    ]);
  });

  test("names a run of the same task that failed, with the pause after it", () => {
    const runs = [run("a", "1", 0, 1_000, { outcome: "again" }), run("a", "2", 6_000, 7_000)];
    expect(told(batch("a"), runs)).toEqual([
      ["a", 0, 1_000, "nothing"],
      ["a", 5_000, 1_000, "retry"],
    ]);
  });

  test("through a task of something else tells it as that, from the submission on", () => {
    const runs = [run("other", "1", -4_000, 1_000, { submission: 9 }), run("a", "1", 1_001, 2_000)];
    const links = criticalPath(batch("a"), runs);
    expect(links.map(({ taskId, runMs, inBatch }) => [taskId, runMs, inBatch])).toEqual([
      ["other", 1_000, false],
      ["a", 999, true],
    ]);
  });

  test("says that it is not known what was waited for, where nothing had ended right before", () => {
    expect(told(batch("a"), [run("a", "1", 8_000, 9_000)])).toEqual([["a", 8_000, 1_000, "unknown"]]);
    // Its agent was idle for four seconds: that it had been busy before says nothing.
    const runs = [run("a", "1", 0, 4_000), run("b", "1", 8_000, 9_000)];
    expect(told(batch("a", "b"), runs)).toEqual([["b", 8_000, 1_000, "unknown"]]);
  });

  test("of a batch that has not run is empty", () => {
    expect(criticalPath(batch("a"), [])).toEqual([]);
    expect(criticalPath(batch("a"), [run("a", "1", 1, null)])).toEqual([]);
  });

  /** A swarm of some agents with a lane limit, played through: what begins when follows from the rules, so the truth is known. */
  const played = fc
    .record({
      agents: fc.integer({ min: 1, max: 5 }),
      limit: fc.integer({ min: 1, max: 5 }),
      tasks: fc.array(fc.record({ ms: fc.integer({ min: 1, max: 5_000 }), fails: fc.nat({ max: 9 }) }), {
        minLength: 1,
        maxLength: 25,
      }),
      handoverMs: fc.integer({ min: 0, max: 50 }),
      before: fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 5 }),
    })
    .map(({ agents, limit, tasks, handoverMs, before }) => {
      const runs: TaskRun[] = [];
      const freeAt = Array.from({ length: agents }, (_, n) => before[n] ?? 0);
      before.slice(0, agents).forEach((ms, n) => runs.push(run(`old${n}`, `${n}`, -10, ms, { submission: null })));
      const places = Array.from({ length: limit }, () => 0);
      for (const [n, { ms, fails }] of tasks.entries()) {
        const attempts = fails === 0 ? 2 : 1;
        let ready = 0;
        for (let attempt = 0; attempt < attempts; attempt++) {
          const agent = freeAt.indexOf(Math.min(...freeAt));
          const place = places.indexOf(Math.min(...places));
          const begun = Math.max(ready, freeAt[agent] as number, places[place] as number) + handoverMs;
          runs.push(
            run(`t${n}`, `${agent}`, begun, begun + ms, { outcome: attempt + 1 < attempts ? "again" : "done" }),
          );
          freeAt[agent] = begun + ms;
          places[place] = begun + ms;
          ready = begun + ms + (attempt + 1 < attempts ? 700 : 0);
        }
      }
      return {
        runs: runs.toSorted((a, b) => a.beganMs - b.beganMs),
        taskIds: new Set(tasks.map((_, n) => `t${n}`)),
      };
    });

  test("joins without a gap, from the submission to the end, whatever ran", () => {
    fc.assert(
      fc.property(played, ({ runs, taskIds }) => {
        const links = criticalPath({ submittedMs: 0, taskIds }, runs);
        const ends = runs.filter(({ taskId }) => taskIds.has(taskId)).map(({ endedMs }) => endedMs ?? 0);
        let at = 0;
        for (const { taskId, agentId, waitMs, runMs } of links) {
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(runMs).toBeGreaterThanOrEqual(0);
          at += waitMs + runMs;
          // Each link ends where a run of that task on that agent has ended.
          expect(runs.some((one) => one.taskId === taskId && one.agentId === agentId && one.endedMs === at)).toBe(true);
        }
        expect(at).toBe(Math.max(...ends));
        expect(links.at(-1)?.inBatch).toBe(true);
      }),
    );
  });

  test("says 'unknown' of no wait whose cause was played", () => {
    fc.assert(
      fc.property(played, ({ runs, taskIds }) => {
        for (const { waitedFor } of criticalPath({ submittedMs: 0, taskIds }, runs))
          expect(waitedFor).not.toBe("unknown");
      }),
    );
  });

  test("comes to its end for any runs, also such as cannot be", () => {
    const any = fc.array(
      fc.record({
        task: fc.nat({ max: 4 }),
        agent: fc.nat({ max: 2 }),
        at: fc.integer({ min: -50, max: 50 }),
        ms: fc.nat({ max: 20 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(any, (rows) => {
        const runs = rows.map(({ task, agent, at, ms }) => run(`${task}`, `${agent}`, at, at + ms));
        const links = criticalPath(batch("0", "1"), runs);
        expect(links.length).toBeLessThanOrEqual(runs.length);
      }),
    );
  });
});
