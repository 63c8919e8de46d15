import { CodedError, messageOf } from "../common/errors.ts";
import type {
  AccountedProcess,
  AccountsPort,
  AccountSum,
  ProcessAccount,
  ProfiledStacks,
  StackSummary,
  ThreadAccount,
} from "../ports.ts";
import { AccountSums } from "./accountSums.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { floorTo, HOUR_MS, MINUTE_MS } from "./packing.ts";

/** Rows of one piece of reading: with 50 processes 18,000, a few milliseconds. */
const PIECE_MS = 6 * HOUR_MS;
/** The last moment of a life or a name is brought up to date this rarely, so that a row is not written anew each minute. */
const LAST_MS = HOUR_MS;
/** More names of threads than any set of programs has; beyond them threads are "other threads". */
const MOST_NAMES = 4_000;
const MOST_STACKS = 100;
const LIFE_COLUMNS = "id, pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName";

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
      const { minuteMs, seenMs, cpuSeconds, meanRssBytes, peakRssBytes, readBytes, writeBytes } = row;
      this.#store.run(
        `INSERT OR REPLACE INTO processMinute (minuteMs, lifeId, seenMs, cpuMs, meanRssBytes, peakRssBytes, readBytes,
         writeBytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[minuteMs, id, Math.round(seenMs), cpuSeconds === null ? null : Math.round(cpuSeconds * 1_000)],
        ...[meanRssBytes === null ? null : Math.round(meanRssBytes), peakRssBytes, readBytes, writeBytes],
      );
    }
    for (const { minuteMs, pid, startTime, name, isMain, cpuSeconds } of threads) {
      const lifeId = lifeOf.get(`${pid} ${startTime}`) ?? this.#lifeWithPid(pid, startTime);
      if (lifeId === null) continue;
      this.#store.run(
        `INSERT INTO threadMinute (minuteMs, lifeId, nameId, cpuMs) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET cpuMs = cpuMs + excluded.cpuMs`,
        ...[minuteMs, lifeId, this.#nameOf(name, isMain, minuteMs), Math.floor(cpuSeconds * 1_000)],
      );
    }
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

  *sums(swarmId: string | null, fromMs: number, toMs: number, withParts: boolean): ReturnType<AccountsPort["sums"]> {
    const from = floorTo(fromMs, MINUTE_MS);
    const sums = new AccountSums();
    let measuredMinutes = 0;
    let measuredMs = 0;
    for (let at = from; at < toMs; at += PIECE_MS) {
      const end = Math.min(at + PIECE_MS, toMs);
      this.#read(() => {
        const looked = this.#store.get(
          `SELECT count(*) AS minutes, total(seen) AS ms FROM (
             SELECT minuteMs, max(seenMs) AS seen FROM processMinute WHERE minuteMs >= ? AND minuteMs < ? GROUP BY minuteMs
           )`,
          ...[at, end],
        );
        measuredMinutes += Number(looked?.["minutes"] ?? 0);
        measuredMs += Number(looked?.["ms"] ?? 0);
        for (const row of this.#minutes(at, end)) sums.add(row);
        for (const row of this.#oldMinutes(at, end)) sums.addOld(row);
        if (withParts) for (const row of this.#threads(at, end)) sums.addThread(row);
      });
      yield;
    }
    this.#read(() => {
      const last = from - LAST_MS;
      for (const row of this.#store.all(`SELECT ${LIFE_COLUMNS} FROM processLife WHERE lastMs >= ?`, last))
        sums.name(row["id"] as number, processOf(row));
    });
    yield;
    const found = sums.of(swarmId);
    const processes: AccountSum[] = [];
    for (const { lifeId, sum } of found)
      processes.push(
        withParts && lifeId !== null ? { ...sum, profiles: this.#profiles(lifeId, sum, from, toMs) } : sum,
      );
    const oldest = this.#read(() =>
      this.#store.get(
        "SELECT min(ms) AS ms FROM (SELECT min(minuteMs) AS ms FROM process UNION ALL SELECT min(minuteMs) FROM processMinute)",
      ),
    );
    return { processes, measuredMinutes, measuredMs, oldestMs: (oldest?.["ms"] as number | null | undefined) ?? null };
  }

  #minutes(from: number, to: number): Record<string, unknown>[] {
    // As floating point where a sum may pass what an integer of JavaScript holds.
    return this.#store.all(
      `SELECT lifeId, count(*) AS minutes, total(cpuMs) / 1000.0 AS cpu, count(cpuMs) AS cpuKnown,
              total(meanRssBytes * (seenMs / 1000.0)) AS rss, count(meanRssBytes) AS rssKnown,
              total(readBytes) AS read, count(readBytes) AS readKnown,
              total(writeBytes) AS written, count(writeBytes) AS writtenKnown
       FROM processMinute WHERE minuteMs >= ? AND minuteMs < ? GROUP BY lifeId`,
      ...[from, to],
    );
  }

  /** Of a version that did not tell roles, and no memory but its peaks. */
  #oldMinutes(from: number, to: number): Record<string, unknown>[] {
    return this.#store.all(
      `SELECT pid, startTime, name, swarmId, agentId, count(*) AS minutes, total(cpuSeconds) AS cpu,
              count(cpuSeconds) AS cpuKnown, 0 AS rss, 0 AS rssKnown, total(readBytes) AS read, count(readBytes) AS readKnown,
              total(writeBytes) AS written, count(writeBytes) AS writtenKnown
       FROM process WHERE minuteMs >= ? AND minuteMs < ? GROUP BY pid, startTime, name, swarmId, agentId`,
      ...[from, to],
    );
  }

  #threads(from: number, to: number): Record<string, unknown>[] {
    return this.#store.all(
      `SELECT t.lifeId, n.name, n.isMain, total(t.cpuMs) / 1000.0 AS cpu
       FROM threadMinute t JOIN threadName n ON n.id = t.nameId WHERE t.minuteMs >= ? AND t.minuteMs < ?
       GROUP BY t.lifeId, t.nameId`,
      ...[from, to],
    );
  }

  /** What its main thread used while it was profiled: of a minute that was profiled in part, that part. */
  #profiles(lifeId: number, { pid, startTime }: AccountedProcess, from: number, to: number): AccountSum["profiles"] {
    return this.#read(() =>
      this.#store
        .all(
          "SELECT * FROM profileStacks WHERE pid = ? AND startTime = ? AND toMs > ? AND fromMs < ? ORDER BY fromMs",
          ...[pid, startTime, from, to],
        )
        .flatMap((row) => {
          const { fromMs, toMs, body } = row as { fromMs: number; toMs: number; body: string };
          const values = ["machineId", "pid", "startTime", "fromMs", "toMs", "body"].map((column) => row[column]);
          if (rowChecksum(values) !== row["crc"]) return [];
          const minutes = this.#store.all(
            `SELECT t.minuteMs, t.cpuMs FROM threadMinute t JOIN threadName n ON n.id = t.nameId
             WHERE t.minuteMs >= ? AND t.minuteMs < ? AND t.lifeId = ? AND n.isMain = 1`,
            ...[Math.max(from, floorTo(fromMs, MINUTE_MS)), Math.min(to, toMs), lifeId],
          );
          const cpuMs = minutes.reduce((sum, minute) => {
            const at = minute["minuteMs"] as number;
            const shared = Math.min(at + MINUTE_MS, toMs) - Math.max(at, fromMs);
            return sum + ((minute["cpuMs"] as number) * Math.max(0, shared)) / MINUTE_MS;
          }, 0);
          return cpuMs > 0 ? [{ cpuSeconds: cpuMs / 1_000, stacks: JSON.parse(body) as StackSummary }] : [];
        }),
    );
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

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new CodedError("store.read", { path: this.#store.path, reason: messageOf(error) }, { cause: error });
    }
  }
}

function processOf(row: Record<string, unknown>): AccountedProcess {
  const { pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName } = row;
  return { pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName } as AccountedProcess;
}
