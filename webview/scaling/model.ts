import type { PolicyRow } from "../../src/engine/protocol/replay.ts";
import type {
  ComparisonRun,
  LoadSource,
  PageComparison,
  ScalingNow,
  ScalingPageState,
} from "../../src/engine/protocol/scalingPage.ts";
import { clockText } from "../../src/text/clock.ts";
import { countText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { costText, forecastsText, isBound, missingText, policyTexts } from "../../src/text/replay.ts";
import { shadowText } from "../../src/text/shadow.ts";
import { loadText } from "../shared/loadText.ts";
import { boundOf, scoredSteps } from "./rows.ts";

/** The engine's own rule, and the one that it is measured by; others take their places where they are not compared. */
const OWN = "adaptive";
const USUAL = "hpa";
/** A smaller share more or less is the same, to people. */
const SAME = 0.005;

/** The swarm as it is, in words. */
export function nowSentence({ now, swarms, gone }: ScalingPageState): string {
  if (gone !== null)
    return `The swarm ${gone} is no longer there: it was taken out of the configuration. ${swarms.length === 0 ? 'Define it again with "Swarm: Define a Swarm".' : "Choose another one, or define it again."}`;
  if (now === null)
    return swarms.length === 0
      ? "No swarm is there to be sized. Start the demo swarm, or define one of yours."
      : "Reading the swarm.";
  const { verdict, target, mode } = now;
  if (target === 0) return loadText(now);
  const scaler =
    verdict === null
      ? mode === "observe"
        ? "In the mode observe nothing is said about its size."
        : "The scaler does not look yet."
      : `The scaler: ${verdict.reason}`;
  return `${loadText(now)} ${scaler}`;
}

/** What the policies would have cost, in words. */
export function comparisonSentence(comparison: PageComparison): string {
  const { policies } = comparison;
  const real = policies.filter((row) => !isBound(row));
  const bound = boundOf(policies);
  const one = real.find(({ name }) => name === OWN) ?? least(real, ({ unmet }) => unmet);
  const rest = real.filter((row) => row !== one);
  const other = rest.find(({ name }) => name === USUAL) ?? least(rest, ({ agentHours }) => agentHours);
  const known = bound === null ? "" : boundText(bound, one);
  if (one === null) return `On ${spanText(comparison)} ${known}`.trim();
  const against = other === null ? "" : `, ${difference(one.agentHours, other)}`;
  const left = `left ${policyTexts(one).unmetRatio} of the work unmet`;
  const theirs = other === null ? "" : ` (${other.name} ${policyTexts(other).unmetRatio})`;
  const first = `On ${spanText(comparison)} ${one.name} would have used ${costText(one.agentHours)} agent-hours${against}`;
  return `${first}, and ${left}${theirs}. ${known}`.trim();
}

function boundText(bound: PolicyRow, one: PolicyRow | null): string {
  const hours = costText(bound.agentHours);
  if (one === null) return `${hours} agent-hours would do if the future were known.`;
  const below = one.agentHours < bound.agentHours ? " That it is above says that it leaves less unmet." : "";
  return `The bound, which knows the future, is ${hours}, with ${policyTexts(bound).unmetRatio} unmet.${below}`;
}

function least(rows: readonly PolicyRow[], of: (row: PolicyRow) => number): PolicyRow | null {
  return rows.reduce<PolicyRow | null>((best, row) => (best === null || of(row) < of(best) ? row : best), null);
}

/** `9% fewer than hpa`. */
function difference(hours: number, { name, agentHours }: PolicyRow): string {
  if (!(agentHours > 0)) return `against none of ${name}`;
  const ratio = hours / agentHours - 1;
  if (Math.abs(ratio) < SAME) return `nearly as many as ${name}`;
  return `${ratioText(Math.abs(ratio))} ${ratio < 0 ? "fewer" : "more"} than ${name}`;
}

/** `the last 7 d`, as long as there is history that was scored; of squeezed time also how long that took here. */
export function spanText({ basis, timeScale }: Pick<PageComparison, "basis" | "timeScale">): string {
  const realMs = scoredSteps(basis) * basis.stepSeconds * 1_000;
  const own = `the last ${durationText(inHours(realMs * timeScale))}`;
  return timeScale === 1 ? own : `${own} of the swarm's own time (${durationText(realMs)} here)`;
}

/** Beside half a day a minute says nothing: a step that is missing at the begin makes `3 d` no `2 d 23 h`. */
function inHours(ms: number): number {
  const hours = Math.round(ms / 3_600_000);
  return hours < 12 ? ms : hours * 3_600_000;
}

/** `measured`, `imported`, `40% imported, the rest measured`. */
export function loadSourceText({ source, importedRatio }: LoadSource): string {
  if (importedRatio <= 0) return source;
  // Of what is imported to all but a rounding, the word that promises less.
  if (importedRatio >= 0.995) return "imported";
  return `${ratioText(Math.max(0.01, importedRatio))} imported, the rest ${source}`;
}

/** What it rests on. */
export function basisText(comparison: PageComparison): string {
  const { basis, startUpSource, madeAtMs, policies, loadSource } = comparison;
  const { steps, missing, stepSeconds, minAgents, maxAgents, startUpSeconds, forecasts } = basis;
  return [
    `A simulation: a simulated swarm of ${minAgents} to ${countText(maxAgents, "agent")} meets this load (${loadSourceText(loadSource)}) once with each policy; nothing of it was carried out.`,
    `${countText(steps, "step")} of ${durationText(stepSeconds * 1_000)}.`,
    missingText(missing),
    `An agent takes ${durationText(startUpSeconds * 1_000)} to start (${startUpSource}).`,
    policies.some(({ name }) => name === OWN) ? forecastsText(forecasts) : "",
    basis.scoredFrom === undefined
      ? ""
      : `All are scored on the last ${countText(scoredSteps(basis), "step")}: the network has learned on those before.`,
    `Made at ${clockText(madeAtMs)}.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** What stands where a picture would be, and why. */
export function emptyText({ run, gone, swarms }: ScalingPageState): string {
  if (gone !== null || swarms.length === 0) return "";
  switch (run.kind) {
    case "idle":
      return "Nothing was compared yet. Compare lets a simulated swarm meet the load of the last days once with each policy, and shows what each would have cost.";
    case "comparing":
      return "The picture comes when the comparison is done.";
    case "cancelled":
      return "The comparison was cancelled, so there is nothing to show.";
    case "failed":
      return "";
  }
}

/** How far the comparison is. The child that makes it does not tell; how long it has taken is what is known. */
export function runText(run: ComparisonRun, nowMs: number): string {
  switch (run.kind) {
    case "comparing": {
      const { days, policies } = run.wish;
      const since = Math.floor(Math.max(0, nowMs - run.sinceMs) / 1_000) * 1_000;
      const what = `${countText(policies.length, "policy", "policies")} on ${countText(days, "day")}`;
      return `Comparing ${what}${since === 0 ? "" : `, for ${durationText(since)}`}.`;
    }
    case "cancelled":
      return "The comparison was cancelled.";
    case "idle":
    case "failed":
      return "";
  }
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Where the figure comes from; empty for what was set. */
  readonly tag: string;
}

/** The swarm as it is, figure by figure. */
export function factsOf(now: ScalingNow): readonly Fact[] {
  const { demand, demandSource, waitingTasks, live, target, minAgents, maxAgents, mode, held, shadow, advice } = now;
  const load = live === 0 ? "–" : numberText((demand ?? 0) / live);
  const waiting = waitingTasks === null ? "" : `, ${countText(waitingTasks, "task")} waiting`;
  const worked = demand === null ? "–" : `${load} (demand ${numberText(demand)}${waiting})`;
  return [
    { label: "Load", value: worked, tag: demandSource },
    { label: "Capacity", value: `${live} of ${target} agents alive`, tag: "measured" },
    { label: "Bounds", value: `${minAgents} to ${countText(maxAgents, "agent")}`, tag: "" },
    { label: "Mode", value: mode, tag: "" },
    { label: "On hold", value: held.length === 0 ? "no" : held.join(" "), tag: "" },
    { label: "Plan", value: planText(now), tag: "" },
    { label: "Forecast", value: forecastText(now.forecast), tag: now.forecast?.kind === "ready" ? "derived" : "" },
    ...(shadow === null ? [] : [{ label: "Shadow", value: shadowText(shadow), tag: "derived" }]),
    ...(advice === null ? [] : [{ label: "Network", value: advice, tag: "derived" }]),
  ];
}

function planText({ plan, verdict }: ScalingNow): string {
  if (plan !== null) {
    const steps = [plan.from, ...plan.steps].join(" → ");
    const at = plan.steps.length > 1 ? `, at ${plan.at} now` : "";
    return `${steps} under way${at}. ${plan.reason}`;
  }
  if (verdict === null) return "–";
  if (verdict.from === verdict.to) return `stays at ${verdict.to} for now`;
  return `wants ${verdict.from} → ${verdict.to}${verdict.waits ? ", waits for you in Decisions" : ""}`;
}

function forecastText(forecast: ScalingNow["forecast"]): string {
  if (forecast === null) return "–";
  if (forecast.kind === "none") return `takes no part: ${forecast.reason}`;
  const when = forecast.inMs === null ? "" : ` in ${durationText(forecast.inMs)}`;
  return `load ${numberText(forecast.predictedRatio)}${when} (${forecast.model})`;
}
