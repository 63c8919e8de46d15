import type { AgentTool } from "../tool.ts";
import { bottlenecks } from "./bottlenecks.ts";
import { releaseCapacity, requestCapacity } from "./capacity.ts";
import { estimate } from "./estimate.ts";
import { forecast } from "./forecast.ts";
import { kpis } from "./kpis.ts";
import { metricsQuery } from "./metrics.ts";
import { scale } from "./scale.ts";
import { swarmStatus } from "./status.ts";
import { submitTask, taskResult } from "./tasks.ts";
import { whyThrottled } from "./throttled.ts";

/** Every tool of the agents' door: those that read, then those that act. A new one is one file and one line here. */
export const tools: readonly AgentTool[] = [
  swarmStatus,
  metricsQuery,
  forecast,
  bottlenecks,
  kpis,
  estimate,
  whyThrottled,
  taskResult,
  requestCapacity,
  releaseCapacity,
  submitTask,
  scale,
];
