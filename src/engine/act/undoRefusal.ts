import type { SwarmView } from "../ports.ts";
import type { Coded, Decision } from "../protocol/model.ts";
import { sizeLedTo, wasCarriedOut } from "./pilotViews.ts";

/**
 * What going back cannot bring back: agents that were ended stay so. Their tasks are not lost: the queue gives them out
 * again once the agent's whole process group was seen gone.
 * @param cut tasks cut off in the swarm since then
 */
export function undoNotes(decision: Decision, cut: number): readonly Coded[] {
  const { from } = decision;
  const to = sizeLedTo(decision);
  if (to >= from) return [];
  const newAgents = { code: "undo.newAgents", args: { count: from - to } };
  return cut === 0 ? [newAgents] : [newAgents, { code: "undo.requeued", args: { count: cut } }];
}

/**
 * Why a decision cannot be undone now; `null` when it can. Only the newest that was carried out can be, and only while
 * its target is in force: going back over somebody else's change would be a change that nobody asked for.
 */
export function undoRefusal(decision: Decision, swarm: SwarmView | undefined, newestId: string | null): Coded | null {
  const { state, from, plan } = decision;
  const to = sizeLedTo(decision);
  // A plan under way can be ended between its steps.
  if (state.kind === "acting" && plan === undefined) return { code: "undo.underWay", args: {} };
  if (!wasCarriedOut(decision) || to === from) return { code: "undo.nothingDone", args: {} };
  if (decision.undoneBy !== null) return { code: "undo.done", args: {} };
  if (swarm === undefined) return { code: "undo.swarmGone", args: { swarmId: decision.swarmId } };
  if (decision.id !== newestId || swarm.target !== to)
    return { code: "undo.superseded", args: { target: swarm.target } };
  return swarm.refusal(from);
}
