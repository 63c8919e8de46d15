/**
 * The words of the product as types. No behaviour.
 *
 * Units are in the names. `null` always means "unknown", never zero: a figure nobody measured is not a number.
 * Ratios are 0..1 unless a comment says otherwise; a CPU figure `cpuCores` of 1.5 means one and a half cores busy.
 */
import type { AgentRecord, GradedTool, OrchestratorLink } from "./orchestrators.ts";
import type { ScalingStatus } from "./scaling.ts";

/** Where a figure comes from: read from the system, computed from measured ones, someone else's word, or not known. */
export type SourceTag = "measured" | "derived" | "claimed" | "unknown";

export type { Coded } from "../common/errors.ts";
export type * from "./forecast.ts";
export type * from "./scaling.ts";
import type { Coded } from "../common/errors.ts";

// ---------------------------------------------------------------------------------------------------------------
// The machine

/** What makes a pid mean something: the boot and the PID namespace it was read in. */
export interface MachineIdentity {
  /** `/proc/sys/kernel/random/boot_id` on Linux, else a hash of the boot time. */
  readonly bootId: string;
  /** Inode of `/proc/self/ns/pid` on Linux, else the empty string. */
  readonly pidNamespace: string;
}

/** One process in one boot. `startTime` is as the system counts it: clock ticks since boot on Linux (field 22 of `/proc/PID/stat`), epoch ms elsewhere. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

/** One row of the process table. Cumulative figures are since the start of the process; `null` = may not be read. */
export interface ProcessSample extends ProcessIdentity {
  readonly parentPid: number;
  /** The kernel's short name (at most 15 characters on Linux). */
  readonly comm: string;
  /** Command line as argument vector; empty for kernel threads and for processes we may not read. */
  readonly args: readonly string[];
  readonly startedAtMs: number;
  /** Running, sleeping, disk wait, zombie, stopped…: the letter of `/proc/PID/stat`. */
  readonly state: string;
  /** User + system CPU seconds so far; `null` where the system does not tell (macOS, Windows). */
  readonly cpuSeconds: number | null;
  /** Cores used since the previous tick; `null` on the first sight of a process. */
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
  /** `null` where the system does not tell (macOS, Windows). */
  readonly threads: number | null;
  /** Bytes that reached the storage layer so far. */
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
}

/** PSI: share of the last 10 s in which some / all tasks were stalled, 0..1. */
export interface PressureSample {
  readonly someRatio10s: number;
  readonly fullRatio10s: number;
}

export interface HostSample {
  readonly cpuCount: number;
  /** Busy share of all cores since the previous tick; `null` at the first tick. */
  readonly cpuBusyRatio: number | null;
  readonly perCoreBusyRatio: readonly number[] | null;
  /** CPU this machine may really use: the least of its cores and every cgroup quota above us, in cores. */
  readonly cpuCapacityCores: number;
  readonly memoryTotalBytes: number;
  /** The least of the host's memory and every cgroup limit above us. */
  readonly memoryCapacityBytes: number;
  readonly memoryUsedBytes: number;
  readonly memoryAvailableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
  /** `null` where the kernel has no PSI. */
  readonly pressure: {
    readonly cpu: PressureSample;
    readonly memory: PressureSample;
    readonly io: PressureSample;
  } | null;
  readonly diskReadBytesPerSecond: number | null;
  readonly diskWriteBytesPerSecond: number | null;
  readonly networkReceiveBytesPerSecond: number | null;
  readonly networkTransmitBytesPerSecond: number | null;
  /** 1, 5 and 15 minute load averages; `null` where the system has none. */
  readonly loadAverage: readonly [number, number, number] | null;
}

