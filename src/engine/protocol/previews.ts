import type { Coded, GrowthRoom } from "./model.ts";

/** What an action would do, shown before it is done. */

export interface ScalePreview {
  readonly swarmId: string;
  readonly label: string;
  /** The target now, and the agents seen alive. */
  readonly from: number;
  readonly live: number;
  readonly to: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Agents that would be drained and ended: idle ones first, then those whose task began last. */
  readonly ending: readonly {
    readonly id: string;
    readonly pid: number;
    readonly name: string;
    readonly working: boolean;
  }[];
  readonly starting: number;
  /** Expected memory of the agents to start: by the swarm's footprint, else by the median of those alive; `null` without either. */
  readonly expectedRssBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  /** How many more the machine has room for. */
  readonly room: GrowthRoom;
  /** Cores that the agents to start are expected to keep busy; `null` before their footprint is known. */
  readonly expectedCpuCores: number | null;
  /** The sizes it goes through, each seen and looked at for up to `pauseMs` before the next. */
  readonly steps: readonly number[];
  readonly pauseMs: number;
  /** Set when the engine would refuse. */
  readonly refusal: Coded | null;
  readonly warnings: readonly Coded[];
}

export interface StopPreview {
  readonly agentId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly command: string;
  readonly managed: boolean;
  readonly swarmId: string;
  /** What would be lost: running helpers and tools, the task in hand. */
  readonly openWork: readonly Coded[];
  readonly processCount: number;
}
