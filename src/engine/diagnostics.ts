import { cleanText } from "./common/text.ts";
import { LEFT_OUT, type PrivateNames, reportedReason, type SwarmNames } from "./diagnosticArgs.ts";
import { swarmId } from "./protocol/config.ts";
import type { Coded, EngineHealth, HostFacts, HostSample, PressureSample, SwarmRow } from "./protocol/model.ts";
import type { DiagnosticDoors, DoorsState } from "./protocol/doors.ts";
import type { Diagnostics, LogRecord, Overview, StoreHealth } from "./protocol/rpc.ts";

export type { PrivateNames } from "./diagnosticArgs.ts";

export interface DiagnosticFacts {
  readonly overview: Overview;
  readonly runtime: Diagnostics["runtime"];
  readonly store: StoreHealth;
  readonly doors: DoorsState;
  /** The newest records, oldest first. */
  readonly log: readonly LogRecord[];
  readonly names: PrivateNames;
}

/**
 * What a bug report needs and nothing secret. Pure. Each field is named here and written anew: a field that is added to
 * what the engine publishes does not get in by itself. There are no commands, arguments, environments, labels, agents'
 * names, host or user names and no paths outside our own folders; texts in log records and reasons only as
 * `diagnosticArgs` lets them.
 */
export function collectDiagnostics({ overview, runtime, store, doors, log, names }: DiagnosticFacts): Diagnostics {
  const called = swarmNames(overview.swarms);
  const reason = (coded: Coded | null): Coded | null => (coded === null ? null : reportedReason(coded, names, called));
  const plain = (text: string): string => withoutNames(cleanText(text, 100), names);
  const { node, platform, arch, sqlite, uptimeSeconds } = runtime;
  return {
    wallMs: overview.wallMs,
    engine: engineHealth(overview.engine, names, called),
    runtime: { node: plain(node), platform: plain(platform), arch: plain(arch), sqlite: plain(sqlite), uptimeSeconds },
    host: overview.host === null ? null : hostSample(overview.host),
    facts: overview.facts === null ? null : hostFacts(overview.facts, plain),
    swarms: overview.swarms.map((row) => ({
      id: called.get(row.id) ?? LEFT_OUT,
      kind: row.kind,
      agents: row.agents.length,
      target: row.kind === "observed" ? null : row.target,
      mode: row.kind === "observed" ? null : row.mode,
      activity: row.kind === "observed" ? null : row.activity.kind,
      problem: row.kind === "observed" ? null : reason(row.problem),
    })),
    store: {
      schemaVersion: store.schemaVersion,
      bytes: store.bytes,
      maxBytes: store.maxBytes,
      series: store.series,
      maxSeries: store.maxSeries,
      oldestSampleMs: store.oldestSampleMs,
      newestSampleMs: store.newestSampleMs,
      check: store.check,
      problem: reason(store.problem),
      droppedTicks: store.droppedTicks,
    },
    doors: diagnosticDoors(doors, reason),
    log: log.map(({ wallMs, level, code, args }) => ({
      wallMs,
      level,
      ...reportedReason({ code, args }, names, called),
    })),
  };
}

function diagnosticDoors({ http, otlp }: DoorsState, reason: (coded: Coded | null) => Coded | null): DiagnosticDoors {
  const open = http.kind === "open" ? http : null;
  const on = otlp.kind === "on" ? otlp : null;
  const last = on?.last ?? null;
  return {
    http: {
      state: http.kind,
      port: open?.port ?? null,
      sinceMs: http.kind === "off" ? null : http.sinceMs,
      answered: open?.answered ?? null,
      refused: open?.refused ?? null,
      problem: http.kind === "failed" ? reason(http.reason) : null,
    },
    otlp: {
      state: otlp.kind,
      intervalMs: on?.intervalMs ?? null,
      taken: on?.taken ?? null,
      failed: on?.failed ?? null,
      breaker: on?.breaker ?? null,
      lastPushMs: last?.atMs ?? null,
      problem: last?.outcome.kind === "failed" ? reason(last.outcome.reason) : null,
    },
  };
}

