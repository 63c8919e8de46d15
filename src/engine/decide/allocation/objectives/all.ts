import { balanceLoad } from "./balanceLoad.ts";
import { maximizeUtilization } from "./maximizeUtilization.ts";
import { minimizeCost } from "./minimizeCost.ts";
import { minimizeLatency } from "./minimizeLatency.ts";
import type { Objective } from "./objective.ts";

/** Every aim, in the order in which they are shown. */
export const ALL_OBJECTIVES: readonly Objective[] = [minimizeLatency, maximizeUtilization, balanceLoad, minimizeCost];
