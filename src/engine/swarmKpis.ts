import type { Clock } from "./common/clock.ts";
import { CodedError } from "./common/errors.ts";
import { forecastShape } from "./forecastShape.ts";
import {
  agentsBytesOf,
  busyOf,
  type CostOf,
  costSteps,
  coverageOf,
  decisionPages,
  greatestOf,
  impactsOf,
  increases,
  outagesOf,
  recoveriesOf,
  responsesOf,
  sizeMetric,
  sumsOf,
} from "./kpiInputs.ts";
import type { DecisionLedger, EventLedger, KpiInputs, KpisPort, SeriesStore, SwarmView } from "./ports.ts";
import type { Decision, SeriesRange } from "./protocol/model.ts";
import type { Prices } from "./protocol/prices.ts";
import { type Kpi, type KpiReport, type Timeframe, TIMEFRAME_MS } from "./protocol/kpis.ts";

/** When none was seen starting. */
const ASSUMED_START_UP_MS = 5_000;
const MOST_EVENTS = 10_000;

/**
 * Steps of the means, a minute or more beyond the hour (older samples are rolled up to minutes), and of the totals. The
 * shorter the window the finer, as far as that says anything.
 */
const LEAST_STEP_MS: Readonly<Record<Timeframe, number>> = { "1h": 0, "24h": 60_000, "7d": 60_000, "30d": 60_000 };
const TOTAL_STEP_MS: Readonly<Record<Timeframe, number>> = {
  "1h": 10_000,
  "24h": 60_000,
  "7d": 300_000,
  "30d": 900_000,
};

/** What is priced: in a longer step an engine that ran for a part of it would be billed for the whole. */
const COST_STEP_MS = 60_000;

export interface SwarmKpisParts {
  readonly series: Pick<SeriesStore, "steps" | "range">;
  readonly events: Pick<EventLedger, "list">;
  readonly decisions: Pick<DecisionLedger, "list">;
  readonly clock: Pick<Clock, "wallMs">;
  /** Lets everything else that is due run first. */
  readonly pause: () => Promise<void>;
  readonly prices: () => Prices | null;
  readonly costOf: (use: Parameters<CostOf>[0], prices: Prices | null) => ReturnType<CostOf>;
  readonly footprintBytes: (swarmId: string) => number | null;
  /** The sizes of one who knows the demand of every step. */
  readonly neededSizes: (
    demand: Float64Array,
    physics: {
      readonly stepSeconds: number;
      readonly minAgents: number;
      readonly maxAgents: number;
      readonly initialAgents: number;
      readonly startUpSteps: number;
      readonly drainSteps: number;
    },
  ) => Int32Array;
  readonly measure: (inputs: KpiInputs) => readonly Kpi[];
}

/** Gathers what key figures rest on, a series at a time. */
export class SwarmKpis implements KpisPort {
  readonly #parts: SwarmKpisParts;

  constructor(parts: SwarmKpisParts) {
    this.#parts = parts;
  }

  async report(swarm: SwarmView, timeframe: Timeframe, signal: AbortSignal): Promise<KpiReport> {
    const { series, events, decisions, clock, measure, footprintBytes } = this.#parts;
    const madeAtMs = clock.wallMs();
    const windowMs = TIMEFRAME_MS[timeframe];
    const stepMs = Math.max(forecastShape(swarm.timeScale).stepMs, LEAST_STEP_MS[timeframe]);
    const steps = Math.round(windowMs / stepMs);
    const toMs = Math.floor(madeAtMs / stepMs) * stepMs;
    const read = async (metric: string): Promise<Float64Array> => {
      await this.#turn(signal);
      return series.steps({ scope: "swarm", key: swarm.id, metric }, stepMs, steps, toMs);
    };

    // 1. Means of the steps.
    const live = await read(sizeMetric(swarm));
    if (live.every(Number.isNaN)) throw new CodedError("kpi.notReady", { swarmId: swarm.id, windowMs });
    const demand = await read("demand");
    const means: KpiInputs["means"] = {
      fromMs: toMs - steps * stepMs,
      stepMs,
      series: {
        live,
        demand,
        busy: busyOf(demand, await read("waitingTasks")),
        rssBytes: agentsBytesOf(await read("rssBytes"), await read("supportRssBytes")),
        forecast: await read("forecastDemand"),
        needed: this.#needed(demand, swarm, stepMs),
        startable: await read("startableRatio"),
      },
    };

    // 2. Totals, and what happened.
    const { totals, costReason } = await this.#totals(swarm.id, toMs, timeframe, signal);
    await this.#turn(signal);
    const { fromMs } = means;
    const made: Decision[] = [];
    for (const page of decisionPages(decisions, swarm.id, fromMs)) {
      made.push(...page);
      await this.#turn(signal);
    }
    const found = (code: string) => events.list({ swarmId: swarm.id, code, sinceMs: fromMs, limit: MOST_EVENTS });
    const inputs: KpiInputs = {
      ...{ fromMs, toMs, means, totals, costReason },
      footprintBytes: footprintBytes(swarm.id),
      responses: responsesOf(made, swarm),
      impacts: impactsOf(made),
      recoveries: recoveriesOf(found("event.recovered")),
      outages: outagesOf(found("event.outage")),
    };

    // 3. What they come to.
    await this.#turn(signal);
    const kpis = measure(inputs);
    const currency = this.#parts.prices()?.currency ?? null;
    return { swarmId: swarm.id, madeAtMs, timeframe, fromMs, toMs, coverageRatio: coverageOf(means), currency, kpis };
  }

