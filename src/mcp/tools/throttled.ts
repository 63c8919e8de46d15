import * as z from "zod";
import { GATES } from "../../engine/protocol/agentCalls.ts";
import { LANES } from "../../engine/protocol/lanes.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bounded, reason, reasonOf } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const MAX_GATES = 50;

export const whyThrottled = defineTool({
  name: "why_throttled",
  title: "What holds me back",
  description:
    "Every gate that is closed now (lane full, breaker open, hold, memory, no lease…), for you, a lane or a swarm: why, since when, and until when where that is known. An empty list: nothing does.",
  kind: "reads",
  input: z.strictObject({
    swarmId: z.string().min(1).max(200).optional(),
    lane: z.enum(LANES).optional(),
  }),
  output: z.object({
    wallMs: z.number(),
    gates: z
      .array(
        z.object({
          gate: z.enum(GATES),
          lane: z.enum(LANES).nullable(),
          swarmId: z.string().nullable(),
          reason,
          sinceMs: z.number().nullable(),
          sinceSource: z.enum(["measured", "derived", "unknown"]),
          untilMs: z.number().nullable(),
        }),
      )
      .readonly(),
    more: z.int(),
  }),
  run: async (asked, { call, holder }) => {
    const { wallMs, gates } = await call(calls.throttles, { ...asked, ...(holder === null ? {} : { holder }) });
    const { rows, more } = bounded(gates, MAX_GATES);
    return { wallMs, gates: rows.map((gate) => ({ ...gate, reason: reasonOf(gate.reason) })), more };
  },
});
