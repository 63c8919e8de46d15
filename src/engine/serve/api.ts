import { CodedError } from "../common/errors.ts";
import type { ManagedAgent, OrchestratorsPort, SwarmView } from "../ports.ts";
import type { Coded } from "../protocol/model.ts";
import type { RecordsNeed } from "../protocol/orchestrators.ts";
import type { ActionOutcome, MetricComponent, MetricsReport, Overview, StopPreview } from "../protocol/rpc.ts";
import { type AgentCallsApi, createAgentHandlers } from "./agentCalls.ts";
import { type AllocationCallsApi, createAllocationHandlers } from "./allocationCalls.ts";
import { type BlameCallsApi, createBlameHandlers } from "./blameCalls.ts";
import { createLoopHandlers, type LoopApi } from "./decisionCalls.ts";
import type { Handlers } from "./handlers.ts";
import { createDoorHandlers, type DoorCallsApi } from "./doorCalls.ts";
import { createImportHandlers, type ImportCallsApi } from "./importCalls.ts";
import { scalePreview } from "./scalePreview.ts";
import { createKeyFigureHandlers, type KeyFigureCallsApi } from "./keyFigureCalls.ts";
import { createOptimizeHandlers, type OptimizeCallsApi } from "./optimizeCalls.ts";
import { createOrchestratorHandlers } from "./orchestratorCalls.ts";
import { createPatternHandlers, type PatternCallsApi } from "./patternCalls.ts";
import { createPolicyHandlers, type PolicyCallsApi } from "./policyCalls.ts";
import { createProfileHandlers, type ProfileCallsApi } from "./profileCalls.ts";
import { createReplayHandlers, type ReplayCallsApi } from "./replayCalls.ts";
import { createWorkHandlers, type WorkCallsApi } from "./workCalls.ts";

type LookBackApi = KeyFigureCallsApi &
  ReplayCallsApi &
  PolicyCallsApi &
  PatternCallsApi &
  OptimizeCallsApi &
  ProfileCallsApi &
  BlameCallsApi;

/** What the calls need of the engine. */
export interface EngineApi
  extends LoopApi, WorkCallsApi, ImportCallsApi, LookBackApi, AllocationCallsApi, DoorCallsApi, AgentCallsApi {
  readonly orchestrators: OrchestratorsPort;
  readonly overview: () => Overview;
  /** Reads the machine now. */
  readonly refresh: () => Overview;
  readonly report: (overview: Overview, components: readonly MetricComponent[]) => MetricsReport;
  readonly stopFound: (
    identity: { pid: number; startTime: number },
    deadlineMs: number,
    signal: AbortSignal,
  ) => Promise<ActionOutcome>;
  /** These end the engine after the answer is out. */
  readonly restart: () => void;
  readonly stop: () => void;
  /** Checks that the build is there and newer, then ends so that the keeper starts it. @throws CodedError `handOver.refused` */
  readonly handOver: (folder: string, version: string) => Promise<void>;
}

