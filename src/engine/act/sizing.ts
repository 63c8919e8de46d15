import type { ManagedAgent } from "../ports.ts";

/** What one look at a swarm shows, for deciding the next step. */
export interface SizingView {
  readonly target: number;
  /** Upper bound of agents that may count at once. */
  readonly cap: number;
  /** Live and pending spawns that count against the cap. */
  readonly counted: number;
  readonly agents: readonly ManagedAgent[];
  /** No growth: nobody is there to look after it. */
  readonly held: boolean;
  /** A start failed a moment ago and its next try is not due. */
  readonly blocked: boolean;
}

export type SizingStep =
  | { readonly kind: "none" }
  | { readonly kind: "start"; readonly count: number }
  | { readonly kind: "drain"; readonly agentIds: readonly string[] };

/** Started at once; more would make a small machine thrash and hide which one failed. */
const MAX_STARTS = 8;

export function isEnding(agent: ManagedAgent): boolean {
  return agent.state === "draining" || agent.state === "stopping";
}

/**
 * Level-triggered: looks only at how things are, so it may be asked again at any time. Starts what is missing below the
 * cap, drains what is too much, else nothing.
 */
export function nextStep(view: SizingView): SizingStep {
  const staying = view.agents.filter((agent) => !isEnding(agent));
  if (staying.length > view.target) {
    return {
      kind: "drain",
      agentIds: chooseEnding(view.agents, staying.length - view.target).map((agent) => agent.id),
    };
  }
  if (view.held || view.blocked) return { kind: "none" };
  // Spawns without an answer yet count as coming: asking again for the same place could overshoot the target.
  const unseen = Math.max(0, view.counted - view.agents.length);
  const missing = view.target - staying.length - unseen;
  const count = Math.min(missing, view.cap - view.counted, MAX_STARTS);
  return count > 0 ? { kind: "start", count } : { kind: "none" };
}

/**
 * Who ends when there are too many: those that do nothing first, then those whose task began last, so that the least work
 * would be lost should it come to that; among equals who has done fewer tasks, then the youngest.
 */
export function chooseEnding(agents: readonly ManagedAgent[], count: number): readonly ManagedAgent[] {
  const rank = (agent: ManagedAgent) => (agent.state === "working" ? 1 : 0);
  return agents
    .filter((agent) => !isEnding(agent))
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        taskSinceMs(b) - taskSinceMs(a) ||
        a.tasksDone - b.tasksDone ||
        b.startedAtMs - a.startedAtMs ||
        (a.id < b.id ? 1 : -1),
    )
    .slice(0, Math.max(0, count));
}

/** Since when it works on its task; 0 without one, so that those are equal in this. */
function taskSinceMs({ state, stateSinceMs }: ManagedAgent): number {
  return state === "working" ? stateSinceMs : 0;
}
