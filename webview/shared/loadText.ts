import type { SourceTag } from "../../src/engine/protocol/model.ts";
import { numberText } from "../../src/text/figures.ts";

/** `Load is 0.71: demand 4.26 (measured) on 6 of 8 agents.` */
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
  const agents = live === target ? `${live} agents` : `${live} of ${target} agents`;
  if (demand === null) return `Its load is not known (${agents} alive).`;
  const load = live === 0 ? "" : `Load is ${numberText(demand / live)}: `;
  return `${load}demand ${numberText(demand)} (${demandSource}) on ${agents}.`;
}
