import { CodedError } from "../common/errors.ts";
import type { KeeperPort, Log } from "../ports.ts";
import { defaultSweepTimes, linuxSystem, sweepOrphans, type SweepResult, type SweepSystem } from "./sweep.ts";

/** Something forked while it was swept is found by the next round; more rounds than this mean a fork storm. */
const MAX_ROUNDS = 5;

/**
 * Runs sweeps one at a time. Who asks while one runs gets the next one, shared by all who asked meanwhile, so that fifty
 * agents ending at once cost two readings of the process table and not fifty.
 */
export class Sweeper {
  readonly #keeper: KeeperPort;
  readonly #installationId: string;
  readonly #log: Log;
  readonly #system: SweepSystem | null;
  #running: Promise<SweepResult> | null = null;
  #next: Promise<SweepResult> | null = null;

  constructor(parts: { keeper: KeeperPort; installationId: string; log: Log; system?: SweepSystem | null }) {
    this.#keeper = parts.keeper;
    this.#installationId = parts.installationId;
    this.#log = parts.log;
    this.#system = parts.system === undefined ? linuxSystem() : parts.system;
  }

  /** Ends every process of this installation that no living agent owns. @throws CodedError `keeper.*` */
  sweep(signal: AbortSignal): Promise<SweepResult> {
    if (this.#running === null) return this.#begin(signal);
    this.#next ??= this.#running.then(
      () => this.#begin(signal),
      () => this.#begin(signal),
    );
    return this.#next;
  }

  /** The same, for what one ended agent left behind. @throws CodedError `sweep.left` when some of it cannot be ended */
  async sweepAgent(spawnId: string, signal: AbortSignal): Promise<void> {
    const { left } = await this.sweep(signal);
    const ours = left.filter(({ process }) => process.spawnId === spawnId);
    if (ours.length > 0)
      throw new CodedError("sweep.left", { pids: ours.map(({ process }) => process.pid).join(", ") });
  }

  #begin(signal: AbortSignal): Promise<SweepResult> {
    this.#next = null;
    this.#running = this.#rounds(signal).finally(() => (this.#running = null));
    return this.#running;
  }

  async #rounds(signal: AbortSignal): Promise<SweepResult> {
    const ended: SweepResult["ended"][number][] = [];
    let last: SweepResult = { supported: false, ended: [], left: [] };
    const system = this.#system;
    if (system === null) return last;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // The table first, the keeper's list after it: whatever the keeper spawned before the table was read is in the
      // list, so an agent that is just starting is never taken for an orphan.
      const table = system.table();
      const kept = await this.#keeper.list(signal);
      const living = kept.flatMap(({ spawnId, pid, startTime, exit }) =>
        pid !== null && exit === null ? [{ spawnId, pid, startTime }] : [],
      );
      const scope = { installationId: this.#installationId, living, selfPid: process.pid };
      last = await sweepOrphans(scope, signal, defaultSweepTimes, { ...system, table: () => table });
      ended.push(...last.ended);
      if (last.ended.length === 0) break;
    }
    if (ended.length > 0)
      this.#log.warn("sweep.ended", { count: ended.length, pids: ended.map(({ pid }) => pid).join(", ") });
    for (const { process: orphan, reason } of last.left)
      this.#log.error("sweep.left", { pid: orphan.pid, reason: reason.code });
    return { ...last, ended };
  }
}
