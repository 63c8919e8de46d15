import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { ensureFolders, type Paths } from "../common/paths.ts";
import type { EndpointFile } from "../protocol/files.ts";
import { calls, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../protocol/rpc.ts";
import { openConnection, type ProtocolRange } from "./connection.ts";
import { readEndpoint } from "./endpoint.ts";
import { type InstalledBuild, installBuild } from "./install.ts";
import {
  askOnceMore,
  keeperLives,
  keeperLogPath,
  readKeeperStatus,
  type SpawnedKeeper,
  spawnKeeper,
} from "./keeperProcess.ts";
import type { Runtime } from "./runtime.ts";
import type { ClientOptions, EngineConnection } from "./types.ts";
import { compareVersions } from "./version.ts";
import { FileChange } from "./fileChange.ts";

export const START_DEADLINE_MS = 10_000;
export const HAND_OVER_DEADLINE_MS = 15_000;
/** Looks at least this often while waiting; a change in the runtime folder wakes it earlier. */
const POLL_MS = 100;
/** A keeper that lost the lock may have lost it to one that is just ending: after this long another is tried. */
const RESPAWN_MS = 1_000;

const ours: ProtocolRange = { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION };

/** Parts of the machinery that tests replace. */
export interface ConnectDeps {
  readonly paths: Paths;
  readonly findRuntime: (nodePath: string | undefined) => Promise<Runtime>;
}

/**
 * Joins the running engine, or starts one and joins that.
 *
 * 1. Endpoint file and handshake. An engine of our version or a newer one: done.
 * 2. An older one is asked to hand over to our build, when we may (operator) and shall (`start`); else it is joined as
 *    it is.
 * 3. None: install our build, start a keeper unless a living one is at work, and wait for the handshake. Of two clients
 *    that do so at once the keeper's lock lets one win; both join the winner's engine.
 *
 * @throws CodedError `engine.notRunning`, `engine.failed`, `engine.startTimeout`, `engine.unresponsive`, `keeper.died`,
 *   `client.outdated`, `protocol.unsupported`, `aborted`, and what `ensureFolders`, `installBuild` and `findRuntime` throw
 */
export async function findOrStart(
  options: ClientOptions,
  deps: ConnectDeps,
  signal?: AbortSignal,
): Promise<EngineConnection> {
  const found = await tryJoin(options, deps, signal);
  if (found.kind === "joined") return found.connection;
  if (found.kind === "older") return handOver(found, options, deps, signal);
  if (!options.start) throw new CodedError("engine.notRunning", found.reason === null ? {} : { reason: found.reason });
  return start(options, deps, signal);
}

type Older = {
  readonly kind: "older";
  readonly endpoint: EndpointFile;
  /** Set when we can talk to it as it is. */
  readonly connection: EngineConnection | null;
  /** The range it speaks, for the one call that asks it to make room. */
  readonly range: ProtocolRange;
};

type Found =
  | { readonly kind: "joined"; readonly connection: EngineConnection }
  | Older
  | { readonly kind: "none"; readonly reason: string | null };

async function tryJoin(options: ClientOptions, deps: ConnectDeps, signal?: AbortSignal): Promise<Found> {
  const found = readEndpoint(deps.paths.endpoint);
  if (found.kind === "none") return { kind: "none", reason: null };
  if (found.kind === "invalid") return { kind: "none", reason: found.reason };
  const { endpoint } = found;
  const mayReplace = options.start && options.role === "operator";
  try {
    const connection = await openConnection(endpoint, options, ours, signal);
    if (connection === null) return { kind: "none", reason: null };
    const older = compareVersions(connection.info.version, options.client.version) < 0;
    if (!older || !mayReplace) return { kind: "joined", connection };
    return { kind: "older", endpoint, connection, range: ours };
  } catch (error) {
    const reason = toCoded(error);
    if (reason.code === "protocol.unsupported") {
      if (compareVersions(endpoint.version, options.client.version) > 0) {
        throw new CodedError(
          "client.outdated",
          { client: options.client.version, engine: endpoint.version },
          { cause: error },
        );
      }
      const { engineMin, engineMax } = reason.args;
      if (!mayReplace || typeof engineMin !== "number" || typeof engineMax !== "number") throw error;
      return { kind: "older", endpoint, connection: null, range: { min: engineMin, max: engineMax } };
    }
    // Replaced or ended between the file and the handshake: as if it had not been there.
    if (reason.code === "rpc.closed" || reason.code === "token.refused") return { kind: "none", reason: reason.code };
    if (reason.code === "rpc.timeout")
      throw new CodedError("engine.unresponsive", { pid: endpoint.pid }, { cause: error });
    throw error;
  }
}

async function handOver(
  older: Older,
  options: ClientOptions,
  deps: ConnectDeps,
  signal?: AbortSignal,
): Promise<EngineConnection> {
  const { client } = options;
  options.onProgress?.({ code: "engine.handingOver", args: { from: older.endpoint.version, to: client.version } });
  let { connection } = older;
  try {
    ensureFolders(deps.paths);
    const build = await install(options, deps);
    // `initialize` and `engine/handOver` are the two calls that no version may change: so it can be asked in its own tongue.
    connection ??= await openConnection(older.endpoint, options, older.range, signal);
    await connection?.call(calls.handOver, { folder: build.folder, version: client.version }, signal);
  } catch (error) {
    const reason = toCoded(error);
    // It may be gone before its answer is out, and another client may have asked it first.
    if (reason.code !== "rpc.closed") throw error;
  } finally {
    connection?.dispose();
  }
  const oldEpoch = older.endpoint.epoch;
  return waitFor(deps, HAND_OVER_DEADLINE_MS, "engine.handOverTimeout", signal, async () => {
    const found = readEndpoint(deps.paths.endpoint);
    if (found.kind !== "found" || found.endpoint.epoch === oldEpoch) return null;
    const joined = await tryJoin({ ...options, start: false }, deps, signal);
    return joined.kind === "joined" ? joined.connection : null;
  });
}

async function start(options: ClientOptions, deps: ConnectDeps, signal?: AbortSignal): Promise<EngineConnection> {
  const { paths } = deps;
  ensureFolders(paths);
  const before = readKeeperStatus(paths.keeperStatus);
  const launcher = new Launcher(options, deps);
  if (before !== null && before.status.state === "failing" && askOnceMore(before.status)) {
    options.onProgress?.({ code: "engine.starting", args: { keeperPid: before.status.pid } });
  } else if (before === null || !keeperLives(before.status)) {
    await launcher.launch(signal);
  }
  options.onProgress?.({ code: "engine.waiting", args: { seconds: START_DEADLINE_MS / 1000 } });
  return waitFor(deps, START_DEADLINE_MS, "engine.startTimeout", signal, async () => {
    const found = await tryJoin({ ...options, start: false }, deps, signal);
    if (found.kind === "joined") return found.connection;
    // The file counts only when it was written after we began: an old failure says nothing about this start.
    const now = readKeeperStatus(paths.keeperStatus);
    if (now !== null && now.version !== before?.version && now.status.state !== "running") {
      throw failure(now.status.lastExit?.detail ?? "", now.status.state, paths);
    }
    await launcher.again(now !== null && keeperLives(now.status), signal);
    return null;
  });
}

/** Starts a keeper, and another when it turns out that the lock's holder was on its way out. */
class Launcher {
  readonly #options: ClientOptions;
  readonly #deps: ConnectDeps;
  #keeper: (() => SpawnedKeeper) | null = null;
  #launchedAtMs = 0;
  #ready: { readonly build: InstalledBuild; readonly runtime: Runtime } | null = null;

  constructor(options: ClientOptions, deps: ConnectDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#launchedAtMs = performance.now();
  }

  async launch(signal?: AbortSignal): Promise<void> {
    const { nodePath, onProgress } = this.#options;
    if (this.#ready === null) {
      const runtime = await this.#deps.findRuntime(nodePath);
      for (const notice of runtime.notices) onProgress?.(notice);
      this.#ready = { runtime, build: await install(this.#options, this.#deps) };
    }
    if (signal?.aborted === true) throw new CodedError("aborted");
    const { build, runtime } = this.#ready;
    onProgress?.({ code: "engine.starting", args: { folder: build.folder, node: runtime.command } });
    this.#keeper = spawnKeeper(this.#deps.paths, build, runtime);
    this.#launchedAtMs = performance.now();
  }

  /** @throws CodedError `keeper.died` */
  async again(keeperAtWork: boolean, signal?: AbortSignal): Promise<void> {
    const state: SpawnedKeeper = this.#keeper?.() ?? { kind: "lost" };
    if (state.kind === "died") throw new CodedError(state.reason.code, state.reason.args);
    if (state.kind === "running" || keeperAtWork) return;
    if (performance.now() - this.#launchedAtMs >= RESPAWN_MS) await this.launch(signal);
  }
}

function install({ distFolder, client, onProgress }: ClientOptions, { paths }: ConnectDeps): Promise<InstalledBuild> {
  return installBuild(paths, distFolder, client.version, () =>
    onProgress?.({ code: "engine.copying", args: { path: paths.engines } }),
  );
}

function failure(detail: string, state: string, paths: Paths): CodedError {
  return new CodedError("engine.failed", { state, detail, log: keeperLogPath(paths) });
}

/**
 * Tries until it succeeds, throws, or the deadline is over.
 * @throws CodedError `timeoutCode` with the last reason why it could not be joined and the path of the log
 */
async function waitFor(
  { paths }: ConnectDeps,
  deadlineMs: number,
  timeoutCode: string,
  signal: AbortSignal | undefined,
  attempt: () => Promise<EngineConnection | null>,
): Promise<EngineConnection> {
  const deadline = performance.now() + deadlineMs;
  const change = new FileChange(paths.runtime);
  let last: Coded | null = null;
  try {
    for (;;) {
      if (signal?.aborted === true) throw new CodedError("aborted");
      try {
        const connection = await attempt();
        if (connection !== null) return connection;
      } catch (error) {
        const reason = toCoded(error);
        if (reason.code !== "engine.unresponsive") throw error;
        last = reason;
      }
      if (performance.now() >= deadline) break;
      await change.next(POLL_MS, signal);
    }
  } finally {
    change.dispose();
  }
  if (last !== null) throw new CodedError(last.code, last.args);
  const found = readEndpoint(paths.endpoint);
  const endpoint = found.kind === "invalid" ? found.reason : null;
  throw new CodedError(timeoutCode, { seconds: deadlineMs / 1000, endpoint, log: keeperLogPath(paths) });
}
