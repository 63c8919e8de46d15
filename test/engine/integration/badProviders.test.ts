import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSwarm, scalingPolicy } from "../../../src/engine/protocol/config.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { Home } from "../client/home.ts";
import { buildRealDist, workerScript } from "./realEngine.ts";

/** Row 12: a swarm whose agents lie, and one whose agents hang, beside a sound one. */
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

const DEADLINE_MS = 3_000;

const swarm = (id: string, script: string): LocalSwarm => ({
  id,
  command: process.execPath,
  agents: "worker",
  args: ["-e", script],
  env: {},
  minAgents: 0,
  maxAgents: 4,
  mode: "auto",
  scaling: scalingPolicy.parse({}),
  startTimeoutSeconds: 600,
  drainTimeoutSeconds: 5,
  spoolBytes: 65_536,
});

test("both are unconfirmed by their deadline, say why, and cost neither the loop nor the sound one anything", async () => {
  const engine = await home.connect(home.options(dist));
  const { revision } = await engine.call(calls.configGet, {});
  const swarms = [
    // Says that it is ready, and is gone.
    swarm("liar", `process.stdout.write('{"type":"ready"}\\n', () => process.exit(0))`),
    // Takes the process table's word for being there, and never says anything.
    swarm("hanger", "setInterval(() => {}, 1e6)"),
    swarm("sound", workerScript()),
  ];
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms } });
  const began = performance.now();
  const results = await Promise.all(
    swarms.map(async ({ id }) => {
      // A busy machine may take its time with the sound one; the others never come.
      const deadlineMs = id === "sound" ? 20_000 : DEADLINE_MS;
      const { outcome } = await engine.call(calls.swarmScale, { swarmId: id, target: 3, deadlineMs });
      return { id, outcome, tookMs: performance.now() - began };
    }),
  );
  const [liar, hanger, sound] = results;
  expect(sound?.outcome).toMatchObject({ kind: "confirmed", live: 3 });
  for (const bad of [liar, hanger]) {
    expect(bad?.outcome.kind, bad?.id).toBe("unconfirmed");
    // Settled by a tick: at most one period after its deadline.
    expect(bad?.tookMs).toBeLessThan(DEADLINE_MS + 1_300);
  }

  // Whatever the scaler may make of them afterwards: nothing, for nothing of them is confirmed.
  const { decisions } = await engine.call(calls.decisions, { limit: 50 });
  const states = Object.fromEntries(
    decisions.map(({ swarmId, origin, state }) => [swarmId, `${origin} ${state.kind}`]),
  );
  expect(states).toEqual({ liar: "operator unconfirmed", hanger: "operator unconfirmed", sound: "operator confirmed" });
  const overview = await engine.call(calls.overview, {});
  expect(overview.engine.lateTicks).toBe(0);
  for (const row of overview.swarms) {
    if (row.kind !== "managed" || row.id === "sound") continue;
    // The row of one that may still come says so for half a minute; the liar is back to that whenever it says `ready`.
    expect(["scaling", "unconfirmed"], row.id).toContain(row.activity.kind);
    expect(row.agents.length).toBeLessThanOrEqual(4);
  }
  // The sound one still does what it is told.
  const again = await engine.call(calls.swarmScale, { swarmId: "sound", target: 1, deadlineMs: 20_000 });
  expect(again.outcome).toMatchObject({ kind: "confirmed", live: 1 });
}, 40_000);
