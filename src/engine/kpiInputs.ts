import type { Coded } from "./common/errors.ts";
import type { DecisionLedger, KpiInputs, KpiSteps, StoredEvent, SwarmView } from "./ports.ts";
import { SCALING_RESPONSE_MS } from "./protocol/kpis.ts";
import type { Decision, DecisionState, SeriesRange } from "./protocol/model.ts";

/** Decisions read at once. */
const PAGE = 250;

/** What stored rows say to key figures: arithmetic between store and analysis, without either. */

/** Where the size of a swarm is kept: commands come and go with their tasks, and theirs is how many may run. */
export function sizeMetric({ agentType }: Pick<SwarmView, "agentType">): "live" | "target" {
  return agentType === "command" ? "target" : "live";
}

/** Busy agents: demand less what waits; of a swarm without tasks the demand itself, which is the share of its CPU. */
export function busyOf(demand: Float64Array, waiting: Float64Array): Float64Array {
  if (waiting.every(Number.isNaN)) return demand;
  return demand.map((value, step) => Math.max(0, value - (waiting[step] as number)));
}

/** What the agents hold: the swarm's memory less that of what serves it; of a swarm that nothing serves all of it. */
export function agentsBytesOf(rssBytes: Float64Array, supportBytes: Float64Array): Float64Array {
  if (supportBytes.every(Number.isNaN)) return rssBytes;
  return rssBytes.map((value, step) => Math.max(0, value - (supportBytes[step] as number)));
}

/**
 * How much a counter rose in each step but the first, by the greatest value of each. A counter that was lower than before
 * began anew at 0 with an engine: the rise is what it has come to since. What rose in a gap counts in the step after it.
 */
export function increases({ min, max }: Pick<SeriesRange, "min" | "max">): Float64Array {
  const rises = new Float64Array(Math.max(0, max.length - 1)).fill(Number.NaN);
  const known = max.flatMap((greatest, step) => {
    const least = min[step] ?? null;
    return greatest === null || least === null ? [] : [{ step, least, greatest }];
  });
  for (const [at, { step, least, greatest }] of known.entries()) {
    const before = known[at - 1]?.greatest;
    if (before === undefined) continue;
    // A step in which it began anew has values of both engines, and its greatest may be either's. It is the new one's when
    // the next step does not fall below it; else it is the old one's, and what the new one has done counts in the next.
    const next = known[at + 1]?.least ?? Number.NEGATIVE_INFINITY;
    const isNew = greatest < before || (least < before && next >= greatest);
    rises[step - 1] = isNew ? greatest : greatest - before;
  }
  return rises;
}

/** The greatest value of each step of a range but the first. */
export function greatestOf(range: Pick<SeriesRange, "max"> | undefined, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, step) => range?.max[step + 1] ?? Number.NaN);
}

export type CostOf = (use: {
  readonly agentHours: number | null;
  readonly cpuHours: number | null;
  readonly memoryGigabyteHours: number | null;
}) => { readonly kind: "known"; readonly amount: number } | { readonly kind: "unknown"; readonly reason: Coded };

/** What each step has cost, by the means of what was used in it; NaN where that is not known, and why when it never is. */
export function costSteps(
  { live, cpuCores, rssBytes }: Readonly<Record<"live" | "cpuCores" | "rssBytes", Float64Array>>,
  stepMs: number,
  costOf: CostOf,
): { readonly cost: Float64Array; readonly reason: Coded | null } {
  const hours = stepMs / 3_600_000;
  const known = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) && value >= 0 ? value * hours : null;
  let reason: Coded | null = null;
  let isKnown = false;
  const cost = live.map((agents, step) => {
    // Steps in which nothing was measured say nothing about prices.
    const memory = known(rssBytes[step]);
    const answer = costOf({
      agentHours: known(agents),
      cpuHours: known(cpuCores[step]),
      memoryGigabyteHours: memory === null ? null : memory / 1e9,
    });
    if (answer.kind === "unknown") {
      reason ??= answer.reason;
      return Number.NaN;
    }
    isKnown = true;
    return answer.amount;
  });
  return { cost, reason: isKnown ? null : reason };
}

