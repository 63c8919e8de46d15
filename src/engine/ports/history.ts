import type { Coded } from "../common/errors.ts";
import type { HistoryPolicy } from "../protocol/config.ts";
import type { Decision, SeriesKey, SeriesRange, SourceTag } from "../protocol/model.ts";
import type { BackupResult, StoreHealth } from "../protocol/rpc.ts";

// What is kept: series, events, decisions, models.

export interface SeriesValue extends SeriesKey {
  /** `null`: not measured this time. */
  readonly value: number | null;
  readonly source: SourceTag;
}

/** Everything one tick measured. */
export interface TickSample {
  /** From the timeline: never runs backwards. */
  readonly wallMs: number;
  /** Real time since the tick before; `null` at the first. */
  readonly intervalMs: number | null;
  readonly values: readonly SeriesValue[];
}

/** One process over one minute: one row while it lives, never a series of its own. */
export interface ProcessAccount {
  readonly minuteMs: number;
  readonly pid: number;
  readonly startTime: number;
  readonly name: string;
  readonly swarmId: string | null;
  readonly agentId: string | null;
  /** Within the minute; `null` where the system does not tell. */
  readonly cpuSeconds: number | null;
  readonly peakRssBytes: number | null;
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
}

export interface RangeQuery {
  readonly series: readonly SeriesKey[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Buckets to answer with, at most. */
  readonly points: number;
}

/**
 * Measured history. Writing never throws: a full disk or a lost folder becomes `problem()`, the ticks that could not be
 * kept are counted and stay a gap, and writing goes on by itself when it can. What `append` returned `true` for is committed.
 */
export interface SeriesStore {
  append(tick: TickSample): boolean;
  account(rows: readonly ProcessAccount[]): boolean;
  /** @throws CodedError `store.read` when the file cannot be read */
  range(query: RangeQuery): readonly SeriesRange[];
  /** The last `steps` steps of `stepMs` that ended at or before `toMs`, as means; NaN where nothing was measured. */
  steps(series: SeriesKey, stepMs: number, steps: number, toMs: number): Float64Array;
  /** Blocks, roll-ups, retention, size cap: once a tick, a bounded piece of work. */
  maintain(wallMs: number, policy: HistoryPolicy): void;
  problem(): Coded | null;
  health(policy: HistoryPolicy): StoreHealth;
}

/** Something that happened, for the operator's look back: clock jumps, engine starts, gaps, holds, changed modes. */
export interface StoredEvent {
  /** UUIDv7. */
  readonly id: string;
  readonly wallMs: number;
  readonly swarmId: string | null;
  readonly code: string;
  readonly args: Coded["args"];
}

export interface EventLedger {
  /** `false` when it could not be written. */
  add(event: StoredEvent): boolean;
  list(query: { readonly swarmId?: string; readonly limit: number }): readonly StoredEvent[];
}

/** Every decision, durable before anything is done about it. @throws CodedError `store.write` */
export interface DecisionLedger {
  add(decision: Decision): void;
  update(decision: Decision): void;
  get(id: string): Decision | null;
  /** Newest first. */
  list(query: {
    readonly swarmId?: string | undefined;
    readonly limit: number;
    readonly before?: string | undefined;
  }): readonly Decision[];
  /** In state `recommended` or `acting`. */
  open(): readonly Decision[];
}

/** Trained models with what they rest on. */
export interface ModelStore {
  save(model: {
    readonly swarmId: string;
    readonly kind: string;
    readonly version: number;
    readonly trainedAtMs: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly json: string;
  }): boolean;
  load(
    swarmId: string,
    kind: string,
  ): { readonly version: number; readonly trainedAtMs: number; readonly json: string } | null;
}

/** A consistent copy in a new file; an existing file is refused. @throws CodedError `backup.exists`, `backup.failed` */
export interface BackupPort {
  backup(path: string | undefined): BackupResult;
}
