import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { ScaleAskAnswer } from "../protocol/agentCalls.ts";
import type { Anomaly } from "../protocol/anomalies.ts";
import type { ScalingPolicy } from "../protocol/config.ts";
import type {
  DqnAdvice,
  Forecast,
  ForecastPoint,
  ForecastReport,
  GrowthRoom,
  HostSample,
  MachinePressure,
  ModelPoints,
  ScalingInputs,
  ScalingPrediction,
  ShadowReport,
  UnusualStep,
  ScalingStatus,
  SeriesKey,
  SourceTag,
  SwarmFigures,
} from "../protocol/model.ts";
import type { SwarmView } from "./agents.ts";
import type { TaskWindow } from "./work.ts";
import type { ActionOutcome, DecisionRow, ScaleResult, UndoResult } from "../protocol/rpc.ts";

// From history to action: forecast, decide, carry out.

/** One series to forecast, on an even grid. */
export interface ForecastRequest {
  /** Means of equal steps, oldest first; NaN where nothing was measured. */
  readonly values: Float64Array;
  readonly stepMs: number;
  /** Wall clock at the end of the last step. */
  readonly endMs: number;
  /** Length of a day in the series' own time; `null` when it is not known when the values were measured. */
  readonly dayMs: number | null;
  /** Length of the season to try, in steps; `null` for none. */
  readonly seasonSteps: number | null;
  readonly horizonSteps: number;
  /** 0.5 ≤ confidence < 1. */
  readonly confidence: number;
  readonly seed: number;
  /** Values are known never to be below this (demand: 0); `null` for no bound. */
  readonly lowerBound: number | null;
  /** Other metrics of the same steps, as long as `values`. */
  readonly others?: readonly Float64Array[];
  /** As long as `values`: 1 at a step that was unusual by what came before it. Learned models do not learn from those. */
  readonly spikes?: Uint8Array;
  /** Percent that the ensemble's accuracy must reach besides; `null` for no such limit. */
  readonly minAccuracy?: number | null;
}

export type ForecastAnswer = Omit<Forecast, "swarmId" | "madeAtMs">;

/** A fitted model as it is kept: the forecast stage alone reads `json`. */
export interface KeptFit {
  readonly model: string;
  /** End of the data that it has seen, epoch ms: a test before it would be no test. */
  readonly seenToMs: number;
  /** Steps that it can be asked for. */
  readonly horizonSteps: number;
  /** What a network was trained with; `null` for other models. Absent in what an older version has kept. */
  readonly backend?: string | null;
  readonly json: string;
}

export interface AssessTask {
  readonly series: ForecastRequest;
  /** Learned models from before; those of the arena that are not among them are fitted here, but for the network. */
  readonly fits: readonly KeptFit[];
  /** Tests at most, and as many before them to weigh and calibrate by. */
  readonly mostTests: number;
  /** Of whom points are wanted besides. */
  readonly models?: readonly string[];
}

export interface AssessAnswer {
  /** The forecast that follows from it. */
  readonly answer: ForecastAnswer;
  /** One for each model that was asked for. */
  readonly byModel: readonly ModelPoints[];
  /** What the tests have shown, for forecasts to come; `null` when there was nothing to test. */
  readonly calibration: string | null;
  /** The newest fit of each model that was fitted here. */
  readonly fits: readonly KeptFit[];
  /** What was said in the tests, one after the other: the forecast of each step from the origin before it. */
  readonly said: readonly ForecastPoint[];
  /** Steps of the history that were unusual by what came before them, oldest first. */
  readonly unusual: readonly UnusualStep[];
}

export interface ForecastTask {
  readonly series: ForecastRequest;
  readonly calibration: string;
  readonly fits: readonly KeptFit[];
  /** Of whom points are wanted; the gate's choice when left out. */
  readonly model?: string;
}

export interface TrainTask {
  readonly series: ForecastRequest;
  readonly model: string;
}

export interface AskedSeries {
  /** Added up; where one of them was not measured, the sum is not known. */
  readonly keys: readonly SeriesKey[];
  readonly horizonSteps: number;
  readonly confidence: number;
  /** Of whom points are wanted besides. */
  readonly models: readonly string[];
}

