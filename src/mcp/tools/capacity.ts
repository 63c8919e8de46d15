import * as z from "zod";
import { LANES } from "../../engine/protocol/lanes.ts";
import { LEASE_ASKED, type LeaseAnswer, type ReleaseAnswer } from "../../engine/protocol/leases.ts";
import { ToolFailure } from "../failure.ts";
import { reason, reasonOf } from "../shapes.ts";
import { type CallerLeases, defineTool, type ToolContext } from "../tool.ts";

const { units, seconds, bytesEach } = LEASE_ASKED;

const leaseOutput = z.object({
  leaseId: z.string(),
  lane: z.enum(LANES),
  units: z.int(),
  memoryBytes: z.number().nullable().describe("Kept free for it; null: what one takes is not known"),
  untilMs: z.number().describe("Wall clock; renew before, or it is taken back"),
});

const requestOutput = z.object({
  granted: z.boolean(),
  lease: leaseOutput.nullable(),
  reason: reason.nullable().describe("Why it was refused"),
  retryAfterMs: z.number().nullable().describe("When to ask again; null: not before somebody does something"),
  fits: z.int().nullable().describe("How many would have been granted now"),
});

export const requestCapacity = defineTool({
  name: "request_capacity",
  title: "Ask for capacity",
  description:
    "Ask before starting agents or heavy work: places in a lane, and memory, for a while. A lease ends with its time, with release_capacity, and with the process that holds it. A refusal says why and when to ask again: until then, do less. With leaseId an own lease is renewed instead.",
  kind: "acts",
  input: z.strictObject({
    lane: z.enum(LANES).optional().describe("critical, standard or background; standard when left out"),
    units: z.int().min(units.least).max(units.most).optional().describe("Agents or tasks at once; 1 when left out"),
    seconds: z.number().min(seconds.least).max(seconds.most).optional().describe("300 when left out"),
    memoryBytesEach: z
      .number()
      .min(bytesEach.least)
      .max(bytesEach.most)
      .optional()
      .describe("What one takes at its peak; without it, and without a swarm that is known, one is given at a time"),
    swarmId: z.string().min(1).max(200).optional().describe("A swarm whose agents these are like, or would be"),
    key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Your own word for this request: the same again is the same lease"),
    leaseId: z.uuid().optional().describe("Renew this one; goes with seconds only"),
  }),
  output: requestOutput,
  run: async ({ leaseId, seconds: asked, memoryBytesEach, lane = "standard", units: count = 1, ...rest }, context) => {
    const leases = heldBy(context);
    const duration = asked ?? seconds.usual;
    if (leaseId !== undefined) return told(await leases.renew(leaseId, duration, context.signal));
    const wish = {
      ...{ lane, units: count, seconds: duration, ...rest },
      ...(memoryBytesEach === undefined ? {} : { bytesEach: memoryBytesEach }),
    };
    return told(await leases.request(wish, context.signal));
  },
});

export const releaseCapacity = defineTool({
  name: "release_capacity",
  title: "Give capacity back",
  description: "Ends a lease of your own before its time. Giving back twice is no error: it says how the lease ended.",
  kind: "acts",
  idempotent: true,
  input: z.strictObject({ leaseId: z.uuid() }),
  output: z.object({
    leaseId: z.string(),
    ended: z.enum(["released", "expired", "holderGone", "takenBack"]),
    now: z.boolean().describe("Whether this call ended it"),
  }),
  run: async ({ leaseId }, context): Promise<ReleaseAnswer> => heldBy(context).release(leaseId, context.signal),
});

/** @throws ToolFailure where nobody could hold a lease */
function heldBy({ leases }: ToolContext): CallerLeases {
  if (leases === null) throw new ToolFailure("lease.holderUnseen");
  return leases;
}

function told(answer: LeaseAnswer): z.input<typeof requestOutput> {
  if (answer.kind === "refused") {
    const { retryAfterMs, fits } = answer;
    return { granted: false, lease: null, reason: reasonOf(answer.reason), retryAfterMs, fits };
  }
  const { id, lane, units: count, memoryBytes, untilMs } = answer.lease;
  return {
    granted: true,
    lease: { leaseId: id, lane, units: count, memoryBytes, untilMs },
    ...{ reason: null, retryAfterMs: null, fits: null },
  };
}
