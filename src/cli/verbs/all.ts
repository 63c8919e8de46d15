import type { Verb } from "../verb.ts";
import { agentCapacity } from "./agentCapacity.ts";
import { agentStop } from "./agentStop.ts";
import { allocations, allocationUndo } from "./allocations.ts";
import { anomalies } from "./anomalies.ts";
import { backup } from "./backup.ts";
import { blame } from "./blame.ts";
import { bottleneckAnalyze } from "./bottlenecks.ts";
import { capacityPlan } from "./capacityPlan.ts";
import { configGet, configSet } from "./config.ts";
import { decisionApply, decisionDismiss, decisionUndo } from "./decisionActions.ts";
import { decisions } from "./decisions.ts";
import { diagnostics } from "./diagnostics.ts";
import { doors, metricsExport } from "./doors.ts";
import { engineRestart } from "./engineRestart.ts";
import { engineStop } from "./engineStop.ts";
import { faultTolerance } from "./faultTolerance.ts";
import { forecastResources } from "./forecastResources.ts";
import { backtest } from "./backtest.ts";
import { breaker, breakers, faultInject, lane, lanes } from "./guard.ts";
import { helpVerb } from "./help.ts";
import { history } from "./history.ts";
import { importMetrics } from "./import.ts";
import { kpis } from "./kpis.ts";
import { leaseRelease } from "./leaseRelease.ts";
import { mcp } from "./mcp.ts";
import { metricsCollect } from "./metricsCollect.ts";
import { optimizePerformance } from "./optimizePerformance.ts";
import { patterns } from "./patterns.ts";
import { performanceReport } from "./performanceReport.ts";
import { policyReport, policyTrain } from "./policyTrain.ts";
import { predictSize } from "./predictSize.ts";
import { profilePerformance } from "./profilePerformance.ts";
import { profileConvert } from "./profileConvert.ts";
import { profileShow } from "./profileShow.ts";
import { replay } from "./replay.ts";
import { resourceAlloc } from "./resourceAlloc.ts";
import { stacks } from "./stacks.ts";
import { status } from "./status.ts";
import { swarmScale, swarmStart, swarmStop } from "./swarm.ts";
import { swarmHold, swarmMode } from "./swarmControl.ts";
import { taskCancel, taskRetry, taskSubmit } from "./taskActions.ts";
import { task, tasks } from "./tasks.ts";
import { version } from "./version.ts";

/** Every verb, in the order in which help lists them. A new verb is one file and one line here. */
export const verbs: readonly Verb[] = [
  status,
  swarmStart,
  swarmStop,
  swarmScale,
  predictSize,
  swarmMode,
  swarmHold,
  decisions,
  decisionApply,
  decisionDismiss,
  decisionUndo,
  taskSubmit,
  tasks,
  task,
  taskCancel,
  taskRetry,
  lanes,
  lane,
  leaseRelease,
  breakers,
  breaker,
  faultTolerance,
  faultInject,
  forecastResources,
  backtest,
  anomalies,
  history,
  importMetrics,
  patterns,
  replay,
  policyTrain,
  policyReport,
  kpis,
  bottleneckAnalyze,
  capacityPlan,
  optimizePerformance,
  resourceAlloc,
  allocations,
  allocationUndo,
  performanceReport,
  profilePerformance,
  stacks,
  profileShow,
  profileConvert,
  blame,
  agentStop,
  mcp,
  metricsCollect,
  metricsExport,
  agentCapacity,
  doors,
  configGet,
  configSet,
  backup,
  diagnostics,
  engineRestart,
  engineStop,
  helpVerb(() => verbs),
  version,
];
