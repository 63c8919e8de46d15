import * as z from "zod";
import { calls } from "../../engine/protocol/rpc.ts";
import { reason, reasonOf, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Below the minute that clients of this protocol usually wait; the engine goes on after it. */
const DEADLINE_MS = 45_000;

const output = z.object({
  outcome: z.enum(["refused", "recommended", "confirmed", "unconfirmed"]),
  swarmId: z.string(),
  from: z.int().nullable(),
  to: z.int(),
  live: z.int().nullable().describe("Agents seen alive"),
  decisionId: z.string().nullable(),
  untilMs: z.number().nullable().describe("recommended: nobody who agrees by then has agreed"),
  reason: reason.nullable(),
});

export const scale = defineTool({
  name: "scale",
  title: "Ask for another size of a swarm",
  description:
    "Asks for a number of agents of a managed swarm. What becomes of it is the swarm's mode: observe refuses; recommend puts it before an operator, who may agree; auto does it, within the swarm's bounds and the machine's memory. Success is what was seen, not what was asked.",
  kind: "acts",
  destructive: true,
  idempotent: true,
  input: z.strictObject({ swarmId, target: z.int().min(1).max(10_000).describe("Agents wanted") }),
  output,
  run: async ({ swarmId: id, target }, { call }): Promise<z.input<typeof output>> => {
    const answer = await call(calls.scaleAsk, { swarmId: id, target, deadlineMs: DEADLINE_MS });
    const nothing = { live: null, decisionId: null, untilMs: null, reason: null };
    switch (answer.kind) {
      case "refused":
        return { ...nothing, outcome: "refused", swarmId: id, from: null, to: target, reason: reasonOf(answer.reason) };
      case "recommended": {
        const { decisionId, from, to, untilMs } = answer;
        return { ...nothing, outcome: "recommended", swarmId: id, from, to, decisionId, untilMs };
      }
      case "done": {
        const { from, to, outcome } = answer.result;
        const known = { ...nothing, swarmId: id, from, to };
        if (outcome.kind === "refused") return { ...known, outcome: "refused", reason: reasonOf(outcome.reason) };
        const { kind, live } = outcome;
        return { ...known, outcome: kind, live, reason: kind === "confirmed" ? null : reasonOf(outcome.reason) };
      }
    }
  },
});
