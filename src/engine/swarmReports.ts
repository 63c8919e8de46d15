import type { Clock } from "./common/clock.ts";
import { CodedError, toCoded } from "./common/errors.ts";
import { decisionPages, sizeMetric } from "./kpiInputs.ts";
import type {
  AllocationLedger,
  AnomalyPort,
  BottlenecksPort,
  CapacityPort,
  DecisionLedger,
  EventLedger,
  KpisPort,
  PolicyTrainingPort,
  ReportsPort,
  SeriesStore,
  StoredEvent,
  SwarmView,
} from "./ports.ts";
import { BOTTLENECK_COMPONENTS } from "./protocol/bottlenecks.ts";
import { TIMEFRAME_MS } from "./protocol/kpis.ts";
import type { ManagedSwarmRow, SeriesRange } from "./protocol/model.ts";
import type * as report from "./protocol/performanceReport.ts";
import type { Overview } from "./protocol/rpc.ts";
import type { GuardState } from "./protocol/tasks.ts";
import * as parts from "./reportParts.ts";
import { recommendationsOf } from "./reportRecommendations.ts";

/** Buckets of the picture. */
const POINTS = { summary: 96, detailed: 288 } as const;
/** Rows of each list. */
const ROWS = { summary: 5, detailed: 200 } as const;
/** Of whose means the percentiles are: minutes, as history has them, and as many as a month of five of them. */
const SPREAD_STEP_MS: Readonly<Record<report.ReportTimeframe, number>> = {
  "24h": 60_000,
  "7d": 60_000,
  "30d": 300_000,
};
const COUNTER_STEP_MS = 300_000;
const MOST_EVENTS = 10_000;
const DEFAULT_POLICY = "adaptive";
const ALLOCATION_PAGE = 100;
const CAPACITY_HORIZON_DAYS = 90;

const LOAD_SERIES = [
  ["demand", "demand", "number"],
  ["agents", null, "agents"],
  ["waitingTasks", "waitingTasks", "number"],
  ["cpuCores", "cpuCores", "cores"],
  ["rssBytes", "rssBytes", "bytes"],
] as const satisfies readonly (readonly [report.ReportLoadMetric, string | null, report.ReportSeries["unit"]])[];

export interface SwarmReportsParts {
  readonly kpis: KpisPort;
  readonly bottlenecks: BottlenecksPort;
  readonly capacity: CapacityPort;
  readonly policies: Pick<PolicyTrainingPort, "report">;
  readonly anomalies: Pick<AnomalyPort, "episodes">;
  readonly series: Pick<SeriesStore, "range">;
  readonly decisions: Pick<DecisionLedger, "list" | "get">;
  readonly allocations: Pick<AllocationLedger, "list">;
  readonly events: Pick<EventLedger, "list">;
  readonly overview: () => Overview;
  readonly guard: () => GuardState;
  readonly clock: Pick<Clock, "wallMs">;
  /** Lets everything else that is due run first. */
  readonly pause: () => Promise<void>;
}

/** One report that is being made. */
interface Making {
  readonly swarm: SwarmView;
  readonly row: ManagedSwarmRow | undefined;
  readonly timeframe: report.ReportTimeframe;
  readonly size: "summary" | "detailed";
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}

/** Gathers a report, a part after the other: what there is already is asked, what is stored is read, nothing is measured twice. */
export class SwarmReports implements ReportsPort {
  readonly #parts: SwarmReportsParts;

  constructor(parts: SwarmReportsParts) {
    this.#parts = parts;
  }

