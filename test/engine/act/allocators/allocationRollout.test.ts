import { beforeEach, describe, expect, test } from "vitest";
import { AllocationRollout } from "../../../../src/engine/act/allocators/allocationRollout.ts";
import type { ResourceAllocator } from "../../../../src/engine/act/allocators/allocator.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import { planRules } from "../../../../src/engine/decide/sizingRules.ts";
import type { AllocationLedger, SwarmView } from "../../../../src/engine/ports.ts";
import type { AllocationRecord, ResourceLimits } from "../../../../src/engine/protocol/allocators.ts";
import type { SwarmFigures } from "../../../../src/engine/protocol/model.ts";
import { log, MEGABYTE, signal, turns, World } from "./world.ts";

class MemoryLedger implements AllocationLedger {
  rows: AllocationRecord[] = [];
  failing = false;
  #write(change: () => void): void {
    if (this.failing) throw new CodedError("store.write");
    change();
  }
  add = (record: AllocationRecord) => this.#write(() => this.rows.push(structuredClone(record)));
  update = (record: AllocationRecord) =>
    this.#write(() => (this.rows = this.rows.map((row) => (row.id === record.id ? structuredClone(record) : row))));
  get = (id: string) => this.rows.find((row) => row.id === id) ?? null;
  list = ({ limit, before }: { readonly limit: number; readonly before?: string | undefined }) => {
    const newest = this.rows.toReversed();
    const from = before === undefined ? 0 : newest.findIndex(({ id }) => id === before) + 1;
    return newest.slice(from, from + limit);
  };
  open = () => this.rows.filter(({ state }) => state.kind === "acting");
}

const IDLE: SwarmFigures = {
  ...{ begun: 0, waitedP95Ms: null, runs: 0, errorRatio: null, demand: 0 },
  ...{ cpuPressure: 0, memoryPressure: 0, ioPressure: 0 },
};

let world: World;
let ledger: MemoryLedger;
let figures: () => SwarmFigures;
let timers: { readonly callback: () => void; readonly ms: number }[];
let whole: boolean;
let rollout: AllocationRollout;
let allocators: readonly ResourceAllocator[];
let calls: string[];
beforeEach(() => {
  world = new World();
  ledger = new MemoryLedger();
  figures = () => IDLE;
  whole = true;
  timers = [];
  calls = [];
  open();
});

function open(): void {
  allocators = world.allocators().all;
  for (const allocator of allocators)
    for (const method of ["apply", "undo"] as const) {
      const real = allocator[method].bind(allocator);
      allocator[method] = (limits, own) => {
        calls.push(`${method} ${text(limits)}`);
        return real(limits, own);
      };
    }
  let ids = ledger.rows.length;
  rollout = new AllocationRollout({
    allocators,
    ledger,
    swarms: { list: () => [{ id: "s", timeScale: 1, target: world.target } as SwarmView] },
    rules: planRules,
    isWhole: () => whole,
    measure: () => figures(),
    clock: world.clock,
    timer: (callback, ms) => {
      const one = { callback, ms };
      timers.push(one);
      return { dispose: () => void (timers = timers.filter((other) => other !== one)) };
    },
    newId: () => `r${++ids}`,
    log,
  });
}

function text(limits: ResourceLimits): string {
  switch (limits.resource) {
    case "agents":
      return `agents ${limits.agents}`;
    case "cpu":
      return `nice ${limits.nice}`;
    case "memory":
      return `memory ${limits.highBytes === null ? "none" : limits.highBytes / MEGABYTE}`;
    case "storage":
      return `output ${limits.outputBytes}`;
    case "network":
      return `standard ${limits.lanes.standard}`;
  }
}

/** Ticks of a second until it is over. */
async function over<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = work.finally(() => (isOver = true));
  end.catch(() => undefined);
  for (let n = 0; n < 400 && !isOver; n++) {
    await turns(12);
    world.clock.advance(1_000);
    rollout.look();
  }
  if (!isOver) throw new Error(`not over: ${calls.join(", ")}`);
  return end;
}

