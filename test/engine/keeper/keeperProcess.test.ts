import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeeperClient } from "../../../src/engine/act/keeperClient.ts";
import { readProcessStat } from "../../../src/engine/common/processIdentity.ts";
import { World, eventually, isAlive, never, rssBytes } from "./support/world.ts";

const ENV = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
let world: World;

beforeEach(() => {
  world = new World();
});
afterEach(() => world.dispose());

function spawnAgent(client: KeeperClient, command: string, args: string[], spoolBytes = 1 << 16) {
  const spawnId = world.newSpawnId();
  const request = { spawnId, command, args, cwd: world.home, env: ENV, spoolBytes };
  return client.spawn(request, never).then((started) => ({ spawnId, ...started }));
}

async function readAll(client: KeeperClient, spawnId: string): Promise<string> {
  const { data } = await client.read(spawnId, "stdout", 0, 1 << 20, never);
  return Buffer.from(data).toString();
}

/** Sends lines as they are, past the client, and returns the replies up to that with the id `last`. */
async function ask(lines: readonly unknown[], last: number): Promise<{ id: number; error?: string }[]> {
  const socket = connect(join(world.home, "drive.sock"));
  await once(socket, "connect");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  for (const line of lines) socket.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  const replies = await eventually("the answers", () => {
    const seen = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { id: number; error?: string });
    return seen.some(({ id }) => id === last) ? seen : null;
  });
  socket.destroy();
  // The fixture's own beats have the id 0, events have none.
  return replies.filter(({ id }) => id !== undefined && id !== 0);
}

function exitOf(client: KeeperClient, spawnId: string): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    client.onEvent((event) => {
      if (event.event === "exit" && event.spawnId === spawnId) resolve(event);
    });
  });
}