/** The engine's behaviour for each call. */
export function createHandlers(api: EngineApi): Handlers {
  return {
    ...createLoopHandlers(api, (swarmId, need) => managed(api, swarmId, need)),
    ...createWorkHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createImportHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createAllocationHandlers(api, (swarmId) => managed(api, swarmId, "allocate")),
    ...createDoorHandlers(api),
    ...createAgentHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createPatternHandlers(api),
    ...createKeyFigureHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createReplayHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createOptimizeHandlers(api, (swarmId) => managed(api, swarmId, "optimize")),
    ...createProfileHandlers(api, (agentId) => stopPreview(api, agentId)),
    ...createBlameHandlers(api),
    ...createPolicyHandlers(api, (swarmId) => managed(api, swarmId)),
    ...createOrchestratorHandlers(api, (swarmId) => managed(api, swarmId)),
    overview: () => api.overview(),
    swarmStart: async ({ swarmId, mode, deadlineMs }, { signal, client }) => {
      const swarm = managed(api, swarmId);
      if (mode !== undefined && mode !== swarm.mode) api.setMode(swarm.id, mode, client.name);
      return api.pilot.scale(swarm.id, swarm.startTarget(), client.name, deadlineMs, signal);
    },
    swarmStop: async ({ swarmId, deadlineMs, now = false }, { signal, client }) => {
      const { id } = managed(api, swarmId);
      const stopped = api.pilot.scale(id, 0, client.name, deadlineMs, signal);
      // Its agents have been told to end by now; should the decision not have been written, none has.
      if (now) api.swarms.endNow(id);
      return stopped;
    },
    scalePreview: ({ swarmId, target }) => scalePreview(api, managed(api, swarmId), target),
    swarmScale: async ({ swarmId, target, deadlineMs, expectedTarget, atOnce = false }, { signal, client }) => {
      if (api.orchestrators.has(swarmId)) {
        const from = api.orchestrators.get(swarmId).facts.recordCount ?? 0;
        const outcome = await api.orchestrators.scale(swarmId, target, client.name, deadlineMs, signal);
        return { swarmId, from, to: target, outcome };
      }
      const swarm = managed(api, swarmId);
      const refusal = scalePreview(api, swarm, target).refusal ?? changed(swarm, expectedTarget);
      if (refusal !== null)
        return { swarmId, from: swarm.target, to: target, outcome: { kind: "refused", reason: refusal } };
      return api.pilot.scale(swarm.id, target, client.name, deadlineMs, signal, atOnce);
    },
    stopPreview: ({ agentId }) => stopPreview(api, agentId),
    agentStop: async ({ agentId, pid, startTime, deadlineMs, now = false }, { signal, client }) => {
      const seen = stopPreview(api, agentId);
      if (seen.pid !== pid || seen.startTime !== startTime) throw new CodedError("agent.changed", { pid });
      const outcome = seen.managed
        ? await api.pilot.retire(agentId, client.name, deadlineMs, signal, now)
        : await api.stopFound({ pid, startTime }, deadlineMs, signal);
      return { agentId, outcome };
    },
    metricsCollect: ({ components }) => api.report(api.refresh(), components),
    configGet: () => api.config.file(),
    configPatch: ({ source, baseRevision, patch }) => api.config.patch(source, baseRevision, patch),
    engineRestart: () => {
      api.restart();
      return null;
    },
    engineStop: async ({ deadlineMs }, { signal, client }) => {
      // Each stop is a decision; they are not waited for here, for the same is asked for all of them together.
      const running = api.swarms.list().filter((swarm) => swarm.supportOf === null && swarm.target > 0);
      // Counted before the first is told: an idle agent may be gone a moment later.
      const ended = api.swarms.list().reduce((sum, swarm) => sum + (swarm.supportOf === null ? swarm.live() : 0), 0);
      for (const { id } of running) void api.pilot.scale(id, 0, client.name, deadlineMs, signal).catch(() => undefined);
      await api.swarms.stopAll(deadlineMs, signal);
      api.stop();
      return { ended };
    },
    handOver: async ({ folder, version }) => {
      await api.handOver(folder, version);
      return null;
    },
  };
}

/**
 * @param need what is wanted of it, so that a swarm of an orchestrator is told what to do instead
 * @throws CodedError `swarm.observed`, `swarm.recordsOnly` for agents that are not ours, `swarm.unknown`
 */
function managed(api: EngineApi, swarmId: string, need: RecordsNeed = "agents"): SwarmView {
  if (api.orchestrators.has(swarmId)) throw new CodedError("swarm.recordsOnly", { swarmId, need });
  const row = api.overview().swarms.find((swarm) => swarm.id === swarmId);
  if (row?.kind === "observed") throw new CodedError("swarm.observed", { swarmId });
  return api.swarms.get(swarmId);
}

function changed(swarm: SwarmView, expected: number | undefined): Coded | null {
  return expected === undefined || expected === swarm.target
    ? null
    : { code: "scale.changed", args: { expected, actual: swarm.target } };
}

/** @throws CodedError `agent.unknown` */
function stopPreview(api: EngineApi, agentId: string): StopPreview {
  for (const swarm of api.overview().swarms) {
    const row = swarm.agents.find(({ id }) => id === agentId);
    if (row === undefined) continue;
    const own = swarm.kind === "managed" ? findOwn(api, agentId) : null;
    return {
      agentId,
      pid: row.pid,
      startTime: row.startTime,
      command: row.command,
      managed: swarm.kind === "managed",
      swarmId: swarm.id,
      openWork: [
        ...(own?.task == null ? [] : [{ code: "work.task", args: { id: own.task } }]),
        ...row.helpers.map(({ name, pid }) => ({ code: "work.helper", args: { name, pid } })),
        ...row.tools.map(({ name, pid }) => ({ code: "work.tool", args: { name, pid } })),
      ],
      processCount: row.usage.processCount,
    };
  }
  throw new CodedError("agent.unknown", { agentId });
}

function findOwn(api: EngineApi, agentId: string): ManagedAgent | undefined {
  return api.swarms
    .list()
    .flatMap((swarm) => swarm.agents())
    .find(({ id }) => id === agentId);
}
