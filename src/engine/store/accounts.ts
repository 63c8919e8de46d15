import type { AccountsPort, ProcessAccount, ProfiledStacks, ThreadAccount } from "../ports.ts";
import { accountSums, LAST_MS } from "./accountReader.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { floorTo, HOUR_MS, MINUTE_MS } from "./packing.ts";

/** More names of threads than any set of programs has; beyond them threads are "other threads". */
const MOST_NAMES = 4_000;
const MOST_STACKS = 100;

export const OTHER_THREADS = "other threads";

interface Known {
  readonly id: number;
  lastMs: number;
}

/** Accounts of processes and threads, and what profiles tell of them. Callers of `write` and `forgetBefore` bring the transaction. */
export class SqliteAccounts implements AccountsPort {
  readonly #store: StoreConnection;
  readonly #machineId: string;
  readonly #lives = new Map<string, Known>();
  readonly #names = new Map<string, Known>();

  constructor(store: StoreConnection, machineId: string) {
    this.#store = store;
    this.#machineId = machineId;
  }

  /** @throws what SQLite throws */
  write(rows: readonly ProcessAccount[], threads: readonly ThreadAccount[]): void {
    const lifeOf = new Map<string, number>();
    for (const row of rows) {
      const id = this.#lifeOf(row);
      lifeOf.set(`${row.pid} ${row.startTime}`, id);
      this.#writeMinute(row, id);
    }
    for (const { minuteMs, pid, startTime, name, isMain, cpuSeconds } of threads) {
      const lifeId = lifeOf.get(`${pid} ${startTime}`) ?? this.#lifeWithPid(pid, startTime);
      if (lifeId === null) continue;
      // Cut, not rounded: the parts are at most the whole.
      const values = [lifeId, this.#nameOf(name, isMain, minuteMs), Math.floor(cpuSeconds * 1_000)] as const;
      for (const [table, column, at] of [
        ["threadMinute", "minuteMs", minuteMs],
        ["threadHour", "hourMs", floorTo(minuteMs, HOUR_MS)],
      ] as const)
        this.#store.run(
          `INSERT INTO ${table} (${column}, lifeId, nameId, cpuMs) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET cpuMs = cpuMs + excluded.cpuMs`,
          ...[at, ...values],
        );
    }
  }