/** Forecasts of the demand of managed swarms, kept fresh in the background. */
export interface ForecastsPort {
  /** Once a tick: asks for what is due, at most one at a time. Never blocks. */
  look(
    swarms: readonly { readonly id: string; readonly timeScale: number }[],
    wallMs: number,
    monotonicMs: number,
  ): void;
  /** The history of this swarm has changed: a new one is due. */
  renew(swarmId: string): void;
  /** The latest one, ready or not; `null` before the first. */
  latest(swarmId: string): Forecast | null;
  /** The latest one with what it rests on. */
  report(swarmId: string): ForecastReport;
  /** One made now for this horizon and confidence; a horizon is divided by the swarm's time scale. */
  ask(
    swarm: { readonly id: string; readonly timeScale: number },
    horizonMs: number | undefined,
    confidence: number | undefined,
    signal: AbortSignal,
  ): Promise<Forecast>;
  /** As one model continues the demand, by what the last tests have shown. @throws CodedError `forecast.untested`; as `ask` */
  askModel(
    swarm: { readonly id: string; readonly timeScale: number },
    model: string,
    signal: AbortSignal,
  ): Promise<Forecast>;
  /** Of any series, tested and made now. @throws as `ask` */
  forecastOf(
    swarm: { readonly id: string; readonly timeScale: number },
    asked: AskedSeries,
    signal: AbortSignal,
  ): Promise<{ readonly forecast: Forecast; readonly byModel: readonly ModelPoints[] }>;
}

/** The load of one swarm at one tick: what is surely there and what may be there at most, where something is missing. */
export interface LoadReading {
  readonly monotonicMs: number;
  readonly low: number;
  readonly high: number;
  readonly source: SourceTag;
  /** Of the distance between the two, what is known exactly: tasks that wait behind a full lane or an open breaker. */
  readonly heldBack?: number;
  /** Of the lower bound, tasks that wait and could be begun; absent for a load without tasks. */
  readonly waiting?: number;
}

/** Everything the scaler sees of one swarm. Pure data, so that a decision can be replayed. */
export interface ScalerView {
  readonly swarmId: string;
  readonly nowMonotonicMs: number;
  readonly nowWallMs: number;
  readonly live: number;
  readonly target: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** `null`: nothing was measured at this tick. */
  readonly reading: LoadReading | null;
  /** Time between ticks now; a reading older than three of them is stale. */
  readonly tickIntervalMs: number;
  readonly forecast: Forecast | null;
  /** While there is one, the forecast takes no part: it knows only the usual. */
  readonly anomaly?: Anomaly | null;
  /** Median time an agent needs from spawn to ready; `null` before one was seen. */
  readonly startUpMs: number | null;
  /** 95th percentile of the seconds that a task takes; `null` before enough were seen, as when left out. */
  readonly taskSeconds?: number | null;
  /** Agents of the target that are not ready yet; 0 when left out. */
  readonly pending?: number;
  /** Share of time in which somebody waited for a processor (PSI `some avg10`), 0..1; `null` where it is not told. */
  readonly pressureRatio?: number | null;
  readonly policy: ScalingPolicy;
  readonly timeScale: number;
}

export interface ScalerVerdict {
  /** Equal to the target: leave it. */
  readonly to: number;
  readonly reason: Coded;
  readonly inputs: ScalingInputs;
}

/** The adaptive scaler of one swarm. Keeps its window of readings and the times of the last actions, nothing else. */
export interface ScalerPort {
  look(view: ScalerView): ScalerVerdict;
  /** An action, whoever asked for it. @param byOperator it was no scaler's idea, so that none may turn it round at once */
  acted(from: number, to: number, monotonicMs: number, byOperator?: boolean): void;
  /** What a trained network beside it would do; `null` where there is none. */
  advice?(): DqnAdvice | null;
}

/** What one swarm's agents use at one tick. */
export interface FootprintReading {
  readonly swarmId: string;
  readonly agents: readonly {
    readonly id: string;
    readonly ready: boolean;
    readonly rssBytes: number | null;
    readonly cpuCores: number | null;
  }[];
  /** Runs of tasks that ended since the tick before. */
  readonly ranMs: readonly number[];
}

/** What agents need, and how many more of them there is room for. */
export interface FootprintsPort {
  /** Once a tick; synchronous and bounded. Swarms that are not there are forgotten; what was learned of them is kept. */
  look(
    readings: readonly FootprintReading[],
    machine: {
      readonly memoryAvailableBytes: number | null;
      readonly memoryCapacityBytes: number | null;
      readonly cpuIdleCores: number | null;
      readonly pressure: MachinePressure;
    },
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
  ): void;
  /** As of the last look, less what was begun since. */
  room(swarmId: string): GrowthRoom;
  /** 95th percentile of the seconds that a task takes; `null` before enough were seen. */
  taskSeconds(swarmId: string): number | null;
}

export interface ShadowView {
  /** As the real scaler sees it. */
  readonly view: ScalerView;
  /** Runs of tasks that ended since the last look. */
  readonly ranMs: readonly number[];
  /** `auto` would not act while the swarm is on hold. */
  readonly mayAct: boolean;
  readonly withinRoom: (verdict: ScalerVerdict) => ScalerVerdict;
}

