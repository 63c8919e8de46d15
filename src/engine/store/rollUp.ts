import { sealed, unsealed } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import type { Damage } from "./damage.ts";
import { merged, type RollUp, rollUpOf } from "./decimate.ts";
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS, packRollUps, packTimes, place, unpackRollUps } from "./packing.ts";
import type { SeriesCatalog } from "./seriesCatalog.ts";

/** Series rolled up in one step: a few milliseconds. */
const SERIES_A_STEP = 8;
const MINUTES_AN_HOUR = HOUR_MS / MINUTE_MS;
const HOURS_A_DAY = DAY_MS / HOUR_MS;

interface Pending {
  readonly startMs: number;
  readonly kind: "hour" | "day";
  /** Not done yet. */
  readonly seriesIds: number[];
}

/**
 * Turns ticks into minute blocks, blocks into hours of minute roll-ups, and those into days of hour roll-ups, a piece at
 * a time. Roll-ups before `rolledHourMs` and `rolledDayMs` are complete; what is later is still made from the finer ones.
 * Times may be late (the wall clock was set back between two runs): a late minute becomes another part of its minute and
 * is merged into roll-ups that exist already.
 */
export class RollUps {
  readonly #store: StoreConnection;
  readonly #catalog: SeriesCatalog;
  #rolledHourMs: number | null;
  #rolledDayMs: number | null;
  #pending: Pending | null = null;
  readonly #damage: Damage;

  constructor(store: StoreConnection, catalog: SeriesCatalog, damage: Damage) {
    this.#store = store;
    this.#damage = damage;
    this.#catalog = catalog;
    this.#rolledHourMs = this.#mark("rolledHourMs");
    this.#rolledDayMs = this.#mark("rolledDayMs");
  }

  /** Minute roll-ups are complete before this; everything is with the samples when it is `null`. */
  get rolledHourMs(): number | null {
    return this.#rolledHourMs;
  }

  get rolledDayMs(): number | null {
    return this.#rolledDayMs;
  }

