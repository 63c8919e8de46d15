import { engineReasons } from "./engineReasons.ts";
import type { ReasonTexts } from "./reasonArgs.ts";
import { allocationReasons } from "./reasons/allocation.ts";
import { commandReasons } from "./reasons/command.ts";
import { importReasons } from "./reasons/import.ts";
import { patternReasons } from "./reasons/patterns.ts";
import { policyReasons } from "./reasons/policy.ts";
import { tableReasons } from "./reasons/table.ts";

/** Every word beyond those for reaching the engine; some are met only once something is asked for. */
export const moreReasons: readonly ReasonTexts[] = [
  ...engineReasons,
  allocationReasons,
  commandReasons,
  importReasons,
  tableReasons,
  patternReasons,
  policyReasons,
];
