import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import { waitFor } from "./harness/waitFor.ts";
import { alive, api, tidy, connected, demo, demoOf, rowLike } from "./steps.ts";

const pidsOf = (agents: readonly { readonly pid: number }[]): number[] =>
  agents.map(({ pid }) => pid).toSorted((a, b) => a - b);

describe("the engine's end and return", () => {
  afterEach(tidy);

  it("is survived: after kill -9 the engine comes back with the same agents", async () => {
    const before = await demoOf(4);
    const test = await api();
    const { state } = test.session;
    assert.equal(state.kind, "connected");
    const killed = state.kind === "connected" ? state.info.pid : 0;
    assert.ok(killed > 1);
    process.kill(killed, "SIGKILL");
    await waitFor(
      "another engine",
      () => {
        const now = test.session.state;
        return now.kind === "connected" && now.info.pid !== killed && test.overview()?.engine.pid === now.info.pid;
      },
      { deadlineMs: 30_000, show: () => test.session.state },
    );
    const after = await waitFor(
      "the demo with its agents",
      async () => {
        const now = await demo();
        return now.agents.length === 4 && now;
      },
      { deadlineMs: 30_000, show: demo },
    );
    assert.deepEqual(pidsOf(after.agents), pidsOf(before.agents));
    assert.deepEqual(
      alive(after.agents).toSorted((a, b) => a - b),
      pidsOf(before.agents),
    );
    await rowLike(/^demo$/, /^4 of 4 /);
  });

  it("is done by command, with the agents left alone", async () => {
    const before = await demoOf(3);
    const test = await connected();
    const old = test.overview()?.engine.pid;
    await vscode.commands.executeCommand("swarm.restartEngine");
    const now = test.session.state;
    assert.equal(now.kind, "connected");
    assert.notEqual(test.overview()?.engine.pid, old);
    const after = await waitFor("the same agents", async () => {
      const row = await demo();
      return row.agents.length === 3 && row;
    });
    assert.deepEqual(pidsOf(after.agents), pidsOf(before.agents));
  });
});
