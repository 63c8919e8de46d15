import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "./child.mjs";
import { described, processesOfHome, signalEach, stillAlive } from "./processes.mjs";
import { DIST } from "./project.mjs";

const STOP_DEADLINE_MS = 15_000;

/**
 * Ends engine, keeper and agents of one home: asked politely by the CLI, then looked at.
 * @returns {Promise<string[]>} what was still there and was ended by force; empty is how it should be
 */
export async function endEngine(home) {
  const before = processesOfHome(home);
  if (before.length === 0) return [];
  const cli = join(DIST, "cli.js");
  if (existsSync(cli)) {
    const env = { ...process.env, SWARM_ALLOCATOR_HOME: home };
    await Promise.race([
      run(process.execPath, [cli, "engine-stop"], { env, allowFailure: true }),
      delay(STOP_DEADLINE_MS, undefined, { ref: false }),
    ]);
  }
  const left = () => [...new Map([...stillAlive(before), ...processesOfHome(home)].map((it) => [it.pid, it])).values()];
  for (const deadline = Date.now() + 3_000; left().length > 0 && Date.now() < deadline;) await delay(100);
  const stubborn = left();
  signalEach(stubborn, "SIGKILL");
  return stubborn.map(described);
}

/** The same at once and by force, for when this process itself is being ended. Synchronous, so it may run on exit. */
export function killEngine(home) {
  signalEach(processesOfHome(home), "SIGKILL");
}
