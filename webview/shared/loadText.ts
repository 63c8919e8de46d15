import type { SourceTag } from "../../src/engine/protocol/model.ts";
import { countText, numberText } from "../../src/text/figures.ts";

/** That the swarm is stopped, or `Load is 0.71: demand 4.26 (measured) on 6 of 8 agents.` */
export function loadText({
  demand,
  live,
  target,
  demandSource,
}: {
  readonly demand: number | null;
  readonly demandSource: SourceTag;
  readonly live: number;
  readonly target: number;
}): string {
  if (target === 0)
    return live === 0
      ? "The swarm is stopped, and is never started automatically."
      : `The swarm is stopped, and ${live === 1 ? "an agent is" : `${live} agents are`} still ending.`;
  const agents = live === target ? countText(live, "agent") : `${live} of ${target} agents`;
  if (demand === null) return `Its load is not known (${agents} alive).`;
  const load = live === 0 ? "" : `Load is ${numberText(demand / live)}: `;
  return `${load}demand ${numberText(demand)} (${demandSource}) on ${agents}.`;
}
