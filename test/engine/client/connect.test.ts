import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type EndpointFile, endpointFile } from "../../../src/engine/protocol/files.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { writeEndpoint } from "../../../src/engine/serve/endpoint.ts";
import { ensureFolders } from "../../../src/engine/common/paths.ts";
import { readKeeperStatus } from "../../../src/engine/client/keeperProcess.ts";
import { eventually } from "../serve/serverFixture.ts";
import { buildDist, gone, Home } from "./home.ts";

const LONG = process.env["SWARM_RELIABILITY_LONG"] === "1";

let dist: string;
let home: Home;

beforeAll(async () => {
  dist = await buildDist();
});

afterAll(() => rmSync(dist, { recursive: true, force: true }));

beforeEach(() => {
  home = new Home();
});

afterEach(() => home.remove());

function endpoint(): EndpointFile {
  return endpointFile.parse(JSON.parse(readFileSync(home.paths.endpoint, "utf8")));
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: { code: string }) => error.code,
  );
}

describe("starting", () => {
  test("installs the build, starts keeper and engine detached, and joins; a second client joins the same one", async () => {
    const first = await home.connect(home.options(dist));
    expect(first.info).toMatchObject({ role: "operator", version: "1.0.0", epoch: 1 });
    expect(home.steps).toEqual(["engine.copying", "engine.starting", "engine.waiting"]);
    const [folder] = readdirSync(home.paths.engines);
    expect(folder).toMatch(/^1\.0\.0-[0-9a-f]{12}$/);
    const again = await home.connect(home.options(dist, { role: "viewer" }));
    expect(again.info.pid).toBe(first.info.pid);
    expect(home.steps).toHaveLength(3);
    // Detached: a session of its own, so that closing the editor's terminal or window does not reach it.
    const keeper = readFileSync(`/proc/${first.info.keeperPid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    expect(Number(keeper[3])).toBe(first.info.keeperPid);
  });

  test("without leave to start it says that none runs, and starts nothing", async () => {
    expect(await codeOf(home.connect(home.options(dist, { start: false })))).toBe("engine.notRunning");
    expect(existsSync(home.paths.state)).toBe(false);
  });

  test("a stale endpoint file and socket of a killed engine count as none running", async () => {
    const first = await home.connect(home.options(dist));
    const stale = readFileSync(home.paths.endpoint, "utf8");
    await home.stop(first);
    writeFileSync(home.paths.endpoint, stale, { mode: 0o600 });
    writeFileSync(home.paths.socket, "");
    expect(await codeOf(home.connect(home.options(dist, { start: false })))).toBe("engine.notRunning");
    const second = await home.connect(home.options(dist));
    expect(second.info.epoch).toBe(first.info.epoch + 1);
  });

  test.each(["{", "{}", '{"socket":1}', ""])(
    "an endpoint file that says %j is replaced by the next engine",
    async (text) => {
      ensureFolders(home.paths);
      writeFileSync(home.paths.endpoint, text, { mode: 0o600 });
      const none = home.connect(home.options(dist, { start: false }));
      await expect(none).rejects.toMatchObject({ code: "engine.notRunning", args: { reason: expect.any(String) } });
      expect((await home.connect(home.options(dist))).info.epoch).toBe(1);
    },
  );

  test("an engine that is killed comes back under the same keeper and is joined", async () => {
    const first = await home.connect(home.options(dist));
    process.kill(first.info.pid, "SIGKILL");
    await eventually(() => gone(first.info.pid), "the engine is dead");
    const second = await home.connect(home.options(dist));
    expect(second.info).toMatchObject({ keeperPid: first.info.keeperPid, epoch: first.info.epoch + 1 });
  });

  test("a keeper that is killed is replaced", async () => {
    const first = await home.connect(home.options(dist));
    process.kill(first.info.keeperPid, "SIGKILL");
    process.kill(first.info.pid, "SIGKILL");
    await eventually(() => gone(first.info.keeperPid) && gone(first.info.pid), "keeper and engine are dead");
    const second = await home.connect(home.options(dist));
    expect(second.info.keeperPid).not.toBe(first.info.keeperPid);
  });

  test("an engine that crashes again and again: the failure with its reason and the log; then one more try by another client", async () => {
    home.misbehave("crash");
    const failing = home.connect(home.options(dist));
    await expect(failing).rejects.toMatchObject({
      code: "engine.failed",
      args: { state: "failing", detail: expect.stringContaining("told to crash"), log: expect.stringContaining("log") },
    });
    const keeper = readKeeperStatus(home.paths.keeperStatus)?.status.pid;
    home.misbehave(null);
    const joined = await home.connect(home.options(dist));
    expect(joined.info.keeperPid).toBe(keeper);
  });

  test("aborting while it waits rejects at once", async () => {
    home.misbehave("hang");
    const controller = new AbortController();
    const waiting = home.connect(home.options(dist), controller.signal);
    waiting.catch(() => undefined);
    await eventually(() => home.steps.includes("engine.waiting"), "it waits");
    const before = performance.now();
    controller.abort();
    expect(await codeOf(waiting)).toBe("aborted");
    expect(performance.now() - before).toBeLessThan(500);
    await eventually(() => readKeeperStatus(home.paths.keeperStatus) !== null, "the keeper can be found and ended");
  });

  test("an engine that is stopped is not replaced but named", { timeout: 30_000 }, async () => {
    const first = await home.connect(home.options(dist));
    process.kill(first.info.pid, "SIGSTOP");
    try {
      await expect(home.connect(home.options(dist))).rejects.toMatchObject({
        code: "engine.unresponsive",
        args: { pid: first.info.pid },
      });
      expect(readdirSync(home.paths.engines)).toHaveLength(1);
    } finally {
      process.kill(first.info.pid, "SIGCONT");
    }
  });

  test("the keeper's environment is free of the editor's, of a parent's channel and of an agent's mark", async () => {
    const planted = {
      VSCODE_PID: "1",
      ELECTRON_RUN_AS_NODE: "1",
      NODE_OPTIONS: "--no-warnings",
      NODE_CHANNEL_FD: "3",
      SWARM_SPAWN_ID: "x.y",
    };
    const before = Object.keys(planted).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, planted);
    try {
      const { info } = await home.connect(home.options(dist));
      const names = new Set(
        readFileSync(`/proc/${info.keeperPid}/environ`, "utf8")
          .split("\0")
          .map((line) => line.split("=")[0]),
      );
      for (const name of Object.keys(planted)) expect([name, names.has(name)]).toEqual([name, false]);
      expect(names.has("SWARM_ALLOCATOR_HOME")).toBe(true);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});

describe("two at once", () => {
  test(
    `one keeper, one engine, one epoch a start (${LONG ? 200 : 20} rounds)`,
    { timeout: LONG ? 600_000 : 60_000 },
    async () => {
      for (let round = 1; round <= (LONG ? 200 : 20); round += 1) {
        const options = home.options(dist);
        const [a, b] = await Promise.all([home.connect(options), home.connect(options)]);
        expect(b.info.pid).toBe(a.info.pid);
        expect([a.info.epoch, b.info.epoch]).toEqual([round, round]);
        b.dispose();
        await home.stop(a);
      }
    },
  );
});

describe("versions", () => {
  test("an older engine hands over to ours under the same keeper", async () => {
    const older = await home.connect(home.options(dist, { version: "1.0.0" }));
    const newer = await home.connect(home.options(dist, { version: "1.1.0" }));
    expect(newer.info).toMatchObject({
      version: "1.1.0",
      keeperPid: older.info.keeperPid,
      epoch: older.info.epoch + 1,
    });
    expect(gone(older.info.pid)).toBe(true);
    expect(home.steps).toContain("engine.handingOver");
  });

  test("a newer engine is joined, not replaced", async () => {
    const newer = await home.connect(home.options(dist, { version: "2.0.0" }));
    const older = await home.connect(home.options(dist, { version: "1.0.0" }));
    expect(older.info).toMatchObject({ version: "2.0.0", pid: newer.info.pid });
  });

  test.each([
    ["a viewer", { role: "viewer" }],
    ["a client that may not start one", { start: false }],
  ] as const)("%s joins an older engine as it is", async (_, some) => {
    const older = await home.connect(home.options(dist, { version: "1.0.0" }));
    const joined = await home.connect(home.options(dist, { version: "1.1.0", ...some }));
    expect(joined.info).toMatchObject({ version: "1.0.0", pid: older.info.pid });
  });

  test("two newer clients at once: one hand-over, both on the new engine", async () => {
    await home.connect(home.options(dist, { version: "1.0.0" }));
    const options = home.options(dist, { version: "1.1.0" });
    const [a, b] = await Promise.all([home.connect(options), home.connect(options)]);
    expect(a.info.version).toBe("1.1.0");
    expect(b.info.version).toBe("1.1.0");
    expect(a.info.pid).toBe(b.info.pid);
  });
});

describe("installation", () => {
  test("a damaged copy is replaced, a whole one used as it is", async () => {
    const first = await home.connect(home.options(dist));
    const [folder = ""] = readdirSync(home.paths.engines);
    await home.stop(first);
    writeFileSync(join(home.paths.engines, folder, "engine.js"), "cut off");
    home.steps.length = 0;
    const second = await home.connect(home.options(dist));
    expect(home.steps).toContain("engine.copying");
    await home.stop(second);
    home.steps.length = 0;
    await home.connect(home.options(dist));
    expect(home.steps).not.toContain("engine.copying");
    expect(readdirSync(home.paths.engines)).toEqual([folder]);
  });

  test("an installation without its engine names what is missing", async () => {
    const empty = mkdtempSync(join(tmpdir(), "sa-empty-"));
    writeFileSync(join(empty, "keeper.js"), "");
    await expect(home.connect(home.options(empty))).rejects.toMatchObject({
      code: "install.incomplete",
      args: { path: empty, missing: "engine.js" },
    });
    rmSync(empty, { recursive: true });
  });

  test("a state folder that cannot be made is an error that names it", async () => {
    writeFileSync(join(home.path, "state"), "a file where the folder should be");
    await expect(home.connect(home.options(dist))).rejects.toMatchObject({
      code: "state.unwritable",
      args: { path: home.paths.state },
    });
    rmSync(join(home.path, "state"));
  });

  test.runIf(process.getuid?.() !== 0)("a read-only state folder is an error that names it", async () => {
    mkdirSync(home.paths.state, { recursive: true });
    chmodSync(home.paths.state, 0o500);
    expect(await codeOf(home.connect(home.options(dist)))).toBe("state.unwritable");
    chmodSync(home.paths.state, 0o700);
  });

  test("a runtime folder that is a link to somewhere else is refused", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "sa-else-"));
    symlinkSync(elsewhere, home.paths.runtime);
    expect(await codeOf(home.connect(home.options(dist)))).toBe("folder.foreign");
    rmSync(elsewhere, { recursive: true });
  });
});

describe("the connection", () => {
  test("a refusal arrives with its code and arguments", async () => {
    const connection = await home.connect(home.options(dist, { role: "operator" }));
    const viewer = await home.connect(home.options(dist, { role: "viewer" }));
    await expect(viewer.call(calls.engineRestart, {})).rejects.toMatchObject({
      code: "role.denied",
      args: { role: "viewer", needed: "operator" },
    });
    expect(await codeOf(connection.call(calls.configGet, {}))).toBe("test.absent");
  });

  test("abort and the end of the connection settle what is open", async () => {
    const connection = await home.connect(home.options(dist));
    const controller = new AbortController();
    const params = { swarmId: "a", target: 1 };
    const aborted = codeOf(connection.call(calls.scalePreview, params, controller.signal));
    const closed = codeOf(connection.call(calls.scalePreview, params));
    const reasons: string[] = [];
    connection.onClosed((reason) => reasons.push(reason.code));
    controller.abort();
    expect(await aborted).toBe("aborted");
    process.kill(connection.info.pid, "SIGKILL");
    expect(await closed).toBe("rpc.closed");
    expect(reasons).toEqual(["rpc.closed"]);
    expect(await codeOf(connection.call(calls.overview, {}))).toBe("rpc.closed");
  });

  test("listeners share one subscription; the engine hears of looking, and of nobody listening", async () => {
    const connection = await home.connect(home.options(dist));
    const seen: string[] = [];
    const a = await connection.subscribe("overview", false, () => seen.push("a"));
    await eventually(() => seen.includes("a"), "the first state");
    const lookers = async () => (await connection.call(calls.overview, {})).wallMs;
    expect(await lookers()).toBe(0);
    const b = await connection.subscribe("overview", true, () => seen.push("b"));
    expect(await lookers()).toBe(1);
    await eventually(() => seen.includes("b"), "the second listener's first state");
    b.dispose();
    expect(await lookers()).toBe(0);
    a.dispose();
    await lookers();
    const count = seen.length;
    await lookers();
    expect(seen.length).toBe(count);
  });

  test("an endpoint file whose tokens the engine does not know counts as none running, until it is right again", async () => {
    await home.connect(home.options(dist));
    const real = endpoint();
    writeEndpoint(home.paths.endpoint, { ...real, tokens: { viewer: "x", operator: "y", agent: "z" } });
    expect(await codeOf(home.connect(home.options(dist, { start: false })))).toBe("engine.notRunning");
    writeEndpoint(home.paths.endpoint, real);
    expect((await home.connect(home.options(dist))).info.pid).toBe(real.pid);
  });
});