/** Sums over `each` steps at a time of what is known of them; NaN where nothing is. */
export function sumsOf(values: Float64Array, each: number): Float64Array {
  const sums = new Float64Array(Math.floor(values.length / each)).fill(Number.NaN);
  for (let step = 0; step < sums.length * each; step++) {
    const value = values[step] as number;
    const at = Math.floor(step / each);
    if (!Number.isNaN(value)) sums[at] = (Number.isNaN(sums[at]) ? 0 : (sums[at] as number)) + value;
  }
  return sums;
}

/** Of this swarm since then, newest first. @throws what the ledger throws */
export function decisionsSince(
  decisions: Pick<DecisionLedger, "list">,
  swarmId: string,
  sinceMs: number,
): readonly Decision[] {
  return [...decisionPages(decisions, swarmId, sinceMs)].flat();
}

/** As `decisionsSince`, a page at a time: so that something else may run between two of them. */
export function* decisionPages(
  decisions: Pick<DecisionLedger, "list">,
  swarmId: string,
  sinceMs: number,
): Generator<readonly Decision[], void> {
  let before: string | undefined;
  for (;;) {
    const page = decisions.list({ swarmId, limit: PAGE, before });
    yield page.filter(({ wallMs }) => wallMs >= sinceMs);
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined || last.wallMs < sinceMs) return;
    before = last.id;
  }
}

/** A command is started by the task it is for, and not by a decision: of such a swarm there is nothing to wait for. */
export function responsesOf(
  decisions: readonly Decision[],
  { agentType }: Pick<SwarmView, "agentType">,
): KpiInputs["responses"] {
  if (agentType === "command") return [];
  return decisions.flatMap(({ wallMs, from, to, plan, state }) =>
    to > from &&
    plan === undefined &&
    (state.kind === "confirmed" || (state.kind === "unconfirmed" && isTooLate(state)))
      ? [{ atMs: wallMs, elapsedMs: state.elapsedMs }]
      : [],
  );
}

/** The waiting was over before it could be said how long it takes: something else was decided, or who waited went. */
const CUT_OFF: ReadonlySet<string> = new Set(["scale.superseded", "aborted"]);

/** Not seen within the time that is meant for it. What was given up before that may have been seen in time. */
function isTooLate({ elapsedMs, reason }: Extract<DecisionState, { kind: "unconfirmed" }>): boolean {
  return elapsedMs >= SCALING_RESPONSE_MS && !CUT_OFF.has(reason.code);
}

export function impactsOf(decisions: readonly Decision[]): KpiInputs["impacts"] {
  return decisions.flatMap(({ wallMs, impact }) => {
    const beforeMs = impact?.before.waitedP95Ms ?? null;
    const afterMs = impact?.after.waitedP95Ms ?? null;
    return beforeMs === null || afterMs === null ? [] : [{ atMs: wallMs, beforeMs, afterMs }];
  });
}

export function recoveriesOf(events: readonly StoredEvent[]): KpiInputs["recoveries"] {
  return events.flatMap(({ wallMs, args }) =>
    typeof args["tookMs"] === "number" ? [{ atMs: wallMs, tookMs: args["tookMs"] }] : [],
  );
}

export function outagesOf(events: readonly StoredEvent[]): KpiInputs["outages"] {
  return events.flatMap(({ wallMs, args: { heldBack, failed } }) =>
    typeof heldBack === "number" && typeof failed === "number" ? [{ atMs: wallMs, heldBack, failed }] : [],
  );
}

/** Share of the steps in which the swarm was seen. */
export function coverageOf({ series: { live } }: KpiSteps<"live">): number {
  return live.length === 0 ? 0 : live.filter((value) => !Number.isNaN(value)).length / live.length;
}