  async report(
    swarm: SwarmView,
    { timeframe, detailed }: { readonly timeframe: report.ReportTimeframe; readonly detailed: boolean },
    signal: AbortSignal,
  ): Promise<report.PerformanceReport> {
    const madeAtMs = this.#parts.clock.wallMs();
    const { swarms } = this.#parts.overview();
    const row = swarms.find((one): one is ManagedSwarmRow => one.kind === "managed" && one.id === swarm.id);
    const size = detailed ? "detailed" : "summary";
    const window = { fromMs: madeAtMs - TIMEFRAME_MS[timeframe], toMs: madeAtMs };
    const making: Making = { swarm, row, timeframe, size, ...window, signal };
    const tell = <T>(part: () => T | Promise<T>) => this.#tell(part, signal);

    // 1. The plan waits for the heavy child, beside everything else.
    const planned = tell(() => this.#capacity(making));
    // Should the report be given up before it is waited for.
    planned.catch(() => undefined);

    // 2. Everything else, one after the other.
    const measured = await tell(() => this.#parts.kpis.report(swarm, timeframe, signal));
    const load = await tell(() => this.#load(making));
    const tasks = await tell(() => this.#tasks(making));
    const decisions = await tell(() => this.#decisions(making));
    const allocations = await tell(() => this.#allocations(making));
    const anomalies = await tell(() => this.#anomalies(making));
    const breakers = await tell(() => this.#breakers(making));
    const bottlenecks = await tell(() => this.#bottlenecks(making));
    const policies = await tell(() => this.#policies(making));
    const capacity = await planned;

    // 3. What follows.
    const recommendations = await tell(() => {
      const { scaling = null } = row ?? {};
      const id = scaling?.recommendationId ?? null;
      const waiting = id === null ? null : this.#parts.decisions.get(id);
      return recommendationsOf({
        ...{ mode: swarm.mode, scaling, waiting },
        bottlenecks: valueOf(bottlenecks),
        capacity: valueOf(capacity),
        policies: valueOf(policies),
      });
    });
    return {
      ...{ swarmId: swarm.id, swarmLabel: swarm.label, madeAtMs, timeframe, ...window },
      ...{ timeScale: swarm.timeScale, mode: swarm.mode, detailed },
      currency: valueOf(measured)?.currency ?? null,
      kpis: mapped(measured, ({ coverageRatio, kpis }) => ({ coverageRatio, kpis })),
      cost: measured.kind === "known" ? parts.costOfWindow(measured.value.kpis) : measured,
      ...{ load, tasks, decisions, allocations, anomalies, breakers, bottlenecks, capacity, policies, recommendations },
    };
  }

  /** @throws CodedError `aborted`; every other failure is a reason in its place */
  async #tell<T>(part: () => T | Promise<T>, signal: AbortSignal): Promise<report.Told<T>> {
    await this.#turn(signal);
    try {
      return { kind: "known", value: await part() };
    } catch (error) {
      if (signal.aborted) throw new CodedError("aborted", {});
      return { kind: "unknown", reason: toCoded(error) };
    }
  }

  async #load({ swarm, fromMs, toMs, timeframe, size, signal }: Making): Promise<report.ReportLoad> {
    const points = POINTS[size];
    const spreadStepMs = SPREAD_STEP_MS[timeframe];
    const found: report.ReportSeries[] = [];
    let shape: Pick<SeriesRange, "fromMs" | "bucketMs"> | null = null;
    for (const [metric, stored, unit] of LOAD_SERIES) {
      const key = { scope: "swarm", key: swarm.id, metric: stored ?? sizeMetric(swarm) } as const;
      const read = async (count: number): Promise<SeriesRange | undefined> => {
        await this.#turn(signal);
        return this.#parts.series.range({ series: [key], fromMs, toMs, points: count })[0];
      };
      const coarse = await read(points);
      const fine = await read(Math.ceil((toMs - fromMs) / spreadStepMs));
      if (coarse === undefined || fine === undefined) continue;
      const series = parts.seriesOf({ metric, unit }, coarse, fine);
      if (series.greatest === null) continue;
      shape = coarse;
      found.push(series);
    }
    if (shape === null) throw new CodedError("report.noLoad", { swarmId: swarm.id, windowMs: toMs - fromMs });
    return { fromMs: shape.fromMs, bucketMs: shape.bucketMs, spreadStepMs, series: found };
  }

  async #tasks({ swarm, fromMs, toMs, signal }: Making): Promise<report.ReportTasks> {
    const rose = async (metric: string): Promise<number | null> => {
      await this.#turn(signal);
      const points = Math.ceil((toMs - fromMs) / COUNTER_STEP_MS) + 1;
      const series = [{ scope: "swarm", key: swarm.id, metric }] as const;
      return parts.riseOf(this.#parts.series.range({ series, fromMs: fromMs - COUNTER_STEP_MS, toMs, points })[0]);
    };
    const { engine } = this.#parts.overview();
    const { lanes } = this.#parts.guard();
    const count = lanes.reduce((sum, { shed }) => sum + shed, 0);
    const tasks = { done: await rose("tasksDone"), failed: await rose("tasksFailed") };
    return { ...tasks, shed: { count, sinceMs: engine.startedAtMs } };
  }

  async #decisions({ swarm, fromMs, size, signal }: Making): Promise<report.ReportDecisions> {
    const made = [];
    for (const page of decisionPages(this.#parts.decisions, swarm.id, fromMs)) {
      made.push(...page);
      await this.#turn(signal);
    }
    return parts.decisionsOf(made, ROWS[size]);
  }

  async #allocations({ swarm, fromMs, size, signal }: Making): Promise<report.ReportAllocations> {
    const found = [];
    let before: string | undefined;
    for (;;) {
      const page = this.#parts.allocations.list({ limit: ALLOCATION_PAGE, before });
      found.push(...page.filter((one) => one.wallMs >= fromMs && parts.concerns(one, swarm.id)));
      const last = page.at(-1);
      if (page.length < ALLOCATION_PAGE || last === undefined || last.wallMs < fromMs) break;
      before = last.id;
      await this.#turn(signal);
    }
    return parts.allocationsOf(found, swarm.id, ROWS[size]);
  }

  #anomalies(making: Making): report.ReportAnomalies {
    const { swarm, fromMs, toMs, size } = making;
    const episodes = this.#parts.anomalies.episodes(swarm.id, fromMs, toMs);
    return parts.anomaliesOf(episodes, this.#events("event.anomaly", making), ROWS[size]);
  }

  async #breakers(making: Making): Promise<report.ReportBreakers> {
    const { swarm, size, signal } = making;
    const outages = this.#events("event.outage", making);
    await this.#turn(signal);
    const recovered = this.#events("event.recovered", making);
    return parts.breakersOf(outages, recovered, this.#parts.guard(), swarm.id, ROWS[size]);
  }

  #events(code: string, { swarm, fromMs }: Making): readonly StoredEvent[] {
    return this.#parts.events.list({ swarmId: swarm.id, code, sinceMs: fromMs, limit: MOST_EVENTS });
  }

  async #bottlenecks({ swarm, signal }: Making): Promise<report.ReportBottlenecks> {
    const { windowMs, findings } = await this.#parts.bottlenecks.find(swarm.id, BOTTLENECK_COMPONENTS, signal);
    return { windowMs, findings };
  }

  async #capacity({ swarm, signal }: Making): Promise<report.ReportCapacity> {
    const request = { horizonDays: CAPACITY_HORIZON_DAYS, growth: { kind: "auto" } } as const;
    const { horizonDays, basis, reason, first, rows, kinds } = await this.#parts.capacity.plan(
      swarm.id,
      request,
      signal,
    );
    const fits = kinds.find(({ swarmId }) => swarmId === swarm.id)?.fit.agents ?? null;
    return { horizonDays, basis, reason, first, rows, fits };
  }

  #policies({ swarm }: Making): report.ReportPolicies {
    const { trained, reason } = this.#parts.policies.report(swarm);
    if (trained === null) throw new CodedError(reason?.code ?? "training.none", reason?.args ?? {});
    const { fromMs, toMs, policies } = trained.evaluation;
    return { fromMs, toMs, policies, inUse: swarm.scaling.policy ?? DEFAULT_POLICY };
  }

  /** A tick that is due goes first. */
  async #turn(signal: AbortSignal): Promise<void> {
    await this.#parts.pause();
    if (signal.aborted) throw new CodedError("aborted", {});
  }
}

function valueOf<T>(told: report.Told<T>): T | null {
  return told.kind === "known" ? told.value : null;
}

function mapped<T, U>(told: report.Told<T>, of: (value: T) => U): report.Told<U> {
  return told.kind === "known" ? { kind: "known", value: of(told.value) } : told;
}