describe("agents", () => {
  test("an agent is started with its mark, in a group of its own, and echoes what is written to it", async () => {
    world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "sh", ["-c", 'echo "$SWARM_SPAWN_ID"; exec cat']);
    expect(readProcessStat(agent.pid)).toMatchObject({
      startTime: agent.startTime,
      processGroup: agent.pid,
      session: agent.pid,
    });
    await client.write(agent.spawnId, "hällo\n", never);
    const text = await eventually("the echo", async () => {
      const seen = await readAll(client, agent.spawnId);
      return seen.includes("hällo") ? seen : null;
    });
    expect(text).toBe(`${agent.spawnId}\nhällo\n`);
    const ended = exitOf(client, agent.spawnId);
    await client.closeStdin(agent.spawnId, never);
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect((await client.list(never)).map((entry) => entry.exit)).toEqual([{ code: 0, signal: null, error: null }]);
    await expect(client.write(agent.spawnId, "late", never)).rejects.toMatchObject({ code: "keeper.gone" });
    expect(readdirSync(join(world.state, "spool"))).toEqual([`${agent.spawnId}.out`]);
    await client.forget(agent.spawnId, never);
    expect(await client.list(never)).toEqual([]);
    await eventually("the removal of the spool", () =>
      readdirSync(join(world.state, "spool")).length === 0 ? true : null,
    );
  });

  test("on the exit event the whole output can be read", async () => {
    world.startKeeper();
    const client = await world.connect();
    for (let round = 0; round < 10; round++) {
      const spawnId = world.newSpawnId();
      const ended = exitOf(client, spawnId);
      const args = ["-c", "head -c 200000 /dev/zero; echo end"];
      await client.spawn({ spawnId, command: "sh", args, cwd: world.home, env: ENV, spoolBytes: 1 << 20 }, never);
      await ended;
      const text = await readAll(client, spawnId);
      expect(text.length).toBe(200_004);
      expect(text.endsWith("end\n")).toBe(true);
    }
  });

  test("a missing command, a missing folder and a file that may not be run are told apart", async () => {
    world.startKeeper();
    const client = await world.connect();
    writeFileSync(join(world.home, "plain"), "no program", { mode: 0o600 });
    // A folder of the PATH that this user may not read would turn "not found" into "not allowed".
    const env = { ...ENV, PATH: "/usr/bin:/bin" };
    const failure = (command: string, cwd: string, args: string[] = []) =>
      client.spawn({ spawnId: world.newSpawnId(), command, args, cwd, env, spoolBytes: 4096 }, never);
    await expect(failure("no-such-program", world.home)).rejects.toMatchObject({
      code: "keeper.spawn-failed",
      args: { detail: "ENOENT no-such-program" },
    });
    await expect(failure("cat", "/no/such/folder")).rejects.toMatchObject({
      args: { detail: "ENOENT cwd /no/such/folder" },
    });
    await expect(failure(join(world.home, "plain"), world.home)).rejects.toMatchObject({
      args: { detail: expect.stringMatching(/^EACCES /) as string },
    });
    await expect(failure("cat", world.home, ["zero\0byte"])).rejects.toMatchObject({ code: "keeper.spawn-failed" });
    const listed = await client.list(never);
    expect(listed.map(({ pid }) => pid)).toEqual([null, null, null, null]);
    const spawnId = listed[0]?.spawnId ?? "";
    expect(await client.signal(spawnId, "SIGKILL", never)).toBe(false);
    await client.forget(spawnId, never);
  });

  test("stdin is bounded: an agent that does not read is refused more, and lives on", async () => {
    world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "sleep", ["1000"]);
    const half = "x".repeat(1 << 19);
    await client.write(agent.spawnId, half, never);
    await expect(
      (async () => {
        for (let i = 0; i < 4; i++) await client.write(agent.spawnId, half, never);
      })(),
    ).rejects.toMatchObject({ code: "keeper.full" });
    await expect(client.forget(agent.spawnId, never)).rejects.toMatchObject({ code: "keeper.alive" });
    expect(isAlive(agent.pid)).toBe(true);
  });

  test("an agent that closes its stdin makes writes answer gone", async () => {
    world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "sh", ["-c", "exec 0<&-; echo closed; exec sleep 1000"]);
    await eventually("the closing", async () => ((await readAll(client, agent.spawnId)) === "closed\n" ? true : null));
    const code = await eventually("the refusal", async () => {
      try {
        await client.write(agent.spawnId, "x\n", never);
        return null;
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    expect(code).toBe("keeper.gone");
    expect(isAlive(agent.pid)).toBe(true);
  });

  test("a signal reaches the whole group, also after its leader has ended", async () => {
    world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "sh", ["-c", "sleep 1000 & exec sh -c 'read line; exit 3'"]);
    const ended = exitOf(client, agent.spawnId);
    await client.write(agent.spawnId, "go\n", never);
    expect(await ended).toMatchObject({ code: 3 });
    const left = world.marked();
    expect(left).toHaveLength(1);
    expect(await client.signal(agent.spawnId, "SIGTERM", never)).toBe(true);
    await eventually("the end of the group", () => (world.marked().length === 0 ? true : null));
    expect(await client.signal(agent.spawnId, "SIGTERM", never)).toBe(false);
  });

  test("200 MB through a 64 KiB spool cost neither memory nor disk", async () => {
    const keeper = world.startKeeper();
    const client = await world.connect();
    const keeperPid = keeper.pid ?? 0;
    const before = rssBytes(keeperPid);
    const spawnId = world.newSpawnId();
    const ended = exitOf(client, spawnId);
    const total = 200_000_000;
    const args = ["-c", `head -c ${total} /dev/zero; printf tail`];
    await client.spawn({ spawnId, command: "sh", args, cwd: world.home, env: ENV, spoolBytes: 1 << 16 }, never);
    let peak = before;
    let biggestFile = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, rssBytes(keeperPid));
      const path = join(world.state, "spool", `${spawnId}.out`);
      if (existsSync(path)) biggestFile = Math.max(biggestFile, statSync(path).size);
    }, 20);
    await ended;
    clearInterval(watch);
    expect(biggestFile).toBeLessThanOrEqual(1 << 16);
    expect(peak - before).toBeLessThan(25 << 20);
    const [entry] = await client.list(never);
    expect(entry?.stdout).toEqual({ firstOffset: total + 4 - (1 << 16), endOffset: total + 4 });
    const chunk = await client.read(spawnId, "stdout", 0, 1 << 20, never);
    expect(chunk.offset).toBe(total + 4 - (1 << 16));
    expect(Buffer.from(chunk.data).toString().endsWith("\0tail")).toBe(true);
  });

  test("a keeper that is killed leaves agents an end of their stdin", async () => {
    const keeper = world.startKeeper();
    const client = await world.connect();
    const agents = await Promise.all([1, 2, 3].map(() => spawnAgent(client, "cat", [])));
    const lost = new Promise((resolve) => client.onLost(resolve));
    keeper.kill("SIGKILL");
    expect(await lost).toMatchObject({ code: "keeper.lost" });
    await eventually("the end of the agents", () => (agents.some(({ pid }) => isAlive(pid)) ? null : true));
    await expect(client.list(never)).rejects.toMatchObject({ code: "keeper.lost" });
  });
});

