import type { HistoryPolicy } from "../protocol/config.ts";
import type { SqliteAccounts } from "./accounts.ts";
import type { StoreConnection } from "./connection.ts";
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from "./packing.ts";
import type { RollUps } from "./rollUp.ts";
import type { SeriesCatalog } from "./seriesCatalog.ts";

/** Minutes of samples dropped in one step. */
const MINUTES_A_STEP = 3;
/** Pages given back to the disk in one step. */
const PAGES_A_STEP = 256;
/** The file is brought this far below its cap, so that it is not trimmed at every step. */
const TRIM_TO = 0.97;
const MEGABYTE = 1_000_000;

/** Drops what is older than the policy says, and the oldest when the file is too large. A bounded piece at a time. */
export class Retention {
  readonly #store: StoreConnection;
  readonly #catalog: SeriesCatalog;
  readonly #rollUps: RollUps;
  readonly #accounts: Pick<SqliteAccounts, "forgetBefore">;
  #trimming = false;
  #lastHourMs = 0;

  constructor(
    store: StoreConnection,
    catalog: SeriesCatalog,
    rollUps: RollUps,
    accounts: Pick<SqliteAccounts, "forgetBefore">,
  ) {
    this.#store = store;
    this.#catalog = catalog;
    this.#rollUps = rollUps;
    this.#accounts = accounts;
  }

  /** `true` when something was dropped before its time, for want of room. @throws what SQLite throws */
  step(nowMs: number, policy: HistoryPolicy): boolean {
    this.#dropOld(nowMs, policy);
    const used = usedBytes(this.#store);
    const cap = policy.maxMegabytes * MEGABYTE;
    if (used > cap) this.#trimming = true;
    if (used <= cap * TRIM_TO) this.#trimming = false;
    const trimmed = this.#trimming && this.#trim(nowMs);
    if (fileBytes(this.#store) > cap) this.#store.exec(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`);
    return trimmed;
  }

  #dropOld(nowMs: number, policy: HistoryPolicy): void {
    const samplesBefore = Math.min(nowMs - policy.sampleHours * HOUR_MS, this.#rollUps.rolledHourMs ?? 0);
    const old = this.#minutesBefore(samplesBefore);
    if (old.length > 0) this.#store.transaction("NORMAL", () => this.#dropMinutes(old));
    const hourMs = floorTo(nowMs, HOUR_MS);
    if (hourMs === this.#lastHourMs) return;
    this.#lastHourMs = hourMs;
    const minutesBefore = Math.min(nowMs - policy.minuteDays * DAY_MS, this.#rollUps.rolledDayMs ?? 0);
    const hoursBefore = nowMs - policy.hourDays * DAY_MS;
    this.#store.transaction("NORMAL", () => {
      this.#store.run("DELETE FROM minuteRollup WHERE hourMs < ?", floorTo(minutesBefore, HOUR_MS));
      this.#accounts.forgetBefore(minutesBefore);
      this.#store.run("DELETE FROM hourRollup WHERE dayMs < ?", floorTo(hoursBefore, DAY_MS));
      this.#store.run("DELETE FROM importRun WHERE toMs < ? AND state = 'published'", Math.floor(hoursBefore));
      this.#store.run("DELETE FROM event WHERE wallMs < ?", Math.floor(hoursBefore));
      this.#store.run(
        "DELETE FROM decision WHERE wallMs < ? AND state NOT IN ('recommended', 'acting')",
        Math.floor(hoursBefore),
      );
      this.#catalog.forgetBefore(hoursBefore);
    });
  }

  /** The oldest of the finest goes first: samples, then minutes with their processes' accounts, then hours. */
  #trim(nowMs: number): boolean {
    return this.#store.transaction("NORMAL", () => {
      const minutes = this.#minutesBefore(floorTo(nowMs, MINUTE_MS));
      if (minutes.length > 0) {
        this.#dropMinutes(minutes);
        return true;
      }
      const hour = this.#store.get("SELECT min(hourMs) AS ms FROM minuteRollup")?.["ms"];
      if (typeof hour === "number") {
        this.#store.run("DELETE FROM minuteRollup WHERE hourMs = ?", hour);
        this.#accounts.forgetBefore(hour + HOUR_MS);
        return true;
      }
      const day = this.#store.get("SELECT min(dayMs) AS ms FROM hourRollup")?.["ms"];
      if (typeof day !== "number") return false;
      this.#store.run("DELETE FROM hourRollup WHERE dayMs = ?", day);
      return true;
    });
  }

  #minutesBefore(ms: number): readonly number[] {
    return this.#store
      .all(
        "SELECT DISTINCT minuteMs FROM minute WHERE minuteMs < ? ORDER BY minuteMs LIMIT ?",
        floorTo(ms, MINUTE_MS),
        MINUTES_A_STEP,
      )
      .map((row) => row["minuteMs"] as number);
  }

  #dropMinutes(minutes: readonly number[]): void {
    for (const minuteMs of minutes) {
      this.#store.run("DELETE FROM block WHERE minuteMs = ?", minuteMs);
      this.#store.run("DELETE FROM minute WHERE minuteMs = ?", minuteMs);
    }
  }
}

/** Pages that hold something; free ones inside the file are used again. */
function usedBytes(store: StoreConnection): number {
  const free = Number(store.get("PRAGMA freelist_count")?.["freelist_count"] ?? 0);
  return fileBytes(store) - free * pageSize(store);
}

export function fileBytes(store: StoreConnection): number {
  return Number(store.get("PRAGMA page_count")?.["page_count"] ?? 0) * pageSize(store);
}

function pageSize(store: StoreConnection): number {
  return Number(store.get("PRAGMA page_size")?.["page_size"] ?? 4096);
}
