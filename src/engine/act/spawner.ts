import type { Clock } from "../common/clock.ts";
import { CodedError } from "../common/errors.ts";
import { uuidv7 } from "../common/uuid.ts";
import type { KeeperPort, LaunchPlan, Spawned, SpawnerPort, SwarmJournal } from "../ports.ts";
import { SpawnLedger } from "./spawnLedger.ts";

/** The one place that spawns: cap, journal, then the keeper. */
export class Spawner implements SpawnerPort {
  readonly #keeper: KeeperPort;
  readonly #journal: SwarmJournal;
  readonly #ledger: SpawnLedger;
  readonly #epoch: number;
  readonly #clock: Clock;

  constructor(parts: { keeper: KeeperPort; journal: SwarmJournal; epoch: number; clock: Clock }) {
    this.#keeper = parts.keeper;
    this.#journal = parts.journal;
    this.#ledger = new SpawnLedger(parts.journal);
    this.#epoch = parts.epoch;
    this.#clock = parts.clock;
  }

  counted(swarmId: string): number {
    return this.#ledger.counted(swarmId);
  }

  release(spawnId: string, how: string): void {
    this.#ledger.release(spawnId, this.#clock.wallMs(), how);
  }

  isOpen(spawnId: string): boolean {
    return this.#ledger.has(spawnId);
  }

  newSpawnId(): string {
    return `${this.#journal.installationId}.${uuidv7(this.#clock.wallMs())}`;
  }

  async spawn(
    swarmId: string,
    cap: number,
    plan: LaunchPlan,
    signal: AbortSignal,
    spawnId: string = this.newSpawnId(),
  ): Promise<Spawned> {
    const reservedAtMs = this.#clock.wallMs();
    this.#ledger.reserve({ spawnId, swarmId, epoch: this.#epoch, reservedAtMs, pid: null, startTime: null }, cap);
    try {
      const { pid, startTime } = await this.#keeper.spawn({ spawnId, ...plan }, signal);
      // Without a start time of the system's own, the moment of the spawn stands in; it is compared with itself only.
      const identity = startTime ?? reservedAtMs;
      this.#ledger.started(spawnId, pid, identity);
      return { spawnId, pid, startTime: identity };
    } catch (error) {
      // Only the keeper's word that nothing was started frees the place. After a lost answer it may well run: the entry
      // goes on counting until the keeper's list has been read again.
      if (error instanceof CodedError && error.code === "keeper.spawn-failed") {
        this.release(spawnId, "could not be started");
        throw new CodedError(
          "spawn.failed",
          { command: plan.command, reason: String(error.args["detail"] ?? "unknown") },
          { cause: error },
        );
      }
      throw error;
    }
  }
}