const agents = (count: number) => ({ resource: "agents", swarmId: "s", agents: count }) as const;
const nice = (value: number) => ({ resource: "cpu", swarmId: "s", nice: value }) as const;
const memory = (megabytes: number) => ({ resource: "memory", swarmId: "s", highBytes: megabytes * MEGABYTE }) as const;
const lanes = (standard: number) => ({ resource: "network", lanes: { standard } }) as const;
const stateText = ({ state }: AllocationRecord) =>
  "reason" in state ? `${state.kind} ${state.reason.code}` : state.kind;

describe("an allocation", () => {
  test("frees before it gives: fewer agents first, then limits down, limits up, and more agents last", async () => {
    await over(rollout.run([agents(4), nice(10), lanes(40)], "me", signal));
    expect(calls).toEqual(["apply nice 10", "apply standard 40", "apply agents 4"]);
    calls = [];
    const record = await over(rollout.run([lanes(20), nice(0), agents(1)], "me", signal));
    expect(calls.indexOf("apply agents 1")).toBe(0);
    expect(calls.at(-1)).toBe("apply nice 0");
    expect(calls.slice(1, -1)).toEqual(["apply standard 30", "apply standard 23", "apply standard 20"]);
    expect(stateText(record)).toBe("applied");
    expect(record.steps.every(({ state }) => state.kind === "confirmed")).toBe(true);
  });

  test("is written down step by step with what was before, and leaves out what is so already", async () => {
    const record = await over(rollout.run([nice(10), agents(2)], "me", signal));
    expect(ledger.rows).toEqual([record]);
    expect(record).toMatchObject({ id: "r1", by: "me", state: { kind: "applied" }, undoOf: null, undoneBy: null });
    expect(record.steps).toEqual([{ limits: nice(10), previous: nice(0), state: { kind: "confirmed", notes: [] } }]);
  });

  test("looks at the effect of each step before the next", async () => {
    const run = rollout.run([nice(10), agents(4)], "me", signal);
    await turns();
    expect(calls).toEqual(["apply nice 10"]);
    for (let n = 0; n < 2; n++) {
      world.clock.advance(1_000);
      rollout.look();
      await turns();
    }
    expect(calls).toEqual(["apply nice 10"]);
    await over(run);
    expect(calls).toEqual(["apply nice 10", "apply agents 4"]);
  });

  test("of which one step is refused goes back to what was, last step first", async () => {
    world.leftBytes = 100 * MEGABYTE;
    const record = await over(rollout.run([agents(5), nice(10), lanes(15)], "me", signal));
    expect(stateText(record)).toBe("rolledBack allocation.noRoom");
    expect(record.state).toMatchObject({ left: 0 });
    expect(calls.slice(-3)).toEqual(["undo agents 2", "undo standard 20", "undo nice 0"]);
    expect([world.target, world.lanes.standard, world.nice.get(100)]).toEqual([2, 20, 0]);
  });

  test("after which a swarm is worse off goes back, and says why", async () => {
    const run = rollout.run([lanes(15), agents(4)], "me", signal);
    await turns();
    figures = () => ({ ...IDLE, runs: 10, errorRatio: 0.9 });
    const record = await over(run);
    expect(record.state).toEqual({
      kind: "rolledBack",
      reason: { code: "plan.errors", args: { before: null, after: 0.9, swarmId: "s" } },
      left: 0,
    });
    expect(calls).toEqual(["apply standard 15", "undo standard 20"]);
    expect(record.steps.map(({ state }) => state.kind)).toEqual(["takenBack", "waiting"]);
  });

  test("that cannot be taken back whole tells how much is left", async () => {
    world.lowest = 20;
    world.leftBytes = 0;
    const record = await over(rollout.run([nice(10), agents(3)], "me", signal));
    expect(record.state).toMatchObject({ kind: "rolledBack", left: 1 });
    expect(record.steps[0]?.state).toMatchObject({
      kind: "takenBack",
      outcome: { kind: "unconfirmed", reason: { code: "allocation.niceRefused" } },
    });
  });

  test("that would be refused does nothing at all, and is kept with the reason", async () => {
    const record = await over(rollout.run([nice(10), memory(50)], "me", signal));
    expect(stateText(record)).toBe("refused allocation.belowNeed");
    expect(calls).toEqual([]);
    const found = { ...nice(5), swarmId: "found" };
    expect(stateText(await over(rollout.run([found], "me", signal)))).toBe("refused swarm.unknown");
    world.held = true;
    expect(stateText(await over(rollout.run([nice(5), agents(3)], "me", signal)))).toBe("refused scale.onHold");
    expect(stateText(await over(rollout.run([agents(11)], "me", signal)))).toBe("refused scale.aboveMax");
    expect(ledger.rows.map(({ id }) => id)).toEqual(["r1", "r2", "r3", "r4"]);
    expect(calls).toEqual([]);
  });

  test.each<readonly [string, unknown, string]>([
    ["nothing", [], ""],
    ["no list", null, ""],
    ["a resource twice", [nice(1), nice(2)], ""],
    ["a nice value that is none", [nice(20)], "0.nice"],
    ["an unknown field", [{ ...nice(1), shell: "x" }], "0"],
    ["a swarm that is no name", [{ ...nice(1), swarmId: "../x" }], "0.swarmId"],
    ["a limit of nothing", [{ resource: "cpu", swarmId: "s" }], "0"],
  ])("with %s is refused by its path", async (_, plan, path) => {
    await expect(rollout.run(plan, "me", signal)).rejects.toMatchObject({
      code: "allocation.invalid",
      args: { path },
    });
    expect(ledger.rows).toEqual([]);
  });

  test("that hangs is given up at its deadline and taken back; its late answer changes nothing", async () => {
    let late: (() => void) | null = null;
    world.scaled = () =>
      new Promise((resolve) => {
        late = () => resolve({ kind: "confirmed", live: 4, elapsedMs: 1 });
        world.scaled = null;
      });
    const run = rollout.run([agents(4)], "me", signal);
    await turns();
    expect(timers.map(({ ms }) => ms)).toEqual([1_200_000]);
    timers[0]?.callback();
    const record = await over(run);
    expect(stateText(record)).toBe("rolledBack allocation.deadline");
    (late as (() => void) | null)?.();
    await turns();
    expect(rollout.history({ limit: 1 })).toEqual([record]);
    expect(timers).toEqual([]);
  });

  test("that is cancelled takes back what was done", async () => {
    const abort = new AbortController();
    const run = rollout.run([nice(10), agents(4)], "me", abort.signal);
    await turns();
    abort.abort();
    expect(stateText(await over(run))).toBe("rolledBack aborted");
    expect(world.nice.get(100)).toBe(0);
  });

  test("that cannot be written down is not begun; an end that cannot be is written later", async () => {
    ledger.failing = true;
    await expect(over(rollout.run([nice(10)], "me", signal))).rejects.toThrow("store.write");
    expect(world.nice.get(100)).toBe(0);
    ledger.failing = false;
    const run = rollout.run([nice(10)], "me", signal);
    await turns();
    ledger.failing = true;
    const record = await over(run);
    expect(ledger.rows[0]?.state.kind).toBe("acting");
    expect(rollout.history({ limit: 1 })).toEqual([record]);
    ledger.failing = false;
    rollout.look();
    expect(ledger.rows).toEqual([record]);
  });

  test("a step that cannot be written down is not taken, and those before it are taken back", async () => {
    const run = rollout.run([nice(10), agents(4)], "me", signal);
    await turns();
    ledger.failing = true;
    expect(stateText(await over(run))).toBe("rolledBack store.write");
    expect(calls).toEqual(["apply nice 10", "undo nice 0"]);
  });

  test("is alone: another one has to wait for its end", async () => {
    const first = rollout.run([nice(10)], "me", signal);
    await expect(rollout.run([nice(5)], "me", signal)).rejects.toThrow("allocation.busy");
    await over(first);
    expect(stateText(await over(rollout.run([nice(5)], "me", signal)))).toBe("applied");
  });
});

