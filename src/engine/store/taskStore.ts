import type { SQLInputValue } from "node:sqlite";
import type { NewTask, TaskInput, TaskLife, TaskOutput, TaskRecord, TaskStore } from "../ports.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { TaskState, TaskStateKind } from "../protocol/tasks.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { durable } from "./journal.ts";

/** Rows pruned at once: a bounded piece of a tick. */
const PRUNE_ROWS = 500;

const SELECT = `SELECT task.id AS id, task.swarmId AS swarmId, task.lane AS lane, spec, body
  FROM task JOIN taskLife ON taskLife.id = task.id`;

type Spec = Omit<TaskRecord, "id" | "swarmId" | "lane" | "attempt" | "deaths" | "state">;

/**
 * Tasks in two rows: what was asked for, written once, and how it goes on, written at each change; so a change costs the
 * same however long the prompt is. Acknowledged = committed and on disk.
 */
export function createTaskStore(store: StoreConnection, machineId: string): TaskStore {
  const putLife = ({ id, attempt, deaths, state }: TaskLife) => {
    const endedAtMs = "atMs" in state ? Math.round(state.atMs) : null;
    const values = [id, state.kind, endedAtMs, JSON.stringify({ attempt, deaths, state })] as const;
    store.run(
      `INSERT INTO taskLife (id, state, endedAtMs, body, crc) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
       SET state = excluded.state, endedAtMs = excluded.endedAtMs, body = excluded.body, crc = excluded.crc`,
      ...values,
      rowChecksum(values),
    );
  };
  const putTask = ({ record, input, key }: NewTask) => {
    const { id, swarmId, lane, attempt, deaths, state, ...spec } = record;
    const values = [id, machineId, swarmId, lane, key, JSON.stringify(spec), JSON.stringify(input)] as const;
    store.run(
      "INSERT INTO task (id, machineId, swarmId, lane, idempotencyKey, spec, input, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...values,
      rowChecksum(values),
    );
    putLife({ id, attempt, deaths, state });
  };
  const putOutput = (id: string, output: TaskOutput) => {
    const values = [id, JSON.stringify(output)] as const;
    store.run("INSERT OR REPLACE INTO taskOutput (id, body, crc) VALUES (?, ?, ?)", ...values, rowChecksum(values));
  };
  const ended = () => {
    const row = store.get("SELECT count(*) AS n, min(endedAtMs) AS ms FROM taskLife WHERE endedAtMs IS NOT NULL");
    return { count: Number(row?.["n"] ?? 0), oldestMs: (row?.["ms"] as number | null | undefined) ?? null };
  };
  return {
    add: (tasks) => durable("task", () => store.transaction("FULL", () => tasks.forEach(putTask))),
    known: (swarmId, key) => {
      const row = store.get(
        `SELECT task.id AS id, state FROM task JOIN taskLife ON taskLife.id = task.id
         WHERE swarmId = ? AND idempotencyKey = ?`,
        swarmId,
        key,
      );
      return row === undefined ? null : { id: String(row["id"]), state: row["state"] as TaskStateKind };
    },
    update: (lives, output) =>
      durable("task", () =>
        store.transaction("FULL", () => {
          lives.forEach(putLife);
          const [first] = lives;
          if (output !== undefined && first !== undefined) putOutput(first.id, output);
        }),
      ),
    lease: (lives) => durable("task", () => store.transaction("NORMAL", () => lives.forEach(putLife))),
    open: () => store.all(`${SELECT} WHERE state IN ('waiting', 'running') ORDER BY task.seq`).map(recordOf),
    get: (id) => {
      const row = store.get(`${SELECT} WHERE task.id = ?`, id);
      return row === undefined ? null : recordOf(row);
    },
    input: (id) => {
      const row = store.get("SELECT input FROM task WHERE id = ?", id);
      return row === undefined ? null : (JSON.parse(String(row["input"])) as TaskInput);
    },
    output: (id) => {
      const row = store.get("SELECT body FROM taskOutput WHERE id = ?", id);
      return row === undefined ? null : (JSON.parse(String(row["body"])) as TaskOutput);
    },
    list: ({ swarmId, lane, states, limit, before }) => {
      const conditions: string[] = [];
      const values: SQLInputValue[] = [];
      const where = (condition: string, ...of: SQLInputValue[]) => {
        conditions.push(condition);
        values.push(...of);
      };
      if (swarmId !== undefined) where("swarmId = ?", swarmId);
      if (lane !== undefined) where("lane = ?", lane);
      if (states !== undefined) where(`state IN (${states.map(() => "?").join(", ")})`, ...states);
      if (before !== undefined) where("task.seq < (SELECT seq FROM task WHERE id = ?)", before);
      const filter = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      return store.all(`${SELECT} ${filter} ORDER BY task.seq DESC LIMIT ?`, ...values, limit).map(recordOf);
    },
    swarms: () =>
      new Set((store.all("SELECT DISTINCT swarmId FROM task") as { swarmId: string }[]).map(({ swarmId }) => swarmId)),
    prune: (keepEnded) =>
      durable("task", () =>
        store.transaction("NORMAL", () => {
          const over = Math.min(PRUNE_ROWS, ended().count - keepEnded);
          if (over <= 0) return 0;
          const ids = store.all(
            "SELECT id FROM taskLife WHERE endedAtMs IS NOT NULL ORDER BY endedAtMs, id LIMIT ?",
            over,
          );
          for (const { id } of ids as { id: string }[])
            for (const table of ["task", "taskLife", "taskOutput"]) store.run(`DELETE FROM ${table} WHERE id = ?`, id);
          return ids.length;
        }),
      ),
    ended,
    guards: () =>
      new Map((store.all("SELECT id, body FROM guard") as { id: string; body: string }[]).map((r) => [r.id, r.body])),
    saveGuard: (id, json) =>
      void durable("guard", () =>
        store.transaction("NORMAL", () => {
          const values = [id, machineId, json] as const;
          store.run(
            "INSERT OR REPLACE INTO guard (id, machineId, body, crc) VALUES (?, ?, ?, ?)",
            ...values,
            rowChecksum(values),
          );
        }),
      ),
  };
}

function recordOf(row: Record<string, unknown>): TaskRecord {
  const spec = JSON.parse(String(row["spec"])) as Spec;
  const life = JSON.parse(String(row["body"])) as { attempt: number; deaths: number; state: TaskState };
  return {
    ...spec,
    id: String(row["id"]),
    swarmId: String(row["swarmId"]),
    lane: row["lane"] as Lane,
    attempt: life.attempt,
    deaths: life.deaths,
    state: life.state,
  };
}
