import type { Disposable } from "./common/disposable.ts";
import type { FoundAgent, HostFacts, Snapshot } from "./protocol/model.ts";
import type { KeeperEvent, KeptProcess } from "./protocol/keeper.ts";

/**
 * The in-process interfaces between stages. A stage implements some and receives others; `main.ts` joins them.
 * Whatever can wait takes an `AbortSignal`.
 */

// collect ---------------------------------------------------------------------------------------------------------

/** Reads the machine. `read()` is synchronous on Linux; elsewhere it returns the latest finished sample. */
export interface Collector extends Disposable {
  /** Reads now and returns a new snapshot, or the previous one where sampling is asynchronous and none is newer. */
  read(): Snapshot;
  /** Slow facts; `null` until the first answer. Never blocks. */
  facts(): HostFacts | null;
}

/** Finds agents in a process table. Keeps what it knows per process between ticks; cheap for an unchanged table. */
export interface AgentRecognizer {
  /**
   * @param managed pids of processes that we run ourselves: they and their trees are never "found"
   */
  recognize(snapshot: Snapshot, managed: ReadonlySet<number>): readonly FoundAgent[];
  /** The tree below one process of ours, split the same way; `null` when the process is gone. */
  ownedTree(snapshot: Snapshot, rootPid: number): FoundAgent | null;
}

// keeper ----------------------------------------------------------------------------------------------------------

export interface SpawnRequest {
  readonly spawnId: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly spoolBytes: number;
}

export interface SpoolChunk {
  readonly data: Uint8Array;
  /** Where `data` begins; later than asked when older output was dropped. */
  readonly offset: number;
  readonly endOffset: number;
}

/** The parent of every agent. Each call settles: with the answer, or with a `CodedError` `keeper.*`. */
export interface KeeperPort {
  readonly keeperPid: number;
  readonly engineStarts: number;
  readonly onEvent: (listener: (event: KeeperEvent) => void) => Disposable;
  spawn(request: SpawnRequest, signal: AbortSignal): Promise<{ pid: number; startTime: number | null }>;
  write(spawnId: string, data: string, signal: AbortSignal): Promise<void>;
  closeStdin(spawnId: string, signal: AbortSignal): Promise<void>;
  read(
    spawnId: string,
    stream: "stdout" | "stderr",
    offset: number,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<SpoolChunk>;
  /** Signals the whole process group. Resolves `false` when nothing of it is left. */
  signal(spawnId: string, name: "SIGTERM" | "SIGINT" | "SIGKILL", signal: AbortSignal): Promise<boolean>;
  list(signal: AbortSignal): Promise<readonly KeptProcess[]>;
  forget(spawnId: string, signal: AbortSignal): Promise<void>;
  useEngine(folder: string, signal: AbortSignal): Promise<void>;
  beat(): void;
}
