import type { SeriesKey, SourceTag } from "../protocol/model.ts";
import { rowChecksum, sealed, unsealed } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { place } from "./packing.ts";

export interface KnownSeries extends SeriesKey {
  readonly id: number;
  readonly source: SourceTag;
  readonly lastMs: number;
}

/**
 * Which series there are, and the layouts that say which value of a tick belongs to which. Their count is capped: agents
 * come and go for years, and the one that was silent longest makes room; the machine and the swarms always have theirs.
 */
export class SeriesCatalog {
  readonly #store: StoreConnection;
  readonly #machineId: string;
  readonly maxSeries: number;
  readonly #byKey = new Map<string, { -readonly [K in keyof KnownSeries]: KnownSeries[K] }>();
  readonly #layoutIds = new Map<string, number>();
  readonly #layouts = new Map<number, Uint32Array>();
  /** Series that found no room since the start. */
  refused = 0;

  constructor(store: StoreConnection, machineId: string, maxSeries: number) {
    this.#store = store;
    this.#machineId = machineId;
    this.maxSeries = maxSeries;
    this.reload();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** After a transaction that failed: what memory knows is read from the file again. */
  reload(): void {
    this.#byKey.clear();
    this.#layoutIds.clear();
    this.#layouts.clear();
    const rows = this.#store.all(
      "SELECT id, scope, key, metric, source, lastMs FROM series WHERE machineId = ?",
      this.#machineId,
    ) as unknown as KnownSeries[];
    for (const row of rows) this.#byKey.set(keyOf(row), { ...row });
    for (const { id, seriesIds } of this.#store.all("SELECT id, seriesIds FROM layout")) {
      const ids = unsealed(seriesIds as Uint8Array, place.layout(id as number));
      if (ids !== null) this.#remember(id as number, new Uint32Array(ids));
    }
  }

  find(key: SeriesKey): KnownSeries | undefined {
    return this.#byKey.get(keyOf(key));
  }

  ids(): readonly number[] {
    return Array.from(this.#byKey.values(), ({ id }) => id);
  }

  /** Series ids in the order of a tick's vector; `null` when the row is damaged or gone. */
  layout(id: number): Uint32Array | null {
    return this.#layouts.get(id) ?? null;
  }

  /** The id of a series, made when it is new; `null` when there is no room. Inside the caller's transaction. */
  ensure(key: SeriesKey, source: SourceTag, wallMs: number): number | null {
    const known = this.#byKey.get(keyOf(key));
    if (known !== undefined) {
      known.lastMs = Math.max(known.lastMs, wallMs);
      if (known.source !== source) {
        known.source = source;
        this.#store.run("UPDATE series SET source = ?, crc = ? WHERE id = ?", source, this.#crc(known), known.id);
      }
      return known.id;
    }
    if (this.#byKey.size >= this.maxSeries && !this.#makeRoom(wallMs)) {
      this.refused++;
      return null;
    }
    const { scope, key: name, metric } = key;
    const { lastInsertRowid: id } = this.#store.run(
      "INSERT INTO series (machineId, scope, key, metric, source, lastMs, crc) VALUES (?, ?, ?, ?, ?, ?, 0)",
      this.#machineId,
      scope,
      name,
      metric,
      source,
      wallMs,
    );
    const series = { scope, key: name, metric, id, source, lastMs: wallMs };
    this.#store.run("UPDATE series SET crc = ? WHERE id = ?", this.#crc(series), id);
    this.#byKey.set(keyOf(key), series);
    return id;
  }

  layoutOf(seriesIds: readonly number[]): number {
    const text = seriesIds.join(" ");
    const known = this.#layoutIds.get(text);
    if (known !== undefined) return known;
    const { lastInsertRowid: id } = this.#store.run("INSERT INTO layout (seriesIds) VALUES (zeroblob(0))");
    const ids = Uint32Array.from(seriesIds);
    this.#store.run(
      "UPDATE layout SET seriesIds = ? WHERE id = ?",
      sealed(new Uint8Array(ids.buffer), place.layout(id)),
      id,
    );
    this.#remember(id, ids);
    return id;
  }

  /** Layouts that no tick uses any more go; the times of last samples are written down. Inside a transaction. */
  tidy(): void {
    const used = new Set(this.#store.all("SELECT DISTINCT layoutId FROM tick").map((row) => row["layoutId"]));
    for (const [text, id] of this.#layoutIds) {
      if (used.has(id)) continue;
      this.#store.run("DELETE FROM layout WHERE id = ?", id);
      this.#layoutIds.delete(text);
      this.#layouts.delete(id);
    }
  }

  writeLastTimes(): void {
    for (const { id, lastMs } of this.#byKey.values())
      this.#store.run("UPDATE series SET lastMs = ? WHERE id = ? AND lastMs < ?", lastMs, id, lastMs);
  }

  /** Series whose last sample is older than anything that is kept. */
  forgetBefore(ms: number): void {
    for (const [key, { id, lastMs }] of this.#byKey) {
      if (lastMs >= ms) continue;
      this.#store.run("DELETE FROM series WHERE id = ?", id);
      this.#byKey.delete(key);
    }
  }

  /** Its blocks stay under an id that is never given again, until they are too old. */
  #makeRoom(nowMs: number): boolean {
    let oldest: KnownSeries | null = null;
    for (const series of this.#byKey.values())
      if (series.scope === "agent" && series.lastMs < nowMs && series.lastMs < (oldest?.lastMs ?? Infinity))
        oldest = series;
    if (oldest === null) return false;
    this.#store.run("DELETE FROM series WHERE id = ?", oldest.id);
    this.#byKey.delete(keyOf(oldest));
    return true;
  }

  #remember(id: number, ids: Uint32Array): void {
    this.#layouts.set(id, ids);
    this.#layoutIds.set(ids.join(" "), id);
  }

  #crc({ id, scope, key, metric, source }: Omit<KnownSeries, "lastMs">): number {
    return rowChecksum([id, this.#machineId, scope, key, metric, source]);
  }
}

function keyOf({ scope, key, metric }: SeriesKey): string {
  return `${scope}\0${key}\0${metric}`;
}
