import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { homedir, hostname, platform, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type Coded, CodedError, messageOf } from "./errors.ts";
import { shortHash } from "./shortHash.ts";

/** Where everything of one user on one machine lives. `SWARM_ALLOCATOR_HOME` moves all of it. */
export interface Paths {
  /** Names this machine in what is stored; a home folder may be shared by several. */
  readonly machineId: string;
  readonly state: string;
  readonly runtime: string;
  readonly socket: string;
  readonly endpoint: string;
  readonly lock: string;
  readonly keeperLock: string;
  readonly keeperStatus: string;
  readonly config: string;
  readonly store: string;
  readonly engines: string;
  readonly spool: string;
  readonly logs: string;
  readonly profiles: string;
  /** What was not as expected while finding these folders, for the operator to see. */
  readonly notices: readonly Coded[];
}

/** A Unix socket path has 108 bytes on Linux and 104 on macOS; 100 leaves room for the terminating zero and a suffix. */
const MAX_SOCKET_BYTES = 100;

/** Super-block magics of file systems where SQLite's locks cannot be trusted: NFS, SMB 1, SMB 2, AFS, Ceph, 9P, FUSE (sshfs). */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x00c36400, 0x01021997, 0x65735546]);

export interface PathEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly temporary: string;
}

export function currentEnvironment(): PathEnvironment {
  return { env: process.env, platform: platform(), home: homedir(), temporary: tmpdir() };
}

/** Works the paths out without touching the disk, but for asking which file system the state folder is on. */
export function resolvePaths(from: PathEnvironment = currentEnvironment()): Paths {
  const notices: Coded[] = [];
  const moved = from.env["SWARM_ALLOCATOR_HOME"];
  const user = typeof process.getuid === "function" ? String(process.getuid()) : userInfo().username;
  let state: string;
  let runtime: string;
  if (moved !== undefined && moved !== "") {
    state = join(moved, "state");
    runtime = join(moved, "run");
  } else {
    state = join(stateFolder(from), "swarm-allocator", machineKey());
    const xdg = from.env["XDG_RUNTIME_DIR"];
    runtime =
      xdg !== undefined && xdg !== "" && existsSync(xdg)
        ? join(xdg, "swarm-allocator")
        : join(from.temporary, `swarm-allocator-${user}`);
    if (onNetworkFileSystem(state)) {
      const local = join(from.temporary, `swarm-allocator-state-${user}`, machineKey());
      notices.push({ code: "state.network", args: { path: state, fallback: local } });
      state = local;
    }
  }
  return {
    machineId: machineKey(),
    state,
    runtime,
    socket: socketPath(runtime, from, user),
    endpoint: join(runtime, "endpoint.json"),
    lock: join(state, "lock.db"),
    keeperLock: join(state, "keeper-lock.db"),
    keeperStatus: join(runtime, "keeper.json"),
    config: join(state, "config.json"),
    store: join(state, "swarm.db"),
    engines: join(state, "engine"),
    spool: join(state, "spool"),
    logs: join(state, "log"),
    profiles: join(state, "profiles"),
    notices,
  };
}

/**
 * Makes the folders, owner-only, and refuses what another user could have prepared for us.
 * @throws CodedError `state.unwritable`, `runtime.unwritable`, `folder.foreign`
 */
export function ensureFolders(paths: Paths): void {
  for (const [folder, code] of [
    [paths.state, "state.unwritable"],
    [paths.runtime, "runtime.unwritable"],
    [paths.engines, "state.unwritable"],
    [paths.spool, "state.unwritable"],
    [paths.logs, "state.unwritable"],
  ] as const) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError(code, { path: folder, reason: messageOf(error) }, { cause: error });
    }
  }
  if (typeof process.getuid !== "function") return;
  for (const folder of [paths.state, paths.runtime]) {
    const facts = lstatSync(folder);
    if (!facts.isDirectory() || facts.uid !== process.getuid()) {
      throw new CodedError("folder.foreign", { path: folder, owner: facts.uid });
    }
    if ((facts.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  }
}

function stateFolder({ env, platform: os, home }: PathEnvironment): string {
  if (os === "win32") return env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
  if (os === "darwin") return join(home, "Library", "Application Support");
  const xdg = env["XDG_STATE_HOME"];
  return xdg !== undefined && xdg !== "" ? xdg : join(home, ".local", "state");
}

/** A home folder shared by several machines holds one state each; the id is hashed because it is not ours to spread. */
function machineKey(): string {
  let id = hostname();
  try {
    id = readFileSync("/etc/machine-id", "utf8").trim() || id;
  } catch {
    // Not Linux, or a container without one: the host name has to do.
  }
  return shortHash(`swarm-allocator ${id}`).slice(0, 12);
}

function socketPath(runtime: string, { platform: os, temporary }: PathEnvironment, user: string): string {
  const key = shortHash(runtime);
  if (os === "win32") return `\\\\.\\pipe\\swarm-allocator-${key}`;
  const direct = join(runtime, "engine.sock");
  if (Buffer.byteLength(direct) <= MAX_SOCKET_BYTES) return direct;
  // The folder of a short path is made and owner-checked where the socket is bound.
  const short = join(
    Buffer.byteLength(temporary) <= 40 ? temporary : "/tmp",
    `swarm-allocator-${user}-${key}`,
    "engine.sock",
  );
  return short;
}

function onNetworkFileSystem(path: string): boolean {
  for (let probe = path; ; probe = join(probe, "..")) {
    try {
      return NETWORK_FILE_SYSTEMS.has(statfsSync(probe).type >>> 0);
    } catch {
      if (join(probe, "..") === probe) return false;
    }
  }
}
