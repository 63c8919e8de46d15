import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { Json, LaunchPlan, LoadSource, ManagedAgent, TaskRunner } from "../ports.ts";
import type { DemoFaults } from "../protocol/faultTolerance.ts";
import type { AgentType, ConfigValues, ScalingPolicy } from "../protocol/config.ts";

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
