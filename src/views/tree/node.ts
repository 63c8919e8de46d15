import type { Lane } from "../../engine/protocol/lanes.ts";

/** What a row of a tree shows, as plain data. Two rows with equal faces look the same. */
export interface Face {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Matched by `when` clauses of the manifest. */
  readonly context: string;
  /** What a screen reader says: the row as a sentence, units spelled out. */
  readonly spoken: string;
  readonly fold: "none" | "open" | "closed";
}

export interface Icon {
  readonly name: string;
  /** A theme colour; never the only carrier of a meaning. */
  readonly color: string | null;
}

/** What a row stands for: how commands find their object again. */
export type Subject =
  | { readonly kind: "swarm"; readonly swarmId: string }
  | { readonly kind: "agent"; readonly swarmId: string; readonly agentId: string }
  | { readonly kind: "group" }
  | { readonly kind: "process"; readonly pid: number }
  | { readonly kind: "more"; readonly parentId: string }
  | { readonly kind: "decision"; readonly decisionId: string }
  /** One figure or reason of a decision. */
  | { readonly kind: "fact"; readonly decisionId: string }
  | { readonly kind: "older" }
  | { readonly kind: "allocation"; readonly allocationId: string }
  | { readonly kind: "lane"; readonly lane: Lane }
  | { readonly kind: "lease"; readonly leaseId: string }
  | { readonly kind: "task"; readonly taskId: string }
  | { readonly kind: "breaker"; readonly breakerId: string }
  | { readonly kind: "faults" };

export interface TreeNode {
  /** Stable as long as the thing it shows lives; unique in the tree. */
  readonly id: string;
  readonly subject: Subject;
  readonly face: Face;
  /** Asked for when the pointer rests on the row; plain text, one fact a line. */
  readonly tooltip: () => string;
  readonly children: readonly TreeNode[];
}