describe("an undo", () => {
  test("goes back through every step, and is kept as an allocation of its own", async () => {
    const { id } = await over(rollout.run([agents(4), nice(10), lanes(12)], "me", signal));
    calls = [];
    const undone = await over(rollout.undo(id, "you", signal));
    expect(undone).toMatchObject({ by: "you", undoOf: id, state: { kind: "applied" } });
    expect(calls).toEqual(["undo agents 2", "undo standard 15", "undo standard 20", "undo nice 0"]);
    expect(rollout.history({ limit: 9 }).find((record) => record.id === id)?.undoneBy).toBe(undone.id);
    await expect(rollout.undo(id, "you", signal)).rejects.toThrow("allocation.undone");
    await expect(rollout.undo("x", "you", signal)).rejects.toThrow("allocation.unknown");
  });

  test("of what a later one has set again is refused until that one is undone", async () => {
    const first = await over(rollout.run([nice(10), lanes(15)], "me", signal));
    const second = await over(rollout.run([nice(12)], "me", signal));
    await expect(rollout.undo(first.id, "me", signal)).rejects.toThrow("allocation.overtaken");
    await over(rollout.undo(second.id, "me", signal));
    await over(rollout.undo(first.id, "me", signal));
    expect([world.nice.get(100), world.lanes.standard]).toEqual([0, 20]);
  });

  test("does what it can, tells what is left, and may be tried again", async () => {
    const { id } = await over(rollout.run([nice(10), lanes(15)], "me", signal));
    world.lowest = 20;
    expect((await over(rollout.undo(id, "me", signal))).state).toMatchObject({
      kind: "partly",
      left: 1,
      reason: { code: "allocation.niceRefused" },
    });
    expect(world.lanes.standard).toBe(20);
    world.lowest = -20;
    expect(stateText(await over(rollout.undo(id, "me", signal)))).toBe("applied");
    expect(world.nice.get(100)).toBe(0);
  });

  test("of one that did nothing is refused", async () => {
    const { id } = await over(rollout.run([memory(50)], "me", signal));
    await expect(rollout.undo(id, "me", signal)).rejects.toThrow("allocation.nothingToUndo");
  });
});

