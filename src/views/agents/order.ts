import type { AgentRow, SwarmRow } from "../../engine/protocol/model.ts";

/** What comes first in the tree. Only lasting troubles count: a row that moved with every task could not be clicked. */
export const needsAttention = {
  swarm: (swarm: SwarmRow): boolean =>
    (swarm.kind !== "observed" && (swarm.problem !== null || swarm.activity.kind === "unconfirmed")) ||
    swarm.agents.some((agent) => needsAttention.agent(agent)),
  agent: (agent: AgentRow): boolean =>
    agent.problem !== null || agent.state === "unresponsive" || agent.state === "unconfirmed",
} as const;

/** Names as people sort them (`claude 9` before `claude 10`), the same on every machine. */
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** @param keys compared one after the other; the last must be unique, so that the order is total */
export function byNeedThenName<T>(
  needs: (one: T) => boolean,
  keys: (one: T) => readonly (string | number)[],
): (a: T, b: T) => number {
  return (a, b) => {
    const need = Number(needs(b)) - Number(needs(a));
    if (need !== 0) return need;
    const left = keys(a);
    const right = keys(b);
    for (let at = 0; at < left.length; at++) {
      const order = compare(left[at], right[at]);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a), String(b)];
  return collator.compare(left, right) || (left < right ? -1 : left > right ? 1 : 0);
}
