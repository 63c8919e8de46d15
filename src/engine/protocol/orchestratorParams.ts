import * as z from "zod";
import { BEARER, CLAIMED_ROLES, MAX_BEARER_BYTES } from "./orchestrators.ts";
import { swarmResources } from "./resources.ts";

const anySwarm = z.string().max(200);
const deadlineMs = z.int().min(100).max(3_600_000);

/** Parameters of the calls that orchestrators answer too. */
export const orchestratorParams = {
  claimed: z.strictObject({
    swarmId: anySwarm,
    roles: z.array(z.enum(CLAIMED_ROLES)).min(1).max(CLAIMED_ROLES.length),
  }),
  orchestratorToken: z.strictObject({
    swarmId: anySwarm,
    /** Where it belongs: given to no other server, also not after the configuration has changed. */
    url: z.string().min(1).max(2_048),
    token: z.string().max(MAX_BEARER_BYTES).regex(BEARER, "use one word of printable ASCII").nullable(),
  }),
  allocateResources: z.strictObject({ swarmId: anySwarm, requirements: swarmResources, deadlineMs }),
  predictiveScale: z.strictObject({
    swarmId: anySwarm,
    /** Without, only what would be done is told. */
    apply: z.boolean(),
    /** The size that was shown and agreed to: refused when the plan is another by now. */
    expectedTo: z.int().min(0).max(1000).exactOptional(),
    deadlineMs,
  }),
} as const;
