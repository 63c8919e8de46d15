import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noLeases } from "./noLeases.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { Emitter } from "../../../src/engine/common/event.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import { type Coded, CodedError } from "../../../src/engine/common/errors.ts";
import type { TaskMessage, TaskOutcome, TaskRunner } from "../../../src/engine/ports.ts";
import { faultTolerancePolicy } from "../../../src/engine/protocol/faultTolerance.ts";
import { NO_OUTPUT } from "../../../src/engine/providers/taskOutput.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";
import { createWork } from "../../../src/engine/work/createWork.ts";
import type { Work } from "../../../src/engine/work/work.ts";

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Agents whose every move the test makes. They outlive the queue, as real ones outlive the engine. */
class Agents implements TaskRunner {
  readonly swarmId: string;
  idle = new Set<string>();
  /** What each agent runs. */
  readonly holding = new Map<string, TaskMessage>();
  readonly asked: string[] = [];
  readonly #wake = new Emitter<void>();
  readonly #hand = new Emitter<{ agentId: string; taskId: string }>();
  readonly #ends = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  readonly onIdle = this.#wake.on;
  readonly onHanded = this.#hand.on;
  readonly onTaskEnd = this.#ends.on;

  constructor(count: number, swarmId = "s") {
    this.swarmId = swarmId;
    for (let n = 0; n < count; n++) this.idle.add(`${swarmId}-${n}`);
  }

  refusal = () => null;
  output = async () => null;
  idleAgents = () => [...this.idle];
  holds = (agentId: string) => this.idle.has(agentId) || this.holding.has(agentId);

  assign(agentId: string, task: TaskMessage): boolean {
    if (!this.idle.delete(agentId)) return false;
    this.holding.set(agentId, task);
    return true;
  }

  cancelTask(agentId: string): void {
    this.asked.push(agentId);
  }

  /** The agent says how its task ended, and is idle again, or gone. */
  end(agentId: string, outcome: TaskOutcome): void {
    const task = this.holding.get(agentId);
    if (task === undefined) return;
    this.holding.delete(agentId);
    if (outcome.kind !== "lost") this.idle.add(agentId);
    this.#ends.emit({ agentId, taskId: task.id, outcome });
  }

  wake(): void {
    this.#wake.emit();
  }
}

const done: TaskOutcome = { kind: "done", output: NO_OUTPUT };
const failed: TaskOutcome = {
  kind: "failed",
  reason: { code: "task.failed", args: { error: "no" } },
  output: NO_OUTPUT,
};

let folder: string;
let store: Store;
let clock: ManualClock;
let work: Work;
let agents: Map<string, Agents>;
let events: { readonly code: string; readonly args: object }[];

let swarmRefusal: () => Coded | null = () => null;

function open(policy: object = {}): void {
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  work = createWork({
    store: store.tasks,
    policy: faultTolerancePolicy.parse(policy),
    runner: (id) => agents.get(id) ?? null,
    swarms: () => [...agents.keys()].map((id) => ({ id, label: id }) as never),
    faults: () => null,
    clock,
    rng: createRng(7),
    log,
    onEvent: (event) => events.push(event),
    swarmRefusal: () => swarmRefusal(),
    ...noLeases,
  });
  work.follow();
}

/** As after kill -9: nothing of the queue is left but what is on disk. */
function restart(policy: object = {}): void {
  store.close();
  open(policy);
  work.look();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "task-queue-"));
  clock = new ManualClock(0, 1_700_000_000_000);
  agents = new Map([["s", new Agents(2)]]);
  events = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const swarm = () => agents.get("s") as Agents;
const submit = (...prompts: string[]) =>
  work
    .submit({ swarmId: "s", tasks: prompts.map((prompt) => ({ input: { kind: "prompt", prompt } })) }, "test")
    .map((result) => (result.kind === "accepted" ? result.taskId : result.kind));
