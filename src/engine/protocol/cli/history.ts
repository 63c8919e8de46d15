import * as z from "zod";
import type { SeriesScope } from "../model.ts";
import { anySwarmId, engineFlags, sourceTag } from "./parts.ts";

/** What is kept of each kind of thing, by the name of its series. */
export const HISTORY_METRICS = {
  machine: [
    "cpuBusyRatio",
    "memoryUsedBytes",
    "memoryAvailableBytes",
    "swapUsedBytes",
    "cpuPressureRatio",
    "memoryPressureRatio",
    "ioPressureRatio",
    "diskReadBytesPerSecond",
    "diskWriteBytesPerSecond",
    "networkReceiveBytesPerSecond",
    "networkTransmitBytesPerSecond",
    "loadAverage1m",
    "diskUsedBytes",
    "tickMs",
  ],
  swarm: [
    "demand",
    "live",
    "target",
    "waitingTasks",
    "cpuCores",
    "rssBytes",
    "supportRssBytes",
    "forecastDemand",
    "startableRatio",
    "tasksDone",
    "tasksFailed",
    "faultTasksDone",
    "faultTasksFailed",
  ],
  agent: ["cpuCores", "rssBytes"],
} as const satisfies Partial<Record<SeriesScope, readonly string[]>>;

const when = z.string().min(1, "name a time").max(40, "use at most 40 characters");

export const historyFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("Of this swarm; of the machine when neither swarm nor agent is named"),
    "agent-id": z
      .string()
      .min(1, "name an agent")
      .max(200, "use at most 200 characters")
      .optional()
      .describe("Of this agent"),
    metric: z
      .string()
      .min(1, "name a metric")
      .max(60, "use at most 60 characters")
      .describe("Such as demand or cpuBusyRatio"),
    from: when.default("1h").describe("How long ago (90s, 15m, 6h, 7d), a time in ISO 8601, or epoch ms"),
    to: when.default("now").describe("The same, or now"),
    points: z
      .int("use a whole number of points")
      .min(1, "use at least 1 point")
      .max(10_000, "use at most 10000 points")
      .default(60)
      .describe("Answer with this many at most; mean, least and greatest of each are kept"),
    ...engineFlags,
  })
  .refine((f) => f["swarm-id"] === undefined || f["agent-id"] === undefined, {
    path: ["agent-id"],
    message: "name a swarm or an agent, not both",
  });

export const historyOutput = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  scope: z.enum(["machine", "swarm", "agent"]),
  key: z.string().describe("Id of the swarm or agent; empty for the machine"),
  metric: z.string(),
  source: sourceTag,
  resolution: z
    .enum(["sample", "minute", "hour"])
    .nullable()
    .describe("What it was read from; null when nothing is kept"),
  bucketMs: z.number().nullable(),
  imported: z
    .array(z.object({ from: z.string(), to: z.string(), stepSeconds: z.number() }))
    .readonly()
    .describe("Parts that were imported, not measured here, ISO 8601; nothing finer than their step is known"),
  points: z
    .array(
      z.object({
        t: z.string().describe("Where the bucket begins, ISO 8601"),
        mean: z.number().nullable().describe("null: nothing was measured"),
        min: z.number().nullable(),
        max: z.number().nullable(),
      }),
    )
    .readonly(),
});
export type HistoryOutput = z.infer<typeof historyOutput>;
