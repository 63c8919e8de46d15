import type {
  CapacityKind,
  CapacityPlan,
  CapacityResource,
  CapacityRow,
  RunsOut,
  Spread,
} from "../engine/protocol/capacity.ts";
import { bytesText, countText, numberText, UNKNOWN } from "./figures.ts";
import { figureText } from "./figureUnits.ts";
import { reasonText } from "./reasons.ts";

/** Capacity in words. Loaded where it is shown, never at the start. */

const RESOURCE_WORDS: Readonly<Record<CapacityResource, string>> = {
  memory: "Memory",
  cpu: "CPU",
  disk: "Disk",
  agents: "Agents",
};
const IN_SENTENCE: Readonly<Record<CapacityResource, string>> = {
  memory: "memory",
  cpu: "CPU",
  disk: "the disk",
  agents: "agents",
};
/** More kinds than these are told in the table alone. */
const KINDS_IN_SENTENCE = 3;

/** `1.2 GB (p95 1.8 GB)`. */
export function spreadText(spread: Spread | null, text: (value: number) => string): string {
  return spread === null ? UNKNOWN : `${text(spread.p50)} (p95 ${text(spread.p95)})`;
}

export function amountText(value: number | null, unit: CapacityRow["unit"]): string {
  return unit === "bytes" ? bytesText(value) : figureText(value, unit);
}

/** What a day brings: `+1.2 GB`. */
export function growthText({ growth, unit }: Pick<CapacityRow, "growth" | "unit">): string {
  if (growth === null) return UNKNOWN;
  const { perDay } = growth;
  return `${perDay > 0 ? "+" : ""}${unit === "bytes" ? bytesText(perDay) : numberText(perDay, 3)}`;
}

export function usedText({ used, unit, usedBy }: Pick<CapacityRow, "used" | "unit" | "usedBy">): string {
  return `${amountText(used, unit)}${usedBy === "p95" ? " (p95)" : ""}`;
}

/** `Memory`, `Agents docs`. */
export function rowName({ resource, swarmId }: Pick<CapacityRow, "resource" | "swarmId">): string {
  return swarmId === null ? RESOURCE_WORDS[resource] : `${RESOURCE_WORDS[resource]} ${swarmId}`;
}

function dayText(days: number | null): string {
  if (days === null) return "never";
  return days < 1 ? "less than a day" : `${numberText(days, days < 10 ? 1 : 0)} d`;
}

/** `in 42 d (30 d to 70 d)`. */
export function runsOutText(runsOut: RunsOut | null): string {
  if (runsOut === null) return UNKNOWN;
  const { inDays, soonestInDays, latestInDays } = runsOut;
  if (inDays === 0) return "now";
  const isExact = soonestInDays === inDays && latestInDays === inDays;
  const interval = isExact ? "" : ` (${dayText(soonestInDays)} to ${dayText(latestInDays)})`;
  if (inDays === null) return soonestInDays === null ? "not at this growth" : `not by the trend${interval}`;
  return `in ${dayText(inDays)}${interval}`;
}

/** `on this machine: 16 GB, 8 cores`. */
export function machineText({ memoryBytes, cpuCores, isAssumed }: CapacityPlan["machine"]): string {
  const memory = memoryBytes === null ? UNKNOWN : bytesText(memoryBytes);
  const cores = cpuCores === null ? UNKNOWN : `${numberText(cpuCores)} cores`;
  return `${isAssumed ? "on a machine with" : "on this machine:"} ${memory}, ${cores}`;
}

export interface WhatIfWords {
  readonly subject: string;
  readonly fits: boolean | null;
  readonly verdict: string;
  /** What it takes, and what it costs. */
  readonly rest: string;
}