/** Everything one collection tick read, consistent in itself. Immutable. */
export interface Snapshot {
  readonly sequence: number;
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Real time since the previous tick; `null` at the first. */
  readonly intervalMs: number | null;
  readonly machine: MachineIdentity;
  readonly host: HostSample;
  readonly processes: ReadonlyMap<number, ProcessSample>;
  /** Processes that vanished while being read or whose files we may not open: shown, never guessed. */
  readonly unreadableProcesses: number;
  /** CPU this tick cost the engine, ms. */
  readonly tickCpuMs: number;
}

/** Facts that change rarely, from `systeminformation`. */
export interface HostFacts {
  readonly osName: string;
  readonly osVersion: string;
  readonly kernel: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryTotalBytes: number;
  readonly hostname: string;
  /** "container", "wsl", "flatpak", "virtual machine"… as detected; empty on bare metal. What a sandbox hides is said. */
  readonly sandbox: string;
  readonly fileSystems: readonly {
    readonly mount: string;
    readonly type: string;
    readonly sizeBytes: number;
    readonly usedBytes: number;
  }[];
}

// ---------------------------------------------------------------------------------------------------------------
// Agents as recognised in the process table

/** How a process stands to its agent: the agent itself, a helper (MCP server), or a tool it runs (tests, compilers, shells). */
export type ProcessRole = "agent" | "helper" | "tool";

export interface OwnedProcess {
  readonly identity: ProcessIdentity;
  readonly role: ProcessRole;
  /** Short human name: `vitest`, `tsc`, `mcp-server-git`. Control and bidi characters already stripped. */
  readonly name: string;
}

/** An agent found by rule, with the process tree it owns. Sums run over the whole tree; `null` if nothing could be read. */
export interface FoundAgent {
  readonly identity: ProcessIdentity;
  /** Key of the rule: `claude-code`, `codex`… */
  readonly kind: string;
  readonly kindLabel: string;
  readonly command: string;
  /** Git root when there is one, else the working directory; `null` when it may not be read. */
  readonly directory: string | null;
  readonly processes: readonly OwnedProcess[];
  readonly usage: Usage;
  readonly startedAtMs: number;
}

export interface Usage {
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
  readonly processCount: number;
}

// ---------------------------------------------------------------------------------------------------------------
// Swarms as shown and served

/**
 * `starting` spawned, not yet ready · `idle` ready, no task · `working` has a task (or, for found agents, is using
 * CPU) · `draining` finishes its task, takes no other · `stopping` told to end · `unconfirmed` we asked and could not
 * see the result yet · `unresponsive` broke the protocol or a deadline.
 */
export type AgentState = "starting" | "idle" | "working" | "draining" | "stopping" | "unconfirmed" | "unresponsive";

export interface ProcessRow {
  readonly pid: number;
  readonly startTime: number;
  readonly name: string;
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
}

export interface AgentRow {
  /** Stable for the life of the agent: `pid-startTime` for found agents, the spawn id for managed ones. */
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
  readonly name: string;
  readonly command: string;
  readonly state: AgentState;
  readonly stateSource: SourceTag;
  readonly stateSinceMs: number;
  readonly usage: Usage;
  readonly helpers: readonly ProcessRow[];
  readonly tools: readonly ProcessRow[];
  /** The last thing that went wrong with this agent, if anything did. */
  readonly problem: Coded | null;
  readonly tasksDone: number | null;
}

export type SwarmMode = "observe" | "recommend" | "auto";

/** What an actor is doing for a swarm right now. A tagged union: an action in flight has its own fields. */
export type SwarmActivity =
  | { readonly kind: "stopped" }
  | { readonly kind: "steady" }
  | { readonly kind: "scaling"; readonly from: number; readonly to: number; readonly sinceMs: number }
  | { readonly kind: "unconfirmed"; readonly target: number; readonly live: number; readonly reason: Coded }
  | { readonly kind: "held"; readonly reason: Coded };

interface SwarmRowBase {
  readonly id: string;
  readonly label: string;
  readonly agents: readonly AgentRow[];
  readonly usage: Usage;
}

