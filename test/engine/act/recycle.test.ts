import { expect, test } from "vitest";
import { SwarmController } from "../../../src/engine/act/swarmController.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { Emitter } from "../../../src/engine/common/event.ts";
import type { ManagedAgent } from "../../../src/engine/ports.ts";

const signal = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A swarm of two workers whose processes do what they are told when `settle` is called. */
function world() {
  const clock = new ManualClock();
  const changed = new Emitter<void>();
  const uncertain = new Emitter<void>();
  let agents: ManagedAgent[] = [];
  const add = (n: number) => {
    const agent = { id: `a${n}`, pid: 100 + n, startTime: n, state: "idle", task: null } as const;
    agents.push({ ...agent, startedAtMs: n, stateSinceMs: 0, tasksDone: 0, problem: null });
  };
  let started = 2;
  add(1);
  add(2);
  const change = (id: string, state: ManagedAgent["state"], task: string | null = null) => {
    agents = agents.map((agent) => (agent.id === id ? { ...agent, state, task } : agent));
  };
  const controller = new SwarmController({
    swarm: {
      id: "s",
      ...{ onChange: changed.on, onUncertain: uncertain.on, agents: () => agents, resize: () => undefined },
      ...{ startBlock: () => null, dispose: () => undefined },
      startAgent: async () => add(++started),
      drainAgent: (id: string) => change(id, "draining"),
    } as never,
    definition: {
      id: "s",
      minAgents: 1,
      maxAgents: 2,
      agentType: "worker",
      drainTimeoutMs: 1_000,
      supportOf: null,
    } as never,
    journal: { targets: () => new Map([["s", 2]]), setTarget: () => undefined, holds: () => new Map() } as never,
    spawner: { counted: () => agents.length } as never,
    processes: { isAlive: () => true },
    clock,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    onUncertain: () => undefined,
    onShapeChange: () => undefined,
    onHoldEnded: () => undefined,
  });
  const gone = (id: string) => {
    agents = agents.filter((agent) => agent.id !== id);
    controller.reconcile();
  };
  return { controller, change, gone, ids: () => agents.map(({ id }) => id), target: () => controller.target };
}

test("an idle agent is drained, another takes its place, and it is confirmed when both were seen", async () => {
  const { controller, gone, ids, target } = world();
  let outcome: unknown = null;
  void controller.recycle("a1", 10_000, signal).then((seen) => (outcome = seen));
  await turn();
  expect(outcome).toBeNull();
  // At its cap the place has to be free before another starts.
  expect(ids()).toEqual(["a1", "a2"]);
  gone("a1");
  await turn();
  controller.reconcile();
  await turn();
  expect(ids()).toEqual(["a2", "a3"]);
  expect(target()).toBe(2);
  expect(outcome).toMatchObject({ kind: "confirmed", live: 2 });
});

test("an agent with a task is never taken, nor one while nobody could take its place", async () => {
  const { controller, change, ids } = world();
  change("a1", "working", "t");
  expect(await controller.recycle("a1", 1_000, signal)).toMatchObject({
    kind: "refused",
    reason: { code: "agent.busy", args: { pid: 101 } },
  });
  change("a1", "starting");
  expect(await controller.recycle("a1", 1_000, signal)).toMatchObject({ kind: "refused" });
  controller.held = { code: "hold.unattended", args: {} };
  expect(await controller.recycle("a2", 1_000, signal)).toMatchObject({
    kind: "refused",
    reason: { code: "hold.unattended" },
  });
  expect(ids()).toEqual(["a1", "a2"]);
  await expect(controller.recycle("a9", 1_000, signal)).rejects.toThrow("agent.unknown");
});
