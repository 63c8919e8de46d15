import { expect, test } from "vitest";
import { Emitter } from "../../../src/engine/common/event.ts";
import type { TaskOutcome, TaskRunner } from "../../../src/engine/ports.ts";
import { Dispatcher } from "../../../src/engine/work/dispatcher.ts";

function runner(...agents: string[]) {
  const idle = new Set(agents);
  const onIdle = new Emitter<void>();
  const onTaskEnd = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  const given: [string, string][] = [];
  const port: TaskRunner = {
    swarmId: "s",
    idleAgents: () => [...idle],
    assign: (agentId, task) => {
      if (!idle.delete(agentId)) return false;
      given.push([agentId, task.id]);
      return true;
    },
    onIdle: onIdle.on,
    onTaskEnd: onTaskEnd.on,
  };
  const end = (agentId: string, taskId: string, outcome: TaskOutcome = { kind: "done", output: null }) => {
    idle.add(agentId);
    onTaskEnd.emit({ agentId, taskId, outcome });
    onIdle.emit();
  };
  return { port, given, end, listeners: () => onIdle.listenerCount + onTaskEnd.listenerCount };
}

test("first come first served, one task an agent", () => {
  const { port, given, end } = runner("a", "b");
  const queue = new Dispatcher(port);
  for (const id of ["1", "2", "3", "4"]) queue.submit({ id, input: null });
  expect(given).toEqual([
    ["a", "1"],
    ["b", "2"],
  ]);
  expect(queue.load()).toMatchObject({ waiting: 2, running: 2 });
  end("b", "2");
  expect(given.at(-1)).toEqual(["b", "3"]);
});

test("every outcome is counted once", () => {
  const { port, end } = runner("a");
  const queue = new Dispatcher(port);
  for (const id of ["1", "2", "3"]) queue.submit({ id, input: null });
  end("a", "1");
  end("a", "2", { kind: "failed", error: "no" });
  end("a", "3", { kind: "lost", reason: "SIGKILL" });
  expect(queue.load()).toEqual({ waiting: 0, running: 0, done: 1, failed: 1, lost: 1, shed: 0 });
});

test("beyond a thousand waiting tasks are refused and counted, not kept", () => {
  const queue = new Dispatcher(runner().port);
  for (let n = 0; n < 1_000; n++) expect(queue.submit({ id: String(n), input: null })).toBe(true);
  expect(queue.submit({ id: "x", input: null })).toBe(false);
  expect(queue.load()).toMatchObject({ waiting: 1_000, shed: 1 });
  expect(queue.clear()).toBe(1_000);
});

test("disposing leaves no listener", () => {
  const { port, listeners } = runner("a");
  new Dispatcher(port).dispose();
  expect(listeners()).toBe(0);
});