describe("after a restart", () => {
  test("what was cut off is told, can be undone, and what was seen holds for agents to come", async () => {
    await over(rollout.run([memory(300)], "me", signal));
    void rollout.run([nice(10), agents(4)], "me", signal).catch(() => undefined);
    await turns();
    rollout.dispose();
    await turns();
    expect(ledger.rows[1]?.state.kind).toBe("acting");
    open();
    rollout.recover();
    expect(ledger.rows[1]?.state.kind).toBe("interrupted");
    world.start(300);
    rollout.look();
    await turns();
    expect(world.nice.get(300)).toBe(10);
    expect(await allocators[2]?.read(memory(1), signal)).toEqual(memory(300));
    await over(rollout.undo("r2", "me", signal));
    expect([world.nice.get(100), world.nice.get(300), world.target]).toEqual([0, 0, 2]);
  });

  test("what was undone in part is not given to agents to come", async () => {
    world.lowest = 20;
    const { id } = await over(rollout.run([nice(10)], "me", signal));
    expect((await over(rollout.undo(id, "me", signal))).state).toMatchObject({ kind: "partly", left: 1 });
    rollout.dispose();
    open();
    rollout.recover();
    world.start(300);
    rollout.look();
    await turns();
    expect([world.nice.get(100), world.nice.get(300)]).toEqual([10, 0]);
  });

  test("an undo that was never tried leaves what it was for in force", async () => {
    const { id } = await over(rollout.run([nice(10)], "me", signal));
    const cpu = allocators[1] as ResourceAllocator;
    cpu.read = () => Promise.reject(new CodedError("allocation.ioUnreadable"));
    expect((await over(rollout.undo(id, "me", signal))).state).toMatchObject({ kind: "partly", left: 1 });
    rollout.dispose();
    open();
    rollout.recover();
    world.start(300);
    rollout.look();
    await turns();
    expect(world.nice.get(300)).toBe(10);
  });
});

