import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { AllocationRow } from "../../src/engine/protocol/allocators.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, demo, demoOf, dialogLike, notificationLike, tidy } from "./steps.ts";

/** More than the demo's day asks for at any time: an agent less makes nobody wait, so nothing is taken back. */
const AGENTS = 12;
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
  this.timeout(4 * SLOW_MS);
  let lanesBefore: Record<string, number>;

  before(async () => {
    await demoOf(AGENTS);
    lanesBefore = await capacities();
  });
  afterEach(tidy);
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
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
});