export function whatIfWords({ swarmId, whatIf }: Pick<CapacityKind, "swarmId" | "whatIf">): WhatIfWords | null {
  if (whatIf === null) return null;
  const { agents, needsBytes, needsCores, fits, short, costPerHour } = whatIf;
  const cost =
    costPerHour.kind === "known"
      ? `${numberText(costPerHour.amount)} ${costPerHour.currency} an hour`
      : reasonText(costPerHour.reason);
  return {
    subject: `${countText(agents, "agent")} of ${swarmId}`,
    fits,
    verdict: fits === null ? "cannot be said" : fits ? "fits" : `does not fit: ${short ?? ""} is short`,
    rest: `${spreadText(needsBytes, bytesText)} of memory, ${spreadText(needsCores, (v) => numberText(v))} cores; ${cost}`,
  };
}

/** `12 more agents fit, by memory; memory runs out first, in 42 d (30 d to 70 d).` */
export function sentenceText(plan: CapacityPlan): string {
  return sentence([fitText(plan.kinds), firstText(plan)].filter((part) => part !== "").join("; "));
}

function fitText(kinds: CapacityPlan["kinds"]): string {
  if (kinds.length === 0) return "";
  const known = kinds.filter(({ fit }) => fit.agents !== null);
  if (known.length === 0) return "how many more agents fit is not known yet";
  const each = known.slice(0, KINDS_IN_SENTENCE).map(({ swarmId, fit: { agents, by } }, index) => {
    const count = index === 0 ? countText(agents ?? 0, "more agent") : numberText(agents);
    const of = kinds.length === 1 ? "" : ` of ${swarmId}`;
    const fits = index > 0 ? "" : agents === 1 ? " fits" : " fit";
    return `${count}${of}${fits}${by === null ? "" : `, by ${IN_SENTENCE[by]}`}`;
  });
  return each.join(", or ");
}

type First = NonNullable<CapacityPlan["first"]>;
type FirstRow = Pick<CapacityRow, "resource" | "swarmId" | "runsOut">;

/** What runs out first, as a sentence. */
export function firstSentence(plan: Parameters<typeof firstText>[0]): string {
  return sentence(firstText(plan));
}

/** The same of something that does run out. */
export function runsOutFirstSentence(first: First, rows: readonly FirstRow[]): string {
  return sentence(runsOutFirstText(first, rows));
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function firstText({
  first,
  horizonDays,
  rows,
}: Pick<CapacityPlan, "first" | "horizonDays"> & { readonly rows: readonly FirstRow[] }): string {
  if (first !== null) return runsOutFirstText(first, rows);
  return rows.some(({ runsOut }) => runsOut !== null)
    ? `of what is known nothing runs out within ${numberText(horizonDays)} days`
    : "when anything runs out is not known";
}

function runsOutFirstText(first: First, rows: readonly FirstRow[]): string {
  const { resource, swarmId, inDays } = first;
  const what = swarmId === null ? IN_SENTENCE[resource] : `${IN_SENTENCE[resource]} of ${swarmId}`;
  const row = rows.find((one) => one.resource === resource && one.swarmId === swarmId);
  const verb = swarmId === null ? ["is", "runs"] : ["are", "run"];
  const known = row?.runsOut ?? { inDays, soonestInDays: inDays, latestInDays: inDays };
  return inDays === 0 ? `${what} ${verb[0]} used up now` : `${what} ${verb[1]} out first, ${runsOutText(known)}`;
}

/** Why something is not known: once for all that it holds for, then of what has another reason. */
export function noteTexts({ reason, rows }: CapacityPlan): readonly { readonly name: string; readonly text: string }[] {
  const notes = new Map<string, string[]>();
  for (const row of rows) {
    if (row.reason === null || row.reason.code === reason?.code) continue;
    const text = reasonText(row.reason);
    notes.set(text, [...(notes.get(text) ?? []), rowName(row)]);
  }
  const unlike = [...notes].map(([text, names]) => ({ name: names.join(", "), text }));
  return reason === null
    ? unlike
    : [{ name: "", text: `Only what fits now is known. ${reasonText(reason)}` }, ...unlike];
}
