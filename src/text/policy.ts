import type { JudgedPolicy, PolicyReport } from "../engine/protocol/dqn.ts";
import type { DqnAdvice } from "../engine/protocol/model.ts";
import { countText, durationText, numberText, ratioText } from "./figures.ts";
import { reasonText } from "./reasons.ts";

const NETWORK = "dqn";
const RULE = "adaptive";
/** Less than this share more or less is the same, to people. */
const SAME = 0.005;

/**
 * What a trained network is worth, in one sentence: how it compares with the adaptive rule on history that it has not seen,
 * and what it does with that. `null` when none was trained.
 */
export function policyVerdict({ trained, acts, timeScale }: PolicyReport): string | null {
  if (trained === null) return null;
  const { policies, beats, fromMs, toMs } = trained.evaluation;
  const network = policies.find(({ name }) => name === NETWORK);
  const rule = policies.find(({ name }) => name === RULE);
  if (network === undefined || rule === undefined) return null;
  const span = durationText((toMs - fromMs) * timeScale);
  const how = beats ? "beats" : "does not beat";
  return `It ${how} the adaptive policy on this swarm's last ${span}: ${comparison(network, rule)}; ${part(beats, acts)}.`;
}

function comparison(network: JudgedPolicy, rule: JudgedPolicy): string {
  const unmet = difference(network.unmet, rule.unmet, "unmet demand");
  const hours = difference(network.agentHours, rule.agentHours, "agent-hours", "fewer");
  return `${unmet}, ${hours}`;
}

function difference(ours: number, theirs: number, what: string, lessWord = "less"): string {
  if (ours === theirs) return `as ${lessWord === "less" ? "much" : "many"} ${what}`;
  if (!(theirs > 0)) return `${numberText(ours, 3)} against no ${what}`;
  const ratio = ours / theirs - 1;
  if (Math.abs(ratio) < SAME) return `nearly the same ${what}`;
  return `${numberText(100 * Math.abs(ratio), 3)}% ${ratio < 0 ? lessWord : "more"} ${what}`;
}

function part(beats: boolean, acts: boolean): string {
  if (acts) return "it sizes the swarm, within the rule's bounds";
  return beats
    ? "it advises; set 'scaling.policy' to 'dqn' to let it act"
    : "it advises, and does not act whatever is configured";
}

/** What the network would do beside the rule, and how often it wanted the same. */
export function adviceText({ to, decisions, agreed, acts, reason }: DqnAdvice): string {
  if (to === null) return reason === null ? "the trained network says nothing" : reasonText(reason);
  const often =
    decisions === 0 ? "" : `; ${ratioText(agreed / decisions)} of ${countText(decisions, "decision")} as the rule`;
  return `trained network: ${to}${often}${acts ? ", and it acts" : ", it only advises"}`;
}
