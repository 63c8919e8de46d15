import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseEnding, isEnding, nextStep } from "../../../src/engine/act/sizing.ts";
import type { ManagedAgent } from "../../../src/engine/ports.ts";
import type { AgentState } from "../../../src/engine/protocol/model.ts";

const states: AgentState[] = ["starting", "idle", "working", "draining", "stopping"];

function agent(id: number, state: AgentState, startedAtMs = id): ManagedAgent {
  return {
    id: `a${id}`,
    pid: 100 + id,
    startTime: id,
    startedAtMs,
    state,
    stateSinceMs: 0,
    task: state === "working" ? "t" : null,
    tasksDone: 0,
    problem: null,
  };
}

const view = (agents: readonly ManagedAgent[], target: number, more: object = {}) => ({
  target,
  cap: 10,
  counted: agents.length,
  agents,
  held: false,
  blocked: false,
  ...more,
});

describe("nextStep", () => {
  test("starts what is missing", () => {
    expect(nextStep(view([agent(1, "idle")], 4))).toEqual({ kind: "start", count: 3 });
  });
  test("a spawn without an answer counts as coming", () => {
    expect(nextStep(view([agent(1, "idle")], 4, { counted: 3 }))).toEqual({ kind: "start", count: 1 });
  });
  test("agents that are ending take up the cap but not the target", () => {
    expect(nextStep(view([agent(1, "draining"), agent(2, "idle")], 2, { cap: 2 }))).toEqual({ kind: "none" });
    expect(nextStep(view([agent(1, "draining"), agent(2, "idle")], 2, { cap: 3 }))).toEqual({
      kind: "start",
      count: 1,
    });
  });
  test("on hold or after a failed start nothing grows, and shrinking goes on", () => {
    expect(nextStep(view([], 3, { held: true }))).toEqual({ kind: "none" });
    expect(nextStep(view([], 3, { blocked: true }))).toEqual({ kind: "none" });
    expect(nextStep(view([agent(1, "idle")], 0, { held: true }))).toEqual({ kind: "drain", agentIds: ["a1"] });
  });
  test("idle agents end before working ones, and of those whose task began last: it has the least to lose", () => {
    const since = (one: ManagedAgent, stateSinceMs: number, tasksDone = 0) => ({ ...one, stateSinceMs, tasksDone });
    const agents = [
      since(agent(1, "idle"), 50),
      since(agent(2, "working"), 9),
      since(agent(3, "idle"), 7, 4),
      since(agent(4, "working"), 3),
      since(agent(5, "starting"), 1),
    ];
    expect(chooseEnding(agents, 5).map(({ id }) => id)).toEqual(["a5", "a1", "a3", "a2", "a4"]);
  });

  test("repeated steps reach the target, never above the cap, from any state", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...states), { maxLength: 12 }),
        fc.nat(12),
        fc.integer({ min: 12, max: 16 }),
        (start, target, cap) => {
          let agents = start.map((state, index) => agent(index, state));
          let next = 100;
          for (let round = 0; round < 60; round++) {
            const step = nextStep({ target, cap, counted: agents.length, agents, held: false, blocked: false });
            if (step.kind === "start") for (let n = 0; n < step.count; n++) agents.push(agent(next++, "idle"));
            else if (step.kind === "drain")
              agents = agents.map((a) => (step.agentIds.includes(a.id) ? { ...a, state: "draining" as const } : a));
            else agents = agents.filter((a) => !isEnding(a));
            expect(agents.length).toBeLessThanOrEqual(cap);
          }
          expect(agents.filter((a) => !isEnding(a)).length).toBe(target);
        },
      ),
    );
  });
});
