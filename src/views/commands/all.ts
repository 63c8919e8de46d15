import type { Command } from "./command.ts";
import { backUp } from "./backUp.ts";
import { defineSwarm } from "./defineSwarm.ts";
import { collectDiagnostics } from "./diagnostics.ts";
import { collectMetrics, restartEngine, showLog } from "./engineCommands.ts";
import { explainDecision } from "./explainDecision.ts";
import { hold, resume } from "./hold.ts";
import { openForecast } from "./openForecast.ts";
import { applyRecommendation, dismissRecommendation } from "./recommendation.ts";
import { scaleSwarm } from "./scaleSwarm.ts";
import { setMode } from "./setMode.ts";
import { startDemo, startSwarm } from "./startSwarm.ts";
import { stopAgent } from "./stopAgent.ts";
import { stopSwarm } from "./stopSwarm.ts";
import { undoDecision, undoLast } from "./undo.ts";

/** Every command. A bundle of its own, which is loaded when the first one runs: a window that only looks never needs it. */
export const allCommands: readonly Command[] = [
  startDemo,
  startSwarm,
  stopSwarm,
  scaleSwarm,
  setMode,
  hold,
  resume,
  applyRecommendation,
  dismissRecommendation,
  undoDecision,
  undoLast,
  explainDecision,
  stopAgent,
  collectMetrics,
  openForecast,
  backUp,
  collectDiagnostics,
  showLog,
  restartEngine,
  defineSwarm,
];
