import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findOrStart } from "../../src/engine/client/findOrStart.ts";
import type { EngineConnection } from "../../src/engine/client/types.ts";
import { currentEnvironment, resolvePaths } from "../../src/engine/common/paths.ts";
import { scaleOutput } from "../../src/engine/protocol/cli.ts";
import type { OrchestratedSwarmRow } from "../../src/engine/protocol/model.ts";
import { calls, type Overview } from "../../src/engine/protocol/rpc.ts";
import { bundle, cli, dist, environment, home, json, startTimeOf, tidyUp, until } from "./realCli.ts";

/** Both installed by the test script; what could not be installed is skipped, and was said. */
const FLOW = resolve(import.meta.dirname, "../../.cache/claude-flow-3.43.0/node_modules/claude-flow/bin/cli.js");
const OLDER = resolve(import.meta.dirname, "../../.cache/claude-flow-2.7.47/node_modules/.bin/claude-flow");
const SLOW_MS = 180_000;
/** Its folder, which is also where its own commands are run. */
const folder = join(home, "project");
const olderFolder = join(home, "older");
const elsewhere = join(home, "elsewhere");
const bin = join(home, "bin");
/**
 * In place of the program that claude-flow launches: nobody has an account here. It is run as that one is, by the name
 * `claude` and with whatever arguments claude-flow gives it, and does nothing.
 */
const STAND_IN = "#!/usr/bin/env node\nprocess.stdin.resume(); setInterval(() => undefined, 1_000);\n";

const started: ChildProcess[] = [];
let engine: EngineConnection;

function start(command: string, args: readonly string[], cwd: string): ChildProcess {
  const env = { ...process.env, PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const child = spawn(command, args, { cwd, env, stdio: ["pipe", "ignore", "ignore"] });
  started.push(child);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = new Promise((done) => child.once("close", done));
  child.kill("SIGTERM");
  await closed;
}

const connect = () =>
  findOrStart(
    { role: "operator", client: { name: "test", version: "1.0.0-test", kind: "test" }, start: true, distFolder: dist },
    {
      paths: resolvePaths({ ...currentEnvironment(), env: environment }),
      findRuntime: async () => ({ command: process.execPath, env: {}, notices: [] }),
    },
  );

async function flow(from: EngineConnection = engine, swarmId = "flow"): Promise<OrchestratedSwarmRow> {
  const { swarms } = await from.call(calls.overview, {});
  const row = swarms.find(({ id }) => id === swarmId);
  return row?.kind === "orchestrated" ? row : expect.fail("the swarm is not there");
}

const namesOf = ({ agents }: OrchestratedSwarmRow) => agents.map(({ name }) => name);
const pidsOf = ({ records }: OrchestratedSwarmRow) => records.flatMap(({ pid }) => (pid === null ? [] : [pid]));

/** Processes of the orchestrator's server that the engine has started. */
function servers(enginePid: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && startTimeOf(pid) !== null)
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[1];
        return parent === String(enginePid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(FLOW);
      } catch {
        // Ended meanwhile.
        return false;
      }
    });
}

