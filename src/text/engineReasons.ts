import type { ReasonTexts } from "./reasonArgs.ts";
import { decisionReasons } from "./reasons/decision.ts";
import { doorReasons } from "./reasons/doors.ts";
import { eventReasons } from "./reasons/event.ts";
import { forecastReasons } from "./reasons/forecast.ts";
import { guardReasons } from "./reasons/guard.ts";
import { historyReasons } from "./reasons/history.ts";
import { orchestratorReasons } from "./reasons/orchestrator.ts";
import { servingReasons } from "./reasons/serving.ts";
import { storageReasons } from "./reasons/storage.ts";
import { swarmReasons } from "./reasons/swarm.ts";
import { taskReasons } from "./reasons/task.ts";

/** Words for what an engine tells. A bundle of its own: a window loads them before it looks for an engine. */
export const engineReasons: readonly ReasonTexts[] = [
  servingReasons,
  storageReasons,
  swarmReasons,
  historyReasons,
  forecastReasons,
  decisionReasons,
  eventReasons,
  guardReasons,
  taskReasons,
  doorReasons,
  orchestratorReasons,
];
