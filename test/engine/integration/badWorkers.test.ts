import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { scalingPolicy, type LocalSwarm } from "../../../src/engine/protocol/config.ts";
import type { ManagedSwarmRow } from "../../../src/engine/protocol/model.ts";
import { calls, type ScaleResult } from "../../../src/engine/protocol/rpc.ts";
import { gone, Home } from "../client/home.ts";
import { buildRealDist, until, workerScript } from "./realEngine.ts";

/** What an operator's own command may do wrong, with real processes; each shows where the operator looks. */
let dist: string;
let home: Home;
let engine: EngineConnection;

beforeAll(async () => void (dist = await buildRealDist()));
afterAll(() => rmSync(dist, { recursive: true, force: true }));
beforeEach(async () => {
  home = new Home();
  engine = await home.connect(home.options(dist));
});
afterEach(() => home.remove());

interface Worker {
  readonly command?: string;
  readonly script?: string;
  readonly startTimeoutSeconds?: number;
  readonly drainTimeoutSeconds?: number;
}

async function define({ command = process.execPath, script = workerScript(), ...limits }: Worker): Promise<void> {
  const { revision } = await engine.call(calls.configGet, {});
  const swarm: LocalSwarm = {
    id: "mine",
    command,
    agents: "worker",
    args: ["-e", script],
    env: {},
    minAgents: 0,
    maxAgents: 4,
    mode: "recommend",
    scaling: scalingPolicy.parse({}),
    startTimeoutSeconds: 10,
    drainTimeoutSeconds: 10,
    spoolBytes: 65_536,
    ...limits,
  };
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: [swarm] } });
}

const scale = (target: number, deadlineMs = 15_000): Promise<ScaleResult> =>
  engine.call(calls.swarmScale, { swarmId: "mine", target, deadlineMs });

async function row(): Promise<ManagedSwarmRow> {
  const found = (await engine.call(calls.overview, {})).swarms.find(({ id }) => id === "mine");
  return found?.kind === "managed" ? found : expect.fail("the overview has no row of the swarm");
}

describe("a worker that", () => {
  test("is sound is confirmed alive by the system's own word", async () => {
    await define({});
    expect((await scale(3)).outcome).toMatchObject({ kind: "confirmed", live: 3 });
    const { agents } = await row();
    expect(agents).toHaveLength(3);
    expect(agents.every(({ pid }) => !gone(pid))).toBe(true);
    expect((await scale(1)).outcome).toMatchObject({ kind: "confirmed", live: 1 });
    expect(agents.filter(({ pid }) => !gone(pid))).toHaveLength(1);
  });

  test("cannot be found is named with the command, and not tried in a storm", async () => {
    await define({ command: "/no/such/program" });
    const { outcome } = await scale(2, 2_500);
    expect(outcome).toMatchObject({
      kind: "unconfirmed",
      live: 0,
      reason: { code: "spawn.failed", args: { command: "/no/such/program" } },
    });
    const shown = await row();
    expect(shown.problem?.code).toBe("spawn.failed");
    expect(shown.activity.kind).toBe("unconfirmed");
    // 2 at once, then one after 1 s … : backing off, not a storm.
    expect(Number(shown.problem?.args["failures"])).toBeLessThanOrEqual(5);
  });

  test("dies at once shows its exit code and the end of its stderr", async () => {
    await define({ script: 'console.error("no \\u001b[31mlicence\\u001b[0m found"); process.exit(3)' });
    const { outcome } = await scale(1, 2_500);
    expect(outcome).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "worker.crashLoop", args: { exitCode: 3, stderr: "no licence found" } },
    });
    expect((await row()).problem?.code).toBe("worker.crashLoop");
  });

  test("prints garbage shows the line, cleaned, and works on", async () => {
    await define({
      script: workerScript({
        start: 'process.stdout.write("\\u001b[2Jhello \\u202eworld\\n"); say({ type: "ready" });',
      }),
    });
    expect((await scale(1)).outcome.kind).toBe("confirmed");
    await until(async () => (await row()).agents[0]?.problem?.code === "worker.garbage", "the garbage is shown", 5_000);
    expect((await row()).agents[0]?.problem?.args["line"]).toBe("hello world");
  });

  test("never says ready is stopped at its deadline and said so", async () => {
    await define({ script: workerScript({ start: "" }), startTimeoutSeconds: 0.5 });
    const { outcome } = await scale(1, 1_500);
    expect(outcome.kind).toBe("unconfirmed");
  });

  test("ignores drain and SIGTERM is ended all the same, and only then counts as gone", async () => {
    await define({
      script: workerScript({ start: 'process.on("SIGTERM", () => {}); say({ type: "ready" });', onDrain: "" }),
      drainTimeoutSeconds: 0.5,
    });
    expect((await scale(1)).outcome.kind).toBe("confirmed");
    const pid = (await row()).agents[0]?.pid ?? 0;
    expect((await scale(0, 500)).outcome).toMatchObject({ kind: "unconfirmed", live: 1 });
    expect((await row()).agents[0]?.state).toMatch(/draining|stopping/);
    await until(() => gone(pid), "the stubborn worker is gone", 10_000);
    await until(async () => (await row()).live === 0, "the row shows none", 3_000);
  });

  test("floods stdout costs the engine bounded memory and stays controllable", async () => {
    const flood =
      'const junk = "x".repeat(60000) + "\\n"; const pour = () => { while (process.stdout.write(junk)); process.stdout.once("drain", pour); }; say({ type: "ready" }); pour();';
    await define({ script: workerScript({ start: flood }) });
    await scale(1, 5_000);
    const before = (await engine.call(calls.overview, {})).engine.rssBytes;
    const until = performance.now() + 3_000;
    let worst = 0;
    while (performance.now() < until) {
      const asked = performance.now();
      await engine.call(calls.overview, {});
      worst = Math.max(worst, performance.now() - asked);
    }
    expect((await engine.call(calls.overview, {})).engine.rssBytes - before).toBeLessThan(100 * 2 ** 20);
    expect(worst).toBeLessThan(1_000);
    expect((await scale(0)).outcome).toMatchObject({ kind: "confirmed", live: 0 });
  });
});

describe("the configuration", () => {
  test("out of range is refused by field, and the last good one stays in force", async () => {
    await define({});
    const { revision, values } = await engine.call(calls.configGet, {});
    const bad = values.swarms.map((swarm) => ({ ...swarm, maxAgents: 5_000 }));
    await expect(
      engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: bad } }),
    ).rejects.toMatchObject({
      code: "params.invalid",
      args: { path: "patch.swarms.0.maxAgents" },
    });
    expect((await engine.call(calls.configGet, {})).values.swarms[0]?.maxAgents).toBe(4);
    expect((await scale(5)).outcome).toMatchObject({
      kind: "refused",
      reason: { code: "scale.aboveMax", args: { target: 5, max: 4 } },
    });
  });

  test("a swarm taken out of it is drained and its row goes", async () => {
    await define({});
    await scale(2);
    const pids = (await row()).agents.map(({ pid }) => pid);
    const { revision } = await engine.call(calls.configGet, {});
    await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: [] } });
    await until(() => pids.every(gone), "its agents are gone", 10_000);
    await until(
      async () => !(await engine.call(calls.overview, {})).swarms.some(({ id }) => id === "mine"),
      "its row is gone",
      5_000,
    );
  });
});
