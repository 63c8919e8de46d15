import type { Coded } from "../common/errors.ts";
import type { DemoFaults } from "./faultTolerance.ts";
import type { Lane } from "./lanes.ts";
import type { LeaseRow } from "./leases.ts";

// Tasks, lanes and breakers as shown and served. Times are wall clock, ms.

/** A task in one state. Each carries only what it has. */
export type TaskState =
  /** `notBeforeMs`: a retry waits until then. `lastFailure`: why it waits again. */
  | { readonly kind: "waiting"; readonly notBeforeMs: number | null; readonly lastFailure: Coded | null }
  | {
      readonly kind: "running";
      readonly agentId: string;
      readonly sinceMs: number;
      readonly deadlineMs: number;
      /** Its agent has the task; without it only the agent's own word tells. */
      readonly handed: boolean;
      /** Asked to stop, and not seen stopped yet. */
      readonly cancelledBy: string | null;
    }
  | { readonly kind: "done"; readonly atMs: number; readonly tookMs: number }
  | { readonly kind: "failed"; readonly atMs: number; readonly reason: Coded }
  | { readonly kind: "cancelled"; readonly atMs: number; readonly by: string };

export type TaskStateKind = TaskState["kind"];

export interface TaskRow {
  /** UUIDv7. */
  readonly id: string;
  readonly swarmId: string;
  readonly lane: Lane;
  /** 0..9, 9 first. */
  readonly priority: number;
  /** First line of its prompt or of its input, control and bidi characters stripped, at most 120 characters. */
  readonly label: string;
  readonly submittedAtMs: number;
  readonly submittedBy: string;
  /** Runs so far, the present one included. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly state: TaskState;
  /** The task of which an operator asked for another run. */
  readonly retryOf: string | null;
}

/** The end of one output stream: what was kept of it. */
export interface OutputTail {
  readonly text: string;
  /** Bytes before `text` that were not kept. */
  readonly droppedBytes: number;
}

export interface TaskDetail extends TaskRow {
  /** What was asked for, as text (JSON for an input). */
  readonly input: string;
  readonly stdout: OutputTail;
  readonly stderr: OutputTail;
}

/** What became of one task of a submission. */
export type SubmitResult =
  | { readonly kind: "accepted"; readonly taskId: string }
  /** Submitted before under this idempotency key. */
  | { readonly kind: "known"; readonly taskId: string; readonly state: TaskStateKind }
  | { readonly kind: "refused"; readonly reason: Coded };

export type CancelResult =
  | { readonly taskId: string; readonly kind: "cancelled" }
  /** It runs, and was told to stop; its row says when it has. */
  | { readonly taskId: string; readonly kind: "stopping" }
  | { readonly taskId: string; readonly kind: "refused"; readonly reason: Coded };

export interface TaskList {
  readonly wallMs: number;
  /** Newest first. */
  readonly tasks: readonly TaskRow[];
  readonly more: boolean;
}

export type LaneGate = "open" | "paused" | "draining";

/** Rows of waiting and of running tasks that a lane shows; the rest comes by the call. */
export const LANE_TASKS_SHOWN = 50;

/** One bulkhead: a traffic class with its own capacity, queue and breaker, over all swarms. */
export interface LaneRow {
  readonly lane: Lane;
  /** `paused`: nothing starts. `draining`: nothing new comes in, what waits is worked off. */
  readonly gate: LaneGate;
  readonly capacity: number;
  /** In force now: the capacity, or less while the adaptive limit is on. */
  readonly limit: number;
  readonly queueLimit: number;
  readonly adaptive: boolean;
  readonly inUse: number;
  readonly queued: number;
  /** Refused for want of room, since the engine started. */
  readonly shed: number;
  /** Of the last 1,000 tasks that were started; `null` before the first. */
  readonly waitP50Ms: number | null;
  readonly waitP95Ms: number | null;
  /** In use ÷ limit. */
  readonly utilisation: number;
  readonly breakerId: string;
  readonly running: readonly TaskRow[];
  /** In the order they will start. */
  readonly waiting: readonly TaskRow[];
  /** Of its places, those leased to others; they count as in use. An older engine does not tell. */
  readonly leases?: readonly LeaseRow[];
}

export type BreakerStateRow =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly sinceMs: number; readonly untilMs: number; readonly reason: Coded }
  | {
      readonly kind: "halfOpen";
      readonly sinceMs: number;
      readonly inUse: number;
      readonly successes: number;
      readonly needed: number;
    }
  | { readonly kind: "forcedOpen"; readonly sinceMs: number; readonly by: string }
  | { readonly kind: "metricsOnly"; readonly sinceMs: number; readonly by: string };

/** The breaker of a swarm (`swarm:ID`) or of a lane (`lane:NAME`). */
export interface BreakerRow {
  readonly id: string;
  /** The swarm's label or the lane's name. */
  readonly label: string;
  readonly of: "swarm" | "lane";
  readonly state: BreakerStateRow;
  /** Counts its changes of state; a client that acts says which one it saw. */
  readonly revision: number;
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** `null` below the minimum of calls. */
  readonly failureRate: number | null;
  readonly slowRate: number | null;
  readonly consecutiveFailures: number;
  /** In force now: the setting's, or the adapted ones. */
  readonly failureThreshold: number;
  readonly recoveryMs: number;
  readonly adaptive: boolean;
  /** Since the engine started. */
  readonly opens: number;
}

/** Breakers and lanes, whole: latest wins. */
export interface GuardState {
  readonly wallMs: number;
  readonly lanes: readonly LaneRow[];
  readonly breakers: readonly BreakerRow[];
  /** Faults that were injected into the demo swarm; `null` when there are none. */
  readonly faults: DemoFaults | null;
}

export const BREAKER_ACTIONS = ["forceOpen", "reset", "metricsOnly"] as const;
export type BreakerAction = (typeof BREAKER_ACTIONS)[number];
export const LANE_ACTIONS = ["pause", "resume", "drain"] as const;
export type LaneAction = (typeof LANE_ACTIONS)[number];

export const swarmBreakerId = (swarmId: string) => `swarm:${swarmId}`;
export const laneBreakerId = (name: Lane) => `lane:${name}`;

/** UTF-8 bytes of a prompt, and of an input as JSON. Escaped into the line of a worker it must stay below a megabyte. */
export const MAX_PROMPT_BYTES = 500_000;
/** UTF-8 bytes of a prompt that goes as an argument: Linux takes 128 kB for one. */
export const MAX_ARGUMENT_PROMPT_BYTES = 100_000;
/** Tasks of one submission. */
export const MAX_SUBMIT = 1_000;
