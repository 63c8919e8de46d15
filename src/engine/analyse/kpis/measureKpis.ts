import type { Coded } from "../../common/errors.ts";
import type { KpiInputs, KpiSteps } from "../../ports/kpis.ts";
import { type Kpi, type KpiTrend, LEAST_OBSERVATIONS } from "../../protocol/kpis.ts";
import { KPIS } from "./all.ts";
import type { KpiDefinition, KpiMeasure } from "./kpi.ts";

/** Of the larger one: below it two figures are the same. */
const STEADY_RATIO = 0.02;

/** Every key figure over the window. */
export function measureKpis(inputs: KpiInputs): readonly Kpi[] {
  const middleMs = (inputs.fromMs + inputs.toMs) / 2;
  const halves = [part(inputs, inputs.fromMs, middleMs), part(inputs, middleMs, inputs.toMs)] as const;
  return KPIS.map((kpi) => measured(kpi, inputs, halves));
}

function measured(kpi: KpiDefinition, inputs: KpiInputs, halves: readonly [KpiInputs, KpiInputs]): Kpi {
  const { id, unit, better, target, source } = kpi;
  const measure = kpi.measure(inputs);
  const reason = lacking(measure);
  const { observations, denominator } = measure;
  const value = reason === null ? measure.value : null;
  return {
    ...{ id, unit, better, target, observations, denominator },
    met: value === null || target === null ? null : target.op === "above" ? value > target.value : value < target.value,
    figure: value === null ? { kind: "unknown", reason: reason ?? NO_DATA } : { kind: "known", value, source },
    neededObservations: LEAST_OBSERVATIONS,
    trend: trendOf(kpi, kpi.measure(halves[0]), kpi.measure(halves[1])),
  };
}

const NO_DATA: Coded = { code: "kpi.noData", args: {} };

/** Why nothing is said; `null` when something is. */
function lacking({ value, reason, observations }: KpiMeasure): Coded | null {
  if (reason !== null) return reason;
  if (observations < LEAST_OBSERVATIONS)
    return { code: "kpi.fewObservations", args: { count: observations, needed: LEAST_OBSERVATIONS } };
  return value === null || !Number.isFinite(value) ? NO_DATA : null;
}

function trendOf({ better }: KpiDefinition, first: KpiMeasure, second: KpiMeasure): KpiTrend {
  const reason = lacking(first) ?? lacking(second);
  const earlier = first.value;
  const later = second.value;
  if (reason !== null || earlier === null || later === null) return { kind: "unknown", reason: reason ?? NO_DATA };
  const isSteady = Math.abs(later - earlier) <= STEADY_RATIO * Math.max(Math.abs(earlier), Math.abs(later));
  const isBetter = later > earlier === (better === "higher");
  return { kind: "known", earlier, later, direction: isSteady ? "steady" : isBetter ? "better" : "worse" };
}

/** What of the inputs lies in [fromMs, toMs); a step belongs where it begins. */
export function part(inputs: KpiInputs, fromMs: number, toMs: number): KpiInputs {
  const within = <T extends { readonly atMs: number }>(rows: readonly T[]): readonly T[] =>
    rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return {
    ...inputs,
    fromMs,
    toMs,
    means: stepsOf(inputs.means, fromMs, toMs),
    totals: stepsOf(inputs.totals, fromMs, toMs),
    responses: within(inputs.responses),
    impacts: within(inputs.impacts),
    recoveries: within(inputs.recoveries),
    outages: within(inputs.outages),
  };
}

function stepsOf<N extends string>({ fromMs, stepMs, series }: KpiSteps<N>, from: number, to: number): KpiSteps<N> {
  const step = (ms: number): number => Math.max(0, Math.ceil((ms - fromMs) / stepMs - 1e-9));
  const cut = Object.entries<Float64Array>(series).map(([name, values]) => [
    name,
    values.subarray(step(from), step(to)),
  ]);
  return { fromMs: fromMs + step(from) * stepMs, stepMs, series: Object.fromEntries(cut) as KpiSteps<N>["series"] };
}