/**
 * A configured swarm by its id, which is how the operator will speak of it. The id of a found one has the folder of its
 * project: such are numbered by kind.
 */
function swarmNames(rows: readonly SwarmRow[]): SwarmNames {
  const named = new Map<string, string>();
  const found = new Map<string, number>();
  for (const row of rows) {
    if (row.kind !== "observed") {
      named.set(row.id, swarmId.safeParse(row.id).success ? row.id : LEFT_OUT);
      continue;
    }
    const kind = swarmId.safeParse(row.agentKind).success ? row.agentKind : "found";
    const number = (found.get(kind) ?? 0) + 1;
    found.set(kind, number);
    named.set(row.id, `${kind}#${number}`);
  }
  return named;
}

function engineHealth(engine: EngineHealth, names: PrivateNames, swarms: SwarmNames): EngineHealth {
  return {
    pid: engine.pid,
    version: withoutNames(cleanText(engine.version, 40), names),
    buildId: /^[A-Za-z0-9]{0,40}$/.test(engine.buildId) ? engine.buildId : LEFT_OUT,
    epoch: engine.epoch,
    startedAtMs: engine.startedAtMs,
    cpuRatio: engine.cpuRatio,
    rssBytes: engine.rssBytes,
    keeperPid: engine.keeperPid,
    keeperRssBytes: engine.keeperRssBytes,
    tickMs: engine.tickMs,
    tickIntervalMs: engine.tickIntervalMs,
    lateTicks: engine.lateTicks,
    restarts: engine.restarts,
    clients: engine.clients,
    notices: engine.notices.map((notice) => reportedReason(notice, names, swarms)),
  };
}

function hostSample(host: HostSample): HostSample {
  return {
    cpuCount: host.cpuCount,
    cpuBusyRatio: host.cpuBusyRatio,
    perCoreBusyRatio: host.perCoreBusyRatio === null ? null : [...host.perCoreBusyRatio],
    cpuCapacityCores: host.cpuCapacityCores,
    memoryTotalBytes: host.memoryTotalBytes,
    memoryCapacityBytes: host.memoryCapacityBytes,
    memoryUsedBytes: host.memoryUsedBytes,
    memoryAvailableBytes: host.memoryAvailableBytes,
    swapTotalBytes: host.swapTotalBytes,
    swapUsedBytes: host.swapUsedBytes,
    pressure:
      host.pressure === null
        ? null
        : {
            cpu: pressure(host.pressure.cpu),
            memory: pressure(host.pressure.memory),
            io: pressure(host.pressure.io),
          },
    diskReadBytesPerSecond: host.diskReadBytesPerSecond,
    diskWriteBytesPerSecond: host.diskWriteBytesPerSecond,
    networkReceiveBytesPerSecond: host.networkReceiveBytesPerSecond,
    networkTransmitBytesPerSecond: host.networkTransmitBytesPerSecond,
    loadAverage: host.loadAverage === null ? null : [host.loadAverage[0], host.loadAverage[1], host.loadAverage[2]],
  };
}

function pressure({ someRatio10s, fullRatio10s }: PressureSample): PressureSample {
  return { someRatio10s, fullRatio10s };
}

function hostFacts(facts: HostFacts, plain: (text: string) => string): Diagnostics["facts"] {
  return {
    osName: plain(facts.osName),
    osVersion: plain(facts.osVersion),
    // A kernel built by hand is often called after its machine.
    kernel: plain(facts.kernel),
    cpuModel: plain(facts.cpuModel),
    cpuCount: facts.cpuCount,
    memoryTotalBytes: facts.memoryTotalBytes,
    sandbox: plain(facts.sandbox),
  };
}

/** Shorter names are in half of all words; they say nothing either. */
const LEAST_NAME = 3;

function withoutNames(text: string, { home, user, hostname }: PrivateNames): string {
  let clean = text;
  // The longest first: the home folder holds the user's name.
  for (const name of [home, hostname, hostname.split(".")[0] ?? "", user].toSorted((a, b) => b.length - a.length)) {
    if (name.length >= LEAST_NAME) clean = clean.replaceAll(new RegExp(escaped(name), "giu"), "…");
  }
  return clean;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}