describe("a long history", () => {
  test("is looked through once: each is overtaken by the newest that has set the same, however far back it is", async () => {
    for (let n = 1; n <= 120; n++) await over(rollout.run([nice(n % 2 === 0 ? 5 : 10)], "me", signal));
    const rows = rollout.history({ limit: 120 });
    let reads = 0;
    const list = ledger.list;
    ledger.list = (query) => (reads++, list(query));
    const refusals = rollout.undoRefusals(rows);
    expect(refusals[0]).toBeNull();
    expect(refusals.slice(1).every((refusal) => refusal?.args["by"] === rows[0]?.id)).toBe(true);
    expect(reads).toBeLessThanOrEqual(3);
  });
});

describe("somebody else", () => {
  test("who sets the size meanwhile has the last word: a rollback starts nothing that was stopped", async () => {
    const run = rollout.run([agents(4), lanes(40)], "me", signal);
    await turns();
    for (let n = 0; n < 8 && world.target !== 4; n++) {
      world.clock.advance(5_000);
      rollout.look();
      await turns();
    }
    expect(world.target).toBe(4);
    [world.target, world.isOurs] = [0, false];
    figures = () => ({ ...IDLE, runs: 10, errorRatio: 0.9 });
    const record = await over(run);
    expect(record.state).toMatchObject({ kind: "rolledBack", left: 1 });
    expect(world.target).toBe(0);
    expect(world.lanes.standard).toBe(20);
    expect(record.steps.at(-1)?.state).toMatchObject({
      kind: "takenBack",
      outcome: { kind: "unconfirmed", reason: { code: "allocation.changedSince" } },
    });
  });

  test("who has set it since stands: an undo is refused, of agents and of lanes", async () => {
    const first = await over(rollout.run([agents(4)], "me", signal));
    [world.target, world.isOurs] = [9, false];
    expect(rollout.undoRefusals([first])[0]).toMatchObject({
      code: "allocation.changedSince",
      args: { what: "agents s" },
    });
    await expect(rollout.undo(first.id, "me", signal)).rejects.toMatchObject({ code: "allocation.changedSince" });
    const second = await over(rollout.run([lanes(15)], "me", signal));
    world.lanes.standard = 30;
    await expect(rollout.undo(second.id, "me", signal)).rejects.toMatchObject({ code: "allocation.changedSince" });
    expect([world.target, world.lanes.standard]).toEqual([9, 30]);
  });

  test("who has changed what was agreed to makes it another plan, which is refused", async () => {
    const { plan, changes } = await rollout.preview([agents(4)], signal);
    const from = changes.map((change) => change.from);
    world.target = 7;
    const record = await over(rollout.run(plan, "me", signal, { from }));
    expect(stateText(record)).toBe("refused allocation.changedBefore");
    expect(world.target).toBe(7);
    world.target = 2;
    expect(stateText(await over(rollout.run(plan, "me", signal, { from })))).toBe("applied");
  });

  test("who waits for an undo may give up: it goes on to its end", async () => {
    const record = await over(rollout.run([nice(10), lanes(15)], "me", signal));
    const abort = new AbortController();
    const undo = rollout.undo(record.id, "me", abort.signal);
    abort.abort();
    expect(stateText(await over(undo))).toBe("applied");
    expect(world.lanes.standard).toBe(20);
  });
});

