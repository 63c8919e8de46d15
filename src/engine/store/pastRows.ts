import type { HistoryPolicy } from "../protocol/config.ts";
import { sealed } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { merged, type RollUp } from "./decimate.ts";
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS, packTimes, place } from "./packing.ts";
import { type HourOfPast, SAMPLE_MS } from "./pastHours.ts";
import type { RollUps } from "./rollUp.ts";

const MINUTES_AN_HOUR = HOUR_MS / MINUTE_MS;
const HOURS_A_DAY = DAY_MS / HOUR_MS;
const SAMPLES_A_MINUTE = MINUTE_MS / SAMPLE_MS;

/** Where in the store what time lies, so that a reader finds it and upkeep does not drop it at once. */
export interface PastPlan {
  /** From here on as samples beside those measured; and into the roll-ups that are made already. */
  readonly samplesFromMs: number;
  /** From here on minute roll-ups; before it only hours, for minutes so old would be dropped within the hour. */
  readonly minutesFromMs: number;
  /** Before it roll-ups of a minute are made, and a reader looks for them; behind it they come of samples by themselves. */
  readonly rolledHourMs: number;
  /** The same for roll-ups of an hour. */
  readonly rolledDayMs: number;
}

/** Writes and clears one series in the rows of history. Callers bring the transaction. @throws what SQLite throws */
export class PastRows {
  readonly #store: StoreConnection;
  readonly #rollUps: RollUps;

  constructor(store: StoreConnection, rollUps: RollUps) {
    this.#store = store;
    this.#rollUps = rollUps;
  }

  /** The begin of the oldest thing that is kept; `null` for a store without any. */
  oldestMs(): number | null {
    const edges = [
      this.#edge("min", "hourRollup", "dayMs"),
      this.#edge("min", "minuteRollup", "hourMs"),
      this.#edge("min", "minute", "minuteMs"),
      this.#edge("min", "tick", "wallMs"),
    ].filter((edge) => edge !== null);
    return edges.length === 0 ? null : Math.min(...edges);
  }

  /**
   * A reader takes fine steps from samples wherever there are any, of whatever series, and from minutes before that. So no
   * sample is written before roll-ups of other series that have no samples, and no minute before hours that have no minutes.
   */
  plan(wallMs: number, policy: HistoryPolicy): PastPlan {
    const rolledHourMs = this.#rollUps.rolledHourMs ?? floorTo(wallMs, HOUR_MS);
    const rolledDayMs = this.#rollUps.rolledDayMs ?? floorTo(wallMs, DAY_MS);
    const oldestMinute = this.#edge("min", "minute", "minuteMs") ?? rolledHourMs;
    const samplesEdge = Math.min(rolledHourMs, oldestMinute);
    const rolled = this.#edge("max", "minuteRollup", "hourMs", "hourMs <", samplesEdge);
    const kept = floorTo(wallMs - policy.sampleHours * HOUR_MS, HOUR_MS) + HOUR_MS;
    const samplesFromMs = Math.min(samplesEdge, Math.max(kept, rolled === null ? 0 : rolled + HOUR_MS));

    const minutesKept = floorTo(wallMs - policy.minuteDays * DAY_MS, HOUR_MS) + HOUR_MS;
    const oldestRollUp = this.#edge("min", "minuteRollup", "hourMs");
    const edge = Math.min(oldestRollUp ?? rolledDayMs, rolledDayMs);
    const day = this.#edge("max", "hourRollup", "dayMs", "dayMs <", floorTo(edge, DAY_MS));
    const minutesFromMs = Math.min(edge, Math.max(minutesKept, day === null ? 0 : day + DAY_MS));
    return { samplesFromMs, minutesFromMs, rolledHourMs, rolledDayMs };
  }

  writeHour(seriesId: number, { hourMs, minutes, samples }: HourOfPast, plan: PastPlan): void {
    if (samples !== null) {
      for (let slot = 0; slot < MINUTES_AN_HOUR; slot++) {
        const minuteMs = hourMs + slot * MINUTE_MS;
        if (minutes[slot] === null || minuteMs < plan.samplesFromMs) continue;
        this.#writeMinute(seriesId, minuteMs, samples.slice(slot * SAMPLES_A_MINUTE, (slot + 1) * SAMPLES_A_MINUTE));
      }
      this.#rollUps.beginAnew(hourMs);
    }
    if (hourMs >= plan.rolledHourMs) return;
    const before = this.#rollUps.readMinutes(hourMs, seriesId);
    if (hourMs >= plan.minutesFromMs) {
      const together = minutes.map((minute, slot) => both(before?.[slot] ?? null, minute));
      this.#rollUps.writeMinutes(hourMs, seriesId, together);
      this.#rollUps.beginAnew(hourMs);
    }
    const dayMs = floorTo(hourMs, DAY_MS);
    if (dayMs >= plan.rolledDayMs) return;
    const hours = this.#rollUps.readHours(dayMs, seriesId) ?? Array.from({ length: HOURS_A_DAY }, () => null);
    const slot = (hourMs - dayMs) / HOUR_MS;
    hours[slot] = both(hours[slot] ?? null, minutes.reduce(both, null));
    this.#rollUps.writeHours(dayMs, seriesId, hours);
  }

