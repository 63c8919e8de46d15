import { leaseReleaseFlags, leaseReleaseOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { act } from "../act.ts";
import { defineVerb } from "../verb.ts";

const ENDS = {
  released: "given back",
  expired: "its time was over",
  holderGone: "its process is gone",
  takenBack: "taken back",
} as const;

export const leaseRelease = defineVerb({
  name: "lease-release",
  summary: "Take a lease of capacity back from the agent that holds it",
  notes: ["'lanes' lists leases. Nothing of the agent is ended: it is only no longer promised the places."],
  positional: "lease-id",
  flags: leaseReleaseFlags,
  output: leaseReleaseOutput,
  run: async (flags, context) => {
    const leaseId = flags["lease-id"];
    const connection = await context.connect(!flags["no-start"]);
    const waiting = { code: "waiting.lease", args: { leaseId } };
    return act(context, connection, calls.capacityRelease, { leaseId }, waiting);
  },
  render: ({ leaseId, ended, now }) => [
    [
      { text: now ? "taken back" : "was over", tone: now ? "good" : "faint" },
      `  ${leaseId}${now ? "" : `: ${ENDS[ended]}`}`,
    ],
  ],
});
