import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { messageOf } from "../common/errors.ts";

/** `FULL`: on disk when it returns. `NORMAL`: survives the death of the process, and of the machine up to the last FULL write. */
export type Durability = "FULL" | "NORMAL";

/**
 * The one connection. Statements are kept by their text, so that the file below can be exchanged (the state folder was
 * removed) without anybody holding on to the old one.
 */
export class StoreConnection {
  readonly path: string;
  #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  #inside = false;

  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.path = path;
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values) as Record<string, unknown> | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values) as Record<string, unknown>[];
  }

  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly lastInsertRowid: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** All of it or nothing. @throws what `work` or SQLite throws, after a rollback */
  transaction<T>(durability: Durability, work: () => T): T {
    if (this.#inside) return work();
    if (durability === "NORMAL") this.#db.exec("PRAGMA synchronous=NORMAL");
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      this.#inside = true;
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      this.#inside = false;
      if (durability === "NORMAL") this.#db.exec("PRAGMA synchronous=FULL");
    }
  }

  /** From now on another file; the old connection is closed. */
  exchange(db: DatabaseSync): void {
    const old = this.#db;
    this.#statements.clear();
    this.#db = db;
    old.close();
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #statement(sql: string): ReturnType<DatabaseSync["prepare"]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #rollback(): void {
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // A full disk has rolled it back already.
    }
  }
}

/** What went wrong, in the terms that decide what to do about it. */
export function failureKind(error: unknown): "full" | "damaged" | "other" {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (code === 13 || (code === 10 && /ENOSPC|full/i.test(messageOf(error)))) return "full";
  if (code === 11 || code === 26 || /malformed|not a database/.test(messageOf(error))) return "damaged";
  return "other";
}
