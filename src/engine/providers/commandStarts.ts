import { type Coded, toCoded } from "../common/errors.ts";
import type { KeeperPort, LaunchPlan, SpawnerPort, TaskMessage, TaskOutcome } from "../ports.ts";
import { type CommandRun, commandInput } from "./commandRun.ts";
import { NO_OUTPUT } from "./taskOutput.ts";

/** One start may take this long before its answer counts as lost. */
const START_DEADLINE_MS = 15_000;

export interface CommandStartsParts {
  readonly swarmId: string;
  readonly keeper: KeeperPort;
  readonly spawner: SpawnerPort;
  readonly launch: () => Promise<LaunchPlan>;
  readonly maxAgents: () => number;
  /** Its process is there. */
  readonly add: (spawned: { id: string; pid: number; startTime: number }, taskId: string) => CommandRun;
  /** The whole prompt was taken. */
  readonly handed: (spawnId: string, taskId: string) => void;
  /** It runs, and its prompt could not be given to it: how it ends is its outcome. */
  readonly unfed: (run: CommandRun, error: unknown) => void;
  readonly failed: (reason: Coded) => void;
  /** The answer to a start was lost: the keeper's list has to be read again. */
  readonly uncertain: () => void;
  readonly ended: (spawnId: string, taskId: string, outcome: TaskOutcome) => void;
}

/**
 * Commands on their way from a task to a process. The lease names the process before it exists, so that a restart at any
 * moment finds the two together. Exactly one thing follows a start: the process, or the end of its task.
 */
export class CommandStarts {
  readonly #parts: CommandStartsParts;
  /** By spawn id. `uncertain`: it may run, and nobody has seen it yet. */
  readonly #coming = new Map<string, { readonly taskId: string; uncertain: boolean }>();

  constructor(parts: CommandStartsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#coming.size;
  }

  has(spawnId: string): boolean {
    return this.#coming.has(spawnId);
  }

  begin(spawnId: string, { id, input }: TaskMessage, signal: AbortSignal): void {
    const coming = { taskId: id, uncertain: false };
    this.#coming.set(spawnId, coming);
    this.#run(spawnId, id, input.kind === "prompt" ? input.prompt : "", signal).catch((error: unknown) => {
      const reason = toCoded(error);
      this.#parts.failed(reason);
      if (this.#parts.spawner.isOpen(spawnId)) {
        coming.uncertain = true;
        this.#parts.uncertain();
        return;
      }
      this.#coming.delete(spawnId);
      this.#parts.ended(
        spawnId,
        id,
        reason.code === "spawn.failed"
          ? { kind: "failed", reason, output: NO_OUTPUT }
          : { kind: "lost", how: reason.code, ours: true },
      );
    });
  }

  /** The keeper has it: `false` when its own start is still under way and will bring it. */
  found(spawnId: string): boolean {
    const coming = this.#coming.get(spawnId);
    if (coming !== undefined && !coming.uncertain) return false;
    this.#coming.delete(spawnId);
    return true;
  }

  /** Starts whose answer was lost, and of which it is known by now that nothing came of them. */
  look(): void {
    for (const [spawnId, { taskId, uncertain }] of this.#coming) {
      if (!uncertain || this.#parts.spawner.isOpen(spawnId)) continue;
      this.#coming.delete(spawnId);
      this.#parts.ended(spawnId, taskId, { kind: "lost", how: "never started", ours: true });
    }
  }

  async #run(spawnId: string, taskId: string, prompt: string, signal: AbortSignal): Promise<void> {
    const { spawner, keeper, swarmId } = this.#parts;
    const plan = await this.#parts.launch();
    const { args, stdin } = commandInput(plan.args, prompt);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    const cap = this.#parts.maxAgents();
    const { pid, startTime } = await spawner.spawn(swarmId, cap, { ...plan, args }, deadline, spawnId);
    this.#coming.delete(spawnId);
    const run = this.#parts.add({ id: spawnId, pid, startTime }, taskId);
    try {
      if (stdin !== "") await keeper.write(spawnId, stdin, signal);
      this.#parts.handed(spawnId, taskId);
      await keeper.closeStdin(spawnId, signal);
    } catch (error) {
      this.#parts.unfed(run, error);
    }
  }
}