describe("the engine", () => {
  test("killed, it is back within 2 s, and its agents keep their pids and their output", async () => {
    world.startKeeper();
    const first = await world.connect();
    const agents = await Promise.all([1, 2, 3, 4, 5].map(() => spawnAgent(first, "cat", [])));
    const before = world.enginePid();
    const begun = performance.now();
    process.kill(before, "SIGKILL");
    await world.nextEngine(before);
    expect(performance.now() - begun).toBeLessThan(2_000);
    const second = await world.connect();
    expect(second.engineStarts).toBe(2);
    expect((await second.list(never)).map(({ pid, startTime }) => ({ pid, startTime }))).toEqual(
      agents.map(({ pid, startTime }) => ({ pid, startTime })),
    );
    const { spawnId, pid } = agents[0] ?? { spawnId: "", pid: 0 };
    await second.write(spawnId, "still there\n", never);
    await eventually("the answer", async () => ((await readAll(second, spawnId)) === "still there\n" ? true : null));
    expect(isAlive(pid)).toBe(true);
    expect(world.status()).toMatchObject({ state: "running", crashesInWindow: 1, lastExit: { signal: "SIGKILL" } });
  });

  test("whose epoch is stale is refused every acting request, and may still look", async () => {
    world.startKeeper();
    const old = await world.connect(5);
    const agent = await spawnAgent(old, "cat", []);
    await world.connect(7);
    const spawnId = agent.spawnId;
    const acting = [
      { op: "hello" },
      { op: "spawn", spawnId: world.newSpawnId(), command: "cat", args: [], cwd: "/", env: {}, spoolBytes: 4096 },
      { op: "write", spawnId, data: "x" },
      { op: "closeStdin", spawnId },
      { op: "signal", spawnId, signal: "SIGKILL" },
      { op: "forget", spawnId },
      { op: "useEngine", folder: "other" },
    ].map((request, index) => Object.assign(request, { id: 100 + index, epoch: 6 }));
    const looking = { op: "list", id: 200 };
    const replies = await ask([...acting, looking], 200);
    expect(replies.map(({ id, error }) => [id, error])).toEqual([
      ...acting.map(({ id }) => [id, "stale-epoch"]),
      [200, undefined],
    ]);
    expect(isAlive(agent.pid)).toBe(true);
    expect(world.marked()).toHaveLength(1);
  });

  test("one that asks for a restart gets it and is not counted as crashed", async () => {
    world.startKeeper();
    await world.connect();
    const before = world.enginePid();
    writeFileSync(join(world.state, "exit-code"), "64");
    process.kill(before, "SIGUSR2");
    await world.nextEngine(before);
    expect(world.status()).toMatchObject({ state: "running", crashesInWindow: 0, lastExit: { code: 64 } });
  });

  test("one that is done ends the keeper, but not while an agent lives", async () => {
    const keeper = world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "cat", []);
    writeFileSync(join(world.state, "exit-code"), "0");
    const first = world.enginePid();
    process.kill(first, "SIGUSR2");
    const second = await world.nextEngine(first);
    const again = await world.connect();
    expect(isAlive(agent.pid)).toBe(true);
    const ended = exitOf(again, agent.spawnId);
    await again.closeStdin(agent.spawnId, never);
    await ended;
    const gone = once(keeper, "exit");
    process.kill(second, "SIGUSR2");
    expect(await gone).toEqual([0, null]);
    expect(world.status()).toBeNull();
  });

  test("one that stops beating is killed and started again", async () => {
    world.startKeeper({ times: { beatCheckMs: 100, maxMissedChecks: 3 } });
    const client = await world.connect();
    const agent = await spawnAgent(client, "cat", []);
    const before = world.enginePid();
    process.kill(before, "SIGSTOP");
    await world.nextEngine(before);
    expect(isAlive(agent.pid)).toBe(true);
    expect(world.status()?.lastExit).toMatchObject({ signal: "SIGKILL", detail: "no beat for 300 ms" });
  });

  test("that crashes again and again is given up: failing, then agents ended, then failed", async () => {
    const keeper = world.startKeeper({ times: { giveUpAfterMs: 600, endStepMs: 300 }, limits: { firstDelayMs: 10 } });
    const client = await world.connect();
    const polite = await spawnAgent(client, "cat", []);
    const deaf = await spawnAgent(client, "sh", ["-c", "trap '' TERM; while :; do sleep 1000; done"]);
    world.setMode("exit 1");
    process.kill(world.enginePid(), "SIGKILL");
    const failing = await eventually("failing", () => (world.status()?.state === "failing" ? world.status() : null));
    expect(failing).toMatchObject({ crashesInWindow: 5, lastExit: { code: 1, detail: "fixture: last words" } });
    expect([polite, deaf].map(({ pid }) => isAlive(pid))).toEqual([true, true]);
    expect(await once(keeper, "exit")).toEqual([1, null]);
    expect([polite, deaf].map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    expect(world.status()?.state).toBe("failed");
  });

  test("that failed is tried once more on SIGUSR2, with its agents still there", async () => {
    const keeper = world.startKeeper({ limits: { firstDelayMs: 10 } });
    const client = await world.connect();
    const agent = await spawnAgent(client, "cat", []);
    const before = world.enginePid();
    world.setMode("exit 1");
    process.kill(before, "SIGKILL");
    await eventually("failing", () => (world.status()?.state === "failing" ? true : null));
    world.setMode("relay");
    keeper.kill("SIGUSR2");
    await world.nextEngine(before);
    const again = await world.connect();
    expect((await again.list(never)).map(({ pid }) => pid)).toEqual([agent.pid]);
    expect(world.status()).toMatchObject({ state: "running", crashesInWindow: 0 });
  });

  test("that cannot work here ends the keeper at once when no agent lives", async () => {
    world.setMode("exit 69");
    const keeper = world.startKeeper();
    expect(await once(keeper, "exit")).toEqual([1, null]);
    expect(world.status()).toMatchObject({ state: "failed", lastExit: { code: 69 } });
  });

  test("is sent garbage and over-long lines, and the next request is still answered", async () => {
    world.startKeeper();
    await world.connect();
    const parsed = await ask(
      [
        { op: "nonsense", id: 11 },
        "not json",
        "x".repeat(5 << 20),
        {
          op: "spawn",
          id: 12,
          epoch: 9,
          spawnId: "../x",
          command: "cat",
          args: [],
          cwd: "/",
          env: {},
          spoolBytes: 4096,
        },
        { op: "list", id: 13 },
      ],
      13,
    );
    expect(parsed.map(({ id, error }) => [id, error])).toEqual([
      [11, "bad-request"],
      [-1, "bad-request"],
      [-1, "bad-request"],
      [12, "bad-request"],
      [13, undefined],
    ]);
  });
});

