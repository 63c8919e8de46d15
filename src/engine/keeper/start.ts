import { rmSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../common/errors.ts";
import { takeExclusiveLock } from "../common/exclusiveLock.ts";
import { ensureFolders, resolvePaths } from "../common/paths.ts";
import { SPAWN_ID_VARIABLE } from "../protocol/spawnId.ts";
import { EngineLog } from "./engineLog.ts";
import { Keeper, type KeeperTimes } from "./keeper.ts";
import type { RestartLimits } from "./restartPolicy.ts";

/** `sysexits`: used wrongly, cannot create. */
const EXIT_USAGE = 64;
const EXIT_CANNOT_CREATE = 73;

/**
 * Becomes the keeper of this user and machine, or exits 0 at once when there is one.
 * @param folder engine build below `<state>/engine`
 * @param override shorter times, for tests
 */
export function startKeeper(folder: string, override: { times?: KeeperTimes; limits?: RestartLimits } = {}): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(folder)) {
    process.stderr.write(`keeper: the only argument must be an engine folder name, got ${JSON.stringify(folder)}\n`);
    process.exit(EXIT_USAGE);
  }
  const paths = resolvePaths();
  const log = lockAndLog();

  // Started from a terminal of one of our own agents we would inherit its mark, and the engine would be swept as an orphan.
  delete process.env[SPAWN_ID_VARIABLE];
  const keeper = new Keeper({
    paths,
    folder,
    log,
    ...override,
    onExit: (code) => {
      // A clean end leaves no trace; after a failure the file tells why. The lock goes with the process.
      if (code === 0) rmSync(paths.keeperStatus, { force: true });
      process.exit(code);
    },
  });
  // Handlers first: `keeper.json`, which invites SIGUSR2, is written by `start`.
  process.on("SIGTERM", () => void keeper.shutDown(0));
  process.on("SIGINT", () => void keeper.shutDown(0));
  process.on("SIGHUP", () => {}); // The terminal that started us is closed; we stay.
  if (process.platform !== "win32") process.on("SIGUSR2", () => keeper.tryAgain());
  // Ending here would close the stdin of every agent. One request may stay unanswered; its sender has a deadline.
  process.on("uncaughtException", (error) => log.note("uncaught", { error: error.stack ?? String(error) }));
  log.note("keeper-started", { pid: process.pid, folder });
  keeper.start();

  function lockAndLog(): EngineLog {
    try {
      ensureFolders(paths);
      takeExclusiveLock(paths.keeperLock, () => null);
      return new EngineLog(join(paths.logs, "engine.log"));
    } catch (error) {
      if (error instanceof CodedError && error.code === "lock.held") process.exit(0);
      process.stderr.write(`keeper: ${String(error)}\n`);
      process.exit(EXIT_CANNOT_CREATE);
    }
  }
}
