import type { Clock } from "../common/clock.ts";
import type { DecisionLedger, ScalerPort, ShadowPort, SizingRules, SwarmsPort, SwarmView } from "../ports.ts";
import type { Decision, ScalingStatus } from "../protocol/model.ts";
import type { DecisionBook } from "./decisionBook.ts";
import { wasCarriedOut } from "./pilotViews.ts";
import { Recommendations } from "./recommendations.ts";

/** Decisions of a swarm looked through at start for the newest that was carried out. */
const LOOK_BACK = 200;

/** What is known of one swarm beside the swarm itself. */
export interface Track {
  readonly scaler: ScalerPort;
  /** The target as it was left here: another one was set by somebody else (a changed configuration). */
  target: number;
  /** Load at the last look; `null` when it was not known. */
  demand: number | null;
  acting: number;
  status: ScalingStatus | null;
  /** Newest decision that was carried out, and when by the monotonic clock. */
  newest: { readonly id: string; readonly sinceMs: number } | null;
  readonly recommendations: Recommendations;
  /** Only in `recommend`. */
  shadow: { readonly port: ShadowPort; lookedMs: number } | null;
}

interface TrackParts {
  readonly swarms: SwarmsPort;
  readonly decisions: DecisionLedger;
  readonly rules: SizingRules;
  readonly clock: Clock;
}

export function createTrack(swarm: SwarmView, { clock, decisions, rules }: TrackParts, book: DecisionBook): Track {
  const scaler = rules.newScaler(swarm);
  const newest = decisions.list({ swarmId: swarm.id, limit: LOOK_BACK }).find(wasCarriedOut) ?? null;
  // How long ago by the wall clock; one that was set back cannot make a cooldown shorter.
  const sinceMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - (newest?.wallMs ?? 0));
  if (newest !== null) scaler.acted(newest.from, newest.to, sinceMs, newest.origin !== "scaler");
  return {
    scaler,
    target: swarm.target,
    demand: null,
    acting: 0,
    status: null,
    newest: newest === null ? null : { id: newest.id, sinceMs },
    recommendations: new Recommendations(book),
    shadow: null,
  };
}

/**
 * Closes what an engine before this one left open. A plan is not gone on with: whether its last step did harm was not seen.
 * @returns actions whose target is in force: they go on
 */
export function closeOpen({ decisions, swarms, clock }: TrackParts, book: DecisionBook): readonly Decision[] {
  const goOn: Decision[] = [];
  for (const decision of decisions.open()) {
    const target = swarms.list().find(({ id }) => id === decision.swarmId)?.target ?? null;
    const { plan, to } = decision;
    if (decision.state.kind === "recommended") {
      const reason = { code: "decision.restarted", args: {} };
      book.update({ ...decision, state: { kind: "withdrawn", reason, atMs: clock.wallMs() } });
    } else if (target !== null && target === to) goOn.push(decision);
    else if (plan !== undefined && target !== null) {
      const reason = { code: "plan.interrupted", args: { at: target, to } };
      book.update({ ...decision, plan: { ...plan, at: target }, state: { kind: "interrupted", reason } });
    } else
      book.update({ ...decision, state: { kind: "interrupted", reason: { code: "decision.interrupted", args: {} } } });
  }
  return goOn;
}