describe("the keeper itself", () => {
  test("a second one ends at once and touches nothing", async () => {
    const first = world.startKeeper();
    const client = await world.connect();
    const agent = await spawnAgent(client, "sh", ["-c", "echo kept; exec cat"]);
    await eventually("output", async () => ((await readAll(client, agent.spawnId)) === "kept\n" ? true : null));
    const status = readFileSync(join(world.home, "run", "keeper.json"), "utf8");
    const engine = world.enginePid();
    const second = world.startKeeper();
    expect(await once(second, "exit")).toEqual([0, null]);
    expect(readFileSync(join(world.home, "run", "keeper.json"), "utf8")).toBe(status);
    expect(world.enginePid()).toBe(engine);
    expect(await readAll(client, agent.spawnId)).toBe("kept\n");
    expect(first.exitCode).toBeNull();
  });

  test("SIGTERM ends engine, agents and keeper, and leaves no status behind", async () => {
    const keeper = world.startKeeper({ times: { endStepMs: 300 } });
    const client = await world.connect();
    const polite = await spawnAgent(client, "cat", []);
    const deaf = await spawnAgent(client, "sh", ["-c", "trap '' TERM; while :; do sleep 1000; done"]);
    const engine = world.enginePid();
    const gone = once(keeper, "exit");
    keeper.kill("SIGTERM");
    expect(await gone).toEqual([0, null]);
    expect([engine, polite.pid, deaf.pid].map(isAlive)).toEqual([false, false, false]);
    expect(world.marked()).toEqual([]);
    expect(world.status()).toBeNull();
    expect(readdirSync(join(world.state, "spool"))).toEqual([]);
  });

  test("spools of an earlier keeper are removed at the start", async () => {
    const first = world.startKeeper();
    const client = await world.connect();
    await spawnAgent(client, "sh", ["-c", "echo old; exec sleep 1000"]);
    const spool = join(world.state, "spool");
    await eventually("a spool", () => (readdirSync(spool).length === 1 ? true : null));
    const ended = once(first, "exit");
    first.kill("SIGKILL");
    await ended;
    expect(readdirSync(spool)).toHaveLength(1);
    world.startKeeper();
    await world.connect(1);
    expect(readdirSync(spool)).toEqual([]);
  });
});
