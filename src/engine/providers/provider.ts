import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { Json, LaunchPlan, LoadSource, Log, ManagedAgent, TaskRunner } from "../ports.ts";
import type { DemoFaults } from "../protocol/faultTolerance.ts";
import type { AgentType, ConfigValues, ScalingPolicy } from "../protocol/config.ts";
import type { SwarmActivity } from "../protocol/model.ts";
import type {
  AgentRecord,
  AllocationKept,
  ClaimedAnswer,
  GradedTool,
  OrchestratorLink,
  ToolRole,
  TopologyResult,
} from "../protocol/orchestrators.ts";

/** Everything an actor may know and do about one swarm whose agents we run. */
export interface ManagedSwarm extends TaskRunner, Disposable {
  readonly id: string;
  /** Takes a changed configuration; agents that run stay. */
  redefine(definition: SwarmDefinition): void;
  /** Agents whose process was not yet seen gone, oldest first. */
  agents(): readonly ManagedAgent[];
  /** Asks for one more agent. Settles when the process exists or could not be started. @throws CodedError `spawn.*` */
  startAgent(cap: number, signal: AbortSignal): Promise<void>;
  /** Let it finish and end: `drain`, then SIGTERM at the drain timeout, then SIGKILL. Idempotent. */
  drainAgent(agentId: string): void;
  /** End it without waiting for its task: SIGTERM, then SIGKILL. */
  endAgent(agentId: string): void;
  /** Re-reads the world: processes that went, deadlines that passed. Cheap; never blocks. */
  observe(): void;
  /** Agents' state changed in any way. */
  readonly onChange: (listener: () => void) => Disposable;
  /** A start of its own went without an answer: the keeper's list has to be read again. */
  readonly onUncertain: (listener: () => void) => Disposable;
  /** How many agents it may use. Workers are started and drained one by one; commands take tasks up to this many. */
  resize(places: number): void;
  /** What keeps the swarm from starting agents, with the earliest next try; `null` when nothing does. */
  startBlock(): { readonly reason: Coded; readonly retryAtMonotonicMs: number } | null;
}

/** A configured swarm, before it runs. */
export interface SwarmDefinition {
  readonly id: string;
  readonly label: string;
  readonly demo: boolean;
  /** A serving process of another swarm: run and supervised like one, shown with the swarm it serves. */
  readonly supportOf: string | null;
  readonly agentType: AgentType;
  /** Arguments as configured: whether a prompt fits among them can be said before anything starts. */
  readonly args: readonly string[];
  /** Completes a task's input at the moment an agent gets it. */
  readonly prepare?: (input: Json) => Json;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly initialAgents: number;
  readonly mode: "observe" | "recommend" | "auto";
  readonly startTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** Divides horizon, season, cooldown and stabilization of this swarm; 1 for real ones. */
  readonly timeScale: number;
  readonly scaling: ScalingPolicy;
  readonly launch: () => Promise<LaunchPlan>;
  /** Makes the load when the swarm brings its own (the demo). */
  readonly load: (() => LoadSource) | null;
}

/** One kind of swarm = one file + one line in `providers/index.ts`. */
export interface SwarmProvider {
  readonly kind: string;
  definitions(config: ConfigValues, context: ProviderContext): readonly SwarmDefinition[];
}

/** What was asked for by `faultInject`. */
export interface FaultSwitch {
  readonly faults: DemoFaults | null;
}

