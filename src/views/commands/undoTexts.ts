import type { Decision } from "../../engine/protocol/model.ts";
import { countText } from "../../text/figures.ts";
import { decisionSwarm } from "../decisions/words.ts";

/** Before the stop of a swarm is undone. */
export function restartQuestion(decision: Decision): { question: string; detail: string[]; agree: string } {
  const name = decisionSwarm(decision);
  return {
    question: `Start ${name} again with ${countText(decision.from, "agent")}?`,
    detail: [
      `Undoes the stop of ${name}. Its agents are new ones: what the former ones had in memory is gone.`,
      'To undo: "Swarm: Stop Swarm".',
    ],
    agree: "Start Again",
  };
}
