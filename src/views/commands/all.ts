import { moreReasons } from "../../text/moreReasons.ts";
import { addReasons } from "../../text/reasons.ts";
import type { Command } from "./command.ts";
import { backUp } from "./backUp.ts";
import { defineSwarm } from "./defineSwarm.ts";
import { collectDiagnostics } from "./diagnostics.ts";
import { collectMetrics, restartEngine, showLog } from "./engineCommands.ts";
import { forceOpenBreaker, metricsOnlyBreaker, resetBreaker } from "./breakers.ts";
import { allocateResources } from "./allocateResources.ts";
import { analyzeBottlenecks } from "./analyzeBottlenecks.ts";
import { blameFlame } from "./blameFlame.ts";
import { chooseKpiSwarm } from "./chooseKpiSwarm.ts";
import { comparePolicies } from "./comparePolicies.ts";
import { endFaults, injectFaults } from "./faults.ts";
import { configureFaultTolerance } from "./faultTolerance.ts";
import { drainLane, pauseLane, resizeLane, resumeLane } from "./lanes.ts";
import { takeLeaseBack } from "./leases.ts";
import { setOrchestratorToken } from "./setOrchestratorToken.ts";
import { submitLines, submitSelection, submitTask } from "./submit.ts";
import { cancelTask, openTaskOutput, retryTask, showTasks } from "./tasks.ts";
import { explainDecision } from "./explainDecision.ts";
import { exportForecast } from "./exportForecast.ts";
import { forecastResources } from "./forecastResources.ts";
import { optimizeAllocation } from "./optimizeAllocation.ts";
import { hold, pauseScaling, resume, resumeScaling } from "./hold.ts";
import { importMetrics } from "./importMetrics.ts";
import { exportReport, performanceReport } from "./performanceReport.ts";
import { openForecast } from "./openForecast.ts";
import { profilePerformance } from "./profilePerformance.ts";
import { compareProfiles, openProfile } from "./profiles.ts";
import { optimizePerformance } from "./optimizePerformance.ts";
import { planCapacity } from "./planCapacity.ts";
import { applyRecommendation, dismissRecommendation } from "./recommendation.ts";
import { predictSize } from "./predictSize.ts";
import { scaleSwarm } from "./scaleSwarm.ts";
import { setMode } from "./setMode.ts";
import { startDemo, startSwarm } from "./startSwarm.ts";
import { stopAgent } from "./stopAgent.ts";
import { dumpStacks } from "./dumpStacks.ts";
import { stopSwarm } from "./stopSwarm.ts";
import { trainPolicy } from "./trainPolicy.ts";
import { undoAllocation } from "./undoAllocation.ts";
import { undoDecision, undoLast } from "./undo.ts";

// This bundle has words of its own; the window, which shows what a command could not do, takes them over.
addReasons(moreReasons);
export { moreReasons };

/** Every command. A bundle of its own, which is loaded when the first one runs: a window that only looks never needs it. */
export const allCommands: readonly Command[] = [
  startDemo,
  startSwarm,
  stopSwarm,
  scaleSwarm,
  predictSize,
  setMode,
  hold,
  resume,
  pauseScaling,
  resumeScaling,
  applyRecommendation,
  dismissRecommendation,
  undoDecision,
  undoLast,
  undoAllocation,
  explainDecision,
  stopAgent,
  dumpStacks,
  submitTask,
  submitSelection,
  submitLines,
  showTasks,
  cancelTask,
  retryTask,
  openTaskOutput,
  pauseLane,
  resumeLane,
  drainLane,
  resizeLane,
  takeLeaseBack,
  setOrchestratorToken,
  forceOpenBreaker,
  resetBreaker,
  metricsOnlyBreaker,
  configureFaultTolerance,
  injectFaults,
  endFaults,
  collectMetrics,
  openForecast,
  forecastResources,
  exportForecast,
  comparePolicies,
  planCapacity,
  allocateResources,
  optimizePerformance,
  optimizeAllocation,
  chooseKpiSwarm,
  performanceReport,
  exportReport,
  analyzeBottlenecks,
  importMetrics,
  profilePerformance,
  openProfile,
  compareProfiles,
  blameFlame,
  trainPolicy,
  backUp,
  collectDiagnostics,
  showLog,
  restartEngine,
  defineSwarm,
];
