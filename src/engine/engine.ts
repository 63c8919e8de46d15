import { type Clock, Timeline } from "./common/clock.ts";
import { type Coded, messageOf } from "./common/errors.ts";
import { uuidv7 } from "./common/uuid.ts";
import { footprintReading, loadReading, machineLeft } from "./loadReadings.ts";
import { orchestratedRows } from "./orchestratedRows.ts";
import { ActivityTracker, type ManagedSwarmFacts, managedRow, observedRows } from "./overview.ts";
import type {
  AgentRecognizer,
  AllocationsPort,
  AnomalyPort,
  AttentionPort,
  Collector,
  EventLedger,
  FootprintsPort,
  ForecastsPort,
  LoadSource,
  Log,
  OrchestratorsPort,
  PilotPort,
  PolicyTrainingPort,
  SeriesStore,
  SeriesValue,
  SwarmsPort,
  SwarmView,
  ThreadReader,
  WorkPort,
} from "./ports.ts";
import { ProcessAccounts } from "./processAccounts.ts";
import { tickSample } from "./tickSample.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { EngineHealth, Snapshot } from "./protocol/model.ts";
import type { Overview } from "./protocol/rpc.ts";
import { FAST_MS, SLOW_MS } from "./tickLoop.ts";

const MAX_NOTICES = 20;

export interface EngineIdentity {
  readonly pid: number;
  readonly version: string;
  readonly buildId: string;
  readonly epoch: number;
  readonly startedAtMs: number;
  readonly keeperPid: number;
  readonly restarts: number;
}

export interface EngineParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly collector: Collector;
  /** `null` where the system does not tell threads. */
  readonly threads: ThreadReader | null;
  readonly recognizer: () => AgentRecognizer;
  readonly swarms: SwarmsPort;
  readonly orchestrators: OrchestratorsPort;
  readonly work: WorkPort;
  /** Of swarms that bring their own tasks. */
  readonly loads: ReadonlyMap<string, LoadSource>;
  readonly series: SeriesStore;
  /** Of a tick, beside what is shown. */
  readonly moreSeries: (overview: Overview) => readonly SeriesValue[];
  readonly events: EventLedger;
  readonly forecasts: ForecastsPort;
  readonly policies: Pick<PolicyTrainingPort, "look">;
  readonly anomalies: AnomalyPort;
  readonly footprints: FootprintsPort;
  readonly pilot: PilotPort;
  readonly allocations: Pick<AllocationsPort, "look">;
  readonly config: () => ConfigValues;
  readonly configProblem: () => Coded | null;
  readonly attention: AttentionPort;
  readonly identity: EngineIdentity;
  readonly counts: () => { readonly clients: number; readonly operators: number; readonly lookers: number };
  readonly publish: (overview: Overview) => void;
  readonly setInterval: (ms: number) => void;
  readonly lateTicks: () => number;
  readonly intervalMs: () => number;
  /** Nobody needs this engine any more. */
  readonly onUnneeded: () => void;
  /** Still the holder of the lock; a `false` means that somebody removed the file under us. */
  readonly lockIntact: () => boolean;
}

