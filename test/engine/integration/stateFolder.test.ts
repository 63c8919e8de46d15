import { existsSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSwarm, scalingPolicy } from "../../../src/engine/protocol/config.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { Home } from "../client/home.ts";
import { buildRealDist, until, workerScript } from "./realEngine.ts";

let dist: string;
let home: Home;
beforeAll(async () => {
  dist = await buildRealDist();
  home = new Home();
});
afterAll(async () => {
  await home.remove();
  rmSync(dist, { recursive: true, force: true });
});

test("the state folder removed under a running engine: it stays up, writes everything again, and says so", async () => {
  const engine = await home.connect(home.options(dist));
  const swarm: LocalSwarm = {
    id: "mine",
    command: process.execPath,
    agents: "worker",
    args: ["-e", workerScript()],
    env: {},
    minAgents: 0,
    maxAgents: 4,
    mode: "recommend",
    scaling: scalingPolicy.parse({}),
    startTimeoutSeconds: 20,
    drainTimeoutSeconds: 10,
    spoolBytes: 65_536,
  };
  const { revision } = await engine.call(calls.configGet, {});
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: [swarm] } });
  await engine.call(calls.swarmScale, { swarmId: "mine", target: 2, deadlineMs: 20_000 });
  rmSync(home.paths.state, { recursive: true });
  await until(
    async () =>
      (await engine.call(calls.overview, {})).engine.notices.some(({ code }) => code === "store.recreated") &&
      existsSync(home.paths.store) &&
      existsSync(home.paths.config),
    "store and configuration are back",
    20_000,
  );
  const { outcome } = await engine.call(calls.swarmScale, { swarmId: "mine", target: 3, deadlineMs: 20_000 });
  expect(outcome).toMatchObject({ kind: "confirmed", live: 3 });
  const { decisions } = await engine.call(calls.decisions, { limit: 10 });
  expect(decisions.map(({ from, to }) => `${from} → ${to}`)).toEqual(["2 → 3", "0 → 2"]);
  const { store } = await engine.call(calls.diagnostics, {});
  expect(store.problem).toBeNull();
}, 60_000);