  #needed(demand: Float64Array, swarm: SwarmView, stepMs: number): Float64Array {
    const { minAgents, maxAgents } = swarm;
    const first = demand.find((value) => !Number.isNaN(value)) ?? 0;
    const known = demand.map((value) => (value >= 0 && Number.isFinite(value) ? value : 0));
    const sizes = this.#parts.neededSizes(known, {
      stepSeconds: stepMs / 1_000,
      ...{ minAgents, maxAgents, initialAgents: Math.min(maxAgents, Math.max(minAgents, Math.ceil(first))) },
      startUpSteps: Math.ceil((swarm.startUpMs() ?? ASSUMED_START_UP_MS) / stepMs),
      drainSteps: 0,
    });
    return demand.map((value, step) => (Number.isNaN(value) ? Number.NaN : (sizes[step] as number)));
  }

  async #totals(
    swarmId: string,
    end: number,
    timeframe: Timeframe,
    signal: AbortSignal,
  ): Promise<Pick<KpiInputs, "totals" | "costReason">> {
    const stepMs = TOTAL_STEP_MS[timeframe];
    const steps = TIMEFRAME_MS[timeframe] / stepMs;
    const toMs = Math.floor(end / stepMs) * stepMs;
    const fromMs = toMs - steps * stepMs;
    const { series } = this.#parts;
    // One step more at the begin: what counters stood at.
    const read = async (scope: "machine" | "swarm", metric: string): Promise<SeriesRange | undefined> => {
      await this.#turn(signal);
      const key = { scope, key: scope === "swarm" ? swarmId : "", metric };
      return series.range({ series: [key], fromMs: fromMs - stepMs, toMs, points: steps + 1 })[0];
    };
    const rose = async (metric: string): Promise<Float64Array> =>
      increases((await read("swarm", metric)) ?? { min: [], max: [] });
    const { cost, reason } = await this.#cost(swarmId, { stepMs, steps, toMs }, signal);
    const found = {
      tickMs: greatestOf(await read("machine", "tickMs"), steps),
      done: await rose("tasksDone"),
      faultDone: await rose("faultTasksDone"),
      faultFailed: await rose("faultTasksFailed"),
      cost,
    };
    return { totals: { fromMs, stepMs, series: found }, costReason: reason };
  }

  /** Of each step, by what was used in the shorter ones that make it up. */
  async #cost(
    swarmId: string,
    { stepMs, steps, toMs }: Readonly<Record<"stepMs" | "steps" | "toMs", number>>,
    signal: AbortSignal,
  ): Promise<ReturnType<typeof costSteps>> {
    const { series, prices, costOf } = this.#parts;
    const pricedMs = Math.min(stepMs, COST_STEP_MS);
    const each = stepMs / pricedMs;
    const read = async (metric: string): Promise<Float64Array> => {
      await this.#turn(signal);
      return series.steps({ scope: "swarm", key: swarmId, metric }, pricedMs, steps * each, toMs);
    };
    const used = { live: await read("live"), cpuCores: await read("cpuCores"), rssBytes: await read("rssBytes") };
    await this.#turn(signal);
    const current = prices();
    const { cost, reason } = costSteps(used, pricedMs, (use) => costOf(use, current));
    return { cost: sumsOf(cost, each), reason };
  }

  /** A tick that is due goes first: a month of minutes takes ten milliseconds to read. */
  async #turn(signal: AbortSignal): Promise<void> {
    await this.#parts.pause();
    if (signal.aborted) throw new CodedError("aborted", {});
  }
}
