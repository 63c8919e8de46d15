/** Every id that the manifest and the code share. A test compares them with `package.json`. */

export const containerId = "swarm";

export const viewIds = {
  agents: "swarm.agents",
  decisions: "swarm.decisions",
  bulkheads: "swarm.bulkheads",
  breakers: "swarm.breakers",
  kpis: "swarm.kpis",
} as const;

/** What the palette shows. */
export const commandIds = {
  startDemo: "swarm.startDemo",
  startSwarm: "swarm.startSwarm",
  stopSwarm: "swarm.stopSwarm",
  scaleSwarm: "swarm.scaleSwarm",
  predictSize: "swarm.predictSize",
  setMode: "swarm.setMode",
  hold: "swarm.hold",
  resume: "swarm.resume",
  pauseScaling: "swarm.pauseScaling",
  resumeScaling: "swarm.resumeScaling",
  applyRecommendation: "swarm.applyRecommendation",
  dismissRecommendation: "swarm.dismissRecommendation",
  undoDecision: "swarm.undoDecision",
  undoLast: "swarm.undoLast",
  undoAllocation: "swarm.undoAllocation",
  explainDecision: "swarm.explainDecision",
  stopAgent: "swarm.stopAgent",
  dumpStacks: "swarm.dumpStacks",
  submitTask: "swarm.submitTask",
  submitSelection: "swarm.submitSelection",
  submitLines: "swarm.submitLines",
  showTasks: "swarm.showTasks",
  cancelTask: "swarm.cancelTask",
  retryTask: "swarm.retryTask",
  openTaskOutput: "swarm.openTaskOutput",
  pauseLane: "swarm.pauseLane",
  resumeLane: "swarm.resumeLane",
  drainLane: "swarm.drainLane",
  resizeLane: "swarm.resizeLane",
  takeLeaseBack: "swarm.takeLeaseBack",
  setOrchestratorToken: "swarm.setOrchestratorToken",
  forceOpenBreaker: "swarm.forceOpenBreaker",
  resetBreaker: "swarm.resetBreaker",
  metricsOnlyBreaker: "swarm.metricsOnlyBreaker",
  configureFaultTolerance: "swarm.configureFaultTolerance",
  injectFaults: "swarm.injectFaults",
  endFaults: "swarm.endFaults",
  collectMetrics: "swarm.collectMetrics",
  openForecast: "swarm.openForecast",
  forecastResources: "swarm.forecastResources",
  exportForecast: "swarm.exportForecast",
  comparePolicies: "swarm.comparePolicies",
  planCapacity: "swarm.planCapacity",
  allocateResources: "swarm.allocateResources",
  optimizePerformance: "swarm.optimizePerformance",
  optimizeAllocation: "swarm.optimizeAllocation",
  chooseKpiSwarm: "swarm.chooseKpiSwarm",
  performanceReport: "swarm.performanceReport",
  exportReport: "swarm.exportReport",
  analyzeBottlenecks: "swarm.analyzeBottlenecks",
  importMetrics: "swarm.importMetrics",
  openProfile: "swarm.openProfile",
  compareProfiles: "swarm.compareProfiles",
  profilePerformance: "swarm.profilePerformance",
  blameFlame: "swarm.blameFlame",
  trainPolicy: "swarm.trainPolicy",
  backUp: "swarm.backUp",
  collectDiagnostics: "swarm.collectDiagnostics",
  showLog: "swarm.showLog",
  restartEngine: "swarm.restartEngine",
  defineSwarm: "swarm.defineSwarm",
} as const;
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** Commands of our own rows: registered, but in no menu and no palette. */
export const internalCommandIds = {
  showMore: "swarm.internal.showMore",
  olderDecisions: "swarm.internal.olderDecisions",
} as const;

export const settingsSection = "swarm";

/** Names below `swarm.`. */
export const settingNames = {
  autoStart: "autoStart",
  nodePath: "nodePath",
  keepRunning: "keepRunning",
  history: "history",
  minAccuracy: "forecast.minAccuracy",
  tfjsNodePath: "tfjsNodePath",
  faultTolerance: "faultTolerance",
  doors: "doors",
  swarms: "swarms",
  orchestrators: "orchestrators",
  recognitionRules: "recognitionRules",
} as const;

/** Keys that `when` clauses of the manifest read. */
export const contextKeys = {
  /** `idle`, `connecting`, `waiting`, `failed` or `connected`. */
  engine: "swarm.engine",
  /** Some decision can be undone now. */
  canUndo: "swarm.canUndo",
  /** A recommendation waits for the operator. */
  recommends: "swarm.recommends",
} as const;

/** Tools for language models in this editor, by their names there, and the tool of the agents' door that each is. */
export const agentTools = {
  swarm_status: "swarm_status",
  swarm_bottlenecks: "bottlenecks",
  swarm_forecast: "forecast",
  swarm_why_throttled: "why_throttled",
  swarm_scale: "scale",
} as const;

/** The agents' door, as the editor is told of it. */
export const mcpProviderId = "swarm-resource-allocator.agents";

export const panelTypes = {
  metrics: "swarm.metrics",
  forecast: "swarm.forecast",
  scaling: "swarm.scaling",
  capacity: "swarm.capacity",
  report: "swarm.report",
  pareto: "swarm.pareto",
  flame: "swarm.flame",
  profile: "swarm.profileReport",
  blame: "swarm.blame",
} as const;

/** The read-only editor of profiles in files. */
export const profileEditorType = "swarm.profile";

/** `contextValue` of tree rows, which `when` clauses match. */
export const rowContexts = {
  managedRunning: "managed.running",
  managedRunningHeld: "managed.running.held",
  managedStopped: "managed.stopped",
  managedStoppedHeld: "managed.stopped.held",
  observed: "observed",
  orchestrated: "orchestrated",
  orchestratedNoToken: "orchestrated.noToken",
  orchestratorTools: "orchestrator.tools",
  orchestratorTool: "orchestrator.tool",
  orchestratorRecords: "orchestrator.records",
  orchestratorRecord: "orchestrator.record",
  orchestratorRecordSeen: "orchestrator.recordSeen",
  agent: "agent",
  group: "group",
  process: "process",
  more: "more",
  decisionWaiting: "decision.waiting",
  decisionUndoable: "decision.undoable",
  decisionOver: "decision.over",
  allocationUndoable: "allocation.undoable",
  allocationOver: "allocation.over",
  fact: "fact",
  older: "older",
  laneOpen: "lane.open",
  lanePaused: "lane.paused",
  laneDraining: "lane.draining",
  lease: "lease",
  task: "task",
  breakerClosed: "breaker.closed",
  breakerOpen: "breaker.open",
  breakerHalfOpen: "breaker.halfOpen",
  breakerForcedOpen: "breaker.forcedOpen",
  breakerMetricsOnly: "breaker.metricsOnly",
  faults: "faults",
  kpi: "kpi",
} as const;