export interface ProviderContext {
  readonly faults: FaultSwitch;
  /** `info` of the `ready` message of a support swarm, once it is there. */
  readonly supportInfo: (swarmId: string) => Readonly<Record<string, unknown>> | null;
  /** Folder of the engine's own bundle: where the demo's scripts lie. */
  readonly engineFolder: string;
  readonly nodePath: string;
  readonly homeFolder: string;
  /** Built, not inherited: the allow-listed login environment with the swarm's own on top. */
  readonly environment: (own: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string>>>;
}

// Orchestrators: somebody else's agents, known by records ---------------------------------------------------------------

/** One configured swarm of an orchestrator. */
export interface OrchestratorDefinition {
  readonly id: string;
  readonly label: string;
  readonly mode: "observe" | "recommend";
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Changed in a way that takes another connection. */
  readonly connectionKey: string;
}

/** What is known of it now. Records are its own word. */
export interface OrchestratorView {
  readonly link: OrchestratorLink;
  readonly wantsToken: boolean;
  readonly server: { readonly name: string; readonly version: string } | null;
  readonly dialect: "v2" | "v3" | null;
  readonly target: number | null;
  readonly recordCount: number | null;
  readonly records: readonly Omit<AgentRecord, "pid">[];
  /** Of all records, those that say they are busy; `null` when one does not say, and before they were read. */
  readonly busyCount: number | null;
  readonly recordsAtMs: number | null;
  readonly tools: readonly GradedTool[];
  readonly activity: SwarmActivity;
  readonly problem: Coded | null;
  /** Of its server, where that is a process of ours. */
  readonly serverPid: number | null;
  /** Where its agents work. */
  readonly directory: string | null;
}

/** How a change of the number of records ended, and by which ways it came about. */
export type RecordsOutcome =
  | { readonly kind: "confirmed"; readonly records: number; readonly notes: readonly Coded[] }
  | {
      readonly kind: "unconfirmed";
      readonly records: number | null;
      readonly reason: Coded;
      readonly notes: readonly Coded[];
    }
  | { readonly kind: "refused"; readonly reason: Coded };

/** Everything an actor may know and do about one swarm of an orchestrator. */
export interface OrchestratedSwarm extends Disposable {
  readonly id: string;
  redefine(definition: OrchestratorDefinition): void;
  /** Its bearer token; `null`: no longer. @returns why it is not taken; `null` when it is */
  takeToken(url: string, token: string | null): Coded | null;
  /** Once a tick: connects, reads the records again when that is due. Synchronous; never blocks. */
  observe(): void;
  view(): OrchestratorView;
  readonly onChange: (listener: () => void) => Disposable;
  /** Why a size would be refused; `null` when it would not. */
  refusal(target: number): Coded | null;
  /** Settles by the deadline. One at a time. */
  scale(target: number, deadlineMs: number, signal: AbortSignal): Promise<RecordsOutcome>;
  /** @throws CodedError `orchestrator.notConnected`, `mcp.*`, `breaker.open`, `aborted` */
  ask(role: ToolRole, signal: AbortSignal): Promise<ClaimedAnswer>;
  /** @throws as `ask` */
  optimizeTopology(signal: AbortSignal): Promise<TopologyResult>;
  /** @throws as `ask` */
  keepAllocation(allocation: Readonly<Record<string, number>>, signal: AbortSignal): Promise<AllocationKept>;
  /** Processes that name one of its records on their command line were seen: there is more behind them than a word. */
  sawProcesses(recordIds: readonly string[]): void;
  /** The state of the breaker before it. */
  breaker(): { readonly state: string; readonly failures: number; readonly refused: number };
  /** Resolves when its process is gone. */
  end(): Promise<void>;
}

export interface OrchestratorParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: () => number;
  /** Of this product, for the greeting. */
  readonly version: string;
  readonly newSpawnId: () => string;
  readonly host: () => { readonly memoryTotalBytes: number; readonly memoryUsedBytes: number } | null;
  readonly context: Pick<ProviderContext, "environment" | "homeFolder" | "nodePath">;
}

/** One kind of orchestrator = one file + one line in `providers/index.ts`. */
export interface OrchestratorProvider {
  readonly kind: string;
  definitions(config: ConfigValues): readonly OrchestratorDefinition[];
  create(definition: OrchestratorDefinition, config: () => ConfigValues, parts: OrchestratorParts): OrchestratedSwarm;
}
