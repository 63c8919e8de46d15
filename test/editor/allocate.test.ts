import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { AllocationRow } from "../../src/engine/protocol/allocators.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, closeUntitled, demo, demoOf, dialogLike, notificationLike, tidy } from "./steps.ts";

const AGENTS = 12;
/** Far fewer agents' worth of work than there are: an agent less makes nobody wait, so nothing is taken back. */
const CALM_DEMAND = 6;
/** The demo's day has 360 s, with a peak of two minutes. */
const CALM_MS = 240_000;
/** An agent that ends finishes its task first; the effect of each step is looked at for some seconds. */
const SLOW_MS = 60_000;

async function connection() {
  return (await api()).session.connection();
}

async function newest(): Promise<AllocationRow | undefined> {
  return (await (await connection()).call(calls.allocations, { limit: 1 })).allocations[0];
}

async function capacities(): Promise<Record<string, number>> {
  const { lanes } = await (await connection()).call(calls.guard, {});
  return Object.fromEntries(lanes.map(({ lane, capacity }) => [lane, capacity]));
}

/** Waits for a part of the demo's day that asks for few agents. */
async function calm(): Promise<void> {
  await waitFor(
    "a calm time of day",
    async () => {
      const { demand, waitingTasks } = await demo();
      return demand !== null && demand <= CALM_DEMAND && waitingTasks === 0;
    },
    { deadlineMs: CALM_MS, show: demo },
  );
}

/** The demo's day brings few tasks to some lanes; the optimiser asks for thirty of each, at different moments. */
async function tasksOfEveryLane(): Promise<void> {
  const engine = await connection();
  for (let n = 0; n < 35; n++)
    for (const lane of ["critical", "background"] as const)
      await engine.call(calls.taskSubmit, { swarmId: "demo", lane, tasks: [{ prompt: `task ${n}` }] });
  await waitFor(
    "a plan that can be made",
    () => engine.call(calls.optimizePerformance, { swarmId: "demo", strategy: "cost" }),
    { deadlineMs: SLOW_MS, everyMs: 1_000 },
  );
}

/** As one who writes it: the text in an editor, saved or not. */
async function inEditor(content: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "json", content });
  await vscode.window.showTextDocument(document);
}

/** From the palette, on the file in the editor. */
async function allocateFromPalette(): Promise<void> {
  await driver.runCommandViaPalette("Swarm: Allocate Resources…");
  const items = await waitFor("the ways", () => driver.quickPickItems());
  assert.ok(items.includes("The file in the editor"), items.join());
  await driver.quickPickChoose("The file in the editor");
}

