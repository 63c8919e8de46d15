import type { Bottleneck, Severity } from "./protocol/bottlenecks.ts";
import type { Coded, Decision, ScalingStatus, SwarmMode } from "./protocol/model.ts";
import type {
  ExpectedGain,
  ReportBottlenecks,
  ReportCapacity,
  ReportPolicies,
  ReportRecommendation,
  Told,
} from "./protocol/performanceReport.ts";

/** Below it an avoided wait is rounding. */
const LEAST_AVOIDED_SECONDS = 1;
/** What `auto` would have brought in a shorter time is chance. */
const LEAST_OBSERVED_MS = 600_000;
/** A tenth less: what a simulation says more finely than that is not worth a change. */
const CHEAPER = 0.9;
/** What a swarm can be set to by its configuration alone. */
const SETTABLE: ReadonlySet<string> = new Set(["adaptive", "hpa", "dqn"]);
const RANK: Readonly<Record<Severity, number>> = { critical: 1, major: 3, minor: 7, none: 9, unknown: 9 };

export interface RecommendationInputs {
  readonly mode: SwarmMode;
  readonly scaling: ScalingStatus | null;
  /** The recommendation of the scaler that waits for the operator; `null` when none does. */
  readonly waiting: Decision | null;
  readonly bottlenecks: ReportBottlenecks | null;
  readonly capacity: ReportCapacity | null;
  readonly policies: ReportPolicies | null;
}

interface Ranked {
  readonly rank: number;
  readonly recommendation: ReportRecommendation;
}

/**
 * What is worth doing, the most pressing first, each with what it follows from. A gain is derived from what was measured; where
 * nothing was measured that says how much it brings, that is said instead.
 */
export function recommendationsOf(inputs: RecommendationInputs): readonly ReportRecommendation[] {
  const found: Ranked[] = [
    ...ofDecision(inputs),
    ...ofShadow(inputs),
    ...(inputs.bottlenecks?.findings ?? []).flatMap(ofBottleneck),
    ...ofPolicies(inputs),
    ...ofCapacity(inputs),
  ];
  const sorted = found.toSorted((a, b) => a.rank - b.rank).map(({ recommendation }) => recommendation);
  // The same thing to do is told once, for what asks most for it.
  const asked = new Set<string>();
  return sorted.filter(({ action }) => {
    const key = JSON.stringify(action);
    return !asked.has(key) && asked.add(key);
  });
}

function ofDecision({ waiting }: RecommendationInputs): Ranked[] {
  if (waiting === null) return [];
  const { id: decisionId, from, to, reason } = waiting;
  const action: Coded = { code: "report.apply", args: { current: from, target: to } };
  const evidence = { kind: "decision", decisionId, from, to, reason } as const;
  return [{ rank: 0, recommendation: { action, evidence, gain: gainOfSize(waiting) } }];
}

/** The load at another size: the same demand, now or at the peak that is forecast, among so many agents. */
function gainOfSize({ to, inputs }: Decision): Told<ExpectedGain> {
  const live = inputs?.live ?? 0;
  const current = inputs?.currentRatio ?? null;
  if (inputs === null || current === null || live === 0 || to === 0)
    return unknown({ code: "report.gainNoLoad", args: {} });
  const { predictedRatio, predictedInMs } = inputs;
  if (to < live)
    // Fewer: by the higher of both, for the forecast never scales in alone.
    return known({ kind: "agents", fewer: live - to, toRatio: (Math.max(current, predictedRatio ?? 0) * live) / to });
  const isAhead = predictedRatio !== null && predictedRatio > current;
  const fromRatio = isAhead ? predictedRatio : current;
  return known({ kind: "load", fromRatio, toRatio: (fromRatio * live) / to, inMs: isAhead ? predictedInMs : null });
}

/** What `auto` would have meant is watched in `recommend` alone. */
function ofShadow({ mode, scaling }: RecommendationInputs): Ranked[] {
  const shadow = scaling?.inputs.shadow;
  if (mode !== "recommend" || shadow === undefined) return [];
  const { waitAvoidedSeconds: avoidedSeconds, agentHours, spanMs, observedMs } = shadow;
  if (observedMs < LEAST_OBSERVED_MS || avoidedSeconds === null || avoidedSeconds < LEAST_AVOIDED_SECONDS) return [];
  const gain = known({ kind: "waiting", avoidedSeconds, agentHours, spanMs });
  const recommendation = {
    action: { code: "report.auto", args: {} },
    evidence: { kind: "shadow", shadow },
    gain,
  } as const;
  return [{ rank: 4, recommendation }];
}

function ofBottleneck(finding: Bottleneck): Ranked[] {
  const { component, kind, subject, severity, evidence, suggestion } = finding;
  if (suggestion === null || severity === "none" || severity === "unknown") return [];
  const why = { kind: "bottleneck", component, of: kind, subject, severity, evidence: evidence[0] ?? null } as const;
  // How much a resource that is short costs was not measured: nobody has tried it without.
  const gain = unknown({ code: "report.gainUntried", args: {} });
  return [{ rank: RANK[severity], recommendation: { action: suggestion, evidence: why, gain } }];
}

function ofPolicies({ policies }: RecommendationInputs): Ranked[] {
  if (policies === null) return [];
  const { inUse, fromMs, toMs } = policies;
  const rows = policies.policies.filter(({ name }) => SETTABLE.has(name));
  const own = rows.find(({ name }) => name === inUse);
  const best = rows.toSorted((a, b) => a.costAgentHours - b.costAgentHours)[0];
  if (own === undefined || best === undefined || best.costAgentHours >= CHEAPER * own.costAgentHours) return [];
  return [
    {
      rank: 5,
      recommendation: {
        action: { code: "report.policy", args: { policy: best.name } },
        evidence: { kind: "policies", inUse, better: best.name, spanMs: toMs - fromMs },
        gain: known({ kind: "cost", fromAgentHours: own.costAgentHours, toAgentHours: best.costAgentHours }),
      },
    },
  ];
}

function ofCapacity({ capacity }: RecommendationInputs): Ranked[] {
  const first = capacity?.first ?? null;
  if (first === null) return [];
  const action: Coded = { code: "report.capacity", args: { resource: first.resource } };
  const gain = unknown({ code: "report.gainUnsized", args: {} });
  // What is used up now holds the swarm back now.
  return [{ rank: first.inDays < 1 ? 2 : 6, recommendation: { action, evidence: { kind: "capacity", first }, gain } }];
}

function known(value: ExpectedGain): Told<ExpectedGain> {
  return { kind: "known", value };
}

function unknown(reason: Coded): Told<ExpectedGain> {
  return { kind: "unknown", reason };
}
