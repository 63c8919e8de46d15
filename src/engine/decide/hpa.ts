/**
 * How many agents a metric asks for, as the Kubernetes Horizontal Pod Autoscaler counts (autoscaling/v2,
 * `pkg/controller/podautoscaler/replica_calculator.go`): `desired = ceil(current · usage ÷ target)`, nothing within the
 * tolerance, and what is not known counted against the direction that the known figures point in.
 */
export type AgentPhase = "ready" | "unready" | "ignored";

/** One agent as a metric sees it. */
export interface AgentUsage {
  /** `unready`: still starting. `ignored`: failed or leaving; it counts for nothing, whatever it uses. */
  readonly phase: AgentPhase;
  /** In the unit of the target; `null`: not measured. */
  readonly usage: number | null;
  /** What the agent has of it, so that the ratio is utilisation; 1 when the target is in the unit of the usage. */
  readonly capacity?: number;
}

export type HpaMetric =
  /** Something that each agent has: utilisation of its capacity against a target utilisation. */
  | { readonly kind: "utilisation"; readonly target: number; readonly agents: readonly AgentUsage[] }
  /** Something that each agent has, against a target average in its own unit. */
  | { readonly kind: "average"; readonly target: number; readonly agents: readonly AgentUsage[] }
  /** One figure of the whole swarm against a target for the whole. `null`: not measured. */
  | { readonly kind: "value"; readonly target: number; readonly usage: number | null; readonly ready: number }
  /** One figure of the whole swarm, such as waiting tasks, against a target for each agent. `name`: to tell one from others. */
  | { readonly kind: "perAgent"; readonly target: number; readonly usage: number | null; readonly name?: string };

export interface Tolerances {
  /** No more agents up to a ratio of 1 + this. */
  readonly up: number;
  /** No fewer agents down to a ratio of 1 − this. */
  readonly down: number;
}

export const DEFAULT_TOLERANCES: Tolerances = { up: 0.1, down: 0.1 };

/** `unknown`: nothing that the metric needs was measured. */
export type Wanted =
  | { readonly kind: "wanted"; readonly agents: number; readonly ratio: number }
  | { readonly kind: "unknown" };

/**
 * @param current agents that are meant to be there, whole, ≥ 0
 * @throws RangeError for a target that is not above 0, a tolerance that is no number ≥ 0, or a `current` that is no count
 */
export function wantedAgents(current: number, metric: HpaMetric, tolerances: Tolerances = DEFAULT_TOLERANCES): Wanted {
  if (!Number.isInteger(current) || current < 0) throw new RangeError(`current must be a count, got ${current}`);
  if (!(metric.target > 0 && Number.isFinite(metric.target)))
    throw new RangeError(`target must be > 0, got ${metric.target}`);
  for (const [name, value] of Object.entries(tolerances))
    if (!(value >= 0)) throw new RangeError(`tolerance ${name} must be ≥ 0, got ${value}`);
  switch (metric.kind) {
    case "utilisation":
    case "average":
      return ofAgents(current, metric, tolerances);
    case "value":
      return ofSwarm(current, metric, tolerances);
    case "perAgent":
      return ofEach(current, metric, tolerances);
  }
}

type AgentsMetric = Extract<HpaMetric, { readonly agents: readonly AgentUsage[] }>;

function ofAgents(current: number, { kind, target, agents }: AgentsMetric, tolerances: Tolerances): Wanted {
  // 1. Who counts: the measured ready ones; those not measured and those still starting are looked at below.
  let used = 0;
  let capacity = 0;
  let measured = 0;
  let missing = 0;
  let missingCapacity = 0;
  let unready = 0;
  let unreadyCapacity = 0;
  for (const agent of agents) {
    if (agent.phase === "ignored") continue;
    const own = kind === "average" ? 1 : (agent.capacity ?? 1);
    if (!(own > 0 && Number.isFinite(own))) return UNKNOWN;
    if (agent.phase === "unready") {
      unready++;
      unreadyCapacity += own;
    } else if (agent.usage === null || !isUsage(agent.usage)) {
      missing++;
      missingCapacity += own;
    } else {
      used += agent.usage;
      capacity += own;
      measured++;
    }
  }
  if (measured === 0) return UNKNOWN;
  const ratio = used / capacity / target;

  // 2. Everything is known: the plain formula.
  const countsUnready = unready > 0 && ratio > 1;
  if (!countsUnready && missing === 0)
    return isWithin(ratio, tolerances) ? wanted(current, ratio) : wanted(ceil(ratio * measured), ratio);

  // 3. What is not known speaks against the direction: on the way down it uses all it may, on the way up nothing.
  if (missing > 0 && ratio !== 1) {
    const most = kind === "average" ? target : Math.max(1, target);
    if (ratio < 1) used += most * missingCapacity;
    capacity += missingCapacity;
    measured += missing;
  }
  if (countsUnready) {
    capacity += unreadyCapacity;
    measured += unready;
  }
  const corrected = used / capacity / target;
  const turned = (ratio < 1 && corrected > 1) || (ratio > 1 && corrected < 1);
  if (isWithin(corrected, tolerances) || turned) return wanted(current, corrected);
  const agentsWanted = ceil(corrected * measured);
  const turnedByCount = (corrected < 1 && agentsWanted > current) || (corrected > 1 && agentsWanted < current);
  return wanted(turnedByCount ? current : agentsWanted, corrected);
}

function ofSwarm(
  current: number,
  { target, usage, ready }: Extract<HpaMetric, { kind: "value" }>,
  tolerances: Tolerances,
): Wanted {
  if (usage === null || !isUsage(usage)) return UNKNOWN;
  const ratio = usage / target;
  // From none the size follows from the figure alone.
  if (current === 0) return wanted(ceil(ratio), ratio);
  return wanted(isWithin(ratio, tolerances) ? current : ceil(ratio * ready), ratio);
}

function ofEach(
  current: number,
  { target, usage }: Extract<HpaMetric, { kind: "perAgent" }>,
  tolerances: Tolerances,
): Wanted {
  if (usage === null || !isUsage(usage)) return UNKNOWN;
  const ratio = current === 0 ? (usage > 0 ? Number.POSITIVE_INFINITY : 0) : usage / (target * current);
  return wanted(isWithin(ratio, tolerances) ? current : ceil(usage / target), ratio);
}

/** Sizes are counts: what is above one by less than this is rounding. */
const ROUNDING = 1e-9;

function ceil(agents: number): number {
  return Math.max(0, Math.ceil(agents - ROUNDING));
}

function isWithin(ratio: number, { up, down }: Tolerances): boolean {
  return ratio >= 1 - down - ROUNDING && ratio <= 1 + up + ROUNDING;
}

function isUsage(usage: number): boolean {
  return Number.isFinite(usage) && usage >= 0;
}

function wanted(agents: number, ratio: number): Wanted {
  return { kind: "wanted", agents, ratio };
}

const UNKNOWN: Wanted = { kind: "unknown" };