describe("allocating resources", function () {
  this.timeout(CALM_MS + 3 * SLOW_MS);
  let lanesBefore: Record<string, number>;

  before(async () => {
    await demoOf(AGENTS);
    lanesBefore = await capacities();
  });
  afterEach(tidy);
  after(async () => {
    await closeUntitled();
    await demoOf(4);
  });

  it("begins with what the swarms have now, as a file that would change nothing", async () => {
    await driver.runCommandViaPalette("Swarm: Allocate Resources…");
    await waitFor("the ways", () => driver.quickPickItems());
    await driver.quickPickChoose("New resources file");
    const text = await waitFor("the new file", () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.languageId === "json" && document.getText();
    });
    const { swarms, lanes } = JSON.parse(text);
    assert.deepEqual(swarms.demo, { agents: AGENTS });
    assert.deepEqual(lanes, lanesBefore);
    await driver.screenshot("allocate-new-file");
    await vscode.commands.executeCommand("notifications.clearAll");
    await allocateFromPalette();
    await notificationLike(/Untitled-\d+: everything is so already/);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("tells a broken file by its place, and does nothing", async () => {
    const earlier = (await newest())?.id;
    await inEditor('{ "swarms": { "demo": { "agents": 3, "memory": { "high": "lots" } } } }');
    await allocateFromPalette();
    await notificationLike(
      /cannot be applied, nothing was done\. swarms\.demo\.memory\.high: use bytes or a size such as 512MB/,
    );
    assert.equal(await driver.dialogText(), null);
    assert.equal((await newest())?.id, earlier);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("applies a file from the palette through the question, and sees it applied", async () => {
    await calm();
    const { standard = 0, background = 0 } = lanesBefore;
    const wanted = { standard: standard - 1, background: background - 1 };
    await inEditor(JSON.stringify({ swarms: { demo: { agents: AGENTS - 1 } }, lanes: wanted }, null, 2));
    await allocateFromPalette();
    const { message, detail } = await dialogLike(/^Allocate resources by Untitled-\d+\?/);
    assert.ok(message.length > 0);
    assert.match(detail, new RegExp(`demo: agents ${AGENTS} → ${AGENTS - 1}`));
    assert.match(
      detail,
      new RegExp(`lanes: standard ${standard} → ${wanted.standard}, background ${background} → ${wanted.background}`),
    );
    assert.match(detail, /In \d steps?, each seen before the next\./);
    assert.match(detail, /To undo: /);
    await driver.screenshot("allocate-question");
    await driver.dialogChoose("Allocate");
    const record = await waitFor(
      "the end of the allocation",
      async () => {
        const latest = await newest();
        return latest !== undefined && latest.state.kind !== "acting" && latest;
      },
      { deadlineMs: SLOW_MS, show: newest },
    );
    assert.equal(record.state.kind, "applied", JSON.stringify(record));
    await notificationLike(/^Untitled-\d+: applied in /);
    assert.deepEqual(await capacities(), { ...lanesBefore, ...wanted });
    await waitFor("one agent less", async () => (await demo()).live === AGENTS - 1, { show: demo });
    await driver.screenshot("allocate-applied");
  });

  it("takes it back by Undo, after showing to what", async () => {
    await calm();
    // The message of the allocation was cleared away with the test before: the same again.
    const { standard = 0 } = await capacities();
    await inEditor(JSON.stringify({ lanes: { standard: standard - 1 } }));
    await allocateFromPalette();
    await dialogLike(/^Allocate resources by /);
    await driver.dialogChoose("Allocate");
    await notificationLike(/: applied in /);
    await driver.notificationChoose("Undo");
    const { detail } = await dialogLike(/^Take back what was allocated for Untitled-\d+\?/);
    assert.match(detail, new RegExp(`lanes: standard ${standard - 1} → ${standard}`));
    await driver.dialogChoose("Take Back");
    await notificationLike(/: taken back in /);
    assert.equal((await capacities())["standard"], standard);
  });

  it("optimizes by what was found: the strategies in words, then the plan with what it should bring", async () => {
    await tasksOfEveryLane();
    const earlier = (await newest())?.id;
    await driver.runCommandViaPalette("Swarm: Optimize Performance");
    const items = await waitFor("the strategies", () => driver.quickPickItems());
    assert.deepEqual(items.slice(0, 4), ["Adaptive", "Latency", "Cost", "Balanced"]);
    await driver.screenshot("optimize-strategies");
    await driver.quickPickChoose("few agents and little money first");
    const { detail } = await waitFor(
      "the plan",
      async () => {
        const dialog = await driver.dialogText();
        return dialog !== null && dialog.message.startsWith("Optimize demo for cost?") && dialog;
      },
      { deadlineMs: SLOW_MS, show: () => driver.dialogText() },
    );
    assert.match(detail, /^The strategy cost, as asked for\./);
    assert.match(detail, /Expected \(derived, by a queueing model\): Latency .* → /);
    assert.match(detail, /^(?:demo: agents|lanes: \w+) \d+ → \d+/m);
    await driver.screenshot("optimize-question");
    await driver.dialogChoose("Cancel");
    assert.equal((await newest())?.id, earlier);
  });
});
