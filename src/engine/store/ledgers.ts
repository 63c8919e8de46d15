import type { SQLInputValue } from "node:sqlite";
import type { DecisionLedger, EventLedger, ModelStore, StoredEvent } from "../ports.ts";
import type { Decision } from "../protocol/model.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { durable } from "./journal.ts";

/** Decisions as they are, one row each; on disk when a call returns. */
export function createDecisionLedger(store: StoreConnection, machineId: string): DecisionLedger {
  const read = (row: Record<string, unknown>) => JSON.parse(String(row["body"])) as Decision;
  const rowOf = ({ id, swarmId, wallMs, state, ...rest }: Decision) => {
    const body = JSON.stringify({ id, swarmId, wallMs, state, ...rest });
    const values = [id, machineId, swarmId, Math.round(wallMs), state.kind, body] as const;
    return [...values, rowChecksum(values)] as const;
  };
  return {
    add: (decision) =>
      void durable("decision", () =>
        store.run(
          "INSERT INTO decision (id, machineId, swarmId, wallMs, state, body, crc) VALUES (?, ?, ?, ?, ?, ?, ?)",
          ...rowOf(decision),
        ),
      ),
    update: (decision) =>
      void durable("decision", () => {
        const [id, , , , state, body, crc] = rowOf(decision);
        store.run("UPDATE decision SET state = ?, body = ?, crc = ? WHERE id = ?", state, body, crc, id);
      }),
    get: (id) => {
      const row = store.get("SELECT body FROM decision WHERE id = ?", id);
      return row === undefined ? null : read(row);
    },
    list: ({ swarmId, limit, before }) => {
      const conditions: string[] = [];
      const values: SQLInputValue[] = [];
      if (swarmId !== undefined) {
        conditions.push("swarmId = ?");
        values.push(swarmId);
      }
      if (before !== undefined) {
        // In order of writing: ids follow the wall clock, which may have been set back.
        conditions.push("seq < (SELECT seq FROM decision WHERE id = ?)");
        values.push(before);
      }
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      return store.all(`SELECT body FROM decision ${where} ORDER BY seq DESC LIMIT ?`, ...values, limit).map(read);
    },
    open: () => store.all("SELECT body FROM decision WHERE state IN ('recommended', 'acting') ORDER BY seq").map(read),
  };
}

export function createEventLedger(store: StoreConnection, machineId: string): EventLedger {
  return {
    add: ({ id, swarmId, wallMs, code, args }) => {
      try {
        const values = [id, machineId, swarmId, Math.round(wallMs), JSON.stringify({ code, args })] as const;
        store.run(
          "INSERT INTO event (id, machineId, swarmId, wallMs, body, crc) VALUES (?, ?, ?, ?, ?, ?)",
          ...values,
          rowChecksum(values),
        );
        return true;
      } catch {
        // An event is for looking back; the log has it as well.
        return false;
      }
    },
    list: ({ swarmId, code: wanted, sinceMs, limit }) => {
      const filters: [string, SQLInputValue][] = [];
      if (swarmId !== undefined) filters.push(["swarmId = ?", swarmId]);
      if (wanted !== undefined) filters.push(["json_extract(body, '$.code') = ?", wanted]);
      if (sinceMs !== undefined) filters.push(["wallMs >= ?", Math.floor(sinceMs)]);
      const where = filters.length === 0 ? "" : `WHERE ${filters.map(([condition]) => condition).join(" AND ")}`;
      const sql = `SELECT id, swarmId, wallMs, body FROM event ${where} ORDER BY seq DESC LIMIT ?`;
      return store.all(sql, ...filters.map(([, value]) => value), limit).map((row) => {
        const { code, args } = JSON.parse(String(row["body"])) as Pick<StoredEvent, "code" | "args">;
        return { id: row["id"], swarmId: row["swarmId"], wallMs: row["wallMs"], code, args } as StoredEvent;
      });
    },
  };
}

export function createModelStore(store: StoreConnection, machineId: string): ModelStore {
  return {
    save: ({ swarmId, kind, version, trainedAtMs, fromMs, toMs, json }) => {
      try {
        const times = [trainedAtMs, fromMs, toMs].map(Math.round) as [number, number, number];
        const values = [swarmId, kind, machineId, version, ...times, json] as const;
        store.run(
          `INSERT OR REPLACE INTO model (swarmId, kind, machineId, version, trainedAtMs, fromMs, toMs, json, crc)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...values,
          rowChecksum(values),
        );
        return true;
      } catch {
        // A model can be trained again.
        return false;
      }
    },
    load: (swarmId, kind) => {
      const row = store.get(
        "SELECT version, trainedAtMs, json FROM model WHERE swarmId = ? AND kind = ?",
        swarmId,
        kind,
      );
      return row === undefined ? null : (row as { version: number; trainedAtMs: number; json: string });
    },
  };
}
