import { counter, gauge, type Metric } from "./metric.ts";
import { one, seconds } from "./readers.ts";

export const decisionsMetrics: readonly Metric[] = [
  counter(
    "decisions.made",
    "{decision}",
    "Decisions about a swarm's size since the engine started, by who decided.",
    ({ decisions: rows }) =>
      rows.flatMap(({ swarmId, made }) =>
        [...made].map(([origin, value]) => ({ value, labels: { swarm: swarmId, origin } })),
      ),
  ),
  counter(
    "decisions.ended",
    "{decision}",
    "How decisions went, as seen since the engine started; one that is confirmed late counts under both.",
    ({ decisions: rows }) =>
      rows.flatMap(({ swarmId, ended }) =>
        [...ended].map(([outcome, value]) => ({ value, labels: { swarm: swarmId, outcome } })),
      ),
  ),
];

/** What the engine itself costs, and its doors. */
export const engineMetrics: readonly Metric[] = [
  gauge("engine.cpu.usage.cores", "{core}", "Cores that the engine itself uses.", ({ overview }) =>
    one(overview.engine.cpuRatio),
  ),
  gauge("engine.memory.resident", "By", "Memory of the engine.", ({ overview }) => one(overview.engine.rssBytes)),
  gauge("engine.keeper.memory.resident", "By", "Memory of the engine's parent process.", ({ overview }) =>
    one(overview.engine.keeperRssBytes),
  ),
  gauge("engine.tick.duration", "s", "What the last look at everything took.", ({ overview }) =>
    one(seconds(overview.engine.tickMs)),
  ),
  gauge("engine.tick.interval", "s", "Time between two looks, now.", ({ overview }) =>
    one(seconds(overview.engine.tickIntervalMs)),
  ),
  counter(
    "engine.ticks.late",
    "{tick}",
    "Looks that began more than an interval late since the engine started.",
    ({ overview }) => one(overview.engine.lateTicks),
  ),
  gauge("engine.started", "s", "When the engine started, Unix time.", ({ overview }) =>
    one(seconds(overview.engine.startedAtMs)),
  ),
  gauge("engine.sampled", "s", "When these figures were measured, Unix time.", ({ overview }) =>
    one(seconds(overview.wallMs)),
  ),
  gauge("engine.restarts", "{thing}", "Times that the keeper has started the engine anew.", ({ overview }) =>
    one(overview.engine.restarts),
  ),
  gauge("engine.clients", "{thing}", "Windows and terminals that are connected.", ({ overview }) =>
    one(overview.engine.clients),
  ),
  gauge("engine.info", "{thing}", "Always 1; the engine's version is its label.", ({ overview }) => [
    { value: 1, labels: { version: overview.engine.version } },
  ]),
  counter("door.requests", "{request}", "Requests to the HTTP door since it opened.", ({ doors: { http } }) =>
    http.kind !== "open"
      ? []
      : (["answered", "refused"] as const).map((outcome) => ({ value: http[outcome], labels: { outcome } })),
  ),
  counter("otlp.pushes", "{push}", "Pushes to the collector since they began.", ({ doors: { otlp } }) =>
    otlp.kind !== "on"
      ? []
      : (["taken", "failed", "skipped"] as const).map((outcome) => ({ value: otlp[outcome], labels: { outcome } })),
  ),
];
