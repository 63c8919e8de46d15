import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { type DemoFaults, NO_FAULTS } from "../../src/engine/protocol/faultTolerance.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import type { BreakerRow, GuardState, LaneRow } from "../../src/engine/protocol/tasks.ts";
import { driver } from "./harness/driver.ts";
import type { TreeRow } from "./harness/operations.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, demoOf, tidy } from "./steps.ts";

const BULKHEADS = "Bulkheads";
const BREAKERS = "Circuit Breakers";
/** Tasks come as the demo's day brings them, and agents need a second for each. */
const SLOW_MS = 60_000;
const RECOVERY_SECONDS = 4;

async function connection() {
  return (await api()).session.connection();
}

async function guard(): Promise<GuardState> {
  const state = (await api()).guard();
  assert.ok(state, "this window has not heard of lanes and breakers");
  return state;
}

async function breaker(): Promise<BreakerRow> {
  const row = (await guard()).breakers.find(({ id }) => id === "swarm:demo");
  assert.ok(row, "the demo has no breaker");
  return row;
}

async function laneRow(name: string): Promise<LaneRow> {
  const row = (await guard()).lanes.find(({ lane }) => lane === name);
  assert.ok(row);
  return row;
}

async function faults(wanted: Partial<DemoFaults> | null): Promise<void> {
  const injected = wanted === null ? null : { ...NO_FAULTS, ...wanted };
  await (await connection()).call(calls.faultInject, { swarmId: "demo", faults: injected });
}

async function show(view: "bulkheads" | "breakers"): Promise<void> {
  await vscode.commands.executeCommand(`swarm.${view}.focus`);
}

function rowIn(view: string, label: RegExp, description: RegExp, deadlineMs = SLOW_MS): Promise<TreeRow> {
  return waitFor(
    `a row ${label} ${description} in ${view}`,
    async () => (await driver.treeRows(view)).find((row) => label.test(row.label) && description.test(row.description)),
    { deadlineMs, show: () => driver.treeRows(view) },
  );
}

/** The policy in force, with these parts of it changed. */
async function policy(change: (values: { breaker: object; lanes: Record<string, object> }) => void): Promise<void> {
  const engine = await connection();
  const { revision, values } = await engine.call(calls.configGet, {});
  const faultTolerance = structuredClone(values.faultTolerance);
  change(faultTolerance);
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { faultTolerance } });
}

