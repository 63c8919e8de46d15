import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { AgentType, ScalingPolicy } from "../protocol/config.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { AgentState, SwarmActivity, SwarmMode } from "../protocol/model.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { KeeperEvent, KeptProcess } from "../protocol/keeper.ts";
import type { Json } from "./work.ts";

// Running agents: the keeper, the journal, swarms and their work.

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

/** One spawn as the journal knows it. An entry is open until its process group was seen gone. */
export interface JournalEntry {
  readonly spawnId: string;
  readonly swarmId: string;
  readonly epoch: number;
  /** Wall clock, for display. */
  readonly reservedAtMs: number;
  /** `null` while the spawn was asked for and not yet acknowledged. */
  readonly pid: number | null;
  readonly startTime: number | null;
}

/** What must survive a kill -9. Every write is durable when the call returns; each throws `store.*` when it is not. */
export interface SwarmJournal {
  /** Prefix of every spawn id of this installation: what tells our processes from everybody else's. */
  readonly installationId: string;
  openEntries(): readonly JournalEntry[];
  reserve(entry: JournalEntry): void;
  started(spawnId: string, pid: number, startTime: number | null): void;
  ended(spawnId: string, endedAtMs: number, how: string): void;
  targets(): ReadonlyMap<string, number>;
  setTarget(swarmId: string, target: number): void;
  /** Swarms that an operator put on hold, each with the wall time of its end; `null`: until it is lifted. */
  holds(): ReadonlyMap<string, number | null>;
  setHold(swarmId: string, hold: { readonly untilMs: number | null } | null): void;
}

export interface LaunchPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly spoolBytes: number;
}

export interface Spawned {
  readonly spawnId: string;
  readonly pid: number;
  readonly startTime: number;
}

/** The one place that spawns. Checks the cap and writes the spawn down before it asks the keeper. */
export interface SpawnerPort {
  /** @throws CodedError `spawn.cap`, `spawn.failed`, `store.*`, `keeper.*` */
  spawn(swarmId: string, cap: number, plan: LaunchPlan, signal: AbortSignal, spawnId?: string): Promise<Spawned>;
  /** A fresh id for a spawn to come: what a lease names before its process exists. */
  newSpawnId(): string;
  /** Its whole process group was seen gone: it no longer counts against the cap. */
  release(spawnId: string, how: string): void;
  /** Whether this spawn still counts: it may run. */
  isOpen(spawnId: string): boolean;
  /** Live and pending spawns that count against the cap of a swarm. */
  counted(swarmId: string): number;
}

/** Reads of single processes, always from the system, never from a cache. */
export interface ProcessReader {
  /** Whether exactly this process lives (a zombie does not). */
  isAlive(pid: number, startTime: number): boolean;
}

/** One agent of a managed swarm as actors and views see it. */
export interface ManagedAgent {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
  readonly state: AgentState;
  readonly stateSinceMs: number;
  readonly task: string | null;
  readonly tasksDone: number;
  readonly problem: Coded | null;
}

/** One managed swarm with its bounds, its target and what it is doing. */
export interface SwarmView {
  readonly id: string;
  readonly label: string;
  readonly demo: boolean;
  /** The swarm it serves; `null` for a swarm in its own right. */
  readonly supportOf: string | null;
  readonly mode: SwarmMode;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly timeScale: number;
  readonly agentType: AgentType;
  readonly scaling: ScalingPolicy;
  /** Put on hold by an operator. */
  readonly heldByOperator: boolean;
  /** Wall clock at the end of that hold; `null` without one, and for one that only an operator ends. */
  readonly heldUntilMs: number | null;
  /** Median time from spawn to ready of the agents started lately; `null` before one was seen. */
  startUpMs(): number | null;
  readonly target: number;
  /** Agents whose process was not yet seen gone, oldest first. */
  agents(): readonly ManagedAgent[];
  /** Agents alive at this moment, read from the system. */
  live(): number;
  activity(): SwarmActivity;
  /** All that are wanted are there and ready; others still end, which may take as long as their tasks. */
  onlyDrains(): boolean;
  /** A busy agent that was told to end gets this long for its task. */
  readonly drainTimeoutMs: number;
  problem(): Coded | null;
  /** The target that a start without a number goes to. */
  startTarget(): number;
  /** Why a target would be refused; `null` when it would not. */
  refusal(target: number): Coded | null;
  /** Who would end if there were `count` agents fewer, in that order. */
  wouldEnd(count: number): readonly ManagedAgent[];
}

/** Every managed swarm, and the one way to size them. */
export interface SwarmsPort {
  list(): readonly SwarmView[];
  /** @throws CodedError `swarm.unknown` */
  get(swarmId: string): SwarmView;
  readonly managesSomething: boolean;
  /** No growth of any swarm for this reason; `null` lifts it. */
  hold(reason: Coded | null): void;
  /**
   * An operator's hold of one swarm: durable, ended by an operator or when its time is over.
   * @param forMs `null`: until it is lifted
   * @returns whether anything changed
   * @throws CodedError `swarm.unknown`, `store.write`
   */
  holdSwarm(swarmId: string, held: boolean, forMs: number | null): boolean;
  /** Once a tick: deadlines, processes that went, next steps. Synchronous and bounded. */
  observe(): void;
  /** Sets the target and waits until it is seen, refused or the deadline passes. @throws CodedError `swarm.unknown` */
  scale(swarmId: string, target: number, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome>;
  /**
   * Takes one agent out for good: the target goes down by one.
   * @param now without waiting for its task: an operator said so
   * @throws CodedError `agent.unknown`
   */
  stopAgent(agentId: string, deadlineMs: number, signal: AbortSignal, now?: boolean): Promise<ActionOutcome>;
  /** Ends all agents that were told to end, without waiting for their tasks. @throws CodedError `swarm.unknown` */
  endNow(swarmId: string): void;
  /** Every swarm to zero; agents that still work at the deadline are ended without waiting. */
  stopAll(deadlineMs: number, signal: AbortSignal): Promise<void>;
}

/** Who is there, and what follows from nobody being there. */
export interface AttentionPort {
  look(
    view: {
      readonly operators: number;
      readonly clients: number;
      readonly managesSomething: boolean;
      readonly keepRunning: boolean;
    },
    monotonicMs: number,
  ): { readonly hold: Coded | null; readonly exit: boolean };
}

/** Tasks that arrive by themselves. Pure of timers: asked at each tick for what arrived since. */
export interface LoadSource {
  arrivals(fromWallMs: number, toWallMs: number): readonly LoadTask[];
}

export interface LoadTask {
  readonly id: string;
  readonly lane: Lane;
  readonly input: Json;
}