/** The real package, its real processes, and what is said of both. */
describe.skipIf(!existsSync(FLOW) || process.platform !== "linux")("a swarm of a real claude-flow 3.43.0", () => {
  beforeAll(async () => {
    await bundle();
    for (const path of [folder, olderFolder, elsewhere, bin]) mkdirSync(path, { recursive: true });
    writeFileSync(join(bin, "claude"), STAND_IN, { mode: 0o755 });
    const file = join(home, "flow.json");
    const kind = { kind: "claudeFlow", connectTimeoutSeconds: 60 };
    const newer = { id: "flow", ...kind, command: process.execPath, args: [FLOW, "mcp", "start"], cwd: folder };
    const older = { id: "older", ...kind, command: OLDER, args: ["mcp", "start"], cwd: olderFolder };
    writeFileSync(file, JSON.stringify({ orchestrators: existsSync(OLDER) ? [newer, older] : [newer] }));
    await json("config-set", "--file", file);
    engine = await connect();
    await until("its records", async () => (await flow()).recordCount === 0);
  }, SLOW_MS);
  afterEach(async () => {
    for (const child of started.splice(0)) if (child.exitCode === null && child.signalCode === null) await end(child);
  });
  afterAll(async () => {
    engine.dispose();
    await tidyUp();
  }, 60_000);

  test(
    "what it launches is seen as its, below the command that has launched it, and gone when it ends",
    { timeout: SLOW_MS },
    async () => {
      const run = promisify(execFile);
      await run(process.execPath, [FLOW, "hive-mind", "init"], { cwd: folder, timeout: 60_000 });
      // That command was one of its processes too, for the second that it took.
      await until("the end of that", async () => (await flow()).agents.length === 0);
      expect(await flow()).toMatchObject({ recordCount: 0 });
      // Two workers in its registry; and one process, told in its prompt to coordinate them.
      const args = ["hive-mind", "spawn", "-n", "2", "--claude", "-o", "sort the books", "--non-interactive"];
      const launcher = start(process.execPath, [FLOW, ...args], folder);
      await until("its records and processes", async () => {
        const row = await flow();
        return row.recordCount === 2 && row.agents.length === 2;
      });
      const row = await flow();
      // The command was there first.
      expect(namesOf(row)).toEqual([expect.stringMatching(/^claude-flow /), expect.stringMatching(/^claude /)]);
      expect(row.records.map(({ id }) => id.slice(0, 12))).toEqual(["hive-worker-", "hive-worker-"]);
      // It gives no process the name of a worker: that these run the two is not known, and not claimed.
      expect(pidsOf(row)).toEqual([]);
      expect(row.usage.rssBytes).toBeGreaterThan(0);
      expect((await cli("status")).stdout).toContain("2 records (claimed), 2 processes seen");
      const others = (await engine.call(calls.overview, {})).swarms.filter(({ id }) => id !== "flow");
      expect(others.flatMap(({ agents }) => agents.map(({ pid }) => pid))).not.toContain(launcher.pid);

      await end(launcher);
      await until("the end of its processes", async () => (await flow()).agents.length === 0);
      expect(await flow()).toMatchObject({ recordCount: 2, agents: [], usage: { rssBytes: null } });
      expect((await cli("status")).stdout).toContain("2 records (claimed), 0 processes seen");
    },
  );

  test.skipIf(!existsSync(OLDER))(
    "and so is what 2.7.47 launches in its own folder, and of that swarm only",
    { timeout: SLOW_MS },
    async () => {
      const older = () => flow(engine, "older");
      await until("its records", async () => (await older()).recordCount === 0);
      const launcher = start(OLDER, ["swarm", "sort the books", "--claude"], olderFolder);
      await until("its processes", async () => (await older()).agents.length === 2);
      const row = await older();
      expect(namesOf(row)).toEqual([expect.stringMatching(/^claude-flow /), expect.stringMatching(/^claude /)]);
      // Its launcher makes no record of what it launches.
      expect(row).toMatchObject({ recordCount: 0, records: [] });
      expect((await flow()).agents).toEqual([]);
      const pids = row.agents.map(({ pid }) => pid);
      await end(launcher);
      // It leaves what it has launched behind; that is still below nothing of its own then, and nobody's.
      for (const pid of pids) if (startTimeOf(pid) !== null) process.kill(pid, "SIGKILL");
      await until("the end of its processes", async () => (await older()).agents.length === 0);
    },
  );

  test("a process that names one of its records is that record's, until it ends", { timeout: SLOW_MS }, async () => {
    const { outcome } = scaleOutput.parse(
      await json("swarm-scale", "--swarm-id", "flow", "--target-size", "3", "--timeout", "30000"),
    );
    expect(outcome).toMatchObject({ kind: "confirmed", claimed: { records: 3 } });
    await until("three records", async () => (await flow()).records.length === 3);
    const id = (await flow()).records.at(-1)?.id ?? "";
    // No command of the package itself starts a process so; a host that runs `claude -p` for a record may. Neither its
    // folder nor its parent says whose it is.
    const named = start(join(bin, "claude"), ["-p", "Sort the books.", "--agent-id", id], elsewhere);
    const like = start(join(bin, "claude"), ["-p", "Sort the books.", "--agent-id", `${id}0`], elsewhere);
    await until("the record's process", async () => pidsOf(await flow()).length === 1);
    const row = await flow();
    expect(row.records.filter(({ pid }) => pid !== null)).toMatchObject([{ id, pid: named.pid }]);
    expect(row.agents.map(({ pid }) => pid)).toEqual([named.pid]);
    await until("that its list is borne out", async () =>
      (await flow()).tools.some(({ role, grade }) => role === "agent_list" && grade === "verified"),
    );
    // The other one's name only begins like it: it is nobody's.
    const observed = (overview: Overview) =>
      overview.swarms.filter((swarm) => swarm.kind === "observed").flatMap(({ agents }) => agents);
    expect(observed(await engine.call(calls.overview, {})).map(({ pid }) => pid)).toContain(like.pid);
    expect((await cli("status")).stdout).toContain("3 of 3 records (claimed), 1 process seen");

    await end(named);
    await until("the end of it", async () => (await flow()).agents.length === 0);
    expect(pidsOf(await flow())).toEqual([]);
    expect(await flow()).toMatchObject({ recordCount: 3 });
  });

  test(
    "a client that goes and another that comes find the same link, server and records",
    { timeout: SLOW_MS },
    async () => {
      const window = await connect();
      let seen: Overview | null = null;
      await window.subscribe("overview", true, (state) => void (seen = state));
      await until("what it is shown", () => seen !== null);
      const before = await flow(window);
      const server = servers(window.info.pid);
      expect(server).toHaveLength(1);
      // As a window's reload does: the connection is cut without a word, and a new one comes at once.
      for (let reload = 0; reload < 5; reload++) {
        window.dispose();
        const next = await connect();
        let again: Overview | null = null;
        await next.subscribe("overview", true, (state) => void (again = state));
        await until("what the next is shown", () => again !== null);
        const { link, records, recordCount, server: about } = await flow(next);
        expect({ link, records, recordCount, about }).toEqual({
          ...{ link: before.link, records: before.records, recordCount: before.recordCount, about: before.server },
        });
        expect(next.info.pid).toBe(window.info.pid);
        expect(servers(next.info.pid)).toEqual(server);
        next.dispose();
      }
    },
  );
});
