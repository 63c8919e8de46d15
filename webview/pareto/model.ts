import type { AllocationPoint, ObjectiveWeights, SwarmOptimization } from "../../src/engine/protocol/optimize.ts";
import type { PageOptimization, ParetoPageState } from "../../src/engine/protocol/paretoPage.ts";
import { aimName, aimsText, aimText, aimValueText, limitName } from "../../src/text/allocation.ts";
import { clockText } from "../../src/text/clock.ts";
import { bytesText, countText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { currentValues, type Front, valuesAt } from "./front.ts";

/** As the kernel has it, where nobody set one. */
const USUAL_CPU_WEIGHT = 100;
const DASH = "–";

/** All agents of an allocation. */
export function agentsOf({ allocation }: Pick<AllocationPoint, "allocation">): number {
  return allocation.agents.reduce((sum, { agents }) => sum + agents, 0);
}

/** Why there is no picture; empty while there is one. */
export function emptyText({ swarms, swarmId, gone, run }: ParetoPageState): string {
  if (gone !== null)
    return `The swarm ${gone} is no longer there: it was taken out of the configuration. ${swarms.length === 0 ? 'Define it again with "Swarm: Define a Swarm".' : "Choose another one, or define it again."}`;
  if (swarms.length === 0)
    return "No swarm is there to find an allocation for. Start the demo swarm, or define one of yours.";
  if (swarmId === null) return "Reading the swarm.";
  switch (run.kind) {
    case "searching":
      return "Searching. Solutions are shown when the search has come to its end.";
    case "failed":
      return "";
    case "cancelled":
      return "The search was cancelled, so there is nothing to show.";
    case "idle":
      return 'Nothing was searched yet. Press "Search" to find the best allocations for the load of the last hour.';
  }
}

/** What the picture says, in words. */
export function frontSentence(found: PageOptimization, front: Front, pick: number | null): string {
  const count = front.size;
  const many =
    count === 1 ? "One solution is best in every aim." : `${count} solutions, none better than another in every aim.`;
  const point = pick === null ? undefined : found.front[pick];
  if (pick === null || point === undefined) return many;
  const agents = countText(agentsOf(point), "agent");
  const knee = found.knee === null ? "" : found.knee === pick ? " It is the knee as well." : "";
  return `${many} Your pick: ${aimsText({ now: currentValues(front), chosen: valuesAt(front, pick) }, found.currency)}, with ${agents} (derived).${knee}`;
}

/** What it rests on, and how far it can be believed. */
export function basisText(found: PageOptimization): string {
  const { madeAtMs, fromMs, toMs, calibration, generations, evaluations, said } = found;
  const searched = `Made ${clockText(madeAtMs)} from ${countText(calibration.observations, "task")} that came ${clockText(fromMs)} – ${clockText(toMs)}: ${evaluations} allocations in ${countText(generations, "generation")}.`;
  return [searched, said.waitError, confidenceText(found)].join(" ");
}

/** `Picks of 5 searches with other seeds agree to 93% (latency 4.1 s – 4.3 s).` */
export function confidenceText({ confidence, currency }: SwarmOptimization): string {
  const { ratio, seeds, spread } = confidence;
  const apart = spread.flatMap(({ id, least, most }) => {
    const [from, to] = [aimValueText(id, least, currency), aimValueText(id, most, currency)];
    return from === to ? [] : [`${aimName(id).toLowerCase()} ${from} – ${to}`];
  });
  const between = apart.length === 0 ? "" : ` (${apart.join(", ")})`;
  return `Confidence ${ratioText(ratio)}: the picks of ${countText(seeds.length, "search", "searches")} from different seeds${apart.length === 0 ? " come to the same" : " lie this far apart"}${between}.`;
}

/** What else is to be known: what takes no part, what is not known of the present. */
export function remarksOf(found: PageOptimization): readonly string[] {
  const { said, leftOut, current } = found;
  return [
    ...said.aimsLeftOut,
    ...leftOut.map(
      ({ kind, lane, observations }) =>
        `${kind} takes no tasks of lane ${lane} in any solution: ${countText(observations, "task")} ended there, too few to know how long one takes.`,
    ),
    ...(said.current === "" ? [] : [said.current]),
    ...(current !== null && current.violates.length > 0
      ? [
          `The allocation in force breaks ${countText(current.violates.length, "limit")}: ${current.violates.map(limitName).join(", ")}.`,
        ]
      : []),
  ];
}

/** `latency 4.1 s, utilisation 71%, …, 6 agents` */
export function readText(found: PageOptimization, at: number): string {
  const point = found.front[at];
  if (point === undefined) return "";
  const marks = at === found.knee ? ", the knee" : "";
  const aims = point.objectives.map(({ id, value }) => aimText(id, value, found.currency)).join(", ");
  return `${aims}, ${countText(agentsOf(point), "agent")}${marks}`;
}

/** How many solutions the ranges leave. */
export function rangesText(inside: Uint8Array, isBrushed: boolean): string {
  if (!isBrushed) return "";
  const count = inside.reduce((sum, one) => sum + one, 0);
  return `${count} of ${countText(inside.length, "solution")} in the ranges. Escape clears them.`;
}

/** Aims now and then, a row each. */
export function aimRows(found: PageOptimization, at: number): readonly { readonly cells: readonly string[] }[] {
  return (found.front[at]?.objectives ?? []).map(({ id, value, better }) => {
    const now = found.current?.objectives.find((one) => one.id === id)?.value ?? null;
    return {
      cells: [
        `${aimName(id)} (${better} is better)`,
        now === null ? DASH : aimValueText(id, now, found.currency),
        aimValueText(id, value, found.currency),
        now === null || value === null ? DASH : differenceText(now, value, better),
      ],
    };
  });
}

function differenceText(now: number, then: number, better: "lower" | "higher"): string {
  if (now === then) return "the same";
  if (now === 0) return DASH;
  const ratio = then / now - 1;
  const word = (better === "lower") === ratio < 0 ? "better" : "worse";
  return `${ratio > 0 ? "+" : "−"}${ratioText(Math.abs(ratio))} ${word}`;
}

/** Lanes now and then, a row each. */
export function laneRows(found: PageOptimization, at: number): readonly { readonly cells: readonly string[] }[] {
  const point = found.front[at];
  if (point === undefined) return [];
  const before = found.current;
  const both = (was: string | null, is: string): string => (was === null || was === is ? is : `${was} → ${is}`);
  const seconds = (value: number | null | undefined): string =>
    value === null || value === undefined ? DASH : durationText(value * 1_000);
  return point.lanes.map((lane) => {
    const was = before?.lanes.find((one) => one.lane === lane.lane);
    const capacity = (one: Pick<AllocationPoint, "allocation"> | null): string | null => {
      const own = one?.allocation.lanes.find((row) => row.lane === lane.lane);
      return own === undefined ? null : String(own.capacity);
    };
    return {
      cells: [
        lane.lane,
        both(was === undefined ? null : String(was.agents), String(lane.agents)),
        both(capacity(before), capacity(point) ?? DASH),
        both(was === undefined ? null : seconds(was.waitMeanSec), seconds(lane.waitMeanSec)),
        both(was === undefined ? null : seconds(was.waitP95Sec), seconds(lane.waitP95Sec)),
        both(was === undefined ? null : utilisation(was.utilisation), utilisation(lane.utilisation)),
      ],
    };
  });
}

function utilisation(value: number | null): string {
  return value === null ? DASH : ratioText(value);
}

/** What is set for the swarm as a whole; of what differs from lane to lane the largest is. */
export function wholeText(found: PageOptimization, at: number): string {
  const point = found.front[at];
  if (point === undefined) return "";
  const { agents } = point.allocation;
  const memory = Math.max(0, ...agents.map(({ memoryBytes }) => memoryBytes));
  const weight = Math.max(1, ...agents.map(({ cpuWeight }) => cpuWeight));
  const was = found.current === null ? "" : `${agentsOf(found.current)} → `;
  return `Agents ${was}${agentsOf(point)} · memory limit of each ${bytesText(memory)} · CPU weight ${numberText(weight)}${weight === USUAL_CPU_WEIGHT ? " (the usual one)" : ""}`;
}

/** Shares of weights as people read them. */
export function shareTexts(weights: ObjectiveWeights): ReadonlyMap<string, string> {
  const sum = Object.values(weights).reduce((all, weight) => all + weight, 0);
  return new Map(Object.entries(weights).map(([id, weight]) => [id, sum === 0 ? "0%" : ratioText(weight / sum)]));
}
