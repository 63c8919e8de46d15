import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { CapacityPlan } from "../../src/engine/protocol/capacity.ts";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { addReasons } from "../../src/text/reasons.ts";
import { runsOutText } from "../../src/text/capacity.ts";
import { planWords } from "../../src/views/capacity/planWords.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { defineSwarm, importPast, removeSwarm } from "./pasts.ts";
import { connected, demoOf, showAgents, tidy } from "./steps.ts";

/** How many agents fit and when what runs out, in the editor: what the page says is what the engine answers. */

addReasons(moreReasons);

const AGENTS = 5;
const GROWING = "growing";
const STEP_MS = 600_000;
const DAYS = 28;
/** What an agent takes is known once three of them were looked at ten times. */
const SLOW_MS = 60_000;
const THEMES = {
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
} as const;

/** A day's curve whose level grows from 2 to 9 agents' worth of work, by and large: some days are busier than others. */
function risingTrace(): string {
  const steps = (DAYS * 86_400_000) / STEP_MS;
  const rng = createRng(3);
  const end = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  let busy = 1;
  const rows = Array.from({ length: steps }, (_, t) => {
    if (t % (86_400_000 / STEP_MS) === 0) busy = 1 + 0.3 * normal(rng);
    const level = (2 + (7 * t) / steps) * busy;
    const day = 1 - 0.2 * Math.cos((2 * Math.PI * t * STEP_MS) / 86_400_000);
    const atMs = end - (steps - 1 - t) * STEP_MS;
    return `${new Date(atMs).toISOString()},${Math.max(0, level * day * (1 + 0.1 * normal(rng))).toFixed(3)}`;
  });
  return `time,load\n${rows.join("\n")}\n`;
}

async function planned(over: { agents?: number; growth?: number } = {}): Promise<CapacityPlan> {
  const engine = await (await connected()).session.connection();
  return engine.call(calls.capacityPlan, { swarmId: "demo", horizonDays: 30, growth: "auto", ...over });
}

async function pageText(part: RegExp | string, deadlineMs = 30_000): Promise<string> {
  const fits = (text: string): boolean => (typeof part === "string" ? text.includes(part) : part.test(text));
  return waitFor(
    `the page with ${part}`,
    async () => {
      const texts = (await driver.webviewTexts()).map((text) => text.replaceAll(/\s+/g, " "));
      return texts.find((text) => text.includes("What if there were") && fits(text));
    },
    { deadlineMs, show: () => driver.webviewTexts() },
  );
}

