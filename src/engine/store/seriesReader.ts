import type { SeriesKey, SeriesRange } from "../protocol/model.ts";
import { unsealed } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import type { Damage } from "./damage.ts";
import { Buckets } from "./decimate.ts";
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS, place, unpackTimes } from "./packing.ts";
import type { RollUps } from "./rollUp.ts";
import type { SeriesCatalog } from "./seriesCatalog.ts";

type Resolution = SeriesRange["resolution"];

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Minute {
  readonly minuteMs: number;
  readonly part: number;
  readonly offsetsMs: Uint16Array;
}

interface OpenTick {
  readonly wallMs: number;
  readonly ids: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Reads series into buckets from the coarsest resolution that is still finer than a bucket. What has been dropped there,
 * or is not rolled up yet, comes from the next one, so that no span is empty of which anything is known.
 */
export class SeriesReader {
  readonly #store: StoreConnection;
  readonly #catalog: SeriesCatalog;
  readonly #rollUps: RollUps;
  readonly #damage: Damage;

  constructor(store: StoreConnection, catalog: SeriesCatalog, rollUps: RollUps, damage: Damage) {
    this.#store = store;
    this.#damage = damage;
    this.#catalog = catalog;
    this.#rollUps = rollUps;
  }

  /** One filled `Buckets` a series, and the coarsest resolution that was read. */
  read(
    keys: readonly SeriesKey[],
    fromMs: number,
    bucketMs: number,
    count: number,
  ): readonly { readonly buckets: Buckets; readonly resolution: Resolution }[] {
    const toMs = fromMs + bucketMs * count;
    const spans = this.#spans(fromMs, toMs, bucketMs);
    const minutes = this.#minutes(spans.samples);
    const ticks = this.#ticks(spans.samples);
    return keys.map((key) => {
      const buckets = new Buckets(fromMs, bucketMs, count);
      const id = this.#catalog.find(key)?.id;
      if (id === undefined) return { buckets, resolution: "sample" };
      const hours = this.#readHours(id, spans.hours, buckets);
      const rolled = this.#readMinutes(id, spans.minutes, buckets);
      for (const minute of minutes) this.#readBlock(id, minute, spans.samples, buckets);
      for (const { wallMs, ids, values } of ticks) {
        const at = ids.indexOf(id);
        if (at >= 0) buckets.add(wallMs, values[at] ?? Number.NaN);
      }
      return { buckets, resolution: hours ? "hour" : rolled ? "minute" : "sample" };
    });
  }

  #spans(fromMs: number, toMs: number, bucketMs: number): { hours: Span; minutes: Span; samples: Span } {
    const { rolledHourMs, rolledDayMs } = this.#rollUps;
    // From here on minute roll-ups, or samples, are there; before it only what is coarser.
    const minutesFrom = bucketMs >= HOUR_MS ? (rolledDayMs ?? 0) : this.#oldest("minuteRollup", "hourMs");
    const samplesFrom = bucketMs >= MINUTE_MS ? (rolledHourMs ?? 0) : this.#oldest("minute", "minuteMs");
    const clip = (ms: number) => Math.min(Math.max(ms, fromMs), toMs);
    const samples = clip(samplesFrom ?? rolledHourMs ?? 0);
    const minutes = Math.min(clip(minutesFrom ?? rolledDayMs ?? 0), samples);
    return {
      hours: { fromMs, toMs: minutes },
      minutes: { fromMs: minutes, toMs: samples },
      samples: { fromMs: samples, toMs },
    };
  }

  #oldest(table: "minute" | "minuteRollup", column: string): number | null {
    return (this.#store.get(`SELECT min(${column}) AS ms FROM ${table}`)?.["ms"] as number | null | undefined) ?? null;
  }

  #minutes({ fromMs, toMs }: Span): readonly Minute[] {
    if (fromMs >= toMs) return [];
    const rows = this.#store.all(
      "SELECT minuteMs, part, times FROM minute WHERE minuteMs >= ? AND minuteMs < ?",
      floorTo(fromMs, MINUTE_MS),
      Math.ceil(toMs),
    ) as { minuteMs: number; part: number; times: Uint8Array }[];
    return rows.flatMap(({ minuteMs, part, times }) => {
      const where = place.minute(minuteMs, part);
      const buffer = unsealed(times, where);
      if (buffer === null) this.#damage.add(where);
      return buffer === null ? [] : [{ minuteMs, part, offsetsMs: unpackTimes(buffer).offsetsMs }];
    });
  }

  #ticks({ fromMs, toMs }: Span): readonly OpenTick[] {
    if (fromMs >= toMs) return [];
    const rows = this.#store.all(
      "SELECT wallMs, layoutId, data FROM tick WHERE wallMs >= ? AND wallMs < ? ORDER BY id",
      Math.floor(fromMs),
      Math.ceil(toMs),
    ) as { wallMs: number; layoutId: number; data: Uint8Array }[];
    return rows.flatMap(({ wallMs, layoutId, data }) => {
      const ids = this.#catalog.layout(layoutId);
      const where = place.tick(wallMs, layoutId);
      const buffer = unsealed(data, where);
      if (ids === null || buffer === null) this.#damage.add(where);
      return ids === null || buffer === null ? [] : [{ wallMs, ids, values: new Float32Array(buffer) }];
    });
  }

  #readBlock(seriesId: number, { minuteMs, part, offsetsMs }: Minute, span: Span, buckets: Buckets): void {
    const row = this.#store.get(
      "SELECT data FROM block WHERE minuteMs = ? AND seriesId = ? AND part = ?",
      minuteMs,
      seriesId,
      part,
    );
    if (row === undefined) return;
    const where = place.block(minuteMs, seriesId, part);
    const buffer = unsealed(row["data"] as Uint8Array, where);
    if (buffer === null) {
      this.#damage.add(where);
      return;
    }
    const values = new Float32Array(buffer);
    for (let at = 0; at < values.length; at++) {
      const ms = minuteMs + (offsetsMs[at] ?? 0);
      if (ms >= span.fromMs && ms < span.toMs) buckets.add(ms, values[at] ?? Number.NaN);
    }
  }

  #readMinutes(seriesId: number, { fromMs, toMs }: Span, buckets: Buckets): boolean {
    if (fromMs >= toMs) return false;
    let found = false;
    for (let hour = floorTo(fromMs, HOUR_MS); hour < toMs; hour += HOUR_MS) {
      this.#rollUps.readMinutes(hour, seriesId)?.forEach((minute, slot) => {
        const start = hour + slot * MINUTE_MS;
        if (minute === null || start + MINUTE_MS <= fromMs || start >= toMs) return;
        buckets.addRollUp(start, MINUTE_MS, minute);
        found = true;
      });
    }
    return found;
  }

  #readHours(seriesId: number, { fromMs, toMs }: Span, buckets: Buckets): boolean {
    if (fromMs >= toMs) return false;
    let found = false;
    // Over the days that have a row: a range from the beginning of time costs no more than what there is.
    const days = this.#store.all(
      "SELECT dayMs FROM hourRollup WHERE seriesId = ? AND dayMs >= ? AND dayMs < ?",
      seriesId,
      floorTo(fromMs, DAY_MS),
      Math.ceil(toMs),
    ) as { dayMs: number }[];
    for (const { dayMs } of days) {
      this.#rollUps.readHours(dayMs, seriesId)?.forEach((hour, slot) => {
        const start = dayMs + slot * HOUR_MS;
        if (hour === null || start + HOUR_MS <= fromMs || start >= toMs) return;
        buckets.addRollUp(start, HOUR_MS, hour);
        found = true;
      });
    }
    return found;
  }
}