  /**
   * Takes out `[fromMs, toMs)`, whole minutes of at most one day. An hour at an end that is shared is made anew from its
   * minutes. When those are gone, after 30 days, it stays if there is more in it than an import can have put there: what
   * was measured is never removed.
   */
  clear(seriesId: number, fromMs: number, toMs: number): void {
    if (this.#edge("min", "minute", "minuteMs", "minuteMs >=", fromMs) !== null)
      for (let minuteMs = fromMs; minuteMs < toMs; minuteMs += MINUTE_MS) this.#clearMinute(seriesId, minuteMs);
    const dayMs = floorTo(fromMs, DAY_MS);
    const hours = this.#rollUps.readHours(dayMs, seriesId);
    for (let hourMs = floorTo(fromMs, HOUR_MS); hourMs < toMs; hourMs += HOUR_MS) {
      const isInside = (minuteMs: number): boolean => minuteMs >= fromMs && minuteMs < toMs;
      const minutes = this.#rollUps.readMinutes(hourMs, seriesId);
      const left = minutes?.map((minute, slot) => (isInside(hourMs + slot * MINUTE_MS) ? null : minute)) ?? null;
      if (left !== null) {
        this.#store.run("DELETE FROM minuteRollup WHERE hourMs = ? AND seriesId = ?", hourMs, seriesId);
        this.#rollUps.writeMinutes(hourMs, seriesId, left);
        this.#rollUps.beginAnew(hourMs);
      }
      const slot = (hourMs - dayMs) / HOUR_MS;
      const samples = ((Math.min(toMs, hourMs + HOUR_MS) - Math.max(fromMs, hourMs)) / MINUTE_MS) * SAMPLES_A_MINUTE;
      // Nothing is measured before an import: only at its end the hour can be somebody else's as well.
      const isShared = hourMs + HOUR_MS > toMs && (hours?.[slot]?.count ?? 0) > samples;
      if (hours !== null && (left !== null || !isShared)) hours[slot] = left?.reduce(both, null) ?? null;
    }
    if (hours === null) return;
    this.#store.run("DELETE FROM hourRollup WHERE dayMs = ? AND seriesId = ?", dayMs, seriesId);
    this.#rollUps.writeHours(dayMs, seriesId, hours);
  }

  #writeMinute(seriesId: number, minuteMs: number, values: Float32Array): void {
    const last = this.#store.get("SELECT max(part) AS part FROM minute WHERE minuteMs = ?", minuteMs);
    const part = ((last?.["part"] as number | null | undefined) ?? -1) + 1;
    const times = packTimes(Array.from(values, (_, at) => ({ offsetMs: at * SAMPLE_MS, intervalMs: null })));
    this.#store.run(
      "INSERT INTO minute (minuteMs, part, times) VALUES (?, ?, ?)",
      minuteMs,
      part,
      sealed(times, place.minute(minuteMs, part)),
    );
    this.#store.run(
      "INSERT INTO block (minuteMs, seriesId, part, data) VALUES (?, ?, ?, ?)",
      minuteMs,
      seriesId,
      part,
      sealed(new Uint8Array(values.buffer), place.block(minuteMs, seriesId, part)),
    );
  }

  #clearMinute(seriesId: number, minuteMs: number): void {
    const blocks = this.#store.all("SELECT part FROM block WHERE minuteMs = ? AND seriesId = ?", minuteMs, seriesId);
    if (blocks.length === 0) return;
    this.#store.run("DELETE FROM block WHERE minuteMs = ? AND seriesId = ?", minuteMs, seriesId);
    for (const { part } of blocks)
      this.#store.run(
        `DELETE FROM minute WHERE minuteMs = ? AND part = ?
         AND NOT EXISTS (SELECT 1 FROM block WHERE minuteMs = ? AND part = ?)`,
        minuteMs,
        part as number,
        minuteMs,
        part as number,
      );
  }

  #edge(which: "min" | "max", table: string, column: string, condition = "", ms?: number): number | null {
    const sql = `SELECT ${which}(${column}) AS ms FROM ${table}${condition === "" ? "" : ` WHERE ${condition} ?`}`;
    return (this.#store.get(sql, ...(ms === undefined ? [] : [ms]))?.["ms"] as number | null | undefined) ?? null;
  }
}

function both(a: RollUp | null, b: RollUp | null): RollUp | null {
  return a === null ? b : b === null ? a : merged(a, b);
}
