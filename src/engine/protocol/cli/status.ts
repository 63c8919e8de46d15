import * as z from "zod";
import { engineFlags } from "./parts.ts";
import { engineHealth, hostSample, swarmStatus } from "./rows.ts";

export const statusFlags = z.strictObject(engineFlags);

export const statusOutput = z.object({
  wallMs: z.number().describe("When this was measured, epoch ms"),
  engine: engineHealth,
  host: hostSample.nullable(),
  swarms: z.array(swarmStatus).readonly(),
});
export type StatusOutput = z.infer<typeof statusOutput>;
export type SwarmStatus = z.infer<typeof swarmStatus>;