const stateOf = (id: string) => store.tasks.get(id)?.state.kind;
const states = (ids: readonly string[]) => ids.map(stateOf);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the runs of tasks", () => {
  const runs = () =>
    work.runs("s")?.runs.map(({ agentId, beganMs, endedMs, outcome }) => [agentId, beganMs, endedMs, outcome]);

  test("are kept with agent, times and the call they came by, also those that must run again", async () => {
    open({ retry: { maxAttempts: 2 } });
    expect(work.runs("s")).toBeNull();
    submit("a", "b", "c");
    clock.advance(1_000);
    swarm().end("s-0", done);
    await turn();
    clock.advance(500);
    swarm().end("s-1", failed);
    await turn();
    clock.advance(1_000);
    swarm().end("s-0", done);
    await turn();
    expect(runs()).toEqual([
      ["s-0", 0, 1_000, "done"],
      ["s-1", 0, 1_500, "again"],
      ["s-0", 1_000, 2_500, "done"],
    ]);
    expect(work.runs("s")?.submissions).toMatchObject([{ tasks: 3, open: 1, submittedMs: 0, overMs: null }]);
    expect(work.runs("s")?.runs[2]?.waitedMs).toBe(1_000);
    for (let n = 0; n < 100 && work.runs("s")?.runs.length === 3; n++) {
      clock.advance(1_000);
      work.look();
    }
    const [agentId] = [...swarm().holding.keys()];
    swarm().end(agentId as string, done);
    await turn();
    const { submissions, runs: all } = work.runs("s") ?? expect.fail();
    expect(submissions).toMatchObject([{ open: 0, overMs: clock.monotonicMs() }]);
    expect(all.map(({ submission }) => submission)).toEqual([1, 1, 1, 1]);
  });

  test("of tasks from before a restart belong to no call, and a cancelled one is over as well", async () => {
    open();
    submit("a", "b", "c");
    restart();
    swarm().end("s-0", done);
    await turn();
    expect(work.runs("s")?.runs.map(({ submission }) => submission)).toEqual([null]);
    const [id] = submit("d");
    work.cancel([id as string], "test");
    expect(work.runs("s")?.submissions).toMatchObject([{ tasks: 1, open: 0 }]);
  });
});

