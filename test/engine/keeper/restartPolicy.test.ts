import { describe, expect, test } from "vitest";
import { type EngineEnd, RestartPolicy, defaultRestartLimits } from "../../../src/engine/keeper/restartPolicy.ts";

function ended(atMs: number, more: Partial<EngineEnd> = {}): EngineEnd {
  return { code: 1, signal: null, atMs, lifeMs: 60_000, agentsAlive: true, greeted: true, ...more };
}

describe("crashes", () => {
  test("the first restart is at once, the next ones wait longer, the fifth in three minutes is failing", () => {
    const policy = new RestartPolicy();
    const decisions = [0, 1, 2, 3, 4].map((second) => policy.decide(ended(second * 1000)));
    expect(decisions).toEqual([
      { kind: "restart", afterMs: 0 },
      { kind: "restart", afterMs: 100 },
      { kind: "restart", afterMs: 200 },
      { kind: "restart", afterMs: 400 },
      { kind: "failing" },
    ]);
    expect(policy.crashesInWindow(4_000)).toBe(5);
  });

  test("the wait never exceeds its limit", () => {
    const policy = new RestartPolicy({ ...defaultRestartLimits, maxCrashes: 50 });
    const waits = Array.from({ length: 49 }, (_, i) => policy.decide(ended(i)));
    expect(Math.max(...waits.map((decision) => (decision.kind === "restart" ? decision.afterMs : Infinity)))).toBe(
      2_000,
    );
  });

  test("crashes older than the window do not count", () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 20; i++) expect(policy.decide(ended(i * 46_000)).kind).toBe("restart");
    expect(policy.crashesInWindow(19 * 46_000)).toBe(4);
    expect(policy.crashesInWindow(19 * 46_000 + 180_000)).toBe(0);
  });

  test("forgiven, the count starts anew", () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 5; i++) policy.decide(ended(i));
    policy.forgive();
    expect(policy.decide(ended(6))).toEqual({ kind: "restart", afterMs: 0 });
  });

  test("an end by signal, or with a code nobody has agreed on, is a crash", () => {
    for (const end of [{ code: null, signal: "SIGSEGV" }, { code: 2 }, { code: null, signal: null }]) {
      const policy = new RestartPolicy();
      policy.decide(ended(0, end));
      expect(policy.crashesInWindow(0)).toBe(1);
    }
  });
});

describe("ends on purpose", () => {
  test("a restart is no crash, however often; one that cannot stop asking is slowed down", () => {
    const policy = new RestartPolicy();
    const waits = Array.from({ length: 10 }, (_, i) => policy.decide(ended(i, { code: 64, lifeMs: 200 })));
    expect(waits.map((decision) => (decision.kind === "restart" ? decision.afterMs : -1))).toEqual([
      100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000,
    ]);
    expect(policy.decide(ended(11, { code: 64, lifeMs: 5_000 }))).toEqual({ kind: "restart", afterMs: 0 });
    expect(policy.crashesInWindow(11)).toBe(0);
  });

  test("a wish to restart by an engine that never said hello is a crash", () => {
    const policy = new RestartPolicy();
    const decisions = Array.from({ length: 5 }, (_, i) => policy.decide(ended(i, { code: 64, greeted: false })));
    expect(decisions.at(-1)).toEqual({ kind: "failing" });
  });

  test("done ends the keeper, but with a living agent the engine is started again", () => {
    const policy = new RestartPolicy();
    expect(policy.decide(ended(0, { code: 0 }))).toEqual({ kind: "restart", afterMs: 0 });
    expect(policy.decide(ended(0, { code: 0, agentsAlive: false }))).toEqual({ kind: "exit", failed: false });
  });

  test("unable is not tried again: with living agents it is failing, without it is the end", () => {
    const policy = new RestartPolicy();
    expect(policy.decide(ended(0, { code: 69 }))).toEqual({ kind: "failing" });
    expect(policy.decide(ended(0, { code: 69, agentsAlive: false }))).toEqual({ kind: "exit", failed: true });
  });
});

test("a limit that is no number ≥ 0 is refused by name", () => {
  expect(() => new RestartPolicy({ ...defaultRestartLimits, windowMs: NaN })).toThrow(
    "windowMs must be a number ≥ 0, got NaN",
  );
});
