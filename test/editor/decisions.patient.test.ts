import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import type { SwarmMode } from "../../src/engine/protocol/model.ts";
import { calls, type DecisionRow } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import type { TreeRow } from "./harness/operations.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, demo, demoOf, dialogLike, notificationLike, rowLike, showAgents, startedDemo, tidy } from "./steps.ts";

const DECISIONS = "Decisions";
/** The quietest part of the demo's day lasts about two minutes, and even then two agents are soon too few. */
const LOAD_MS = 180_000;

/** By a call that asks nobody: where a test needs a beginning, not a dialog. */
async function inMode(mode: SwarmMode): Promise<void> {
  const connection = await (await api()).session.connection();
  await connection.call(calls.swarmMode, { swarmId: "demo", mode });
  await waitFor(`mode ${mode}`, async () => (await demo()).mode === mode, { show: demo });
}

async function held(on: boolean): Promise<void> {
  const connection = await (await api()).session.connection();
  await connection.call(calls.swarmHold, { swarmId: "demo", held: on });
  await waitFor(`held ${on}`, async () => (await demo()).held === on, { show: demo });
}

async function decisions(): Promise<readonly DecisionRow[]> {
  return (await api()).decisions()?.decisions ?? [];
}

/** The newest decision of the scaler about the demo that is as asked. */
function decided(what: string, fits: (row: DecisionRow) => boolean, deadlineMs = LOAD_MS): Promise<DecisionRow> {
  return waitFor(what, async () => (await decisions()).find((row) => row.swarmId === "demo" && fits(row)), {
    deadlineMs,
    show: decisions,
  });
}

async function showDecisions(): Promise<void> {
  await vscode.commands.executeCommand("swarm.decisions.focus");
}

function decisionRow(label: RegExp, description = /(?:)/): Promise<TreeRow> {
  return waitFor(
    `a row ${label} ${description}`,
    async () =>
      (await driver.treeRows(DECISIONS)).find((row) => label.test(row.label) && description.test(row.description)),
    { deadlineMs: 45_000, show: () => driver.treeRows(DECISIONS) },
  );
}

const AGENTS_HEADER = '.pane-header[aria-label^="Agents"]';

const change = ({ from, to }: Pick<DecisionRow, "from" | "to">): string => `${from} → ${to}`;

