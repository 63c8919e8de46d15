import { randomUUID } from "node:crypto";
import { CodedError, messageOf } from "../common/errors.ts";
import type { JournalEntry, SwarmJournal } from "../ports.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { CHECKED } from "./integrity.ts";

/** Ended entries kept for the operator's look back; older ones go when a new engine opens the journal. */
const KEEP_ENDED = 10_000;

/** In `held`: 0 for none, this, or else the wall time of its end in ms. */
const UNTIL_LIFTED = 1;

/** The agents' journal and the targets and holds of swarms. Acknowledged = committed and on disk. */
export function createJournal(store: StoreConnection, machineId: string): SwarmJournal {
  const checked = (table: "swarm" | "agent", key: string, id: string, change: () => void) =>
    store.transaction("FULL", () => {
      change();
      const columns = CHECKED[table];
      const row = store.get(`SELECT ${columns.join(", ")} FROM ${table} WHERE ${key} = ?`, id);
      if (row === undefined) return;
      const crc = rowChecksum(columns.map((column) => row[column]));
      store.run(`UPDATE ${table} SET crc = ? WHERE ${key} = ?`, crc, id);
    });
  const agent = (what: string, spawnId: string, change: () => void) =>
    durable(what, () => checked("agent", "spawnId", spawnId, change));
  const swarm = (what: string, id: string, change: () => void) =>
    durable(what, () => checked("swarm", "id", id, change));

  store.run(
    `DELETE FROM agent WHERE endedAtMs IS NOT NULL AND spawnId NOT IN
     (SELECT spawnId FROM agent WHERE endedAtMs IS NOT NULL ORDER BY endedAtMs DESC LIMIT ${KEEP_ENDED})`,
  );

  return {
    installationId: installationId(store),
    openEntries: () =>
      store.all(
        `SELECT spawnId, swarmId, epoch, reservedAtMs, pid, startTime FROM agent
         WHERE endedAtMs IS NULL ORDER BY reservedAtMs, spawnId`,
      ) as unknown as JournalEntry[],
    reserve: (e) =>
      agent("reserve", e.spawnId, () =>
        store.run(
          "INSERT INTO agent (spawnId, machineId, swarmId, epoch, reservedAtMs, pid, startTime) VALUES (?, ?, ?, ?, ?, ?, ?)",
          e.spawnId,
          machineId,
          e.swarmId,
          e.epoch,
          Math.round(e.reservedAtMs),
          e.pid,
          e.startTime,
        ),
      ),
    started: (spawnId, pid, startTime) =>
      agent("started", spawnId, () =>
        store.run("UPDATE agent SET pid = ?, startTime = ? WHERE spawnId = ?", pid, startTime, spawnId),
      ),
    ended: (spawnId, endedAtMs, how) =>
      agent("ended", spawnId, () =>
        store.run(
          "UPDATE agent SET endedAtMs = ?, how = ? WHERE spawnId = ? AND endedAtMs IS NULL",
          Math.round(endedAtMs),
          how.slice(0, 300),
          spawnId,
        ),
      ),
    targets: () =>
      new Map(
        (store.all("SELECT id, target FROM swarm") as { id: string; target: number }[]).map((r) => [r.id, r.target]),
      ),
    setTarget: (swarmId, target) =>
      swarm("target", swarmId, () =>
        store.run(
          "INSERT INTO swarm (id, machineId, target) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET target = excluded.target",
          swarmId,
          machineId,
          target,
        ),
      ),
    holds: () =>
      new Map(
        (store.all("SELECT id, held FROM swarm WHERE held <> 0") as { id: string; held: number }[]).map(
          ({ id, held }) => [id, held === UNTIL_LIFTED ? null : held],
        ),
      ),
    setHold: (swarmId, hold) =>
      swarm("hold", swarmId, () =>
        store.run(
          "INSERT INTO swarm (id, machineId, target, held) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET held = excluded.held",
          swarmId,
          machineId,
          hold === null ? 0 : (hold.untilMs ?? UNTIL_LIFTED),
        ),
      ),
  };
}

function installationId(store: StoreConnection): string {
  const row = store.get("SELECT value FROM meta WHERE key = 'installationId'");
  if (row !== undefined) return String(row["value"]);
  const id = randomUUID().replaceAll("-", "").slice(0, 16);
  store.run("INSERT INTO meta (key, value) VALUES ('installationId', ?)", id);
  return id;
}

/** @throws CodedError `store.write` */
export function durable<T>(what: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new CodedError("store.write", { what, reason: messageOf(error) }, { cause: error });
  }
}
