import type { Clock } from "./common/clock.ts";
import { shownDisk } from "./keySeries.ts";
import { busyCores } from "./loadReadings.ts";
import { sumUsage } from "./overview.ts";
import type { CapacityInputs, CapacityPort, CapacityRequest, FootprintSizes, LearnedGrowth } from "./ports/capacity.ts";
import type { FootprintsPort, PatternsPort, SwarmsPort, SwarmView } from "./ports.ts";
import { type CapacityPlan, GROWTH_HISTORY_DAYS } from "./protocol/capacity.ts";
import type { Coded, HostSample, ManagedSwarmRow } from "./protocol/model.ts";
import type { Patterns, SeriesPatterns } from "./protocol/patterns.ts";
import type { Prices } from "./protocol/prices.ts";
import type { Overview } from "./protocol/rpc.ts";

const DAY_MS = 86_400_000;
/** A quarter, in own time: a trend that is older has been overtaken. */
const WINDOW_MS = 90 * DAY_MS;
const NOT_MEASURED: Coded = { code: "capacity.notMeasured", args: {} };
const NOT_ASKED: LearnedGrowth = { kind: "unknown", reason: NOT_MEASURED, high: null };

export interface SwarmCapacityParts {
  readonly overview: () => Overview;
  readonly swarms: Pick<SwarmsPort, "list">;
  readonly footprints: Pick<FootprintsPort, "room"> & { readonly sizes: (swarmId: string) => FootprintSizes };
  readonly patterns: PatternsPort;
  readonly prices: () => Prices | null;
  readonly clock: Pick<Clock, "wallMs">;
  readonly plan: (inputs: CapacityInputs) => CapacityPlan;
}

/** Gathers what a capacity plan rests on: the machine now, footprints, and the growth that patterns have found. */
export class SwarmCapacity implements CapacityPort {
  readonly #parts: SwarmCapacityParts;

  constructor(parts: SwarmCapacityParts) {
    this.#parts = parts;
  }

  async plan(swarmId: string | null, request: CapacityRequest, signal: AbortSignal): Promise<CapacityPlan> {
    const { overview, swarms, footprints, prices, clock, plan } = this.#parts;
    const { horizonDays, growth, agents = null, memoryBytes = null, cpus = null } = request;
    const { host, facts, swarms: rows } = overview();
    const views = swarms
      .list()
      .filter(({ id, supportOf }) => supportOf === null && (swarmId === null || id === swarmId));
    const found = new Map<string, Patterns>();
    if (growth.kind === "auto") {
      // One after the other: they share one child. Without a swarm in real time the machine is asked about by itself.
      const asked = views.map(({ id, timeScale }) => ({ id, timeScale }));
      if (!asked.some(({ timeScale }) => timeScale === 1)) asked.unshift({ id: "", timeScale: 1 });
      for (const one of asked) found.set(one.id, await this.#parts.patterns.ask(one, WINDOW_MS, signal));
    }
    const real = [...found.values()].find(({ timeScale }) => timeScale === 1);
    const ofMachine = (metric: string, scale = 1): LearnedGrowth =>
      real === undefined ? NOT_ASKED : learnedOf(real, "machine", metric, scale);
    return plan({
      ...{ swarmId, madeAtMs: clock.wallMs(), horizonDays, growth, prices: prices() },
      wanted: { agents, memoryBytes, cpus },
      machine: {
        ...machineOf(host),
        disk: shownDisk(facts),
        // Of all swarms, whichever is asked.
        promisedBytes: footprints.room(views[0]?.id ?? "").promisedBytes,
      },
      learned: {
        memory: ofMachine("memoryUsedBytes"),
        cpu: host !== null && isLimited(host) ? NOT_ASKED : ofMachine("cpuBusyRatio", host?.cpuCount ?? 1),
        disk: ofMachine("diskUsedBytes"),
      },
      swarms: views.map((view) => this.#swarm(view, rows, found.get(view.id))),
    });
  }

  #swarm(view: SwarmView, rows: Overview["swarms"], found: Patterns | undefined): CapacityInputs["swarms"][number] {
    const { id, maxAgents, scaling } = view;
    const row = rows.find((one): one is ManagedSwarmRow => one.kind === "managed" && one.id === id);
    // What serves the swarm stays, however many agents there are.
    const own = row === undefined ? null : sumUsage(row.agents.map(({ usage }) => usage));
    return {
      ...{ id, maxAgents, live: row?.live ?? 0, targetUtilisation: scaling.targetUtilisation },
      demand: row?.demand ?? null,
      rssBytes: own?.rssBytes ?? null,
      cpuCores: own?.cpuCores ?? null,
      sizes: this.#parts.footprints.sizes(id),
      learned: found === undefined ? NOT_ASKED : learnedOf(found, "swarm", "demand", 1),
    };
  }
}

/**
 * We may use a share of the cores alone. How busy all of them are is told, how much of that share is used is not: the two
 * cannot be set against each other.
 */
function isLimited({ cpuCapacityCores, cpuCount }: HostSample): boolean {
  return cpuCapacityCores < cpuCount;
}

function machineOf(host: HostSample | null): Omit<CapacityInputs["machine"], "disk" | "promisedBytes"> {
  return {
    memoryCapacityBytes: host?.memoryCapacityBytes ?? null,
    memoryAvailableBytes: host?.memoryAvailableBytes ?? null,
    memoryUsedBytes: host?.memoryUsedBytes ?? null,
    cpuCapacityCores: host?.cpuCapacityCores ?? null,
    cpuBusyCores: host === null || isLimited(host) ? null : busyCores(host),
  };
}

/** Growth of a day of own time as that of a real one. @param scale of the series to the unit that is wanted */
function learnedOf(patterns: Patterns, scope: string, metric: string, scale: number): LearnedGrowth {
  const series = patterns.series.find((one) => one.scope === scope && one.metric === metric);
  if (series === undefined) return NOT_ASKED;
  const high = series.load.kind === "known" ? series.load.high * scale : null;
  const short = shortOf(series.growth);
  if (series.growth.kind !== "known" || short !== null) return { kind: "unknown", reason: short ?? NOT_MEASURED, high };
  const { slopePerDay, lowPerDay, highPerDay, trend } = series.growth;
  const real = scale * patterns.timeScale;
  return {
    ...{ kind: "known", high },
    growth: {
      perDay: slopePerDay * real,
      lowPerDay: lowPerDay * real,
      highPerDay: highPerDay * real,
      rises: trend === "rising",
    },
  };
}

/** Why a growth says nothing about weeks to come; `null` when it does. */
function shortOf(growth: SeriesPatterns["growth"]): Coded | null {
  const neededMs = GROWTH_HISTORY_DAYS * DAY_MS;
  const short = (haveMs: number): Coded => ({ code: "capacity.history", args: { haveMs, neededMs } });
  if (growth.kind === "tooLittle") return short(growth.haveMs);
  if (growth.kind === "undefined") return growth.reason;
  return growth.days < GROWTH_HISTORY_DAYS ? short(growth.days * DAY_MS) : null;
}
