import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { type LocalSwarm, scalingPolicy } from "../../../src/engine/protocol/config.ts";
import { calls, type DecisionRow } from "../../../src/engine/protocol/rpc.ts";
import { gone, Home } from "../client/home.ts";
import { buildRealDist, until, workerScript } from "./realEngine.ts";

/** Row 1 from the outside: the whole engine, killed at any moment of its work. Whatever it had answered is still there. */
const ROUNDS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 500 : 20;
let dist: string;
let home: Home;

beforeAll(async () => void (dist = await buildRealDist()));
afterAll(() => rmSync(dist, { recursive: true, force: true }));
beforeEach(() => void (home = new Home()));
afterEach(() => home.remove());

const machine = { scope: "machine", key: "", metric: "memoryUsedBytes" } as const;

async function defineSwarm(engine: EngineConnection): Promise<void> {
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
    startTimeoutSeconds: 10,
    drainTimeoutSeconds: 10,
    spoolBytes: 65_536,
  };
  const { revision } = await engine.call(calls.configGet, {});
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: [swarm] } });
}

/** What the engine has answered so far, and what was asked without an answer. */
class Acknowledged {
  readonly decisions = new Map<string, DecisionRow>();
  /** Targets that may be in force: the last answered one, and those asked for since. */
  targets = [0];
  holds = [false];
  /** Tasks by id, with the state they were last seen to end in; `null` while they had not. */
  readonly tasks = new Map<string, string | null>();
  /** Seconds of which a sample was read. */
  readonly sampleSeconds = new Set<number>();
}

async function work(engine: EngineConnection, seen: Acknowledged, rng: () => number): Promise<void> {
  for (;;) {
    const target = 1 + Math.floor(rng() * 4);
    seen.targets.push(target);
    const { outcome } = await engine.call(calls.swarmScale, {
      swarmId: "mine",
      target,
      deadlineMs: 5_000,
      atOnce: true,
    });
    if (outcome.kind !== "refused") seen.targets = [target];
    const held = rng() < 0.5;
    seen.holds.push(held);
    await engine.call(calls.swarmHold, { swarmId: "mine", held });
    seen.holds = [held];
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      lane: "background",
      tasks: Array.from({ length: 1 + Math.floor(rng() * 3) }, () => ({ prompt: "x" })),
    });
    for (const result of results) if (result.kind === "accepted") seen.tasks.set(result.taskId, null);
    for (const { id, state } of (await engine.call(calls.tasks, { limit: 200 })).tasks)
      if (seen.tasks.has(id) && state.kind === "done") seen.tasks.set(id, state.kind);
    for (const row of (await engine.call(calls.decisions, { limit: 100 })).decisions) seen.decisions.set(row.id, row);
    for (const second of await sampledSeconds(engine)) seen.sampleSeconds.add(second);
  }
}

async function sampledSeconds(engine: EngineConnection): Promise<readonly number[]> {
  const toMs = Math.ceil(Date.now() / 1000) * 1000;
  const fromMs = toMs - 300_000;
  const { series } = await engine.call(calls.history, { series: [machine], fromMs, toMs, points: 300 });
  return (series[0]?.mean ?? []).flatMap((mean, index) => (mean === null ? [] : [fromMs / 1000 + index]));
}

test(
  `killed with SIGKILL at any moment, ${ROUNDS} times: no answered decision, target, hold, task or sample is missing`,
  { timeout: 60_000 + ROUNDS * 10_000 },
  async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const rng = createRng(seed);
    let engine = await home.connect(home.options(dist));
    await defineSwarm(engine);
    const seen = new Acknowledged();
    for (let round = 0; round < ROUNDS; round++) {
      const working = work(engine, seen, rng).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50 + rng() * 1_200));
      // The keeper gives an engine that dies all the time up: every third time it goes as well, as if the machine had.
      const { pid, keeperPid } = engine.info;
      const everything = round % 3 === 2;
      if (everything) process.kill(keeperPid, "SIGKILL");
      process.kill(pid, "SIGKILL");
      const killedMs = performance.now();
      await working;
      if (everything) await until(() => gone(pid) && gone(keeperPid), "both are gone", 5_000);
      await until(
        () =>
          home.connect(home.options(dist, { start: everything })).then(
            (connection) => {
              engine = connection;
              return connection.info.pid !== pid;
            },
            () => false,
          ),
        "an engine serves again",
        15_000,
      );
      if (!everything) expect(performance.now() - killedMs, `round ${round}`).toBeLessThan(2_000);

      const { store } = await engine.call(calls.diagnostics, {});
      expect(store).toMatchObject({ check: "ok", problem: null });
      const rows = new Map(
        (await engine.call(calls.decisions, { limit: 1_000 })).decisions.map((row) => [row.id, row]),
      );
      for (const [id, row] of seen.decisions) {
        expect(rows.get(id), `decision ${row.from} → ${row.to}`).toMatchObject({ from: row.from, to: row.to });
        if (row.state.kind === "confirmed") expect(rows.get(id)?.state).toEqual(row.state);
      }
      const mine = (await engine.call(calls.overview, {})).swarms.find(({ id }) => id === "mine");
      if (mine?.kind !== "managed") expect.fail("the swarm is gone");
      expect(seen.targets).toContain(mine.target);
      expect(seen.holds).toContain(mine.held);
      seen.targets = [mine.target];
      seen.holds = [mine.held];
      for (const [taskId, ended] of seen.tasks) {
        const { state } = await engine.call(calls.task, { taskId });
        if (ended !== null) expect(state.kind, `task ${taskId}`).toBe(ended);
      }
      const kept = new Set(await sampledSeconds(engine));
      const oldest = Date.now() / 1000 - 295;
      const lost = [...seen.sampleSeconds].filter((second) => second > oldest && !kept.has(second));
      expect(lost, "seconds whose sample had been read before").toEqual([]);
    }
    expect(seen.decisions.size).toBeGreaterThan(ROUNDS / 2);
    // In the end every task that was ever answered for has ended, and once.
    const connection = engine;
    await connection.call(calls.swarmHold, { swarmId: "mine", held: false });
    await connection.call(calls.swarmScale, { swarmId: "mine", target: 2, deadlineMs: 20_000 });
    await until(
      async () => {
        for (const taskId of seen.tasks.keys()) {
          const { state } = await connection.call(calls.task, { taskId });
          if (state.kind === "waiting" || state.kind === "running") return false;
          expect(state.kind).toBe("done");
        }
        return true;
      },
      "every task is over",
      60_000,
    );
    expect(seen.tasks.size).toBeGreaterThan(ROUNDS / 2);
    expect(seen.sampleSeconds.size).toBeGreaterThan(ROUNDS / 4);
  },
);
