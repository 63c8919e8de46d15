import * as z from "zod";
import { metricComponent } from "../params.ts";
import { anySwarmId, engineFlags, sourceTag, usage } from "./parts.ts";

export const metricsCollectFlags = z.strictObject({
  components: z
    .array(metricComponent, "use a list such as cpu,memory")
    .min(1, "name at least one component")
    .default(["cpu", "memory", "network", "disk", "agents"])
    .describe("A comma list, or a JSON array of strings"),
  "swarm-id": anySwarmId
    .optional()
    .describe("Agents of this swarm alone, and what its orchestrator says, if it has one"),
  ...engineFlags,
});

const figure = z.object({ value: z.number().nullable(), source: sourceTag });

export const metricsOutput = z.object({
  wallMs: z.number().describe("When this was measured, epoch ms"),
  intervalMs: z.number().nullable().describe("The time that rates are taken over; null at the first sample"),
  cpu: z
    .object({
      busyRatio: figure,
      perCoreBusyRatio: z.array(z.number()).readonly().nullable(),
      cpuCount: figure,
      capacityCores: figure,
      loadAverage1m: figure,
      pressureSomeRatio10s: figure,
    })
    .exactOptional(),
  memory: z
    .object({
      totalBytes: figure,
      capacityBytes: figure,
      usedBytes: figure,
      availableBytes: figure,
      swapTotalBytes: figure,
      swapUsedBytes: figure,
      pressureSomeRatio10s: figure,
      pressureFullRatio10s: figure,
    })
    .exactOptional(),
  network: z.object({ receiveBytesPerSecond: figure, transmitBytesPerSecond: figure }).exactOptional(),
  disk: z
    .object({ readBytesPerSecond: figure, writeBytesPerSecond: figure, pressureSomeRatio10s: figure })
    .exactOptional(),
  agents: z
    .array(
      z.object({
        swarmId: z.string(),
        id: z.string(),
        pid: z.int(),
        name: z.string(),
        state: z.string(),
        stateSource: sourceTag,
        usage,
        usageSource: sourceTag,
      }),
    )
    .readonly()
    .exactOptional(),
});
export type MetricsOutput = z.infer<typeof metricsOutput>;
