/** Every id that the manifest and the code share. A test compares them with `package.json`. */

export const containerId = "swarm";

export const viewIds = { agents: "swarm.agents" } as const;

/** What the palette shows. */
export const commandIds = {
  startDemo: "swarm.startDemo",
  startSwarm: "swarm.startSwarm",
  stopSwarm: "swarm.stopSwarm",
  scaleSwarm: "swarm.scaleSwarm",
  undoLast: "swarm.undoLast",
  stopAgent: "swarm.stopAgent",
  collectMetrics: "swarm.collectMetrics",
  showLog: "swarm.showLog",
  restartEngine: "swarm.restartEngine",
  defineSwarm: "swarm.defineSwarm",
} as const;
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** Commands of our own rows: registered, but in no menu and no palette. */
export const internalCommandIds = { showMore: "swarm.internal.showMore" } as const;

export const settingsSection = "swarm";

/** Names below `swarm.`. */
export const settingNames = {
  autoStart: "autoStart",
  nodePath: "nodePath",
  keepRunning: "keepRunning",
  history: "history",
  swarms: "swarms",
  recognitionRules: "recognitionRules",
} as const;

/** Keys that `when` clauses of the manifest read. */
export const contextKeys = {
  /** `idle`, `connecting`, `waiting`, `failed` or `connected`. */
  engine: "swarm.engine",
  /** There is something for `Undo Last Scale` to undo. */
  canUndo: "swarm.canUndo",
} as const;

export const panelTypes = { metrics: "swarm.metrics" } as const;

/** `contextValue` of tree rows, which `when` clauses match. */
export const rowContexts = {
  managedRunning: "managed.running",
  managedStopped: "managed.stopped",
  observed: "observed",
  agent: "agent",
  group: "group",
  process: "process",
  more: "more",
} as const;
