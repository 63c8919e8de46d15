import type { CapacityCost, Spread } from "./capacity.ts";
import type { Lane } from "./lanes.ts";
import type { Coded } from "./model.ts";
import type { ScaleResult } from "./rpc.ts";

// What agents ask about besides what everybody may: what holds them back, what something would cost, another size.

export const GATES = [
  "store",
  "memory",
  "pressure",
  "laneClosed",
  "laneFull",
  "queueFull",
  "laneBreaker",
  "swarmBreaker",
  "hold",
  "stopped",
  "agentsBusy",
  "atMaximum",
  "quota",
  "noLease",
] as const;
export type GateKind = (typeof GATES)[number];

/** Something that is closed now. Times are wall clock, ms. */
export interface ThrottleGate {
  readonly gate: GateKind;
  /** The lane or the swarm that it is about; `null`: the machine, or the caller. */
  readonly lane: Lane | null;
  readonly swarmId: string | null;
  readonly reason: Coded;
  /** `null`: not known, because it was so before the engine looked. */
  readonly sinceMs: number | null;
  /** `measured`: as its own clock tells · `derived`: since the engine first saw it at one of its looks. */
  readonly sinceSource: "measured" | "derived" | "unknown";
  /** When it opens by itself, at the latest; `null`: nobody knows, or when somebody opens it. */
  readonly untilMs: number | null;
}

export interface ThrottleReport {
  readonly wallMs: number;
  /** Those of the whole machine first, then lanes, swarms, and the caller's own. */
  readonly gates: readonly ThrottleGate[];
}

export const ESTIMATE_ASKED = { agents: { least: 1, most: 10_000 }, tasks: { least: 1, most: 1_000_000 } } as const;

/** What so many agents more, or so many tasks, of a swarm would take; figures by the 50th and 95th percentile, derived. */
export interface EstimateAnswer {
  readonly swarmId: string;
  readonly agents: number | null;
  readonly tasks: number | null;
  /** Agents that this rests on, and runs of tasks. */
  readonly seenAgents: number;
  readonly seenTasks: number;
  /**
   * By the 95th percentile: within the machine and the swarm's maximum; of tasks whether all would be worked on at once, also
   * by the places of their lane. `null`: not known.
   */
  readonly fits: boolean | null;
  /** How many more agents would. */
  readonly fitsAgents: number | null;
  /** How many tasks would; `null` of agents, and when not known. */
  readonly fitsTasks: number | null;
  /** What stands in the way; `null` when nothing does. */
  readonly short: "memory" | "cpu" | "maximum" | "lane" | null;
  /** Of the agents asked about, or of those that the tasks would need beside those there are. */
  readonly needsBytes: Spread | null;
  readonly needsCores: Spread | null;
  readonly hasBytes: number | null;
  /** One run of a task. */
  readonly taskSeconds: Spread | null;
  /** Of tasks: all of them behind those that wait now, with as many agents as there are; `null`: not known. */
  readonly doneInSeconds: Spread | null;
  readonly agentHours: number | null;
  /** Of agents for an hour; of tasks for all of them. */
  readonly cost: CapacityCost;
  /** What is not known, and why. */
  readonly unknown: readonly Coded[];
}

/** What became of an agent's wish for another size. */
export type ScaleAskAnswer =
  | { readonly kind: "refused"; readonly reason: Coded }
  /** Waits for an operator, until then at the longest. */
  | {
      readonly kind: "recommended";
      readonly decisionId: string;
      readonly from: number;
      readonly to: number;
      readonly untilMs: number;
    }
  | { readonly kind: "done"; readonly result: ScaleResult };
