import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, alive, tidy, demo, demoOf, dialogLike, notificationLike, rowLike, startedDemo } from "./steps.ts";

/** Scales by the row's own button: number with its steps, confirmation, wait for the word "confirmed". */
async function scaleByHand(from: number, to: number): Promise<string> {
  await driver.clickRowAction("demo", "Scale Swarm…", AGENTS);
  await waitFor("the input", async () => (await driver.quickInputText())?.includes("Scale demo"));
  await driver.typeText(String(to));
  const steps = new RegExp(`\\b${from} → (?:\\d+ → )*${to}:`);
  await waitFor("the preview", async () => steps.test((await driver.quickInputText()) ?? ""), {
    show: () => driver.quickInputText(),
  });
  await driver.pressKey("Enter");
  const { detail } = await dialogLike(new RegExp(`^Scale demo from ${from} to ${to} agents\\?`));
  await driver.dialogChoose(`Scale to ${to}`);
  await notificationLike(new RegExp(`demo: ${from} → ${to}, confirmed in .* \\(${to} alive\\)`));
  return detail;
}

describe("the demo swarm", () => {
  afterEach(tidy);

  it("starts by command and shows its agents in the tree, each a real process", async () => {
    const { agents, target } = await startedDemo();
    const row = await rowLike(/^demo$/, /^\d+ of \d+ · load .* waiting · \w+ · ×240$/);
    assert.equal(row.level, 1);
    assert.match(row.ariaLabel, /managed swarm/);
    const rows = await waitFor("its agents' rows", async () => {
      const found = (await driver.treeRows(AGENTS)).filter(({ label }) =>
        agents.some(({ pid }) => label.endsWith(String(pid))),
      );
      return found.length === target && found;
    });
    for (const { level, description } of rows) {
      assert.equal(level, 2);
      assert.match(description, /^(starting|idle|working|draining) (<1|\d+) (s|min) · /);
    }
    assert.deepEqual(
      alive(agents),
      agents.map(({ pid }) => pid),
    );
  });

  it("says in its tooltip what is measured and what is derived", async () => {
    await startedDemo();
    await rowLike(/^demo \d+$/, /%/);
    // A change of the row's figures takes a tooltip that is on its way with it: the next rest of the pointer brings it.
    const tooltip = await waitFor(
      "the tooltip",
      async () => {
        const text = await driver.rowTooltip(AGENTS, "demo");
        return text !== "Loading..." && text;
      },
      { deadlineMs: 45_000 },
    );
    assert.match(tooltip, /This is a demo/);
    assert.match(tooltip, /CPU .* derived over/);
    assert.match(tooltip, /Sampled/);
    await driver.pressKey("Escape");
  });

  it("is counted in the status bar, as a demo", async () => {
    const { live } = await startedDemo();
    await waitFor("the status bar", async () =>
      (await driver.statusBarText()).some((text) => new RegExp(`\\(${live} demo\\) · .*%`).test(text)),
    );
  });

  it("is scaled up and down with preview and confirmation, and the count is that of real processes", async () => {
    const before = await demoOf(3);
    const up = await scaleByHand(3, 6);
    assert.match(up, /Starts 3 agents\. about .* of memory/i);
    // In steps, unless the demo has more work than agents at this moment.
    assert.match(up, /Starts 3 agents\.[\s\S]*(Goes 3 → 5 → 6: each step is seen[\s\S]*)?Costs 3 agent-hours more/);
    assert.match(up, /Undo Last Scale/);
    const grown = await waitFor("six agents in the view", async () => {
      const now = await demo();
      return now.agents.length === 6 && now;
    });
    assert.equal(alive(grown.agents).length, 6);
    for (const { pid } of before.agents)
      assert.ok(
        grown.agents.some((agent) => agent.pid === pid),
        `${pid} was replaced`,
      );

    await tidy();
    const down = await scaleByHand(6, 2);
    assert.match(down, /Ends 4 agents: /);
    const shrunk = await waitFor("two agents in the view", async () => {
      const now = await demo();
      return now.agents.length === 2 && now;
    });
    assert.equal(alive(shrunk.agents).length, 2);
    assert.equal(alive(grown.agents).length, 2);
  });

  it("is brought back to its former size by Undo", async () => {
    await demoOf(2);
    await scaleByHand(2, 4);
    assert.ok((await driver.notifications()).some(({ buttons }) => buttons.includes("Undo")));
    void vscode.commands.executeCommand("swarm.undoLast");
    await dialogLike(/^Scale demo from 4 to 2 agents\?/);
    await driver.dialogChoose("Scale to 2");
    await waitFor("two agents", async () => (await demo()).live === 2, { deadlineMs: 30_000 });
  });

  it("refuses a number out of bounds while it is typed", async () => {
    const { maxAgents } = await startedDemo();
    void vscode.commands.executeCommand("swarm.scaleSwarm");
    await waitFor("the input", async () => (await driver.quickInputText())?.includes("Scale demo"));
    await driver.typeText(String(maxAgents + 1));
    await waitFor("the complaint", async () =>
      (await driver.quickInputText())?.includes(`above the maximum of ${maxAgents}`),
    );
    await driver.pressKey("Escape");
    await waitFor("the input to close", async () => (await driver.quickInputText()) === null);
    assert.equal(await driver.dialogText(), null);
  });
});
