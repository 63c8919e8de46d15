import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { gone, Home } from "../client/home.ts";
import { buildRealDist, until } from "./realEngine.ts";

/** Engine and keeper killed, two clients at once, a state folder that cannot be written. */
const LONG = process.env["SWARM_RELIABILITY_LONG"] === "1";
let dist: string;
let home: Home;

beforeAll(async () => void (dist = await buildRealDist()));
afterAll(() => rmSync(dist, { recursive: true, force: true }));
beforeEach(() => void (home = new Home()));
afterEach(() => home.remove());

async function demoPids(engine: EngineConnection): Promise<number[]> {
  const row = (await engine.call(calls.overview, {})).swarms.find(({ id }) => id === "demo");
  return (row?.agents ?? []).map(({ pid }) => pid).toSorted((a, b) => a - b);
}

describe("the engine killed with SIGKILL", () => {
  test("comes back within two seconds with its swarm, pids unchanged, and a higher epoch", async () => {
    let engine = await home.connect(home.options(dist));
    await engine.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 15_000 });
    const before = await demoPids(engine);
    expect(before).toHaveLength(4);
    for (let round = 0; round < (LONG ? 50 : 3); round++) {
      const { pid, epoch } = engine.info;
      process.kill(pid, "SIGKILL");
      const killedMs = performance.now();
      // Between the death and the new endpoint file there is nothing to connect to.
      await until(
        () =>
          home.connect(home.options(dist, { start: false })).then(
            (connection) => {
              engine = connection;
              return connection.info.pid !== pid;
            },
            () => false,
          ),
        "the engine serves again",
        5_000,
      );
      expect(performance.now() - killedMs).toBeLessThan(2_000);
      expect(engine.info.epoch).toBeGreaterThan(epoch);
      expect(await demoPids(engine)).toEqual(before);
    }
    const { ended } = await engine.call(calls.engineStop, { deadlineMs: 15_000 });
    expect(ended).toBe(before.length);
    expect(before.every(gone)).toBe(true);
  });
});

describe("the keeper killed with SIGKILL", () => {
  test("takes its engine and agents with it; the next client starts anew with the same target and leaves no orphan", async () => {
    const engine = await home.connect(home.options(dist));
    await engine.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 15_000 });
    const before = await demoPids(engine);
    process.kill(engine.info.keeperPid, "SIGKILL");
    await until(() => gone(engine.info.pid) && before.every(gone), "engine and agents ended with their keeper", 10_000);
    const again = await home.connect(home.options(dist));
    await until(async () => (await demoPids(again)).length === before.length, "the swarm is back", 15_000);
    expect((await demoPids(again)).some((pid) => before.includes(pid))).toBe(false);
  });
});

describe("a newer installation", () => {
  test("takes over from a running older engine: agents keep their pids, the epoch rises, the older one never comes back", async () => {
    const newer = await buildRealDist("1.1.0");
    try {
      const old = await home.connect(home.options(dist));
      await old.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 15_000 });
      const before = await demoPids(old);
      const engine = await home.connect(home.options(newer, { version: "1.1.0" }));
      expect(engine.info).toMatchObject({ version: "1.1.0", keeperPid: old.info.keeperPid });
      expect(engine.info.epoch).toBeGreaterThan(old.info.epoch);
      expect(gone(old.info.pid)).toBe(true);
      expect(await demoPids(engine)).toEqual(before);
      // The older client joins the newer engine and leaves it in place.
      expect((await home.connect(home.options(dist))).info).toMatchObject({ version: "1.1.0", pid: engine.info.pid });
    } finally {
      rmSync(newer, { recursive: true, force: true });
    }
  });
});

describe("an engine stopped by SIGSTOP", () => {
  test("keeps the lock, and goes on as the same actor when it is continued: nobody acted in its place", async () => {
    const engine = await home.connect(home.options(dist));
    await engine.call(calls.swarmStart, { swarmId: "demo", deadlineMs: 15_000 });
    const before = await demoPids(engine);
    process.kill(engine.info.pid, "SIGSTOP");
    try {
      await expect(
        home.connect(home.options(dist), AbortSignal.timeout(3_000)),
        "no second engine may answer while the first holds the lock",
      ).rejects.toThrow();
    } finally {
      process.kill(engine.info.pid, "SIGCONT");
    }
    const again = await home.connect(home.options(dist));
    expect(again.info).toMatchObject({ pid: engine.info.pid, epoch: engine.info.epoch });
    expect(await demoPids(again)).toEqual(before);
  });
});

describe("several clients at once", () => {
  test(
    `end up with one engine, whoever comes first (row 15, ${LONG ? 200 : 20} rounds)`,
    async () => {
      const epochs = new Set<number>();
      for (let round = 0; round < (LONG ? 200 : 20); round++) {
        const all = await Promise.all([1, 2, 3].map(() => home.connect(home.options(dist))));
        expect(new Set(all.map(({ info }) => `${info.pid} ${info.epoch}`)).size).toBe(1);
        const [first] = all;
        if (first === undefined) expect.unreachable();
        const { epoch } = first.info;
        expect(epochs.has(epoch)).toBe(false);
        epochs.add(epoch);
        await home.stop(first);
      }
    },
    LONG ? 600_000 : 30_000,
  );
});

describe("a start that cannot succeed", () => {
  test.skipIf(process.getuid?.() === 0)("names the read-only state folder", async () => {
    mkdirSync(home.path, { recursive: true });
    chmodSync(home.path, 0o500);
    await expect(home.connect(home.options(dist))).rejects.toMatchObject({ code: "state.unwritable" });
    chmodSync(home.path, 0o700);
  });

  test("where a file stands in the place of the state folder it is named", async () => {
    writeFileSync(home.paths.state, "not a folder");
    await expect(home.connect(home.options(dist))).rejects.toMatchObject({
      code: "state.unwritable",
      args: { path: home.paths.state },
    });
    rmSync(home.paths.state);
  });

  test("a stale socket and endpoint of a dead engine are in nobody's way", async () => {
    const engine = await home.connect(home.options(dist));
    process.kill(engine.info.keeperPid, "SIGKILL");
    await until(() => gone(engine.info.pid), "the engine is gone", 5_000);
    writeFileSync(home.paths.socket, "");
    expect((await home.connect(home.options(dist))).info.pid).not.toBe(engine.info.pid);
  });
});
