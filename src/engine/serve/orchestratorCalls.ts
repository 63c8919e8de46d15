import { type Coded, toCoded, CodedError } from "../common/errors.ts";
import { agentsWithin, sizeForClaims, sizeForForecast } from "./recordsPlan.ts";
import type {
  AllocationsPort,
  OrchestratorsPort,
  PilotPort,
  ScalingPredictionsPort,
  SwarmsPort,
  SwarmView,
} from "../ports.ts";
import type { AllocationRecord } from "../protocol/allocators.ts";
import type { ClaimedAnswer, PredictiveScale, ResourceAllocation, ToolRole } from "../protocol/orchestrators.ts";
import { planOfResources } from "../protocol/resources.ts";
import type { ActionOutcome, Overview } from "../protocol/rpc.ts";
import type { Handlers, ParamsOf, Calls } from "./handlers.ts";

/** What the calls about orchestrators need of the engine. */
export interface OrchestratorCallsApi {
  readonly orchestrators: OrchestratorsPort;
  readonly swarms: Pick<SwarmsPort, "get">;
  readonly pilot: Pick<PilotPort, "scale" | "status">;
  readonly allocations: AllocationsPort;
  readonly predictions: ScalingPredictionsPort;
  readonly overview: () => Overview;
  readonly wallMs: () => number;
}

