import { CodedError } from "../common/errors.ts";
import type {
  AllocationsPort,
  AnomalyPort,
  BackupPort,
  FootprintsPort,
  ForecastsPort,
  PilotPort,
  ScalingPredictionsPort,
  SeriesStore,
  SwarmsPort,
  SwarmView,
} from "../ports.ts";
import type { Coded, SwarmMode } from "../protocol/model.ts";
import type { RecordsNeed } from "../protocol/orchestrators.ts";
import type { DecisionList, DecisionsState, Diagnostics } from "../protocol/rpc.ts";
import type { Handlers } from "./handlers.ts";

/** Rows of the topic; older ones come by the call. */
const DECISIONS_SHOWN = 50;
const ALLOCATIONS_SHOWN = 20;

/** What the calls about history, forecasts and decisions need of the engine. */
export interface LoopApi {
  readonly swarms: SwarmsPort;
  readonly pilot: PilotPort;
  readonly forecasts: ForecastsPort;
  readonly predictions: ScalingPredictionsPort;
  readonly anomalies: Pick<AnomalyPort, "episodes">;
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly series: SeriesStore;
  readonly backups: BackupPort;
  readonly diagnostics: () => Diagnostics;
  readonly wallMs: () => number;
  readonly setMode: (swarmId: string, mode: SwarmMode, source: string) => void;
  /** Kept for the operator's look back. */
  readonly record: (event: Coded, swarmId: string | null) => void;
}

type LoopCall =
  | "swarmMode"
  | "swarmHold"
  | "decisions"
  | "decisionApply"
  | "decisionDismiss"
  | "decisionUndo"
  | "history"
  | "forecast"
  | "forecastReport"
  | "predictScaling"
  | "anomalies"
  | "backup"
  | "diagnostics";

/** One more than asked for is read, to know whether there are more. */
export function decisionList(
  { pilot, swarms }: { readonly pilot: PilotPort; readonly swarms: Pick<SwarmsPort, "list"> },
  wallMs: number,
  query: { readonly swarmId?: string | undefined; readonly limit: number; readonly before?: string | undefined },
): DecisionList {
  const rows = pilot.list({ ...query, limit: query.limit + 1 });
  const holds = swarms
    .list()
    .filter(({ heldByOperator, supportOf }) => heldByOperator && supportOf === null)
    .map(({ id: swarmId, label, heldUntilMs: untilMs }) => ({ swarmId, label, untilMs }));
  return { wallMs, decisions: rows.slice(0, query.limit), more: rows.length > query.limit, holds };
}

/** What the topic shows. */
export function decisionsState(
  parts: Parameters<typeof decisionList>[0] & { readonly allocations: Pick<AllocationsPort, "list"> },
  wallMs: number,
): DecisionsState {
  const { allocations } = parts.allocations.list({ limit: ALLOCATIONS_SHOWN });
  return { ...decisionList(parts, wallMs, { limit: DECISIONS_SHOWN }), allocations };
}

/** Whether an operator's hold of it ends after that, or only when somebody lifts it. */
function lastsLonger({ heldByOperator, heldUntilMs }: SwarmView, untilMs: number): boolean {
  return heldByOperator && (heldUntilMs === null || heldUntilMs >= untilMs);
}

/** @throws CodedError `swarm.unknown`, `swarm.observed` by `managed` */
export function createLoopHandlers(
  api: LoopApi,
  managed: (
    swarmId: string,
    need?: RecordsNeed,
  ) => { readonly id: string; readonly timeScale: number; readonly mode: SwarmMode },
): Pick<Handlers, LoopCall> {
  return {
    swarmMode: ({ swarmId, mode }, { client }) => {
      const swarm = managed(swarmId);
      if (mode !== swarm.mode) api.setMode(swarm.id, mode, client.name);
      return null;
    },
    swarmHold: ({ swarmId, held, forSeconds, keepLonger = false }, { client }) => {
      const swarm = api.swarms.get(managed(swarmId).id);
      const forMs = forSeconds === undefined ? null : forSeconds * 1_000;
      if (held && keepLonger && forMs !== null && lastsLonger(swarm, api.wallMs() + forMs))
        return { untilMs: swarm.heldUntilMs };
      if (!api.swarms.holdSwarm(swarm.id, held, forMs)) return { untilMs: swarm.heldUntilMs };
      const by = client.name;
      const { heldUntilMs: untilMs } = swarm;
      api.record(
        held ? { code: "event.held", args: { by, untilMs } } : { code: "event.released", args: { by } },
        swarm.id,
      );
      return { untilMs };
    },
    decisions: (query) => decisionList(api, api.wallMs(), query),
    decisionApply: ({ decisionId, deadlineMs }, { signal, client }) =>
      api.pilot.apply(decisionId, client.name, deadlineMs, signal),
    decisionDismiss: ({ decisionId }, { client }) => {
      api.pilot.dismiss(decisionId, client.name);
      return null;
    },
    decisionUndo: async ({ decisionId, deadlineMs }, { signal, client }) => ({
      undoOf: decisionId,
      ...(await api.pilot.undo(decisionId, client.name, deadlineMs, signal)),
    }),
    history: ({ series, fromMs, toMs, points }) => ({
      fromMs,
      toMs,
      series: api.series.range({ series, fromMs, toMs, points }),
    }),
    forecast: async ({ swarmId, horizonSeconds, confidence, model }, { signal }) => {
      const swarm = managed(swarmId, "forecast");
      if (model !== undefined) return api.forecasts.askModel(swarm, model, signal);
      const latest = api.forecasts.latest(swarm.id);
      if (horizonSeconds === undefined && confidence === undefined && latest !== null) return latest;
      const horizonMs = horizonSeconds === undefined ? undefined : horizonSeconds * 1000;
      return api.forecasts.ask(swarm, horizonMs, confidence, signal);
    },
    forecastReport: ({ swarmId }) => api.forecasts.report(managed(swarmId, "forecast").id),
    predictScaling: (asked, { signal }) => {
      const { swarmId, timeHorizon = 3600, confidence = 0.95, models = ["lstm", "ensemble"] } = asked;
      const swarm = api.swarms.get(managed(swarmId, "forecast").id);
      return api.predictions.predict(swarm, { timeHorizonSeconds: timeHorizon, confidence, models }, signal);
    },
    anomalies: ({ swarmId, fromMs, toMs }) => {
      const { id } = managed(swarmId);
      return { swarmId: id, fromMs, toMs, episodes: api.anomalies.episodes(id, fromMs, toMs) };
    },
    backup: ({ path }) => {
      if (path !== undefined && !isAbsolute(path)) throw new CodedError("backup.relative", { path });
      return api.backups.backup(path);
    },
    diagnostics: () => api.diagnostics(),
  };
}

/** The engine has no working directory of the caller's. */
function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith("\\\\");
}
