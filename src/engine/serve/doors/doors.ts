import { join } from "node:path";
import { type Clock, systemTimer } from "../../common/clock.ts";
import { coalesced } from "../../common/coalesce.ts";
import type { Disposable } from "../../common/disposable.ts";
import { type Coded, messageOf } from "../../common/errors.ts";
import { createRng, type Rng } from "../../common/rng.ts";
import type { ForecastsPort, Log, PilotPort, WorkApi, WorkRecords } from "../../ports.ts";
import type { AgentCapacity } from "../../protocol/agentCapacity.ts";
import type { ConfigValues } from "../../protocol/config.ts";
import type { DoorsPolicy, DoorsState, MetricFormat, MetricsText } from "../../protocol/doors.ts";
import type { Overview } from "../../protocol/rpc.ts";
import { agentCapacityOf, entityTag } from "./agentCapacity.ts";
import { DecisionTally } from "./decisionTally.ts";
import { collectFamilies } from "./families.ts";
import { HttpDoorKeeper } from "./httpDoorKeeper.ts";
import type { Answer, Page } from "./httpDoor.ts";
import type { MetricFacts } from "./metric.ts";
import { metrics } from "./metrics.ts";
import { otlpBody } from "./otlp.ts";
import { postMetrics } from "./otlpClient.ts";
import { OtlpPush } from "./otlpPush.ts";
import {
  OPENMETRICS_TYPE,
  openMetricsText,
  prefersOpenMetrics,
  PROMETHEUS_TYPE,
  prometheusText,
} from "./prometheus.ts";
import { readHeadersFile } from "./secretFile.ts";

export interface DoorsParts {
  readonly config: {
    readonly values: ConfigValues;
    readonly onChange: (listener: (values: ConfigValues) => void) => Disposable;
  };
  readonly paths: { readonly runtime: string; readonly machineId: string };
  readonly identity: { readonly version: string; readonly startedAtMs: number; readonly epoch: number };
  /** What there is, however old, and who tells the operator. */
  readonly engine: { readonly overview: Overview; notice(notice: Coded): void };
  /** What there is, at most a second old. */
  readonly fresh: () => Overview;
  readonly work: Pick<WorkApi, "guard"> & Pick<WorkRecords, "counts">;
  readonly forecasts: Pick<ForecastsPort, "latest">;
  readonly pilot: Pick<PilotPort, "list" | "onChange">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Decisions looked at when one has changed. */
const LOOK_AT = 100;
const LOOK_PAUSE_MS = 250;
/** Ticks that the figures may be behind before the engine no longer counts as ready. */
const READY_TICKS = 3;

/** Doors for programs that are none of ours: opened, changed and shut as the configuration says. */
export class Doors {
  readonly #parts: DoorsParts;
  readonly #rng: Rng;
  readonly #notice: (notice: Coded) => void;
  readonly #tally: DecisionTally;
  readonly #http: HttpDoorKeeper;
  #otlp: OtlpPush | null = null;
  #policy: DoorsPolicy;
  /** The text of each form of the last state: whoever asks twice a second makes no work. */
  #written: { readonly of: Overview; readonly texts: Map<MetricFormat, string> } | null = null;

  constructor(parts: DoorsParts) {
    this.#parts = parts;
    this.#rng = createRng(parts.identity.epoch);
    this.#notice = (notice) => parts.engine.notice(notice);
    this.#tally = new DecisionTally(parts.identity.startedAtMs);
    this.#policy = parts.config.values.doors;
    this.#http = new HttpDoorKeeper({
      ownTokenFile: join(parts.paths.runtime, "metrics.token"),
      pages: this.#pages(),
      clock: parts.clock,
      log: parts.log,
      notice: this.#notice,
      setTimer: systemTimer,
    });
    const owned = [
      parts.config.onChange(({ doors }) => this.#follow(doors)),
      parts.pilot.onChange(coalesced(LOOK_PAUSE_MS, () => this.#countDecisions())),
    ];
    this.#http.follow(this.#policy.http);
    this.#push();
    parts.signal.addEventListener("abort", () => {
      for (const one of owned) one.dispose();
      this.#otlp?.dispose();
      this.#http.dispose();
    });
  }

  state(): DoorsState {
    return {
      wallMs: this.#parts.clock.wallMs(),
      http: this.#http.state(),
      otlp: this.#otlp?.state() ?? { kind: "off" },
    };
  }

  /** Somebody reads here, as a window would: the engine stays although it manages nothing. */
  get isInUse(): boolean {
    return this.#http.isInUse;
  }

  metricsText(format: MetricFormat): MetricsText {
    const overview = this.#parts.fresh();
    if (this.#written?.of !== overview) this.#written = { of: overview, texts: new Map() };
    const { texts } = this.#written;
    const text = texts.get(format) ?? this.#write(format, overview);
    texts.set(format, text);
    return { format, contentType: CONTENT_TYPES[format], text };
  }

  agentCapacity(): AgentCapacity {
    const { config, work } = this.#parts;
    const types = new Map(config.values.swarms.map(({ id, agents }) => [id, agents]));
    return agentCapacityOf({
      overview: this.#parts.fresh(),
      guard: work.guard(),
      agentType: (swarmId) => types.get(swarmId) ?? "worker",
    });
  }

  #follow(next: DoorsPolicy): void {
    const before = this.#policy;
    this.#policy = next;
    this.#written = null;
    if (!same(before.http, next.http)) this.#http.follow(next.http);
    if (!same(before.otlp, next.otlp)) this.#push();
  }

  #push(): void {
    this.#otlp?.dispose();
    this.#otlp = null;
    const policy = this.#policy.otlp;
    if (policy.endpoint === "") return;
    const { clock, log } = this.#parts;
    this.#otlp = new OtlpPush({
      ...{ policy, clock, log, rng: this.#rng, notice: this.#notice, post: postMetrics, setTimer: systemTimer },
      body: () => this.metricsText("otlp").text,
      headers: () => (policy.headersFile === "" ? {} : readHeadersFile(policy.headersFile)),
    });
  }