test("what may be in force overtakes as well, not only what was confirmed", async () => {
  const first = await over(rollout.run([nice(10)], "me", signal));
  const cut = { limits: nice(12), previous: nice(10), state: { kind: "acting" } } as const;
  ledger.rows.push({ ...first, id: "cut", steps: [cut], state: { kind: "interrupted" } });
  expect(rollout.undoRefusals([first])[0]).toMatchObject({ code: "allocation.overtaken", args: { by: "cut" } });
});

describe("a preview", () => {
  test("tells what would change from what to what, in how many steps, and changes nothing", async () => {
    const preview = await rollout.preview([agents(2), nice(10), lanes(15)], signal);
    expect(preview).toEqual({
      plan: [nice(10), lanes(15)],
      changes: [
        { from: nice(0), to: nice(10) },
        { from: lanes(20), to: lanes(15) },
      ],
      ...{ steps: 2, refusal: null, notes: [] },
    });
    expect(calls).toEqual([]);
    expect(ledger.rows).toEqual([]);
  });

  test("of what would be refused says why", async () => {
    const preview = await rollout.preview([agents(999)], signal);
    expect(preview).toMatchObject({ changes: [], steps: 0, refusal: { code: expect.stringMatching(/^scale\./) } });
    await expect(rollout.preview([], signal)).rejects.toMatchObject({ code: "allocation.invalid" });
  });

  test("is what is done then", async () => {
    const { plan, steps } = await rollout.preview([lanes(5), agents(4)], signal);
    const record = await over(rollout.run(plan, "me", signal));
    expect(record.steps).toHaveLength(steps);
  });
});

describe("the effect of an allocation", () => {
  const expected = { swarmId: "s", now: { minimizeLatency: 2 }, chosen: { minimizeLatency: 1 } };
  const busy = (waitedMeanMs: number): SwarmFigures => ({ ...IDLE, begun: 20, runs: 20, waitedMeanMs, ranMeanMs: 500 });
  const windowMs = 5 * planRules.impactMs(1);

  async function applied(): Promise<void> {
    figures = () => busy(900);
    await over(rollout.run([nice(10)], "me", signal, { expected }));
    figures = () => busy(100);
  }

  test("is measured over as long as before it, and kept beside what was expected", async () => {
    await applied();
    world.clock.advance(windowMs - 10_000);
    rollout.look();
    expect(ledger.rows[0]).toMatchObject({ expected });
    expect(ledger.rows[0]?.effects).toBeUndefined();
    world.clock.advance(10_000);
    rollout.look();
    expect(ledger.rows[0]?.effects).toEqual([
      { swarmId: "s", impact: { windowMs, before: busy(900), after: busy(100) } },
    ]);
  });

  test("is not told once the swarm was given another size, or something else was allocated", async () => {
    await applied();
    world.target++;
    world.clock.advance(windowMs);
    rollout.look();
    expect(ledger.rows[0]?.effects).toBeUndefined();
    await applied();
    await over(rollout.run([nice(11)], "me", signal));
    world.clock.advance(windowMs);
    rollout.look();
    expect(ledger.rows.map(({ effects }) => effects?.length)).toEqual([undefined, undefined, 1]);
  });

  test("of which a part is not kept any more is not told as if it were whole", async () => {
    await applied();
    whole = false;
    world.clock.advance(windowMs);
    rollout.look();
    expect(ledger.rows[0]?.effects).toBeUndefined();
  });

  test("of a swarm without tasks is none", async () => {
    await over(rollout.run([nice(10)], "me", signal));
    world.clock.advance(windowMs);
    rollout.look();
    expect(ledger.rows[0]?.effects).toBeUndefined();
  });
});

test("what each resource can be limited by is told", () => {
  expect(rollout.support().map(({ resource, support }) => [resource, support.kind])).toEqual([
    ["agents", "supported"],
    ["cpu", "supported"],
    ["memory", "supported"],
    ["storage", "supported"],
    ["network", "supported"],
  ]);
});
