import { allocationAccuracy } from "./allocationAccuracy.ts";
import { allocationLatency } from "./allocationLatency.ts";
import { availability } from "./availability.ts";
import { breakerEffectiveness } from "./breakerEffectiveness.ts";
import { costEfficiency } from "./costEfficiency.ts";
import { faultTolerance } from "./faultTolerance.ts";
import type { KpiDefinition } from "./kpi.ts";
import { optimisationImpact } from "./optimisationImpact.ts";
import { predictionAccuracy } from "./predictionAccuracy.ts";
import { recoveryTime } from "./recoveryTime.ts";
import { scalingResponse } from "./scalingResponse.ts";
import { utilisation } from "./utilisation.ts";
import { waste } from "./waste.ts";

/** Every key figure, in the order in which they are shown. A new one is one file and one line here. */
export const KPIS: readonly KpiDefinition[] = [
  utilisation,
  waste,
  allocationAccuracy,
  predictionAccuracy,
  allocationLatency,
  scalingResponse,
  optimisationImpact,
  costEfficiency,
  availability,
  faultTolerance,
  recoveryTime,
  breakerEffectiveness,
];