type OrchestratorCall = "orchestratorToken" | "claimed" | "allocateResources" | "predictiveScale";
type Asked<K extends OrchestratorCall> = ParamsOf<Calls[K]>;

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createOrchestratorHandlers(
  api: OrchestratorCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, OrchestratorCall> {
  return {
    orchestratorToken: ({ swarmId, url, token }) => {
      if (!api.orchestrators.has(swarmId))
        throw new CodedError("swarm.notOrchestrated", { swarmId: managed(swarmId).id });
      api.orchestrators.takeToken(swarmId, url, token);
      return null;
    },
    claimed: async ({ swarmId, roles }, { signal }) => {
      if (!api.orchestrators.has(swarmId))
        throw new CodedError("swarm.notOrchestrated", { swarmId: managed(swarmId).id });
      const { mode } = api.orchestrators.get(swarmId);
      return { swarmId, mode, answers: await gather(api, swarmId, roles, signal) };
    },
    allocateResources: (asked, { signal, client }) =>
      api.orchestrators.has(asked.swarmId)
        ? allocateRecords(api, asked, client.name, signal)
        : allocateOurs(api, managed(asked.swarmId).id, asked, client.name, signal),
    predictiveScale: (asked, { signal, client }) =>
      api.orchestrators.has(asked.swarmId)
        ? scaleByClaims(api, asked, client.name, signal)
        : scaleByForecast(api, managed(asked.swarmId).id, asked, client.name, signal),
  };
}

/** All of them together; one that cannot be had takes no other with it. */
function gather(
  { orchestrators, wallMs }: OrchestratorCallsApi,
  swarmId: string,
  roles: readonly ToolRole[],
  signal: AbortSignal,
): Promise<readonly ClaimedAnswer[]> {
  return Promise.all(
    roles.map(async (role): Promise<ClaimedAnswer> => {
      try {
        return await orchestrators.ask(swarmId, role, signal);
      } catch (error) {
        const reason = toCoded(error);
        if (reason.code === "aborted") throw error;
        const known = orchestrators.get(swarmId).facts.tools.find((tool) => tool.role === role);
        const { tools = [], grade = "unprobed" } = known ?? {};
        return { role, tools, grade, atMs: wallMs(), figures: [], left: 0, reason };
      }
    }),
  );
}

async function allocateRecords(
  api: OrchestratorCallsApi,
  { swarmId, requirements, deadlineMs }: Asked<"allocateResources">,
  by: string,
  signal: AbortSignal,
): Promise<ResourceAllocation> {
  const { orchestrators } = api;
  // 1. What is known.
  const gathered = await gather(api, swarmId, ["metrics_collect", "performance_report", "bottleneck_analyze"], signal);
  const view = orchestrators.get(swarmId);
  const { recordCount } = view.facts;
  // 2. What it can be given, by what was measured here.
  const highBytes = memoryOf(swarmId, requirements);
  const wish = { agents: requirements.agents, memoryBytes: highBytes };
  const { agents, reasons: bounded } = agentsWithin(wish, recordCount ?? 0, view, api.overview().host);
  const unset = (["cpu", "memory", "storage"] as const)
    .filter((resource) => requirements[resource] !== undefined)
    .map((resource) => ({ code: "allocation.noLimits", args: { swarmId, resource } }));
  const reasons = [...bounded, ...unset];
  // 3. It is given, and looked at.
  const outcome: ActionOutcome =
    recordCount === null
      ? {
          kind: "refused",
          reason: { code: "orchestrator.notConnected", args: { swarmId, state: view.facts.link.kind } },
        }
      : await orchestrators.scale(swarmId, agents, by, deadlineMs, signal);
  if (outcome.kind === "refused")
    return { swarmId, gathered, agents: null, reasons, outcome, kept: null, allocationId: null };
  // 4. Its agents can read what they were given.
  const note = { agents, ...(highBytes == null ? {} : { memoryBytesEach: highBytes }) };
  const kept = await orchestrators.keepAllocation(swarmId, note, signal).catch((error: unknown) => ({
    tool: null,
    kept: false,
    reason: toCoded(error),
  }));
  return { swarmId, gathered, agents, reasons, outcome, kept, allocationId: null };
}

async function allocateOurs(
  { allocations, swarms, pilot, wallMs }: OrchestratorCallsApi,
  swarmId: string,
  { requirements, deadlineMs }: Asked<"allocateResources">,
  by: string,
  signal: AbortSignal,
): Promise<ResourceAllocation> {
  const late = AbortSignal.timeout(deadlineMs);
  const either = AbortSignal.any([signal, late]);
  const beganMs = wallMs();
  const swarm = swarms.get(swarmId);
  const none = { swarmId, gathered: [], kept: null, allocationId: null } as const;
  // Looked at as a whole first: what there is no room for is refused, not begun and taken back.
  const { plan, changes, refusal, notes } = await allocations.preview({ plan: planFor(swarmId, requirements) }, signal);
  const refused = (reason: Coded): ResourceAllocation => ({
    ...none,
    ...{ agents: null, reasons: [], outcome: { kind: "refused", reason } },
  });
  if (refusal !== null) return refused(refusal);
  // It is aimed at already: nothing to set and nothing to write down, but agents are waited for until they are seen.
  if (plan.length === 0) {
    const { agents } = requirements;
    const outcome: ActionOutcome =
      agents === undefined
        ? { kind: "confirmed", live: swarm.live(), elapsedMs: 0 }
        : (await pilot.scale(swarmId, agents, by, deadlineMs, signal)).outcome;
    if (outcome.kind === "refused") return refused(outcome.reason);
    return { ...none, agents: swarm.target, reasons: notes, outcome };
  }
  const record = await allocations.apply(plan, by, either, { from: changes.map(({ from }) => from) });
  if (record.state.kind === "refused") return { ...refused(record.state.reason), allocationId: record.id };
  const elapsedMs = Math.max(0, Math.round(wallMs() - beganMs));
  const known = outcomeOf(record, swarm.live(), elapsedMs);
  // Whoever has given up is not told anything; what was too slow is told as that.
  const isLate = late.aborted && known.kind === "unconfirmed" && known.reason.code === "aborted";
  const reason = { code: "allocation.late", args: { seconds: deadlineMs / 1_000 } };
  const outcome = isLate ? { ...known, reason } : known;
  return { ...none, agents: swarm.target, reasons: notes, outcome, allocationId: record.id };
}

/** Of one that was not refused. */
function outcomeOf({ state }: AllocationRecord, live: number, elapsedMs: number): ActionOutcome {
  if (state.kind === "applied") return { kind: "confirmed", live, elapsedMs };
  const reason = "reason" in state ? state.reason : { code: "allocation.notEnded", args: { state: state.kind } };
  return { kind: "unconfirmed", live, elapsedMs, reason };
}

async function scaleByClaims(
  { orchestrators }: OrchestratorCallsApi,
  { swarmId, apply, expectedTo, deadlineMs }: Asked<"predictiveScale">,
  by: string,
  signal: AbortSignal,
): Promise<PredictiveScale> {
  const status = await orchestrators.ask(swarmId, "swarm_status", signal);
  const view = orchestrators.get(swarmId);
  const { recordCount } = view.facts;
  const from = recordCount ?? 0;
  const { to, reason } = sizeForClaims({ recordCount, busyCount: view.busyCount }, status, view);
  const planned = { swarmId, from, to, reason, source: "claimed" } as const;
  if (!apply || to === null || to === from) return { ...planned, outcome: null, topology: null };
  const outcome = otherPlan(expectedTo, to) ?? (await orchestrators.scale(swarmId, to, by, deadlineMs, signal));
  const topology =
    outcome.kind === "confirmed"
      ? (outcome.claimed?.topology ?? null)
      : ({ kind: "refused", reason: { code: "topology.notConfirmed", args: {} } } as const);
  return { ...planned, outcome, topology };
}

/** Refused: somebody agreed to another size than the one that is planned now. */
function otherPlan(expectedTo: number | undefined, to: number): ActionOutcome | null {
  return expectedTo === undefined || expectedTo === to
    ? null
    : { kind: "refused", reason: { code: "predictive.changed", args: { expected: expectedTo, actual: to } } };
}

async function scaleByForecast(
  { predictions, swarms, pilot }: OrchestratorCallsApi,
  swarmId: string,
  { apply, expectedTo, deadlineMs }: Asked<"predictiveScale">,
  by: string,
  signal: AbortSignal,
): Promise<PredictiveScale> {
  const view = swarms.get(swarmId);
  const from = view.target;
  const asked = { timeHorizonSeconds: 3_600, confidence: 0.95, models: [] };
  const { scalingPlan: plan } = await predictions.predict(view, asked, signal);
  const planned = { swarmId, from, source: "derived" } as const;
  if (!plan.ready)
    return {
      ...planned,
      to: null,
      reason: plan.reason ?? { code: "predictive.noPlan", args: {} },
      outcome: null,
      topology: null,
    };
  // The most that is needed within the horizon, and sooner than it is.
  const peak = plan.steps.reduce((most, { agents }) => Math.max(most, agents), plan.steps.length === 0 ? from : 0);
  const inputs = pilot.status(swarmId)?.inputs ?? null;
  const { to, reason } = sizeForForecast(peak, from, inputs, view.scaling.scaleDownBelow);
  if (!apply || to === from) return { ...planned, to, reason, outcome: null, topology: null };
  const outcome = otherPlan(expectedTo, to) ?? (await pilot.scale(swarmId, to, by, deadlineMs, signal)).outcome;
  const code = outcome.kind === "confirmed" ? "topology.none" : "topology.notConfirmed";
  return { ...planned, to, reason, outcome, topology: { kind: "refused", reason: { code, args: {} } } };
}

/** @throws CodedError `resources.invalid` */
function planFor(swarmId: string, requirements: Asked<"allocateResources">["requirements"]) {
  const read = planOfResources({ swarms: { [swarmId]: requirements } });
  if (read.kind === "plan") return read.plan;
  const [first] = read.problems;
  throw new CodedError("resources.invalid", {
    ...{ file: "requirements", path: first?.path ?? "", problem: first?.problem ?? "", problems: read.problems.length },
  });
}

/** Of `memory.high`, checked as in a file. @throws CodedError `resources.invalid` */
function memoryOf(
  swarmId: string,
  requirements: Asked<"allocateResources">["requirements"],
): number | null | undefined {
  if (Object.keys(requirements).length === 0) return undefined;
  const limits = planFor(swarmId, requirements).find(({ resource }) => resource === "memory");
  return limits?.resource === "memory" ? limits.highBytes : undefined;
}
