import type { ReasonTexts } from "./reasonArgs.ts";
import { bottleneckReasons } from "./reasons/bottlenecks.ts";
import { capacityReasons } from "./reasons/capacity.ts";
import { commandReasons } from "./reasons/command.ts";
import { costReasons } from "./reasons/cost.ts";
import { importReasons } from "./reasons/import.ts";
import { kpiReasons } from "./reasons/kpis.ts";
import { patternReasons } from "./reasons/patterns.ts";
import { policyReasons } from "./reasons/policy.ts";
import { tableReasons } from "./reasons/table.ts";

/** Words for what is met only once something is asked for: a window loads them with its first command or page. */
export const moreReasons: readonly ReasonTexts[] = [
  bottleneckReasons,
  capacityReasons,
  commandReasons,
  costReasons,
  importReasons,
  kpiReasons,
  tableReasons,
  patternReasons,
  policyReasons,
];