/**
 * The loop's middle: latest snapshot in, rows and desired state out. `tick()` is synchronous and bounded; whatever takes
 * time (spawning, draining, sweeping) was started by a controller and reports by itself.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #timeline: Timeline;
  readonly #states = new ActivityTracker();
  readonly #accounts: ProcessAccounts;
  readonly #notices: Coded[] = [];
  #overview: Overview;
  #snapshot: Snapshot | null = null;
  #lastWallMs: number;
  #lastMonotonicMs: number | null = null;
  #tickMs: number | null = null;
  #lastCpu: { readonly microseconds: number; readonly monotonicMs: number } | null = null;
  #cpuRatio: number | null = null;

  constructor(parts: EngineParts, notices: readonly Coded[]) {
    this.#parts = parts;
    this.#accounts = new ProcessAccounts(parts.threads);
    this.#timeline = new Timeline(parts.clock);
    this.#lastWallMs = parts.clock.wallMs();
    for (const notice of notices) this.notice(notice);
    this.#overview = {
      wallMs: this.#lastWallMs,
      intervalMs: null,
      host: null,
      facts: null,
      swarms: [],
      engine: this.#health(null),
    };
  }

  get overview(): Overview {
    return this.#overview;
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** Something the operator should know; the newest few are shown. */
  notice(notice: Coded): void {
    this.#notices.push(notice);
    if (this.#notices.length > MAX_NOTICES) this.#notices.shift();
    this.#parts.log.warn(notice.code, notice.args);
    this.#record(notice);
  }

  /** Kept for the operator's look back. */
  #record({ code, args }: Coded, swarmId: string | null = null): void {
    const wallMs = this.#parts.clock.wallMs();
    this.#parts.events.add({ id: uuidv7(wallMs), wallMs, swarmId, code, args });
  }

  tick(): void {
    const { clock, collector, swarms, attention } = this.#parts;
    const began = clock.monotonicMs();
    const stamp = this.#timeline.now();
    if (stamp.jump !== null) this.notice(stamp.jump);

    // 1. What the world is.
    const snapshot = collector.read();
    this.#snapshot = snapshot;
    this.#measureSelf(stamp.monotonicMs);

    // 2. What follows: holds, deadlines, next steps, tasks that arrived.
    const counts = this.#parts.counts();
    const { keepRunning } = this.#parts.config();
    const verdict = attention.look(
      { ...counts, keepRunning, managesSomething: swarms.managesSomething },
      stamp.monotonicMs,
    );
    swarms.hold(verdict.hold);
    swarms.observe();
    this.#parts.orchestrators.observe();
    this.#feed(stamp.wallMs);

    // 3. What is decided on it.
    const facts = this.#managedFacts(snapshot);
    this.#pilot(facts, snapshot, stamp);
    this.#parts.allocations.look();

    // 4. What to show and to keep.
    const managed = new Set(swarms.list().flatMap((s) => s.agents().map((agent) => agent.pid)));
    const found = this.#parts.recognizer().recognize(snapshot, managed);
    const { rows, joined } = orchestratedRows(this.#parts.orchestrators, found, this.#states, snapshot);
    const others = joined.size === 0 ? found : found.filter((agent) => !joined.has(agent));
    const observed = observedRows(others, this.#states, snapshot, found);
    this.#overview = {
      wallMs: stamp.wallMs,
      intervalMs: snapshot.intervalMs,
      host: snapshot.host,
      facts: collector.facts(),
      swarms: [...this.#managedRows(facts, snapshot), ...rows, ...observed],
      engine: this.#health(snapshot),
    };
    this.#watch(stamp.wallMs);
    this.#keep(snapshot);
    this.#parts.publish(this.#overview);
    this.#tickMs = clock.monotonicMs() - began;

    const auto = swarms.list().some((s) => s.target > 0 && s.supportOf === null && s.mode === "auto");
    const busy = swarms.list().some((s) => s.activity().kind === "scaling") || this.#hasLoad() || this.#parts.work.busy;
    this.#parts.setInterval(counts.lookers > 0 || auto || busy ? FAST_MS : SLOW_MS);
    if (verdict.exit) this.#parts.onUnneeded();
  }

  #hasLoad(): boolean {
    return [...this.#parts.loads.keys()].some((id) => this.#parts.swarms.get(id).target > 0);
  }

  #feed(wallMs: number): void {
    const { work, loads, swarms } = this.#parts;
    work.look();
    for (const [id, source] of loads) {
      try {
        if (swarms.get(id).target === 0) work.stopped(id);
        else work.arrive(id, source.arrivals(this.#lastWallMs, wallMs));
      } catch (error) {
        // A store that cannot be written: nothing was taken, nobody was told that it was. The store's notice says why.
        this.#parts.log.debug("load.notTaken", { swarmId: id, reason: messageOf(error) });
      }
    }
    this.#lastWallMs = wallMs;
  }

  /** Forecasts that are due, then what the scalers make of the load. */
  #pilot(
    facts: readonly ManagedSwarmFacts[],
    snapshot: Snapshot,
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
  ): void {
    const { forecasts, policies, anomalies, footprints, pilot, work } = this.#parts;
    const sinceMs = this.#lastMonotonicMs ?? stamp.monotonicMs;
    this.#lastMonotonicMs = stamp.monotonicMs;
    const uses = facts.map((fact) => footprintReading(fact, work.window(fact.swarm.id, sinceMs)));
    footprints.look(uses, machineLeft(snapshot), stamp);
    const running = facts.filter(({ swarm }) => swarm.target > 0).map(({ swarm }) => swarm);
    forecasts.look(running, stamp.wallMs, stamp.monotonicMs);
    policies.look(running);
    const readings = facts.map((fact) => ({
      swarmId: fact.swarm.id,
      reading: loadReading(fact, snapshot, stamp.monotonicMs),
      forecast: forecasts.latest(fact.swarm.id),
      anomaly: anomalies.latest(fact.swarm.id),
      pressureRatio: snapshot.host.pressure?.cpu.someRatio10s ?? null,
    }));
    pilot.look(readings, stamp, this.#parts.intervalMs());
  }

  /** Looks for what is unusual; the next tick's decisions are labelled with it. */
  #watch(wallMs: number): void {
    const { anomalies, forecasts } = this.#parts;
    const readings = this.#overview.swarms.flatMap((row) => {
      if (row.kind !== "managed") return [];
      const { id, timeScale, live, target, demand, usage } = row;
      const { cpuCores, rssBytes } = usage;
      const forecast = forecasts.latest(id);
      // A stopped swarm has no load: zeros would teach that nobody needs it.
      return [{ swarmId: id, timeScale, live, demand: target === 0 ? null : demand, cpuCores, rssBytes, forecast }];
    });
    anomalies.look(readings, wallMs);
  }

  /** History: this tick's figures, the accounts of a minute that is over, upkeep. */
  #keep(snapshot: Snapshot): void {
    const { series, identity } = this.#parts;
    const { wallMs, swarms } = this.#overview;
    const sample = tickSample(this.#overview);
    series.append({ ...sample, values: [...sample.values, ...this.#parts.moreSeries(this.#overview)] });
    const own = [
      { pid: identity.pid, name: "engine" },
      { pid: identity.keeperPid, name: "keeper" },
    ];
    const { processes, threads } = this.#accounts.look(snapshot, swarms, own, wallMs);
    if (processes.length + threads.length > 0) series.account(processes, threads);
    series.maintain(wallMs, this.#parts.config().history);
  }

  #managedFacts(snapshot: Snapshot): readonly ManagedSwarmFacts[] {
    const { swarms, work } = this.#parts;
    const recognizer = this.#parts.recognizer();
    const tree = (pid: number) => recognizer.ownedTree(snapshot, pid);
    return swarms
      .list()
      .filter((swarm) => swarm.supportOf === null && isShown(swarm))
      .map((swarm): ManagedSwarmFacts => {
        const support = swarms.list().filter((s) => s.supportOf === swarm.id);
        return {
          swarm,
          load: work.load(swarm.id),
          agents: swarm.agents().map((agent) => ({ agent, tree: tree(agent.pid) })),
          support: support.flatMap((s) =>
            s.agents().map((a) => ({ name: s.label, pid: a.pid, startTime: a.startTime, tree: tree(a.pid) })),
          ),
        };
      });
  }

  #managedRows(facts: readonly ManagedSwarmFacts[], snapshot: Snapshot) {
    return facts.map((fact) => managedRow(fact, this.#parts.pilot.status(fact.swarm.id), snapshot));
  }

  #measureSelf(monotonicMs: number): void {
    const { user, system } = process.cpuUsage();
    const microseconds = user + system;
    if (this.#lastCpu !== null && monotonicMs > this.#lastCpu.monotonicMs) {
      const ratio = (microseconds - this.#lastCpu.microseconds) / 1000 / (monotonicMs - this.#lastCpu.monotonicMs);
      // Smoothed over about a minute: a single tick's share says little.
      this.#cpuRatio = this.#cpuRatio === null ? ratio : this.#cpuRatio + (ratio - this.#cpuRatio) * 0.05;
    }
    this.#lastCpu = { microseconds, monotonicMs };
  }

  #health(snapshot: Snapshot | null): EngineHealth {
    const { identity } = this.#parts;
    const problem = this.#parts.configProblem();
    const stored = this.#parts.series.problem() ?? this.#parts.work.problem();
    const notices = [...this.#notices, ...[problem, stored].filter((p) => p !== null)];
    if (!this.#parts.lockIntact()) notices.push({ code: "lock.removed", args: {} });
    return {
      pid: identity.pid,
      version: identity.version,
      buildId: identity.buildId,
      epoch: identity.epoch,
      startedAtMs: identity.startedAtMs,
      restarts: identity.restarts,
      keeperPid: identity.keeperPid,
      keeperRssBytes: snapshot?.processes.get(identity.keeperPid)?.rssBytes ?? null,
      cpuRatio: this.#cpuRatio,
      rssBytes: snapshot?.processes.get(identity.pid)?.rssBytes ?? process.memoryUsage.rss(),
      tickMs: this.#tickMs,
      tickIntervalMs: this.#parts.intervalMs(),
      lateTicks: this.#parts.lateTicks(),
      clients: this.#parts.counts().clients,
      notices,
    };
  }
}

/** The demo is offered by the welcome line, not by a row, until it was started. */
function isShown(swarm: SwarmView): boolean {
  return !swarm.demo || swarm.target > 0 || swarm.agents().length > 0;
}
