import { decisionsMetrics, engineMetrics } from "./engineMetrics.ts";
import { forecastsMetrics } from "./forecastMetrics.ts";
import { guardMetrics } from "./guardMetrics.ts";
import { machineMetrics } from "./machineMetrics.ts";
import type { Metric } from "./metric.ts";
import { orchestratorsMetrics } from "./orchestratorMetrics.ts";
import { agentsMetrics, swarmsMetrics } from "./swarmMetrics.ts";

/** Every metric there is: a new one is one entry in one of these lists, and is written in every form. */
export const metrics: readonly Metric[] = [
  ...machineMetrics,
  ...swarmsMetrics,
  ...agentsMetrics,
  ...orchestratorsMetrics,
  ...forecastsMetrics,
  ...guardMetrics,
  ...decisionsMetrics,
  ...engineMetrics,
];