describe("the queue", () => {
  test("takes nothing for a swarm that may write no more, and what it has goes on", async () => {
    open();
    const ids = submit("a");
    const reason = { code: "allocation.overQuota", args: { swarmId: "s", usedBytes: 2, quotaBytes: 1 } };
    swarmRefusal = () => reason;
    const tasks = [{ input: { kind: "prompt", prompt: "b" } }] as const;
    expect(work.submit({ swarmId: "s", tasks }, "test")).toEqual([{ kind: "refused", reason }]);
    swarmRefusal = () => null;
    swarm().end("s-0", done);
    await turn();
    expect(states(ids)).toEqual(["done"]);
    expect(submit("c")).not.toEqual(["refused"]);
  });

  test("gives tasks to idle agents, one each, and the next when one is done", async () => {
    open();
    const ids = submit("a", "b", "c");
    expect(states(ids)).toEqual(["running", "running", "waiting"]);
    swarm().end("s-0", done);
    await turn();
    expect(states(ids)).toEqual(["done", "running", "running"]);
    expect(work.load("s")).toEqual({ waiting: 0, servable: 0, running: 2, done: 1 });
  });

  test("serves critical before standard before background, whoever came first", () => {
    agents = new Map([["s", new Agents(0)]]);
    open();
    for (const lane of ["background", "standard", "critical"] as const)
      work.submit({ swarmId: "s", lane, tasks: [{ input: { kind: "prompt", prompt: lane } }] }, "test");
    const given: string[] = [];
    for (let n = 0; n < 3; n++) {
      swarm().idle.add("x");
      swarm().wake();
      given.push(JSON.stringify(swarm().holding.get("x")?.input));
      swarm().holding.delete("x");
    }
    expect(given).toEqual(
      ["critical", "standard", "background"].map((prompt) => JSON.stringify({ kind: "prompt", prompt })),
    );
  });

  test("the same key is the same task, within a submission and across a restart", () => {
    open();
    const one = { input: { kind: "prompt", prompt: "x" } as const, key: "k" };
    const [first, twin] = work.submit({ swarmId: "s", tasks: [one, one] }, "test");
    expect(twin).toMatchObject({ kind: "known" });
    swarm().end("s-0", done);
    restart();
    const [again] = work.submit({ swarmId: "s", tasks: [one] }, "test");
    expect(again).toEqual({ kind: "known", taskId: first?.kind === "accepted" ? first.taskId : "", state: "done" });
  });

  test("sheds above the limit of the lane, task by task, with the reason", () => {
    open({ lanes: { standard: { capacity: 1, queueLimit: 1 } } });
    agents.set("s", new Agents(0));
    work.follow();
    expect(submit("a", "b", "c").slice(1)).toEqual(["refused", "refused"]);
    expect(work.guard().lanes.find(({ lane }) => lane === "standard")).toMatchObject({ queued: 1, shed: 2 });
  });

  test("a task that is cancelled in each of its states", async () => {
    open();
    const [running = "", , waiting = ""] = submit("a", "b", "c");
    expect(work.cancel([waiting], "me")).toEqual([{ taskId: waiting, kind: "cancelled" }]);
    expect(work.cancel([running], "me")).toEqual([{ taskId: running, kind: "stopping" }]);
    expect(swarm().asked).toContain("s-0");
    expect(stateOf(running)).toBe("running");
    // It finished after all: its word counts.
    swarm().end("s-1", done);
    swarm().end("s-0", { kind: "lost", how: "SIGTERM", ours: true });
    await turn();
    expect(stateOf(running)).toBe("cancelled");
    expect(work.cancel([running, waiting, "0190a000-0000-7000-8000-000000000000"], "me").map((r) => r.kind)).toEqual([
      "refused",
      "refused",
      "refused",
    ]);
  });

  test("cancelled while it waits to be tried again", () => {
    open({ retry: { baseSeconds: 100 } });
    const [id = ""] = submit("a");
    swarm().end("s-0", failed);
    expect(stateOf(id)).toBe("waiting");
    expect(work.cancel([id], "me")).toEqual([{ taskId: id, kind: "cancelled" }]);
    clock.advance(1_000_000);
    work.look();
    expect(stateOf(id)).toBe("cancelled");
  });

  test("a retry waits its time, then goes first-come like the others, and survives a restart", () => {
    open({ retry: { baseSeconds: 10 } });
    const [id = ""] = submit("a");
    swarm().end("s-0", failed);
    work.look();
    expect(stateOf(id)).toBe("waiting");
    restart({ retry: { baseSeconds: 10 } });
    expect(stateOf(id)).toBe("waiting");
    clock.advance(10_000);
    work.look();
    expect(stateOf(id)).toBe("running");
    expect(store.tasks.get(id)?.attempt).toBe(2);
  });

  test("what runs too long is ended, and told as that", () => {
    open();
    const [result] = work.submit(
      { swarmId: "s", timeoutSeconds: 5, maxAttempts: 1, tasks: [{ input: { kind: "prompt", prompt: "x" } }] },
      "test",
    );
    const id = result?.kind === "accepted" ? result.taskId : "";
    clock.advance(4_999);
    work.look();
    expect(swarm().asked).toEqual([]);
    clock.advance(1);
    work.look();
    expect(swarm().asked).toEqual(["s-0"]);
    swarm().end("s-0", { kind: "lost", how: "SIGTERM", ours: true });
    expect(store.tasks.get(id)?.state).toMatchObject({ kind: "failed", reason: { code: "task.timeout" } });
  });

  test("an open breaker keeps the work waiting, a half-open one lets its probes through", async () => {
    open({ breaker: { failureThreshold: 2, jitterRatio: 0 }, retry: { maxAttempts: 1 } });
    const ids = submit("a", "b", "c", "d", "e", "f", "g");
    swarm().end("s-0", failed);
    swarm().end("s-1", failed);
    await turn();
    expect(states(ids).slice(2)).toEqual(["waiting", "waiting", "waiting", "waiting", "waiting"]);
    expect(work.load("s")).toMatchObject({ waiting: 5, servable: 0 });
    clock.advance(60_000);
    for (let n = 2; n < 8; n++) swarm().idle.add(`s-${n}`);
    work.look();
    // Three probes, though eight agents are idle.
    expect(states(ids).filter((state) => state === "running")).toHaveLength(3);
    for (const agentId of [...swarm().holding.keys()]) swarm().end(agentId, done);
    await turn();
    expect(work.guard().breakers.find(({ id }) => id === "swarm:s")?.state.kind).toBe("closed");
  });

  test("an outage is told of when it is over: what was held back, what failed, how long it took", async () => {
    open({ breaker: { failureThreshold: 1, recoveryTimeoutSeconds: 60, jitterRatio: 0, successThreshold: 1 } });
    agents.set("s", new Agents(1));
    work.follow();
    submit("a", "b");
    swarm().end("s-0", failed);
    await turn();
    // One came before the breaker opened, one after; that which opened it is tried again and was not held back.
    submit("c");
    expect(events).toEqual([]);
    clock.advance(60_000);
    work.look();
    swarm().end("s-0", done);
    expect(events).toEqual([
      { code: "event.recovered", args: { cause: "breakerOpened", tookMs: 60_000 } },
      { code: "event.outage", args: { heldBack: 2, failed: 0, tookMs: 60_000 } },
    ]);
    expect(work.counts("s")).toEqual({ done: 1, failed: 0, faultDone: 0, faultFailed: 0 });
    expect(work.counts("never")).toBeNull();
  });

  test("whether a task could start in time hangs on idle agents, on how long tasks take, and on gate and breaker", () => {
    open({ lanes: { standard: { capacity: 5, queueLimit: 3 } } });
    const can = (taskSeconds: number | null) => work.startable("s", taskSeconds);
    expect(can(1)).toBeNull();
    submit("a");
    expect(can(null)).toBe(true);
    submit("b");
    // Nobody is idle: (0 + 1) · 100 s ÷ 2 agents is within the standard lane's minute, 130 s are not.
    expect([can(100), can(130), can(null)]).toEqual([true, false, null]);
    work.laneAction("standard", "pause");
    expect(can(1)).toBe(false);
    work.laneAction("standard", "resume");
    submit("c", "d", "e", "f");
    // The queue is full.
    expect(can(0.001)).toBe(false);
  });

  test("an open breaker is open after a restart as well, for what is left of its time", () => {
    open({ breaker: { failureThreshold: 1, jitterRatio: 0 }, retry: { maxAttempts: 1 } });
    submit("a");
    swarm().end("s-0", failed);
    clock.advance(20_000);
    restart({ breaker: { failureThreshold: 1, jitterRatio: 0 } });
    const state = () => work.guard().breakers.find(({ id }) => id === "swarm:s")?.state;
    expect(state()).toMatchObject({ kind: "open", untilMs: clock.wallMs() + 40_000 });
    clock.advance(40_000);
    work.look();
    expect(state()).toMatchObject({ kind: "halfOpen" });
  });

  test("two clients on one breaker: the second is told that it has changed", () => {
    open();
    submit("a");
    const { revision } = work.guard().breakers.find(({ id }) => id === "swarm:s") ?? { revision: -1 };
    expect(work.breakerAction("swarm:s", "forceOpen", "one", revision).state).toMatchObject({
      kind: "forcedOpen",
      by: "one",
    });
    expect(() => work.breakerAction("swarm:s", "metricsOnly", "two", revision)).toThrow(/breaker\.changed/);
    expect(() => work.breakerAction("swarm:nobody", "reset", "two", undefined)).toThrow(/breaker\.unknown/);
  });

  test("a paused lane starts nothing, a draining one takes nothing, and both are so after a restart", () => {
    open();
    work.laneAction("standard", "pause");
    const [id = ""] = submit("a");
    expect(stateOf(id)).toBe("waiting");
    restart();
    expect(stateOf(id)).toBe("waiting");
    work.laneAction("standard", "drain");
    expect(stateOf(id)).toBe("running");
    expect(submit("b")).toEqual(["refused"]);
    work.laneAction("standard", "resume");
    expect(stateOf(submit("c")[0] ?? "")).toBe("running");
  });

  test("what waits for a swarm that is configured no more ends with that reason, and nothing is forgotten", () => {
    agents.set("s", new Agents(0));
    open();
    const [id = ""] = submit("a");
    agents.delete("s");
    work.follow();
    expect(store.tasks.get(id)?.state).toMatchObject({ kind: "failed", reason: { code: "task.swarmGone" } });
  });

  test("an outcome that cannot be written is kept until it can, and nothing new begins meanwhile", async () => {
    open();
    const ids = submit("a", "b", "c");
    const update = store.tasks.update;
    (store.tasks as { update: unknown }).update = () => {
      throw new CodedError("store.write", { what: "task", reason: "disk full" });
    };
    swarm().end("s-0", done);
    await turn();
    expect(states(ids)).toEqual(["running", "running", "waiting"]);
    expect(work.problem()).toMatchObject({ code: "store.write" });
    (store.tasks as { update: unknown }).update = update;
    work.look();
    expect(states(ids)).toEqual(["done", "running", "running"]);
    expect(work.problem()).toBeNull();
  });
});