describe("fault tolerance", function () {
  this.timeout(5 * SLOW_MS);

  before(async () => {
    await demoOf(4);
    await policy(({ breaker: options }) =>
      Object.assign(options, { recoveryTimeoutSeconds: RECOVERY_SECONDS, recoveryMaxSeconds: RECOVERY_SECONDS }),
    );
  });
  afterEach(tidy);
  after(async () => {
    await faults(null);
    await policy((values) => {
      Object.assign(values.breaker, { recoveryTimeoutSeconds: 60, recoveryMaxSeconds: 600 });
      Object.assign(values.lanes["background"] ?? {}, { capacity: 5, queueLimit: 200 });
    });
    for (const { id } of (await guard()).breakers)
      await (await connection()).call(calls.breakerAction, { breakerId: id, action: "reset" });
  });

  it("shows lanes with their tasks, and the breakers that work goes through", async () => {
    await show("bulkheads");
    const rows = await waitFor("three lanes", async () => {
      const lanes = await driver.treeRows(BULKHEADS);
      return lanes.length >= 3 && lanes;
    });
    assert.deepEqual(
      rows.filter(({ level }) => level === 1).map(({ label }) => label),
      ["critical", "standard", "background"],
    );
    await show("breakers");
    await rowIn(BREAKERS, /^demo$/, /^closed · \d+ of \d+ failed$/);
    await rowIn(BREAKERS, /^lane standard$/, /^closed/);
  });

  it("sees the breaker open when tasks fail, half-open when its time is over, and closed when they succeed", async () => {
    await show("breakers");
    void vscode.commands.executeCommand("swarm.injectFaults");
    const items = await waitFor("the faults", () => driver.quickPickItems());
    assert.equal(items[0], "All tasks fail");
    await driver.quickPickChoose("All tasks fail");
    await waitFor("the faults to be injected", async () => (await guard()).faults?.errorRatio === 1, { show: guard });

    const open = await rowIn(BREAKERS, /^demo$/, /^open · \d+ of \d+ failed · next try (in \d+ s|now)$/);
    assert.ok(open.actions.includes("Reset Breaker"), open.actions.join());
    await driver.screenshot("breaker-open");
    await driver.screenshot("breakers-sidebar", { clip: "sidebar" });
    await show("bulkheads");
    await rowIn(BULKHEADS, /^Faults injected$/, /^100% of its tasks fail$/);

    // Slow successes: half-open lasts long enough to be looked at.
    await faults({ latencyMs: 5_000 });
    await show("breakers");
    await rowIn(BREAKERS, /^demo$/, /^half-open · \d of 3 succeeded · \d under way$/);
    await driver.screenshot("breaker-half-open");
    await faults(null);
    await rowIn(BREAKERS, /^demo$/, /^closed/);
    assert.ok((await breaker()).opens >= 1);
  });

  it("sheds the background lane while critical work goes on", async () => {
    await policy(({ lanes }) => Object.assign(lanes["background"] ?? {}, { capacity: 1, queueLimit: 1 }));
    await faults({ latencyMs: 1_000 });
    await show("bulkheads");
    await rowIn(BULKHEADS, /^background$/, /\d+ shed$/);
    const since = Date.now();
    const engine = await connection();
    const done = await waitFor(
      "critical work that was done meanwhile",
      async () => {
        const { tasks } = await engine.call(calls.tasks, { lane: "critical", states: ["done"], limit: 50 });
        const newer = tasks.filter(({ submittedAtMs }) => submittedAtMs >= since);
        return newer.length >= 3 && newer;
      },
      { deadlineMs: 2 * SLOW_MS },
    );
    assert.ok(done.length >= 3);
    assert.equal((await laneRow("critical")).shed, 0);
    assert.ok((await laneRow("background")).shed > 0);
    await driver.screenshot("bulkheads-shed");
    await faults(null);
  });

  it("pauses a lane by its button, and resumes it", async () => {
    await show("bulkheads");
    await driver.clickRowAction("background", "Pause Lane", BULKHEADS);
    await rowIn(BULKHEADS, /^background$/, /^paused · /);
    await driver.clickRowAction("background", "Resume Lane", BULKHEADS);
    await rowIn(BULKHEADS, /^background$/, /^\d+ of \d+/);
  });

  it("forces a breaker open after asking, and resets it", async () => {
    await show("breakers");
    void vscode.commands.executeCommand("swarm.forceOpenBreaker", { breakerId: "lane:background" });
    const dialog = await waitFor("the question", () => driver.dialogText());
    assert.match(dialog.message, /Force the breaker of lane background open\?/);
    await driver.dialogChoose("Force Open");
    await rowIn(BREAKERS, /^lane background$/, /^forced open by /);
    await driver.clickRowAction("lane background", "Reset Breaker", BREAKERS);
    await rowIn(BREAKERS, /^lane background$/, /^closed/);
  });

  it("shows what a task printed, as text", async () => {
    const engine = await connection();
    const hostile = "<img src=x onerror=alert(1)> [link](command:workbench.action.quit) \u202Eevil";
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "demo",
      lane: "critical",
      tasks: [{ prompt: hostile }],
    });
    const [result] = results;
    assert.equal(result?.kind, "accepted");
    const taskId = result?.kind === "accepted" ? result.taskId : "";
    await vscode.commands.executeCommand("swarm.openTaskOutput", { taskId });
    const text = await waitFor(
      "the document of the task that is done",
      () => {
        const document = vscode.window.activeTextEditor?.document;
        return document?.uri.scheme === "swarm-task" && /^done in /m.test(document.getText()) && document.getText();
      },
      { deadlineMs: SLOW_MS },
    );
    assert.match(
      text,
      /── Asked for ──\n<img src=x onerror=alert\(1\)> \[link\]\(command:workbench\.action\.quit\) evil/,
    );
    assert.match(text, /── Output ──\n\{/);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("after kill -9 of the engine, every submitted task ends exactly once", async () => {
    const test = await api();
    const tasks = Array.from({ length: 30 }, (_, n) => ({ prompt: `task ${n}`, key: `kill-${Date.now()}-${n}` }));
    const first = await (await connection()).call(calls.taskSubmit, { swarmId: "demo", lane: "critical", tasks });
    const ids = first.results.map((result) => (result.kind === "accepted" ? result.taskId : ""));
    assert.ok(!ids.includes(""), JSON.stringify(first.results));
    const { state } = test.session;
    const killed = state.kind === "connected" ? state.info.pid : 0;
    assert.ok(killed > 1);
    process.kill(killed, "SIGKILL");
    await waitFor(
      "another engine",
      () => {
        const now = test.session.state;
        return now.kind === "connected" && now.info.pid !== killed;
      },
      { deadlineMs: 30_000, show: () => test.session.state },
    );
    const engine = await connection();
    const ended = await waitFor(
      "all of them to be over",
      async () => {
        const rows = await Promise.all(ids.map((taskId) => engine.call(calls.task, { taskId })));
        return rows.every(({ state: { kind } }) => kind !== "waiting" && kind !== "running") && rows;
      },
      { deadlineMs: 2 * SLOW_MS },
    );
    assert.deepEqual(
      ended.map(({ state: { kind } }) => kind),
      ids.map(() => "done"),
    );
    // The same keys again are the same tasks: nothing of them is run once more.
    const again = await engine.call(calls.taskSubmit, { swarmId: "demo", lane: "critical", tasks });
    assert.deepEqual(
      again.results,
      ids.map((taskId) => ({ kind: "known", taskId, state: "done" })),
    );
  });
});
