import type { Coded } from "../common/errors.ts";
import type { HistoryPolicy } from "../protocol/config.ts";
import type { Decision, SeriesKey, SeriesRange, SourceTag } from "../protocol/model.ts";
import type { Sliced } from "../common/slices.ts";
import type { ImportedSpan, ImportResult, ImportSummary, ImportUndoResult } from "../protocol/imports.ts";
import type { Params } from "../protocol/params.ts";
import type { BackupResult, StoreHealth } from "../protocol/rpc.ts";
import type { ProcessAccount, ThreadAccount } from "./accounts.ts";

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
  account(rows: readonly ProcessAccount[], threads: readonly ThreadAccount[]): boolean;
  /** @throws CodedError `store.read` when the file cannot be read */
  range(query: RangeQuery): readonly SeriesRange[];
  /** The last `steps` steps of `stepMs` that ended at or before `toMs`, as means; NaN where nothing was measured. */
  steps(series: SeriesKey, stepMs: number, steps: number, toMs: number): Float64Array;
  /** Blocks, roll-ups, retention, size cap: once a tick, a bounded piece of work. */
  maintain(wallMs: number, policy: HistoryPolicy): void;
  problem(): Coded | null;
  health(policy: HistoryPolicy): StoreHealth;
}

/** An even series from elsewhere. */
export interface PastSeries {
  readonly key: SeriesKey;
  /** Begin of each step, rising, and what was measured in it; NaN where nothing was. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stepMs: number;
  /** Nothing outside is written. Whole minutes. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** One import, as it is kept. */
export interface ImportRun {
  /** UUIDv7. */
  readonly id: string;
  readonly swarmId: string;
  readonly wallMs: number;
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly by: string;
  readonly rows: number;
  readonly series: readonly (ImportedSpan & { readonly metric: string })[];
}

/**
 * The past that was imported. It lies where measured history lies, so that whoever reads series reads it as well; what is
 * noted beside it tells the two apart and takes it back. One import is there as a whole or not at all: what was broken off
 * is removed when the store is opened next.
 */
export interface PastStore {
  /** When this series was first measured here, to the minute; `null`: never. What was imported does not count. */
  firstMeasuredMs(key: SeriesKey, wallMs: number): number | null;
  /** The spans that were imported, oldest first. */
  spans(key: SeriesKey): readonly ImportedSpan[];
  /**
   * Writes all series of an import, a few hours a piece, and at the end the note that it is there. When it is given up
   * (the generator is ended early, or throws) what was written is to be removed with `remove`.
   * @throws CodedError `store.write`, `store.seriesCap`
   */
  write(run: ImportRun, series: readonly PastSeries[], wallMs: number, policy: HistoryPolicy): Sliced<void>;
  /** Takes an import back, published or not. What was measured stays. @throws CodedError `store.write` */
  remove(runId: string): Sliced<void>;
  newest(swarmId: string): ImportRun | null;
}

/** Files on their way into the past of a swarm. What a client has begun, another one cannot go on with. */
export interface ImportsPort {
  /** @returns the id of the file being sent. @throws CodedError `import.tooMany` */
  begin(params: Params["importBegin"], clientId: number): string;
  /** @returns rows read so far. @throws CodedError `csv.*`, `prometheus.*`, `import.*`, `aborted` */
  piece(id: string, bytes: Uint8Array, clientId: number, signal: AbortSignal): Promise<number>;
  /** All of it is there: what does it say? @throws the same */
  read(id: string, clientId: number, signal: AbortSignal): Promise<ImportSummary>;
  /** @throws the same, `store.*`; nothing of it is then there */
  commit(
    params: Params["importCommit"],
    client: { readonly id: number; readonly name: string },
    signal: AbortSignal,
  ): Promise<ImportResult>;
  /** Resolves when nothing of it is left. */
  cancel(id: string, clientId: number): Promise<void>;
  /** Takes the newest import back. @throws CodedError `import.none`, `import.notNewest`, `import.busy`, `store.write` */
  undo(swarmId: string, runId: string | undefined): Promise<ImportUndoResult>;
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
  /** Newest first. */
  list(query: {
    readonly swarmId?: string;
    readonly code?: string;
    readonly sinceMs?: number;
    readonly limit: number;
  }): readonly StoredEvent[];
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