describe("Plan Capacity", function () {
  this.timeout(2 * SLOW_MS);
  before(async () => {
    await demoOf(AGENTS);
    await waitFor("footprints", async () => (await planned()).kinds[0]?.fit.agents !== null, {
      deadlineMs: SLOW_MS,
      show: planned,
    });
  });
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await removeSwarm(GROWING);
  });

  it("shows of the demo swarm what the engine answers, from footprints only while there is little history", async () => {
    await vscode.commands.executeCommand("swarm.planCapacity", { swarmId: "demo" });
    await pageText(/\d+ more agents? fits?, by (?:memory|CPU)/);
    const shown = await waitFor(
      "the same figures on both sides",
      async () => {
        await driver.webviewPress("Ask Again");
        const { kinds, basis, notes } = planWords(await planned());
        const text = await pageText(basis);
        // What fits now changes from one second to the next; what an agent takes does not.
        const each = (kinds[0] ?? []).slice(0, 4).join(" ");
        return each.startsWith(`demo ${AGENTS} `) && text.includes(each) && { text, notes };
      },
      { deadlineMs: SLOW_MS, show: async () => [planWords(await planned()), await driver.webviewTexts()] },
    );
    assert.match(shown.text, /when anything runs out is not known\./);
    assert.match(shown.text, /Only what fits now is known\. Growth takes 14 d of history/);
    // How much history there is grows meanwhile.
    const timeless = (text: string): string => text.replaceAll(/and [\d.a-z ]+ are there/g, "and some is there");
    assert.ok(shown.notes.length > 0);
    for (const note of shown.notes) assert.ok(timeless(shown.text).includes(timeless(note)), note);
    // The table and the sentence are of one answer.
    const [, more, by] = /(\d+) more agents? fits?, by (memory|CPU)/.exec(shown.text) ?? [];
    assert.ok(shown.text.includes(`${more} by ${by} derived from`), shown.text);
  });

  it("answers what is typed, by keyboard alone, as the engine does", async () => {
    await tidy();
    await driver.webviewPress("Ask Again");
    await pageText(/more agents? fits?/);
    // From the button on: how growth is known, then by how many per cent, then how many agents.
    for (const key of ["Tab", "ArrowDown", "Tab"]) await driver.pressKey(key);
    await driver.typeText("20");
    await driver.pressKey("Tab");
    await driver.typeText("8");
    await driver.pressKey("Enter");
    const { text, plan, resources } = await waitFor(
      "the same answer on both sides",
      async () => {
        const text = await pageText(/8 agents of demo: (?:fits|does not fit)/);
        const plan = await planned({ agents: 8, growth: 20 });
        const { basis, resources, whatIf } = planWords(plan);
        const verdict = `${whatIf[0]?.subject}: ${whatIf[0]?.verdict}`;
        if (text.includes(basis) && text.includes(verdict)) return { text, plan, resources };
        // What others take of the machine changes from one second to the next: the page is asked again.
        await driver.pressKey("Enter");
        return false;
      },
      {
        deadlineMs: SLOW_MS,
        show: async () => [planWords(await planned({ agents: 8, growth: 20 })), await driver.webviewTexts()],
      },
    );
    assert.equal(plan.basis, "growth");
    assert.match(text, /8 agents of demo: /);
    const disk = resources.find(({ name }) => name === "Disk");
    assert.match(disk?.text ?? "", /^(?:in|now)/);
    assert.match(text, /Disk in (?:less than a day|[\d.]+ d)/);
    assert.match(text, /[Rr]uns? out first, in|nothing runs out within 30 days|used up now/);
  });

  it("asks nothing of a number that cannot be, and says so", async () => {
    for (const digit of "00000") await driver.typeText(digit);
    const text = await pageText(/Use a whole number of agents, 1 to 100000/);
    assert.match(text, /8 agents of demo/);
    for (let digit = 0; digit < 5; digit++) await driver.pressKey("Backspace");
    await driver.pressKey("Enter");
    await waitFor("a page without a refusal", async () =>
      (await driver.webviewTexts()).every((one) => !one.includes("Use a whole number")),
    );
  });

  it("says of all swarms when the agents of one that has a past run out, with an interval", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    // What was typed above belongs to that page: a new one is to be opened, not the old one shown again.
    await waitFor("a closed page", async () =>
      (await driver.webviewTexts()).every((one) => !one.includes("What if there were")),
    );
    await defineSwarm(GROWING);
    await importPast(GROWING, risingTrace());
    await tidy();
    await vscode.commands.executeCommand("swarm.planCapacity");
    const text = await pageText(/agents of growing run out first, in [\d.]+ d \([\d.]+ d to [\d.]+ d\)/, SLOW_MS);
    const engine = await (await connected()).session.connection();
    const { rows, first } = await engine.call(calls.capacityPlan, { horizonDays: 30, growth: "auto" });
    assert.deepEqual([first?.resource, first?.swarmId], ["agents", GROWING]);
    const row = rows.find(({ swarmId }) => swarmId === GROWING);
    assert.ok(text.includes(`Agents ${GROWING} ${runsOutText(row?.runsOut ?? null)}`), text);
    assert.match(text, /more agents? of demo fits?, by/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await showAgents();
      await pageText(/agents of growing run out first/);
      await driver.screenshot(`capacity-${name}`);
    });
  }

  it("cuts nothing off where it is 400 px wide", async () => {
    const before = await driver.webviewWidth(400);
    try {
      await driver.screenshot("capacity-narrow");
      assert.deepEqual(await driver.webviewClipped(), []);
    } finally {
      await driver.windowWidth(before);
    }
  });
});