describe("decisions", function () {
  // The load of the demo's day comes when it comes.
  this.timeout(LOAD_MS + 120_000);

  afterEach(async () => {
    await tidy();
    await held(false);
    await inMode("recommend");
  });
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("lets the demo go by Set Mode…, which says what each mode means", async () => {
    await startedDemo();
    void vscode.commands.executeCommand("swarm.setMode", { swarmId: "demo" });
    const items = await waitFor("the modes", () => driver.quickPickItems());
    assert.deepEqual(items, ["observe", "recommend", "auto"]);
    await driver.screenshot("set-mode");
    await driver.quickPickChoose("auto");
    await waitFor("auto", async () => (await demo()).mode === "auto", { show: demo });
    await rowLike(/^demo$/, / · auto · ×240$/);
  });

  it("in auto scales up by itself, confirmed by what is seen, and explains it", async () => {
    const before = await demoOf(2);
    assert.equal(before.live, 2);
    const since = Date.now();
    await inMode("auto");
    const up = await decided(
      "a confirmed scale-up",
      (row) => row.origin === "scaler" && row.to > row.from && row.state.kind === "confirmed" && row.wallMs >= since,
    );
    await showDecisions();
    const row = await decisionRow(new RegExp(`^${change(up)} demo · (load|forecast) `), / ago · confirmed in /);
    assert.equal(row.level, 1);
    assert.match(row.ariaLabel, new RegExp(`scale demo up from ${up.from} to ${up.to} agents`));
    assert.ok(row.actions.includes("Explain Decision"), row.actions.join());
    assert.deepEqual(await driver.notifications(), [], "a confirmed automatic action notifies nobody");

    // All of its facts are to be seen at once, however many decisions have come since.
    await driver.click(AGENTS_HEADER);
    await driver.toggleRow(DECISIONS, row.label);
    for (const [name, value] of [
      ["Why", /\w/],
      ["Demand", /^[\d.]+ · measured$/],
      ["Load now", /= demand ÷ live agents · derived$/],
      ["Thresholds", /more agents above 0\.8, fewer below 0\.3/],
      ["Mode", /^auto$/],
    ] as const)
      await decisionRow(new RegExp(`^${name}$`), value);
    await driver.click(AGENTS_HEADER);
    await driver.screenshot("decisions");
    await driver.screenshot("decisions-sidebar", { clip: "sidebar" });

    await driver.clickRowAction(row.label, "Explain Decision", DECISIONS);
    const text = await waitFor("the explanation", () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.uri.scheme === "swarm-decision" && document.getText();
    });
    assert.match(text, /Scale demo up from/);
    assert.match(text, /Demand: .* · measured/);
    assert.match(text, /Decision [0-9a-f-]{36}/);
  });

  it("in auto scales down by itself when the day is calm, and does not go back and forth", async () => {
    await demoOf(16);
    const since = Date.now();
    await inMode("auto");
    // Between two peaks of the squeezed day; the highest load lasts two minutes.
    await decided(
      "a scale-down",
      (row) => row.origin === "scaler" && row.to < row.from && row.state.kind === "confirmed" && row.wallMs >= since,
      240_000,
    );
    const connection = await (await api()).session.connection();
    const { decisions } = await connection.call(calls.decisions, { limit: 200 });
    const own = decisions.filter((row) => row.origin === "scaler" && row.state.kind !== "withdrawn").toReversed();
    own.forEach((row, index) => {
      const before = own[index - 1];
      if (before === undefined || row.to > row.from === before.to > before.from) return;
      // The cooldown of a squeezed day: never below ten seconds.
      assert.ok(row.wallMs - before.wallMs >= 9_000, `${change(before)}, then ${change(row)} at once`);
    });
  });

  it("undoes the newest one, after showing what that does", async () => {
    await demoOf(2);
    const since = Date.now();
    await inMode("auto");
    await decided(
      "a scale-up",
      (row) => row.origin === "scaler" && row.state.kind === "confirmed" && row.wallMs >= since,
    );
    // On hold the scaler leaves the test alone; a shrink by hand is still allowed.
    await held(true);
    // Asked of the engine: what this window shows may be a moment behind what was decided before the hold.
    const connection = await (await api()).session.connection();
    const newest = await waitFor("one to undo", async () => {
      const [row] = (await connection.call(calls.decisions, { limit: 1 })).decisions;
      return row?.undoRefusal === null && row;
    });
    await showDecisions();
    const { label } = await waitFor("its row on top", async () => {
      const [top] = await driver.treeRows(DECISIONS);
      return top?.label.startsWith(`${change(newest)} demo `) && top.actions.includes("Undo Decision") && top;
    });
    await driver.clickRowAction(label, "Undo Decision", DECISIONS);
    await dialogLike(new RegExp(`^Scale demo from ${newest.to} to ${newest.from} agents\\?`));
    await driver.dialogChoose(`Scale to ${newest.from}`);
    await waitFor("the former size", async () => (await demo()).live === newest.from, {
      deadlineMs: 60_000,
      show: demo,
    });
    await decisionRow(new RegExp(`^${change({ from: newest.to, to: newest.from })} demo · undo$`), /confirmed in /);
    await decisionRow(new RegExp(`^${change(newest)} demo `), /undone$/);
    const done = await decided("the undo", (row) => row.undoOf === newest.id, 10_000);
    assert.equal(done.origin, "undo");
  });

  it("on hold grows by nobody, says so on the row, and goes on after Resume", async () => {
    await demoOf(3);
    await showAgents();
    await driver.clickRowAction("demo", "Hold", "Agents");
    const row = await rowLike(/^demo$/, / · on hold · /);
    assert.ok(row.actions.includes("Resume") && !row.actions.includes("Hold"), row.actions.join());
    void vscode.commands.executeCommand("swarm.scaleSwarm", { swarmId: "demo" });
    await waitFor("the input", async () => (await driver.quickInputText())?.includes("Scale demo"));
    await driver.typeText("5");
    await waitFor("the refusal", async () => (await driver.quickInputText())?.includes("on hold"), {
      show: () => driver.quickInputText(),
    });
    await driver.pressKey("Enter");
    await notificationLike(/demo stays at 3: .*on hold/);
    assert.equal((await demo()).target, 3);
    await driver.notificationChoose("Resume");
    await waitFor("the hold to end", async () => !(await demo()).held, { show: demo });
  });

  it("is paused from the palette for a while, tells until when, and is resumed from there", async () => {
    await demoOf(3);
    await showAgents();
    await driver.runCommandViaPalette("Swarm: Pause Scaling");
    await waitFor("the durations", async () => (await driver.quickPickItems())?.some((item) => /1 hour/.test(item)), {
      show: () => driver.quickPickItems(),
    });
    await driver.quickPickChoose("15 minutes");
    const before = Date.now();
    await waitFor("the hold", async () => (await demo()).held, { show: demo });
    const { heldUntilMs = Number.NaN } = await demo();
    assert.ok(Math.abs(heldUntilMs - before - 900_000) < 10_000, `until ${heldUntilMs}`);
    await rowLike(/^demo$/, / · on hold until \d/);
    assert.deepEqual((await api()).decisions()?.holds, [{ swarmId: "demo", label: "demo", untilMs: heldUntilMs }]);
    await driver.runCommandViaPalette("Swarm: Resume Scaling");
    await waitFor("the hold to end", async () => !(await demo()).held, { show: demo });
    await rowLike(/^demo$/, /^(?!.*on hold)/);
  });

  it("recommends without a notification: first in the view, in the status bar, applied when agreed", async () => {
    await demoOf(2);
    await inMode("recommend");
    await decided("a recommendation", (row) => row.state.kind === "recommended");
    await showDecisions();
    const shown = await waitFor("its row on top", async () => {
      const [first] = await driver.treeRows(DECISIONS);
      return first?.description.endsWith("waiting for you") === true && first;
    });
    assert.deepEqual(shown.actions.slice(0, 2), ["Apply Recommendation", "Dismiss Recommendation"]);
    await waitFor("the status bar", async () => (await driver.statusBarText()).some((text) => /\d+→\d+/.test(text)), {
      show: () => driver.statusBarText(),
    });
    assert.deepEqual(await driver.notifications(), []);
    await driver.screenshot("recommendation");
    // It may be replaced by another size meanwhile: what is applied is what waits now.
    await waitFor(
      "it to be applied",
      async () => {
        void vscode.commands.executeCommand("swarm.applyRecommendation");
        const dialog = await waitFor("the question", () => driver.dialogText(), { deadlineMs: 5_000 });
        const agree = dialog.buttons.find((button) => button.startsWith("Scale to "));
        assert.ok(agree !== undefined, dialog.buttons.join());
        await driver.dialogChoose(agree);
        return (await decisions()).some(
          ({ origin, by, state }) => origin === "scaler" && by !== null && state.kind === "confirmed",
        );
      },
      { deadlineMs: 90_000, everyMs: 1_000, show: decisions },
    );
  });

  it("collects diagnostics into a document to read, with nothing secret in it", async () => {
    await vscode.commands.executeCommand("swarm.collectDiagnostics");
    const text = await waitFor("the document", () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.languageId === "json" && document.isUntitled && document.getText();
    });
    const bundle = JSON.parse(text) as { engine: { store: { check: string } }; editor: { editorVersion: string } };
    assert.equal(bundle.editor.editorVersion, vscode.version);
    assert.equal(bundle.engine.store.check, "ok");
    assert.ok(!text.includes(process.env["HOME"] ?? "\u0000"), "the home folder is named");
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });
});
