import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { OrchestratedSwarmRow } from "../../src/engine/protocol/model.ts";
import { type Asked, type FarServer, farServer } from "../engine/providers/claudeFlow/httpServer.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, api, connected, orchestratorsAre, rowLike, showAgents, tidy } from "./steps.ts";

const ID = "far";
const TOKEN = "canary-4715";
const SLOW_MS = 40_000;

async function far(): Promise<OrchestratedSwarmRow | null> {
  const row = (await api()).overview()?.swarms.find(({ id }) => id === ID);
  return row?.kind === "orchestrated" ? row : null;
}

describe("the token of an orchestrator that is reached over HTTP", function () {
  this.timeout(3 * SLOW_MS);
  const asked: Asked[] = [];
  let server: FarServer;

  before(async () => {
    server = await farServer(asked, (_, response) => {
      if (asked.at(-1)?.authorization === `Bearer ${TOKEN}`) return false;
      response.writeHead(401).end();
      return true;
    });
  });
  afterEach(tidy);
  after(async () => {
    await orchestratorsAre([]);
    await waitFor("the end of it", async () => (await far()) === null, { deadlineMs: SLOW_MS, show: far });
    await server.close();
  });

  it("is missed by the row, which says what to do, and nothing is sent without it", async () => {
    await connected();
    await showAgents();
    await orchestratorsAre([{ id: ID, kind: "claudeFlow", url: server.url, tokenFromEditor: true }]);
    const row = await waitFor(
      "the reason",
      async () => {
        const now = await far();
        return now?.problem?.code === "mcp.tokenMissing" && now;
      },
      { deadlineMs: SLOW_MS, show: far },
    );
    assert.equal(row.wantsToken, true);
    const { ariaLabel } = await rowLike(
      /^far$/,
      /^token missing · The token of 'far' is kept by an editor, and none has given it/,
    );
    assert.match(ariaLabel, /needs attention/);
    await driver.screenshot("orchestrator-no-token");
    assert.deepEqual(asked, []);
  });

  it("is typed unseen, and the swarm is reached with it", async () => {
    await driver.clickRowAction("far", "Set Token of Orchestrator…", AGENTS);
    await waitFor("the input", async () => (await driver.quickInputText())?.includes("Token of far"));
    await driver.typeText(TOKEN);
    await driver.screenshot("orchestrator-token");
    assert.doesNotMatch((await driver.quickInputText()) ?? "", new RegExp(TOKEN));
    await driver.pressKey("Enter");
    await rowLike(/^far$/, /^1 record \(claimed\), 0 processes seen · far 1/);
    assert.deepEqual(new Set(asked.map(({ authorization }) => authorization)), new Set([`Bearer ${TOKEN}`]));
  });

  it("is given to the next engine by itself", async () => {
    const before = (await connected()).session.state;
    await vscode.commands.executeCommand("swarm.restartEngine");
    await waitFor(
      "another engine",
      async () => {
        const { state } = (await api()).session;
        return state.kind === "connected" && before.kind === "connected" && state.info.epoch !== before.info.epoch;
      },
      { deadlineMs: SLOW_MS, show: async () => (await api()).session.state },
    );
    asked.length = 0;
    await waitFor("its records", async () => asked.length > 0 && (await far())?.recordCount === 1, {
      deadlineMs: SLOW_MS,
      show: far,
    });
    assert.deepEqual(new Set(asked.map(({ authorization }) => authorization)), new Set([`Bearer ${TOKEN}`]));
  });
});
