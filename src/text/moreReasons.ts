import { engineReasons } from "./engineReasons.ts";
import type { ReasonTexts } from "./reasonArgs.ts";
import { bottleneckReasons } from "./reasons/bottlenecks.ts";
import { capacityReasons } from "./reasons/capacity.ts";
import { agentCallReasons } from "./reasons/agentCalls.ts";
import { allocationReasons } from "./reasons/allocation.ts";
import { commandReasons } from "./reasons/command.ts";
import { costReasons } from "./reasons/cost.ts";
import { importReasons } from "./reasons/import.ts";
import { leaseReasons } from "./reasons/lease.ts";
import { optimizeReasons } from "./reasons/optimize.ts";
import { kpiReasons } from "./reasons/kpis.ts";
import { patternReasons } from "./reasons/patterns.ts";
import { policyReasons } from "./reasons/policy.ts";
import { profileReasons } from "./reasons/profile.ts";
import { profileFileReasons } from "./reasons/profileFile.ts";
import { stackReasons } from "./reasons/stacks.ts";
import { reportReasons } from "./reasons/report.ts";
import { tableReasons } from "./reasons/table.ts";

/** Every word beyond those for reaching the engine; some are met only once something is asked for. */
export const moreReasons: readonly ReasonTexts[] = [
  ...engineReasons,
  bottleneckReasons,
  capacityReasons,
  agentCallReasons,
  allocationReasons,
  commandReasons,
  costReasons,
  importReasons,
  kpiReasons,
  leaseReasons,
  tableReasons,
  patternReasons,
  optimizeReasons,
  policyReasons,
  profileReasons,
  profileFileReasons,
  reportReasons,
  stackReasons,
];