describe("a bad prompt is refused by name", () => {
  test.each([
    ["", "task.promptEmpty"],
    [" \n\t ", "task.promptEmpty"],
    ["a\u0000b", "task.controlCharacter"],
    ["\u001b[2J", "task.controlCharacter"],
    ["\ud800", "task.notWellFormed"],
    ["x".repeat(500_001), "task.promptTooLong"],
  ])("%j", (prompt, code) => {
    open();
    const [result] = work.submit({ swarmId: "s", tasks: [{ input: { kind: "prompt", prompt } }] }, "test");
    expect(result).toMatchObject({ kind: "refused", reason: { code } });
    expect(work.load("s")).toBeNull();
  });
});

test("any order of work, deaths and restarts: each task ends once, never two runs at a time, and nothing is left over", () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("submit" as const), count: fc.integer({ min: 1, max: 3 }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("end" as const),
        which: fc.nat(),
        how: fc.constantFrom("done", "failed", "died", "ours"),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: "restart" } as const) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("vanish" as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      rmSync(join(folder, "swarm.db"), { force: true });
      for (const suffix of ["-wal", "-shm"]) rmSync(join(folder, `swarm.db${suffix}`), { force: true });
      agents = new Map([["s", new Agents(3)]]);
      open();
      const all: string[] = [];
      const over = new Map<string, string>();
      const check = () => {
        const running = [...swarm().holding.values()].map(({ id }) => id);
        if (new Set(running).size !== running.length) throw new Error("two agents run one task");
        for (const id of all) {
          const state = stateOf(id);
          const before = over.get(id);
          if (before !== undefined && state !== before) throw new Error(`${id} was ${before} and is ${state}`);
          if (before !== undefined && running.includes(id)) throw new Error(`${id} runs although it was ${before}`);
          if (state === "done" || state === "failed" || state === "cancelled") over.set(id, state);
        }
      };
      for (const one of steps) {
        const holders = [...swarm().holding.keys()];
        if (one.kind === "submit")
          all.push(
            ...submit(...Array.from({ length: one.count }, (_, n) => `task ${n}`)).filter((id) => id !== "refused"),
          );
        else if (one.kind === "end" && holders.length > 0) {
          const agentId = holders[one.which % holders.length] as string;
          const lost = { kind: "lost", how: "SIGKILL", ours: one.how === "ours" } as const;
          swarm().end(agentId, one.how === "done" ? done : one.how === "failed" ? failed : lost);
          if (one.how === "died" || one.how === "ours") swarm().idle.add(`${agentId}'`);
        } else if (one.kind === "restart") restart();
        else if (one.kind === "vanish" && holders.length > 0) {
          // Gone while no engine looked: nobody tells of it.
          store.close();
          const agentId = holders[one.which % holders.length] as string;
          swarm().holding.delete(agentId);
          swarm().idle.add(`${agentId}'`);
          open();
          work.look();
        } else if (one.kind === "cancel" && all.length > 0)
          work.cancel([all[one.which % all.length] as string], "test");
        else if (one.kind === "pass") {
          clock.advance(one.ms);
          work.look();
        }
        check();
      }
      // Everything is worked off.
      for (let n = 0; n < 400 && states(all).some((state) => state === "waiting" || state === "running"); n++) {
        for (const agentId of [...swarm().holding.keys()]) swarm().end(agentId, done);
        clock.advance(60_000);
        work.look();
        check();
      }
      expect(states(all).filter((state) => state === "waiting" || state === "running")).toEqual([]);
      for (const lane of work.guard().lanes) expect([lane.inUse, lane.queued]).toEqual([0, 0]);
      store.close();
    }),
    { numRuns: 60 },
  );
  open();
}, 120_000);
