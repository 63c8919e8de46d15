import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linuxSystem, sweepOrphans } from "../../../src/engine/act/sweep.ts";
import { SPAWN_ID_VARIABLE } from "../../../src/engine/protocol/spawnId.ts";
import { World, eventually, isAlive, never } from "./support/world.ts";

const LONG = process.env["SWARM_RELIABILITY_LONG"] === "1";
const AGENTS = LONG ? 50 : 10;
const ROUNDS = LONG ? 20 : 4;
const TIMES = { graceMs: 500, killWaitMs: 5_000, pollMs: 20 };
/** A child in its group, one that has left for a session of its own, one that ignores SIGTERM, and the agent itself. */
const FAMILY = "sleep 1000 & setsid sleep 1000 & (trap '' TERM; sleep 1000; sleep 1000) & exec cat";
/** The agent, two sleeps, the deaf shell and its sleep. */
const MEMBERS = 5;

let world: World;
let strangers: ChildProcess[];

beforeEach(() => {
  world = new World();
  const sleeper = (mark: string | null) =>
    spawn("sleep", ["1000"], {
      detached: true,
      stdio: "ignore",
      env: { PATH: process.env["PATH"] ?? "", ...(mark === null ? {} : { [SPAWN_ID_VARIABLE]: mark }) },
    });
  strangers = [
    sleeper(null),
    sleeper(`other.${randomUUID()}`),
    sleeper(`${world.installationId}.more.${randomUUID()}`),
    sleeper(world.installationId),
  ];
});
afterEach(async () => {
  for (const stranger of strangers) stranger.kill("SIGKILL");
  await world.dispose();
});

test(`an engine killed with ${AGENTS} agents at work loses none, and the sweep leaves no orphan and no stranger hurt (${ROUNDS} rounds)`, async () => {
  // Every round is a crash, which would count as failing after the fifth.
  world.startKeeper({ limits: { maxCrashes: ROUNDS + 1, maxDelayMs: 100 } });
  const system = linuxSystem();
  if (system === null) throw new Error("needs /proc");
  for (let round = 0; round < ROUNDS; round++) {
    const first = await world.connect();
    const agents = await Promise.all(
      Array.from({ length: AGENTS }, async () => {
        const spawnId = world.newSpawnId();
        const request = {
          command: "sh",
          args: ["-c", FAMILY],
          cwd: world.home,
          env: { PATH: process.env["PATH"] ?? "" },
        };
        return { spawnId, ...(await first.spawn({ spawnId, ...request, spoolBytes: 4096 }, never)) };
      }),
    );
    await eventually("all families", () => (world.marked().length === AGENTS * MEMBERS ? true : null));

    // Half of the agents die with the engine, and leave their children behind.
    const engine = world.enginePid();
    process.kill(engine, "SIGKILL");
    const [dead, kept] = [agents.slice(0, AGENTS / 2), agents.slice(AGENTS / 2)];
    for (const { pid } of dead) process.kill(pid, "SIGKILL");
    await world.nextEngine(engine);
    const second = await world.connect();
    const listed = await eventually("the exits of the dead", async () => {
      const entries = await second.list(never);
      return entries.filter(({ exit }) => exit !== null).length === dead.length ? entries : null;
    });
    const living = listed.filter(({ exit }) => exit === null);
    expect(living.map(({ pid }) => pid)).toEqual(kept.map(({ pid }) => pid));

    const signalled: number[] = [];
    const markedBefore = new Map(world.marked().map(({ pid, spawnId }) => [pid, spawnId]));
    const result = await sweepOrphans(
      {
        installationId: world.installationId,
        living: living.flatMap(({ spawnId, pid, startTime }) => (pid === null ? [] : { spawnId, pid, startTime })),
        selfPid: process.pid,
      },
      never,
      TIMES,
      { ...system, kill: (pid, name) => (signalled.push(pid), process.kill(pid, name)) },
    );
    const deadIds = new Set(dead.map(({ spawnId }) => spawnId));
    expect(result.left).toEqual([]);
    expect(result.ended).toHaveLength(dead.length * (MEMBERS - 1));
    expect(signalled.filter((pid) => !deadIds.has(markedBefore.get(pid) ?? ""))).toEqual([]);
    expect(world.marked().filter(({ spawnId }) => deadIds.has(spawnId ?? ""))).toEqual([]);
    // The families of the living are whole.
    expect(world.marked()).toHaveLength(kept.length * MEMBERS);
    expect(strangers.map(({ pid }) => isAlive(pid ?? 0))).toEqual([true, true, true, true]);

    for (const { spawnId } of kept) await second.signal(spawnId, "SIGKILL", never);
    await eventually("the exits of the rest", async () =>
      (await second.list(never)).every(({ exit }) => exit !== null) ? true : null,
    );
    for (const { spawnId } of agents) await second.forget(spawnId, never);
    // What has left its group is the next sweep's.
    const rest = await sweepOrphans(
      { installationId: world.installationId, living: [], selfPid: process.pid },
      never,
      TIMES,
    );
    expect(rest.left).toEqual([]);
    expect(world.marked()).toEqual([]);
  }
  expect(strangers.map(({ pid }) => isAlive(pid ?? 0))).toEqual([true, true, true, true]);
}, 300_000);
