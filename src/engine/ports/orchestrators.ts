import type { FoundAgent, OrchestratedSwarmRow, Snapshot, SwarmMode } from "../protocol/model.ts";
import type { AllocationKept, ClaimedAnswer, ToolRole, TopologyResult } from "../protocol/orchestrators.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

/** One swarm of an orchestrator with what is known of it. */
export interface OrchestratedView {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  readonly mode: SwarmMode;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** The row without what only the process table knows. */
  readonly facts: Omit<
    OrchestratedSwarmRow,
    | "kind"
    | "id"
    | "label"
    | "provider"
    | "mode"
    | "minAgents"
    | "maxAgents"
    | "agents"
    | "usage"
    | "records"
    | "serverPid"
    | "advice"
    | "breaker"
  > & { readonly records: readonly Omit<OrchestratedSwarmRow["records"][number], "pid">[] };
  /** Of all records, those that say they are busy; `null` when one does not say, and before they were read. */
  readonly busyCount: number | null;
  readonly serverPid: number | null;
  readonly directory: string | null;
  readonly breaker: { readonly state: string; readonly failures: number; readonly refused: number };
}

/** A size that was asked for, carried out and read back. */
export interface ConfirmedScale {
  readonly swarmId: string;
  /** Records before; `null`: they had not been read. */
  readonly from: number | null;
  readonly to: number;
  /** Who asked for it, by its own word. */
  readonly by: string;
}

/**
 * Integration point: whoever arranges how the agents of an orchestrated swarm are joined. Called once after every scale that
 * was confirmed, whoever asked for it and by whatever way, and never after one that was not.
 *
 * The size stands whatever comes of this. What it throws is told as `unconfirmed` with its reason, and so is what it has
 * not done when the deadline of the scale is over: nobody waits for it then, and `signal` is aborted. It says `confirmed`
 * only of what it has read back, and `refused` where it has not tried.
 */
export interface TopologyOptimizer {
  /** @throws coded errors; anything else is told as `internal` */
  afterScale(scale: ConfirmedScale, signal: AbortSignal): Promise<TopologyResult>;
}

/** Swarms of orchestrators, and the one way to act on them. */
export interface OrchestratorsPort {
  list(): readonly OrchestratedView[];
  has(swarmId: string): boolean;
  /** @throws CodedError `swarm.unknown` */
  get(swarmId: string): OrchestratedView;
  /**
   * The bearer token of its server; `null`: no longer.
   * @throws CodedError `swarm.unknown`, `mcp.tokenUnasked`, `mcp.tokenOtherUrl`
   */
  takeToken(swarmId: string, url: string, token: string | null): void;
  /** Once a tick. Synchronous and bounded. */
  observe(): void;
  /** What was found of them in the process table. */
  saw(swarmId: string, processes: number, recordIds: readonly string[]): void;
  /**
   * Brings its records to a number, reads them back, and lets the topology be improved once that is confirmed. Settles by the
   * deadline; never rejects for what the orchestrator does.
   * @throws CodedError `swarm.unknown`
   */
  scale(swarmId: string, target: number, by: string, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome>;
  /** @throws CodedError `swarm.unknown`, `orchestrator.notConnected`, `mcp.*`, `breaker.open`, `aborted` */
  ask(swarmId: string, role: ToolRole, signal: AbortSignal): Promise<ClaimedAnswer>;
  /** @throws as `ask` */
  keepAllocation(
    swarmId: string,
    allocation: Readonly<Record<string, number>>,
    signal: AbortSignal,
  ): Promise<AllocationKept>;
}

/** Rows of orchestrated swarms, and the found agents that are among them and in no other row. */
export interface OrchestratedRows {
  readonly rows: readonly OrchestratedSwarmRow[];
  readonly joined: ReadonlySet<FoundAgent>;
}

export type JoinRows = (found: readonly FoundAgent[], snapshot: Snapshot) => OrchestratedRows;
