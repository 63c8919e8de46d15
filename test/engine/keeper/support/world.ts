import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { KeeperClient } from "../../../../src/engine/act/keeperClient.ts";
import { linuxSystem } from "../../../../src/engine/act/sweep.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import { readProcessStat } from "../../../../src/engine/common/processIdentity.ts";
import { type KeeperStatus, keeperStatus } from "../../../../src/engine/protocol/files.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const FOLDER = "fixture";

/** A signal for calls that no test wants to abort. */
export const never = new AbortController().signal;

export interface KeeperTestOptions {
  readonly times?: Readonly<Record<string, number>>;
  readonly limits?: Readonly<Record<string, number>>;
}

/** A home of its own with a real keeper in it, and everything that grows from that. */
export class World {
  readonly home = mkdtempSync(join(tmpdir(), "swk-"));
  readonly installationId = `test${randomUUID().slice(0, 8)}`;
  readonly state = join(this.home, "state");
  readonly #keepers: ChildProcess[] = [];
  readonly #clients: KeeperClient[] = [];
  #epoch = 0;

  constructor(mode = "relay", entry = join(HERE, "keeperEntry.ts")) {
    const engines = join(this.state, "engine", FOLDER);
    mkdirSync(engines, { recursive: true, mode: 0o700 });
    bundle(entry, join(engines, "keeper.js"));
    bundle(join(HERE, "fixtureEngine.ts"), join(engines, "engine.js"));
    this.setMode(mode);
  }

  /** How engines started from now on behave. */
  setMode(mode: string): void {
    writeFileSync(join(this.state, "mode"), mode);
  }

  newSpawnId(): string {
    return `${this.installationId}.${randomUUID()}`;
  }

  startKeeper(options: KeeperTestOptions = {}): ChildProcess {
    const child = spawn(process.execPath, [join(this.state, "engine", FOLDER, "keeper.js"), FOLDER], {
      cwd: this.state,
      detached: true,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, SWARM_ALLOCATOR_HOME: this.home, KEEPER_TEST: JSON.stringify(options) },
    });
    this.#keepers.push(child);
    return child;
  }

  /** Connects through the engine that runs now, with an epoch above all before. */
  async connect(epoch = ++this.#epoch): Promise<KeeperClient> {
    this.#epoch = Math.max(this.#epoch, epoch);
    return eventually("a connection to the keeper", async () => {
      const socket = connect(join(this.home, "drive.sock"));
      socket.on("error", () => {});
      try {
        await once(socket, "connect");
        const client = await KeeperClient.connect(socket, { epoch }, never);
        this.#clients.push(client);
        return client;
      } catch (error) {
        socket.destroy();
        // The engine may end while we connect; a keeper that says no is an answer.
        if (error instanceof CodedError && error.code !== "keeper.lost") throw error;
        return null;
      }
    });
  }

  enginePid(): number {
    return Number(readFileSync(join(this.state, "engine.pid"), "utf8"));
  }

  /** Waits for an engine other than `before`. */
  nextEngine(before: number): Promise<number> {
    return eventually("another engine", () => {
      const pid = this.enginePid();
      return pid !== before && pid > 0 ? pid : null;
    });
  }

  status(): KeeperStatus | null {
    try {
      return keeperStatus.parse(JSON.parse(readFileSync(join(this.home, "run", "keeper.json"), "utf8")));
    } catch {
      // Not there yet, or removed at a clean end.
      return null;
    }
  }

  /** Processes marked by this world that live now. */
  marked(): { pid: number; spawnId: string | null }[] {
    return (linuxSystem()?.table() ?? []).filter(
      ({ spawnId, state }) => state !== "Z" && spawnId?.slice(0, spawnId.lastIndexOf(".")) === this.installationId,
    );
  }

  /** Ends everything this world has started; only by pids it knows or marks it has set. */
  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const keeper of this.#keepers) {
      if (keeper.exitCode !== null || keeper.signalCode !== null) continue;
      const ended = once(keeper, "exit");
      keeper.kill("SIGKILL");
      await ended;
    }
    await eventually("the end of all marked processes", () => {
      for (const { pid } of this.marked()) killQuietly(pid);
      return this.marked().length === 0 ? true : null;
    });
    // An engine ends with its keeper's pipe; one that is stopped does not.
    const last = this.#lastEnginePid();
    if (last !== null) {
      await eventually("the end of the engine", () => {
        if (!isOurEngine(last, this.home)) return true;
        killQuietly(last);
        return null;
      });
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  #lastEnginePid(): number | null {
    try {
      return this.enginePid();
    } catch {
      // No engine came up in this world.
      return null;
    }
  }
}

/** Polls until the probe answers something other than `null`. @throws with the wish when that takes longer than 10 s */
export async function eventually<T>(
  wish: string,
  probe: () => T | null | Promise<T | null>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== null) return answer;
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain for ${wish}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

export function isAlive(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== null && stat.state !== "Z";
}

export function rssBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

function isOurEngine(pid: number, home: string): boolean {
  try {
    return isAlive(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`SWARM_ALLOCATOR_HOME=${home}`);
  } catch {
    // Gone.
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone since the look.
  }
}

function bundle(source: string, out: string): void {
  buildSync({
    entryPoints: [source],
    outfile: out,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "error",
  });
}
