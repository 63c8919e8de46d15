import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Paths, resolvePaths } from "../../../src/engine/common/paths.ts";
import { readProcessStat } from "../../../src/engine/common/processIdentity.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { findOrStart } from "../../../src/engine/client/findOrStart.ts";
import { readKeeperStatus } from "../../../src/engine/client/keeperProcess.ts";
import type { ClientOptions, EngineConnection } from "../../../src/engine/client/types.ts";
import { eventually } from "../serve/serverFixture.ts";

/** The real keeper and the fixture engine as an installation would have them. Built once a test file. */
export async function buildDist(): Promise<string> {
  const dist = mkdtempSync(join(tmpdir(), "sa-dist-"));
  await esbuild.build({
    absWorkingDir: join(import.meta.dirname, "../../.."),
    entryPoints: { keeper: "src/engine/keeper.ts", engine: "test/engine/client/fixtureEngine.ts" },
    outdir: dist,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "silent",
  });
  return dist;
}

/** A home of its own, in `SWARM_ALLOCATOR_HOME` as the processes that are started will see it. */
export class Home {
  readonly path = mkdtempSync(join(tmpdir(), "sa-"));
  readonly paths: Paths;
  readonly steps: string[] = [];
  readonly #connections: EngineConnection[] = [];
  readonly #pids = new Set<number>();
  readonly #before = process.env["SWARM_ALLOCATOR_HOME"];

  constructor() {
    process.env["SWARM_ALLOCATOR_HOME"] = this.path;
    this.paths = resolvePaths();
  }

  options(dist: string, some: Partial<ClientOptions> & { readonly version?: string } = {}): ClientOptions {
    const { version = "1.0.0", ...rest } = some;
    return {
      role: "operator",
      client: { name: "test", version, kind: "test" },
      start: true,
      distFolder: dist,
      onProgress: (step) => this.steps.push(step.code),
      ...rest,
    };
  }

  async connect(options: ClientOptions, signal?: AbortSignal): Promise<EngineConnection> {
    const connection = await findOrStart(options, { paths: this.paths, findRuntime: thisNode }, signal);
    this.#connections.push(connection);
    this.#pids.add(connection.info.pid).add(connection.info.keeperPid);
    return connection;
  }

  /** Stops engine and keeper the ordinary way and waits until both are gone. */
  async stop(connection: EngineConnection): Promise<void> {
    const { pid, keeperPid } = connection.info;
    await connection.call(calls.engineStop, { deadlineMs: 1_000 });
    connection.dispose();
    await eventually(() => gone(pid) && gone(keeperPid), `engine ${pid} and keeper ${keeperPid} have ended`, 10_000);
  }

  misbehave(how: "crash" | "hang" | null): void {
    const plan = join(this.paths.state, "misbehave");
    mkdirSync(this.paths.state, { recursive: true, mode: 0o700 });
    if (how === null) rmSync(plan, { force: true });
    else writeFileSync(plan, how);
  }

  /** Ends whatever of this home is left, by pid, and removes it. */
  async remove(): Promise<void> {
    for (const connection of this.#connections) connection.dispose();
    const keeper = readKeeperStatus(this.paths.keeperStatus)?.status.pid;
    if (keeper !== undefined) this.#pids.add(keeper);
    // The keeper ends its engine.
    for (const pid of this.#pids) if (pid > 1 && !gone(pid)) end(pid);
    await eventually(() => [...this.#pids].every(gone), "all processes of the test have ended", 12_000);
    rmSync(this.path, { recursive: true, force: true });
    if (this.#before === undefined) delete process.env["SWARM_ALLOCATOR_HOME"];
    else process.env["SWARM_ALLOCATOR_HOME"] = this.#before;
  }
}

/** It may end by itself between the look and the signal. */
function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const thisNode = async () => ({ command: process.execPath, env: {}, notices: [] });

export function gone(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat === null || stat.state === "Z";
}