/** Follows what `auto` would have done for one swarm. Bounded. */
export interface ShadowPort {
  /** Once a tick. `null` before anything was measured. */
  look(view: ShadowView): ShadowReport | null;
}

/** How a change of size is cut into steps, and how a step is judged. */
export interface PlanRules {
  readonly planSteps: (from: number, to: number, urgent: boolean) => readonly number[];
  readonly figuresOf: (tasks: TaskWindow, pressure: HostSample["pressure"], demand: number | null) => SwarmFigures;
  readonly worsened: (before: SwarmFigures, after: SwarmFigures, grows: boolean) => Coded | null;
  readonly isSeen: (after: SwarmFigures, looks: number, elapsedMs: number, pauseMs: number) => boolean;
  /** Longest time that a step is looked at before the next. */
  readonly pauseMs: (timeScale: number) => number;
  /** Length of time before and after a change over which they are compared. */
  readonly impactMs: (timeScale: number) => number;
}

/** How sizes are decided: pure, handed to whoever carries it out. */
export interface SizingRules {
  readonly newScaler: (swarm: SwarmView) => ScalerPort;
  /** How long fewer agents and reversals wait after any change. */
  readonly cooldownMs: (policy: ScalingPolicy, timeScale: number) => number;
  /** Growth cut down to what the machine has room for at this moment. What an operator asks for is not cut. */
  readonly withinRoom: (verdict: ScalerVerdict, swarm: SwarmView) => ScalerVerdict;
  /** 95th percentile of the seconds that a task of the swarm takes; `null` before enough were seen. */
  readonly taskSeconds: (swarmId: string) => number | null;
  readonly plan: PlanRules;
  readonly newShadow: () => ShadowPort;
}

/** What the pilot needs to know of one swarm at one tick beside the swarm itself. */
export interface PilotReading {
  readonly swarmId: string;
  readonly reading: LoadReading | null;
  readonly forecast: Forecast | null;
  /** What is unusual about its load; `null` when nothing is. */
  readonly anomaly?: Anomaly | null;
  /** Of the machine: see `ScalerView`. */
  readonly pressureRatio?: number | null;
}

export type UndoAnswer = Pick<UndoResult, "result" | "notes">;

/**
 * Turns verdicts into recommendations or actions, writes every one down first, and follows it until it is confirmed. The
 * one way by which targets change, so that each change is a decision that can be explained and undone.
 */
export interface PilotPort {
  /** Once a tick; synchronous and bounded. */
  look(
    readings: readonly PilotReading[],
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
    tickIntervalMs: number,
  ): void;
  status(swarmId: string): ScalingStatus | null;
  /** An operator's own target: a decision like any other. @throws CodedError `swarm.unknown`, `store.write` */
  scale(
    swarmId: string,
    target: number,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
    atOnce?: boolean,
  ): Promise<ScaleResult>;
  /**
   * A size that an agent asks for: refused in `observe`, a recommendation that waits for an operator in `recommend`, done in
   * `auto` within the swarm's bounds and the machine's room. @throws CodedError `swarm.unknown`, `store.write`
   */
  ask(swarmId: string, target: number, by: string, deadlineMs: number, signal: AbortSignal): Promise<ScaleAskAnswer>;
  /** The steps in which a swarm would be brought to this size. */
  planOf(swarmId: string, target: number): { readonly steps: readonly number[]; readonly pauseMs: number };
  /** Stops one agent; a target that goes down with it is a decision. @throws CodedError `agent.unknown`, `store.write` */
  retire(agentId: string, by: string, deadlineMs: number, signal: AbortSignal, now?: boolean): Promise<ActionOutcome>;
  /** @throws CodedError `decision.unknown`, `decision.over` */
  apply(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<ScaleResult>;
  /** @throws CodedError `decision.unknown`, `decision.over` */
  dismiss(decisionId: string, by: string): void;
  /** @throws CodedError `decision.unknown`, `undo.*` */
  undo(decisionId: string, by: string, deadlineMs: number, signal: AbortSignal): Promise<UndoAnswer>;
  list(query: {
    readonly swarmId?: string | undefined;
    readonly limit: number;
    readonly before?: string | undefined;
  }): readonly DecisionRow[];
  /** A decision was added or changed. */
  readonly onChange: (listener: () => void) => Disposable;
}

/** What a swarm's resources will need. */
export interface ScalingPredictionsPort {
  /** @throws CodedError `aborted`, `heavy.*`, `store.read` */
  predict(
    swarm: SwarmView,
    request: {
      readonly timeHorizonSeconds: number;
      readonly confidence: number;
      readonly models: readonly string[];
    },
    signal: AbortSignal,
  ): Promise<ScalingPrediction>;
}
