import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import type { AgentRow } from "../../src/engine/protocol/model.ts";
import { type DemoFaults, NO_FAULTS } from "../../src/engine/protocol/faultTolerance.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { connected, demoOf, dialogLike, submitted, tidy } from "./steps.ts";

/**
 * From "the swarm is slow" to the line of code: a worker of the demo whose tasks burn CPU, leak, and wait for the disk, each in a
 * function with a name. The report of one profile names all three.
 */

const PROFILE_MS = 30_000;
const SLOW_MS = 60_000;
const SLOW_TASKS: DemoFaults = { ...NO_FAULTS, cpuMs: 900, leakBytes: 1_600_000, diskMs: 900 };
/** Two agents are busy with them for longer than the profile takes. */
const BATCHES = 10;
const TASKS = 4;

async function inject(faults: DemoFaults | null): Promise<void> {
  const connection = await (await connected()).session.connection();
  await connection.call(calls.faultInject, { swarmId: "demo", faults });
}

async function page(...parts: readonly RegExp[]): Promise<string> {
  const text = await waitFor(
    `a page with ${parts.join(" and ")}`,
    async () => (await driver.webviewTexts()).find((one) => parts.every((part) => part.test(one))),
    { deadlineMs: SLOW_MS, show: () => driver.webviewTexts() },
  );
  return text.replaceAll(/\s+/g, " ");
}

describe("a slow worker of the demo", function () {
  this.timeout(PROFILE_MS + 3 * SLOW_MS);
  let planted: string[] = [];

  /** Agents that have not leaked yet, with slow tasks: in the test itself, so that a second try has them too. */
  async function slowAgent(): Promise<AgentRow> {
    const test = await connected();
    const connection = await test.session.connection();
    await connection.call(calls.swarmStop, { swarmId: "demo", deadlineMs: SLOW_MS });
    await waitFor(
      "the end of the demo before",
      () => {
        const row = test.overview()?.swarms.find(({ id }) => id === "demo");
        return row?.kind !== "managed" || row.activity.kind === "stopped";
      },
      { deadlineMs: SLOW_MS, show: () => test.overview()?.swarms },
    );
    const { agents } = await demoOf(2);
    await inject(SLOW_TASKS);
    planted = [];
    // In batches, some of which are over within the profile's time.
    for (let batch = 0; batch < BATCHES; batch++) {
      const tasks = Array.from({ length: TASKS }, (_, n) => ({ prompt: `slow task ${batch}.${n}` }));
      planted.push(...(await submitted("demo", "critical", tasks)));
    }
    return agents[0] ?? assert.fail("no agent");
  }

  afterEach(async () => {
    await tidy();
    await inject(null);
    // Else they keep a lane full for the tests that follow.
    const connection = await (await connected()).session.connection();
    if (planted.length > 0) await connection.call(calls.taskCancel, { taskIds: [...planted] });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("is told by name in the report: hot function, leak, and loop that waits for the disk", async () => {
    const agent = await slowAgent();
    const run = vscode.commands.executeCommand("swarm.profilePerformance", {
      agentId: agent.id,
      durationMs: PROFILE_MS,
    });
    const { detail } = await dialogLike(new RegExp(`^Open the inspector of process ${agent.pid}`));
    assert.match(detail, /demoWorker/);
    await driver.dialogChoose("Open Inspector");
    await run;
    const text = await page(/What to do/, /Memory/);
    const [, advice = ""] = /What to do(.*?)CPU ?measured \d+ samples/.exec(text) ?? [];
    assert.match(advice, /CPU plantedHotLoop /, text);
    assert.match(advice, /Memory plantedLeak /, text);
    assert.match(advice, /I\/O plantedDiskLoop /, text);
    // Each with what it rests on.
    assert.match(advice, /plantedHotLoop.*?\d+% of its busy time, in \d+ samples/);
    assert.match(advice, /'plantedDiskLoop' waits in (?:fsync|write)Sync/);
    // What it did meanwhile, and where the file lies.
    assert.match(text, /writes \/\S*planted\.log|fsyncSync \/\S*planted\.log/);
    assert.match(text, /tasks of demo \(measured\)/);
    assert.match(text, /critical path of/);
    await driver.screenshot("profile-planted");
  });
});