/** Agents somebody else started, grouped by kind and git root. Never scaled, reniced or limited. */
export interface ObservedSwarmRow extends SwarmRowBase {
  readonly kind: "observed";
  readonly agentKind: string;
  readonly directory: string | null;
}

/** A swarm we run: real processes of a configured command. */
export interface ManagedSwarmRow extends SwarmRowBase {
  readonly kind: "managed";
  readonly provider: string;
  readonly demo: boolean;
  readonly mode: SwarmMode;
  /** Agents wanted; 0 when stopped. */
  readonly target: number;
  /** Agents seen alive in the process table. */
  readonly live: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly activity: SwarmActivity;
  /** Busy agents + queued tasks ÷ tasks an agent holds at once; for swarms without tasks the CPU share of its agents. */
  readonly demand: number | null;
  /** `measured` when tasks are counted, `derived` from CPU, `unknown` when it cannot be said. */
  readonly demandSource: SourceTag;
  /** Demand ÷ live agents; `null` without agents or tasks. */
  readonly utilisation: number | null;
  readonly waitingTasks: number | null;
  readonly timeScale: number;
  /** Processes that serve the swarm and are none of its agents (the demo's stand-in for a model API). */
  readonly support: readonly ProcessRow[];
  readonly tasksDone: number | null;
  readonly problem: Coded | null;
  /** What the scaler thinks now; `null` while it does not look (observe, stopped, no sample yet). */
  readonly scaling: ScalingStatus | null;
  /** Put on hold by an operator: supervised, no growth, no automatic change. */
  readonly held: boolean;
  /** When that hold ends by itself; absent without one, and for one that only an operator ends. */
  readonly heldUntilMs?: number;
}

/**
 * A swarm that an orchestrator keeps records of. `agents` are the processes seen that belong to it; the records are its
 * own word (`claimed`), so nothing is done by itself because of them.
 */
export interface OrchestratedSwarmRow extends SwarmRowBase {
  readonly kind: "orchestrated";
  readonly provider: string;
  readonly mode: SwarmMode;
  readonly link: OrchestratorLink;
  /** Its token is kept by an editor, and none has given it to this engine yet. */
  readonly wantsToken: boolean;
  /** As it calls itself; `null` before the first connection. */
  readonly server: { readonly name: string; readonly version: string } | null;
  readonly dialect: "v2" | "v3" | null;
  /** Of the process that serves it, behind what launches it; `null`: none runs here, or it is reached by a URL. */
  readonly serverPid: number | null;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Records asked for last; `null`: none were asked for since the engine started. */
  readonly target: number | null;
  /** Records that it tells of; `null`: it has not told yet. */
  readonly recordCount: number | null;
  /** The first of them. */
  readonly records: readonly AgentRecord[];
  readonly recordsAtMs: number | null;
  readonly tools: readonly GradedTool[];
  /** Before every call to it. */
  readonly breaker: { readonly state: string; readonly failures: number; readonly refused: number };
  readonly activity: SwarmActivity;
  readonly problem: Coded | null;
  /** Why nothing is done without an operator. */
  readonly advice: Coded;
}

export type SwarmRow = ObservedSwarmRow | ManagedSwarmRow | OrchestratedSwarmRow;

/** The engine's own cost and health, published like everything else. */
export interface EngineHealth {
  readonly pid: number;
  readonly version: string;
  readonly buildId: string;
  readonly epoch: number;
  readonly startedAtMs: number;
  readonly cpuRatio: number | null;
  readonly rssBytes: number;
  readonly keeperPid: number;
  readonly keeperRssBytes: number | null;
  readonly tickMs: number | null;
  readonly tickIntervalMs: number;
  readonly lateTicks: number;
  readonly restarts: number;
  readonly clients: number;
  /** Things the operator should know: a fallback folder, a clock jump, a config that was refused. */
  readonly notices: readonly Coded[];
}
