import { type Coded, CodedError, messageOf } from "../common/errors.ts";
import type { ProcessAccount, RangeQuery, SeriesStore, ThreadAccount, TickSample } from "../ports.ts";
import type { HistoryPolicy } from "../protocol/config.ts";
import type { SeriesKey, SeriesRange } from "../protocol/model.ts";
import type { StoreHealth } from "../protocol/rpc.ts";
import { SqliteAccounts } from "./accounts.ts";
import { sealed } from "./checksum.ts";
import { failureKind, type StoreConnection } from "./connection.ts";
import { place, stored } from "./packing.ts";
import { fileBytes, Retention } from "./retention.ts";
import { Damage } from "./damage.ts";
import { SqlitePast } from "./past.ts";
import { RollUps } from "./rollUp.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { Scrub } from "./scrub.ts";
import { SeriesCatalog } from "./seriesCatalog.ts";
import { SeriesReader } from "./seriesReader.ts";

/** 30 agents with two series each, some swarms and the machine, several times over. */
export const MAX_SERIES = 512;
const MAX_POINTS = 10_000;

export interface SqliteSeriesParts {
  readonly store: StoreConnection;
  readonly machineId: string;
  readonly check: "ok" | "rebuilt";
  readonly maxSeries?: number;
  /** Something for the look back: a gap that is over, room that was made. */
  readonly onEvent: (event: Coded, wallMs: number) => void;
}

export class SqliteSeriesStore implements SeriesStore {
  /** What was imported, in the same rows. */
  readonly past: SqlitePast;
  /** Of processes, beside the series. */
  readonly accounts: SqliteAccounts;
  readonly #parts: SqliteSeriesParts;
  readonly #store: StoreConnection;
  readonly #catalog: SeriesCatalog;
  readonly #rollUps: RollUps;
  readonly #reader: SeriesReader;
  readonly #retention: Retention;
  readonly #damage = new Damage();
  readonly #scrub: Scrub;
  #problem: Coded | null = null;
  #dropped = 0;
  #gap: { readonly fromMs: number; readonly before: number } | null = null;
  #trimmed = false;