  /** One bounded piece of work; `false` when there was nothing to do. @throws what SQLite throws */
  step(nowMs: number): boolean {
    const current = floorTo(nowMs, MINUTE_MS);
    const open = this.#store.get(
      "SELECT wallMs FROM tick WHERE wallMs < ? OR wallMs >= ? LIMIT 1",
      current,
      current + MINUTE_MS,
    );
    if (open !== undefined) {
      this.#closeMinute(floorTo(open["wallMs"] as number, MINUTE_MS));
      return true;
    }
    this.#pending ??= this.#next(nowMs);
    if (this.#pending === null) return false;
    const { kind, startMs, seriesIds } = this.#pending;
    const some = seriesIds.slice(0, SERIES_A_STEP);
    this.#store.transaction("NORMAL", () => {
      for (const id of some) {
        if (kind === "hour") this.#rollHour(startMs, id);
        else this.#rollDay(startMs, id);
      }
      if (seriesIds.length > some.length) return;
      this.#setMark(kind === "hour" ? "rolledHourMs" : "rolledDayMs", startMs + (kind === "hour" ? HOUR_MS : DAY_MS));
      this.#catalog.writeLastTimes();
    });
    seriesIds.splice(0, some.length);
    if (seriesIds.length > 0) return true;
    if (kind === "hour") this.#rolledHourMs = startMs + HOUR_MS;
    else this.#rolledDayMs = startMs + DAY_MS;
    this.#pending = null;
    return true;
  }

  #closeMinute(minuteMs: number): void {
    const ticks = this.#store.all(
      "SELECT wallMs, intervalMs, layoutId, data FROM tick WHERE wallMs >= ? AND wallMs < ? ORDER BY id",
      minuteMs,
      minuteMs + MINUTE_MS,
    ) as unknown as { wallMs: number; intervalMs: number | null; layoutId: number; data: Uint8Array }[];
    const columns = new Map<number, Float32Array>();
    ticks.forEach(({ wallMs, layoutId, data }, index) => {
      const ids = this.#catalog.layout(layoutId);
      const where = place.tick(wallMs, layoutId);
      const buffer = unsealed(data, where);
      if (ids === null || buffer === null) {
        this.#damage.add(where);
        return;
      }
      const values = new Float32Array(buffer);
      ids.forEach((id, at) => {
        let column = columns.get(id);
        if (column === undefined) columns.set(id, (column = new Float32Array(ticks.length).fill(Number.NaN)));
        column[index] = values[at] ?? Number.NaN;
      });
    });
    const times = packTimes(ticks.map(({ wallMs, intervalMs }) => ({ offsetMs: wallMs - minuteMs, intervalMs })));
    this.#store.transaction("NORMAL", () => {
      const last = this.#store.get("SELECT max(part) AS part FROM minute WHERE minuteMs = ?", minuteMs);
      const part = ((last?.["part"] as number | null) ?? -1) + 1;
      this.#store.run(
        "INSERT INTO minute (minuteMs, part, times) VALUES (?, ?, ?)",
        minuteMs,
        part,
        sealed(times, place.minute(minuteMs, part)),
      );
      for (const [id, column] of [...columns].toSorted(([a], [b]) => a - b)) {
        if (column.every(Number.isNaN)) continue;
        this.#store.run(
          "INSERT INTO block (minuteMs, seriesId, part, data) VALUES (?, ?, ?, ?)",
          minuteMs,
          id,
          part,
          sealed(new Uint8Array(column.buffer), place.block(minuteMs, id, part)),
        );
        this.#mergeLate(minuteMs, id, column);
      }
      this.#store.run("DELETE FROM tick WHERE wallMs >= ? AND wallMs < ?", minuteMs, minuteMs + MINUTE_MS);
      this.#catalog.tidy();
      if (this.#rolledHourMs === null) this.#setMark("rolledHourMs", floorTo(minuteMs, HOUR_MS));
      if (this.#rolledDayMs === null) this.#setMark("rolledDayMs", floorTo(minuteMs, DAY_MS));
    });
    this.#rolledHourMs ??= floorTo(minuteMs, HOUR_MS);
    this.#rolledDayMs ??= floorTo(minuteMs, DAY_MS);
    this.beginAnew(minuteMs);
  }

  /** The hour, or day, of this minute that is being rolled up was begun with fewer minutes than there are now. */
  beginAnew(minuteMs: number): void {
    const pending = this.#pending;
    const width = pending?.kind === "day" ? DAY_MS : HOUR_MS;
    if (pending !== null && floorTo(minuteMs, width) === pending.startMs) this.#pending = null;
  }

  /** Without a minute that was closed nothing is rolled up yet; whatever is written before `nowMs`, and every tick, then is. */
  beginAt(nowMs: number): void {
    const tick = this.#store.get("SELECT min(wallMs) AS ms FROM tick")?.["ms"] as number | null | undefined;
    const fromMs = Math.min(nowMs, tick ?? nowMs);
    if (this.#rolledHourMs === null) this.#setMark("rolledHourMs", floorTo(fromMs, HOUR_MS));
    if (this.#rolledDayMs === null) this.#setMark("rolledDayMs", floorTo(fromMs, DAY_MS));
    this.#rolledHourMs ??= floorTo(fromMs, HOUR_MS);
    this.#rolledDayMs ??= floorTo(fromMs, DAY_MS);
  }

  /** The first hour, then day, that is over, has something finer, and is not rolled up yet. */
  #next(nowMs: number): Pending | null {
    const hour = this.#firstAfter(
      "SELECT min(minuteMs) AS ms FROM minute WHERE minuteMs >= ?",
      this.#rolledHourMs,
      HOUR_MS,
    );
    if (hour !== null && hour < floorTo(nowMs, HOUR_MS))
      return { kind: "hour", startMs: hour, seriesIds: [...this.#catalog.ids()] };
    const day = this.#firstAfter(
      "SELECT min(hourMs) AS ms FROM minuteRollup WHERE hourMs >= ?",
      this.#rolledDayMs,
      DAY_MS,
    );
    // Every hour of the day has to be there before it is.
    if (day !== null && day < floorTo(nowMs, DAY_MS) && (this.#rolledHourMs ?? 0) >= day + DAY_MS)
      return { kind: "day", startMs: day, seriesIds: [...this.#catalog.ids()] };
    return this.#pastEmptyHours(nowMs);
  }

  /** A night without samples leaves hours that nothing rolls up; the day they belong to must not wait for them. */
  #pastEmptyHours(nowMs: number): null {
    const hour = floorTo(nowMs, HOUR_MS);
    if (this.#rolledHourMs !== null && this.#rolledHourMs < hour) {
      this.#store.transaction("NORMAL", () => this.#setMark("rolledHourMs", hour));
      this.#rolledHourMs = hour;
    }
    return null;
  }

  #firstAfter(sql: string, fromMs: number | null, width: number): number | null {
    if (fromMs === null) return null;
    const ms = this.#store.get(sql, fromMs)?.["ms"];
    return typeof ms === "number" ? floorTo(ms, width) : null;
  }

  #rollHour(hourMs: number, seriesId: number): void {
    const slots: (RollUp | null)[] = Array.from({ length: MINUTES_AN_HOUR }, () => null);
    for (let slot = 0; slot < MINUTES_AN_HOUR; slot++) {
      const minuteMs = hourMs + slot * MINUTE_MS;
      for (const { part, data } of this.#store.all(
        "SELECT part, data FROM block WHERE minuteMs = ? AND seriesId = ?",
        minuteMs,
        seriesId,
      )) {
        const where = place.block(minuteMs, seriesId, part as number);
        const buffer = unsealed(data as Uint8Array, where);
        if (buffer === null) this.#damage.add(where);
        else slots[slot] = together(slots[slot], rollUpOf(new Float32Array(buffer)));
      }
    }
    this.writeMinutes(hourMs, seriesId, slots);
  }

  #rollDay(dayMs: number, seriesId: number): void {
    const slots = Array.from({ length: HOURS_A_DAY }, (_, slot) => {
      const minutes = this.readMinutes(dayMs + slot * HOUR_MS, seriesId) ?? [];
      return minutes.reduce((sum: RollUp | null, minute) => (minute === null ? sum : together(sum, minute)), null);
    });
    this.writeHours(dayMs, seriesId, slots);
  }

  /** Samples of an hour, or a day, that was rolled up before they came. */
  #mergeLate(minuteMs: number, seriesId: number, values: Float32Array): void {
    const hourMs = floorTo(minuteMs, HOUR_MS);
    if (this.#rolledHourMs === null || hourMs >= this.#rolledHourMs) return;
    const late = rollUpOf(values);
    const minutes = this.readMinutes(hourMs, seriesId) ?? Array.from({ length: MINUTES_AN_HOUR }, () => null);
    const slot = (minuteMs - hourMs) / MINUTE_MS;
    minutes[slot] = together(minutes[slot], late);
    this.writeMinutes(hourMs, seriesId, minutes);
    const dayMs = floorTo(minuteMs, DAY_MS);
    if (this.#rolledDayMs === null || dayMs >= this.#rolledDayMs) return;
    const hours = this.readHours(dayMs, seriesId) ?? Array.from({ length: HOURS_A_DAY }, () => null);
    const hour = (hourMs - dayMs) / HOUR_MS;
    hours[hour] = together(hours[hour], late);
    this.writeHours(dayMs, seriesId, hours);
  }

  /** The sixty minutes of an hour; `null` when there is no row, or a damaged one. */
  readMinutes(hourMs: number, seriesId: number): (RollUp | null)[] | null {
    const row = this.#store.get("SELECT data FROM minuteRollup WHERE hourMs = ? AND seriesId = ?", hourMs, seriesId);
    return this.#rollUps(row, place.minuteRollup(hourMs, seriesId));
  }

  readHours(dayMs: number, seriesId: number): (RollUp | null)[] | null {
    const row = this.#store.get("SELECT data FROM hourRollup WHERE dayMs = ? AND seriesId = ?", dayMs, seriesId);
    return this.#rollUps(row, place.hourRollup(dayMs, seriesId));
  }

  #rollUps(row: Record<string, unknown> | undefined, where: string): (RollUp | null)[] | null {
    if (row === undefined) return null;
    const buffer = unsealed(row["data"] as Uint8Array, where);
    if (buffer === null) this.#damage.add(where);
    return buffer === null ? null : unpackRollUps(buffer);
  }

  /** An hour without any value keeps the row it has. */
  writeMinutes(hourMs: number, seriesId: number, slots: readonly (RollUp | null)[]): void {
    if (slots.every((slot) => slot === null || slot.count === 0)) return;
    const data = sealed(packRollUps(slots), place.minuteRollup(hourMs, seriesId));
    this.#store.run(
      "INSERT OR REPLACE INTO minuteRollup (hourMs, seriesId, data) VALUES (?, ?, ?)",
      hourMs,
      seriesId,
      data,
    );
  }

  writeHours(dayMs: number, seriesId: number, slots: readonly (RollUp | null)[]): void {
    if (slots.every((slot) => slot === null || slot.count === 0)) return;
    const data = sealed(packRollUps(slots), place.hourRollup(dayMs, seriesId));
    this.#store.run(
      "INSERT OR REPLACE INTO hourRollup (dayMs, seriesId, data) VALUES (?, ?, ?)",
      dayMs,
      seriesId,
      data,
    );
  }

  #mark(name: string): number | null {
    const value = Number(this.#store.get("SELECT value FROM meta WHERE key = ?", name)?.["value"] ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  }

  #setMark(name: string, ms: number): void {
    this.#store.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", name, String(ms));
  }
}

function together(a: RollUp | null | undefined, b: RollUp): RollUp {
  return a === null || a === undefined ? b : merged(a, b);
}
