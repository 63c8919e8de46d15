import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { CodedError, messageOf } from "../common/errors.ts";
import type { JournalEntry, SwarmJournal } from "../ports.ts";

/** Ended entries kept for the operator's look back; older ones go when a new engine opens the journal. */
const KEEP_ENDED = 10_000;

/** The agents' journal and the targets of swarms in SQLite. Acknowledged = committed. */
export function createJournal(db: DatabaseSync, machineId: string): SwarmJournal {
  const insert = db.prepare(
    "INSERT INTO agent (spawnId, machineId, swarmId, epoch, reservedAtMs, pid, startTime) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const started = db.prepare("UPDATE agent SET pid = ?, startTime = ? WHERE spawnId = ?");
  const ended = db.prepare("UPDATE agent SET endedAtMs = ?, how = ? WHERE spawnId = ? AND endedAtMs IS NULL");
  const openEntries = db.prepare(
    "SELECT spawnId, swarmId, epoch, reservedAtMs, pid, startTime FROM agent WHERE endedAtMs IS NULL ORDER BY reservedAtMs, spawnId",
  );
  const targets = db.prepare("SELECT id, target FROM swarm");
  const holds = db.prepare("SELECT id FROM swarm WHERE held = 1");
  const setHold = db.prepare(
    "INSERT INTO swarm (id, machineId, target, held) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET held = excluded.held",
  );
  const setTarget = db.prepare(
    "INSERT INTO swarm (id, machineId, target) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET target = excluded.target",
  );

  db.prepare(
    `DELETE FROM agent WHERE endedAtMs IS NOT NULL AND spawnId NOT IN
     (SELECT spawnId FROM agent WHERE endedAtMs IS NOT NULL ORDER BY endedAtMs DESC LIMIT ${KEEP_ENDED})`,
  ).run();

  return {
    installationId: installationId(db),
    openEntries: () => openEntries.all() as unknown as JournalEntry[],
    reserve: (e) =>
      durable("reserve", () =>
        insert.run(e.spawnId, machineId, e.swarmId, e.epoch, Math.round(e.reservedAtMs), e.pid, e.startTime),
      ),
    started: (spawnId, pid, startTime) => durable("started", () => started.run(pid, startTime, spawnId)),
    ended: (spawnId, endedAtMs, how) =>
      durable("ended", () => ended.run(Math.round(endedAtMs), how.slice(0, 300), spawnId)),
    targets: () => new Map((targets.all() as { id: string; target: number }[]).map((row) => [row.id, row.target])),
    holds: () => new Set((holds.all() as { id: string }[]).map((row) => row.id)),
    setHold: (swarmId, held) => durable("hold", () => setHold.run(swarmId, machineId, held ? 1 : 0)),
    setTarget: (swarmId, target) => durable("target", () => setTarget.run(swarmId, machineId, target)),
  };
}

function installationId(db: DatabaseSync): string {
  const row = db.prepare("SELECT value FROM meta WHERE key = 'installationId'").get() as { value: string } | undefined;
  if (row !== undefined) return row.value;
  const id = randomUUID().replaceAll("-", "").slice(0, 16);
  db.prepare("INSERT INTO meta (key, value) VALUES ('installationId', ?)").run(id);
  return id;
}

function durable(what: string, write: () => unknown): void {
  try {
    write();
  } catch (error) {
    throw new CodedError("store.write", { what, reason: messageOf(error) }, { cause: error });
  }
}