  #write(format: MetricFormat, overview: Overview): string {
    const families = collectFamilies(metrics, this.#facts(overview));
    if (format === "prometheus") return prometheusText(families);
    if (format === "openmetrics") return openMetricsText(families);
    const { identity, paths } = this.#parts;
    const { version, startedAtMs } = identity;
    return otlpBody(families, { atMs: overview.wallMs, startedAtMs, version, instanceId: paths.machineId });
  }

  #facts(overview: Overview): MetricFacts {
    const { work, forecasts } = this.#parts;
    return {
      overview,
      guard: work.guard(),
      forecast: (swarmId) => forecasts.latest(swarmId),
      tasks: (swarmId) => work.counts(swarmId),
      decisions: this.#tally.counts(),
      doors: this.state(),
      agentSeries: this.#policy.http.agentSeries,
    };
  }

  #countDecisions(): void {
    try {
      this.#tally.look(this.#parts.pilot.list({ limit: LOOK_AT }));
    } catch (error) {
      // A store that cannot be read says so itself; these are counted at the next change.
      this.#parts.log.debug("doors.decisionsUnread", { reason: messageOf(error) });
    }
  }

  #pages(): ReadonlyMap<string, Page> {
    return new Map<string, Page>([
      ["/metrics", { open: false, answer: (headers) => this.#metricsPage(headers) }],
      ["/v1/capacity", { open: false, answer: (headers) => this.#capacityPage(headers) }],
      ["/healthz", { open: true, answer: () => plain(200, "ok") }],
      ["/readyz", { open: true, answer: () => (this.#isReady() ? plain(200, "ready") : plain(503, "not ready")) }],
    ]);
  }

  #metricsPage(headers: ReadonlyMap<string, string>): Answer {
    const format = prefersOpenMetrics(headers.get("accept")) ? "openmetrics" : "prometheus";
    const { contentType, text } = this.metricsText(format);
    return { status: 200, type: contentType, body: text, headers: { Vary: "Accept" } };
  }

  #capacityPage(headers: ReadonlyMap<string, string>): Answer {
    const capacity = this.agentCapacity();
    const tag = entityTag(capacity);
    const cached = { ETag: tag, "Cache-Control": "private, no-cache" };
    const asked = new Set((headers.get("if-none-match") ?? "").split(",").map((one) => one.trim()));
    if (asked.has(tag) || asked.has("*")) return { status: 304, type: JSON_TYPE, body: "", headers: cached };
    return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(capacity)}\n`, headers: cached };
  }

  /** The machine was measured, and not long ago. Looks without making the engine look. */
  #isReady(): boolean {
    const { host, wallMs, engine } = this.#parts.engine.overview;
    const ageMs = this.#parts.clock.wallMs() - wallMs;
    return host !== null && ageMs <= READY_TICKS * engine.tickIntervalMs;
  }
}

const JSON_TYPE = "application/json; charset=utf-8";
const CONTENT_TYPES: Readonly<Record<MetricFormat, string>> = {
  prometheus: PROMETHEUS_TYPE,
  openmetrics: OPENMETRICS_TYPE,
  otlp: "application/json",
};

function plain(status: number, word: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${word}\n` };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
