import type { Disposable } from "../common/disposable.ts";
import type { FoundAgent, HostFacts, Snapshot } from "../protocol/model.ts";

// Reading the world: the machine, its processes, the agents among them.

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