  constructor(parts: SqliteSeriesParts) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#catalog = new SeriesCatalog(parts.store, parts.machineId, parts.maxSeries ?? MAX_SERIES);
    this.#rollUps = new RollUps(parts.store, this.#catalog, this.#damage);
    this.#reader = new SeriesReader(parts.store, this.#catalog, this.#rollUps, this.#damage);
    this.past = new SqlitePast({ ...parts, catalog: this.#catalog, rollUps: this.#rollUps, reader: this.#reader });
    this.#scrub = new Scrub(parts.store, this.#damage);
    this.accounts = new SqliteAccounts(parts.store, parts.machineId);
    this.#retention = new Retention(parts.store, this.#catalog, this.#rollUps, this.accounts);
  }

  append({ wallMs, intervalMs, values }: TickSample): boolean {
    const atMs = Math.round(wallMs);
    const kept = this.#write(() => {
      const ids: number[] = [];
      const vector: number[] = [];
      for (const { source, value, ...key } of values) {
        const id = this.#catalog.ensure(key, source, atMs);
        if (id === null) continue;
        ids.push(id);
        vector.push(stored(value));
      }
      const layoutId = this.#catalog.layoutOf(ids);
      this.#store.run(
        "INSERT INTO tick (wallMs, intervalMs, layoutId, data) VALUES (?, ?, ?, ?)",
        atMs,
        intervalMs === null || !Number.isFinite(intervalMs) ? null : Math.round(intervalMs),
        layoutId,
        sealed(new Uint8Array(Float32Array.from(vector).buffer), place.tick(atMs, layoutId)),
      );
    });
    if (!kept) {
      this.#gap ??= { fromMs: atMs, before: this.#dropped };
      this.#dropped++;
    } else if (this.#gap !== null) {
      const { fromMs, before } = this.#gap;
      this.#gap = null;
      this.#parts.onEvent({ code: "store.gap", args: { fromMs, toMs: atMs, ticks: this.#dropped - before } }, atMs);
    }
    return kept;
  }

  account(rows: readonly ProcessAccount[], threads: readonly ThreadAccount[]): boolean {
    const kept = this.#write(() => this.accounts.write(rows, threads));
    if (!kept) this.accounts.forget();
    return kept;
  }

  range({ series, fromMs, toMs, points }: RangeQuery): readonly SeriesRange[] {
    const from = Math.floor(fromMs);
    const width = Math.max(0, Math.ceil(toMs) - from);
    const wanted = Math.min(Math.max(1, Math.floor(points)), MAX_POINTS);
    const bucketMs = Math.max(1, Math.ceil(width / wanted));
    const count = Math.ceil(width / bucketMs);
    const read = this.#read(() => this.#reader.read(series, from, bucketMs, count));
    return series.map((key, index): SeriesRange => {
      const found = read[index];
      if (found === undefined) throw new RangeError(`no answer for series ${index}`);
      const { scope, key: name, metric } = key;
      const imported = this.past.spans(key).filter((span) => span.fromMs < toMs && span.toMs > from);
      // Nothing was measured before the end of an import: a range that ends by then is somebody else's word, all of it.
      const isClaimed = imported.some((span) => span.toMs >= toMs);
      const source = isClaimed ? "claimed" : (this.#catalog.find(key)?.source ?? "unknown");
      const { resolution, buckets } = found;
      const shape = { fromMs: from, bucketMs, resolution };
      return { scope, key: name, metric, source, ...shape, ...buckets.result(), imported };
    });
  }

  steps(series: SeriesKey, stepMs: number, steps: number, toMs: number): Float64Array {
    const count = Math.max(0, Math.floor(steps));
    const end = Math.floor(toMs / stepMs) * stepMs;
    const [found] = this.#read(() => this.#reader.read([series], end - count * stepMs, stepMs, count));
    return found?.buckets.means() ?? new Float64Array(count).fill(Number.NaN);
  }

  maintain(wallMs: number, policy: HistoryPolicy): void {
    try {
      this.#rollUps.step(wallMs);
      this.#scrub.step();
      const trimmed = this.#retention.step(wallMs, policy);
      if (trimmed && !this.#trimmed)
        this.#parts.onEvent({ code: "store.trimmed", args: { megabytes: policy.maxMegabytes } }, wallMs);
      this.#trimmed = trimmed;
    } catch (error) {
      // Upkeep goes on at the next tick; whether samples can be written is for `append` to find out.
      this.#catalog.reload();
      this.accounts.forget();
      if (failureKind(error) !== "full") this.#problem = this.#describe(error);
    }
  }

  problem(): Coded | null {
    if (this.#problem !== null) return this.#problem;
    const { rows } = this.#damage;
    if (rows > 0) return { code: "store.damagedRows", args: { path: this.#store.path, rows } };
    if (this.#catalog.refused > 0) return { code: "store.seriesCap", args: { max: this.#catalog.maxSeries } };
    return null;
  }

  health(policy: HistoryPolicy): StoreHealth {
    const edge = (which: "min" | "max", table: string, column: string) =>
      (this.#store.get(`SELECT ${which}(${column}) AS ms FROM ${table}`)?.["ms"] as number | null | undefined) ?? null;
    return this.#read(() => ({
      schemaVersion: SCHEMA_VERSION,
      bytes: fileBytes(this.#store),
      maxBytes: policy.maxMegabytes * 1_000_000,
      series: this.#catalog.size,
      maxSeries: this.#catalog.maxSeries,
      oldestSampleMs:
        edge("min", "hourRollup", "dayMs") ??
        edge("min", "minuteRollup", "hourMs") ??
        edge("min", "minute", "minuteMs") ??
        edge("min", "tick", "wallMs"),
      newestSampleMs: edge("max", "tick", "wallMs") ?? edge("max", "minute", "minuteMs"),
      check: this.#parts.check,
      problem: this.problem(),
      droppedTicks: this.#dropped,
    }));
  }

  /** The file was exchanged for another one with the same content. */
  reload(): void {
    this.#catalog.reload();
    this.accounts.forget();
    this.#problem = null;
  }

  #write(work: () => void): boolean {
    try {
      this.#store.transaction("NORMAL", work);
      this.#problem = null;
      return true;
    } catch (error) {
      this.#catalog.reload();
      this.#problem = this.#describe(error);
      return false;
    }
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new CodedError("store.read", { path: this.#store.path, reason: messageOf(error) }, { cause: error });
    }
  }

  #describe(error: unknown): Coded {
    const code = { full: "store.full", damaged: "store.damaged", other: "store.failing" }[failureKind(error)];
    return { code, args: { path: this.#store.path, reason: messageOf(error) } };
  }
}