  #writeMinute(row: ProcessAccount, lifeId: number): void {
    const { minuteMs, seenMs, cpuSeconds, meanRssBytes, peakRssBytes, readBytes, writeBytes } = row;
    const cpuMs = cpuSeconds === null ? null : Math.round(cpuSeconds * 1_000);
    const rssBytes = meanRssBytes === null ? null : Math.round(meanRssBytes);
    const { changes } = this.#store.run(
      `INSERT OR IGNORE INTO processMinute (minuteMs, lifeId, seenMs, cpuMs, meanRssBytes, peakRssBytes, readBytes,
       writeBytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[minuteMs, lifeId, Math.round(seenMs), cpuMs, rssBytes, peakRssBytes, readBytes, writeBytes],
    );
    // A minute is told once; what is told again is not added to its hour.
    if (changes === 0) return;
    const known = (figure: number | null): number => (figure === null ? 0 : 1);
    this.#store.run(
      `INSERT INTO processHour (hourMs, lifeId, minutes, cpuMs, cpuKnown, rssByteSeconds, rssKnown, readBytes, readKnown,
       writeBytes, writeKnown) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET minutes = minutes + 1, cpuMs = cpuMs + excluded.cpuMs,
         cpuKnown = cpuKnown + excluded.cpuKnown, rssByteSeconds = rssByteSeconds + excluded.rssByteSeconds,
         rssKnown = rssKnown + excluded.rssKnown, readBytes = readBytes + excluded.readBytes,
         readKnown = readKnown + excluded.readKnown, writeBytes = writeBytes + excluded.writeBytes,
         writeKnown = writeKnown + excluded.writeKnown`,
      ...[floorTo(minuteMs, HOUR_MS), lifeId, cpuMs ?? 0, known(cpuMs)],
      ...[((rssBytes ?? 0) * Math.round(seenMs)) / 1_000, known(rssBytes)],
      ...[readBytes ?? 0, known(readBytes), writeBytes ?? 0, known(writeBytes)],
    );
    this.#store.run(
      `INSERT INTO accountedMinute (minuteMs, seenMs) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET seenMs = max(seenMs, excluded.seenMs)`,
      ...[minuteMs, Math.round(seenMs)],
    );
  }

  /** What was noted in memory may not be in the file any more. */
  forget(): void {
    this.#lives.clear();
    this.#names.clear();
  }

  /** @throws what SQLite throws */
  forgetBefore(ms: number): void {
    const before = floorTo(ms, MINUTE_MS);
    this.#store.run("DELETE FROM process WHERE minuteMs < ?", before);
    this.#store.run("DELETE FROM processMinute WHERE minuteMs < ?", before);
    this.#store.run("DELETE FROM threadMinute WHERE minuteMs < ?", before);
    this.#store.run("DELETE FROM accountedMinute WHERE minuteMs < ?", before);
    // An hour of which a part is kept stays: a range that begins in it is read by minutes.
    this.#store.run("DELETE FROM processHour WHERE hourMs <= ?", before - HOUR_MS);
    this.#store.run("DELETE FROM threadHour WHERE hourMs <= ?", before - HOUR_MS);
    this.#store.run("DELETE FROM processLife WHERE lastMs < ?", before - LAST_MS);
    this.#store.run("DELETE FROM threadName WHERE lastMs < ?", before - LAST_MS);
    this.#store.run("DELETE FROM profileStacks WHERE toMs < ?", before);
    this.forget();
  }

  keepStacks({ pid, startTime, fromMs, toMs, stacks }: ProfiledStacks): boolean {
    const row = [
      this.#machineId,
      pid,
      startTime,
      Math.round(fromMs),
      Math.round(toMs),
      JSON.stringify(stacks),
    ] as const;
    try {
      this.#store.transaction("NORMAL", () => {
        this.#store.run(
          `INSERT INTO profileStacks (machineId, pid, startTime, fromMs, toMs, body, crc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
          ...[...row, rowChecksum(row)],
        );
        this.#store.run("DELETE FROM profileStacks WHERE id <= (SELECT max(id) FROM profileStacks) - ?", MOST_STACKS);
      });
      return true;
    } catch {
      // The profile stands in its file; whether the store can be written is told by the samples.
      return false;
    }
  }

  sums(...asked: Parameters<AccountsPort["sums"]>): ReturnType<AccountsPort["sums"]> {
    return accountSums(this.#store, ...asked);
  }

  #lifeOf(row: ProcessAccount): number {
    const { pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName, minuteMs } = row;
    const values = [pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName] as const;
    const key = JSON.stringify(values);
    let known = this.#lives.get(key);
    if (known === undefined) {
      const found = this.#store.get(
        `SELECT id, lastMs FROM processLife WHERE pid = ? AND startTime = ? AND role = ? AND name = ? AND parentPid IS ?
         AND swarmId IS ? AND swarmLabel IS ? AND agentId IS ? AND agentName IS ?`,
        ...values,
      );
      if (found !== undefined) known = { id: found["id"] as number, lastMs: found["lastMs"] as number };
      else {
        const { lastInsertRowid } = this.#store.run(
          `INSERT INTO processLife (machineId, pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName,
           lastMs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[this.#machineId, ...values, minuteMs],
        );
        known = { id: lastInsertRowid, lastMs: minuteMs };
      }
      this.#lives.set(key, known);
    }
    this.#touch("processLife", known, minuteMs);
    return known.id;
  }

  #lifeWithPid(pid: number, startTime: number): number | null {
    const found = this.#store.get(
      "SELECT id FROM processLife WHERE pid = ? AND startTime = ? ORDER BY lastMs DESC, id DESC LIMIT 1",
      ...[pid, startTime],
    );
    return (found?.["id"] as number | undefined) ?? null;
  }

  #nameOf(wanted: string, isMain: boolean, minuteMs: number): number {
    const isKnown = this.#names.has(`${isMain ? 1 : 0}${wanted}`);
    const name = isKnown || isMain || this.#names.size < MOST_NAMES ? wanted : OTHER_THREADS;
    const key = `${isMain ? 1 : 0}${name}`;
    let known = this.#names.get(key);
    if (known === undefined) {
      const row = this.#store.get(
        "SELECT id, lastMs FROM threadName WHERE name = ? AND isMain = ?",
        name,
        isMain ? 1 : 0,
      );
      if (row !== undefined) known = { id: row["id"] as number, lastMs: row["lastMs"] as number };
      else {
        const made = this.#store.run(
          "INSERT INTO threadName (name, isMain, lastMs) VALUES (?, ?, ?)",
          name,
          isMain ? 1 : 0,
          minuteMs,
        );
        known = { id: made.lastInsertRowid, lastMs: minuteMs };
      }
      this.#names.set(key, known);
    }
    this.#touch("threadName", known, minuteMs);
    return known.id;
  }

  #touch(table: "processLife" | "threadName", known: Known, minuteMs: number): void {
    if (minuteMs < known.lastMs + LAST_MS) return;
    this.#store.run(`UPDATE ${table} SET lastMs = ? WHERE id = ?`, minuteMs, known.id);
    known.lastMs = minuteMs;
  }
}
