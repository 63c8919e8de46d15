import type { DatabaseSync } from "node:sqlite";
import { CodedError } from "../common/errors.ts";
import { addChecksums } from "./integrity.ts";

/** Steps from one version of the schema to the next; `user_version` counts them. A step that shipped is never edited. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE swarm (id TEXT PRIMARY KEY, machineId TEXT NOT NULL, target INTEGER NOT NULL) STRICT;
   CREATE TABLE agent (
     spawnId TEXT PRIMARY KEY, machineId TEXT NOT NULL, swarmId TEXT NOT NULL, epoch INTEGER NOT NULL,
     reservedAtMs INTEGER NOT NULL, pid INTEGER, startTime INTEGER, endedAtMs INTEGER, how TEXT
   ) STRICT;
   CREATE INDEX agentOpen ON agent (swarmId) WHERE endedAtMs IS NULL;`,

  // A hold of an operator; checksums of rows that are acted upon, which rows of before get right after this step.
  `ALTER TABLE swarm ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE swarm ADD COLUMN crc INTEGER;
   ALTER TABLE agent ADD COLUMN crc INTEGER;`,

  // History. Ticks of the minute that is open, one row each: float32 vector in the order of the layout. A minute that is
  // over becomes one block a series beside the minute's times; blocks become hours of minute roll-ups, those days of hour
  // roll-ups. Keys begin with the time, so that the trees grow at their end and their pages are full.
  `CREATE TABLE series (
     id INTEGER PRIMARY KEY AUTOINCREMENT, machineId TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
     metric TEXT NOT NULL, source TEXT NOT NULL, lastMs INTEGER NOT NULL, crc INTEGER NOT NULL,
     UNIQUE (machineId, scope, key, metric)
   ) STRICT;
   CREATE TABLE layout (id INTEGER PRIMARY KEY AUTOINCREMENT, seriesIds BLOB NOT NULL) STRICT;
   CREATE TABLE tick (
     id INTEGER PRIMARY KEY AUTOINCREMENT, wallMs INTEGER NOT NULL, intervalMs INTEGER, layoutId INTEGER NOT NULL,
     data BLOB NOT NULL
   ) STRICT;
   CREATE TABLE minute (
     minuteMs INTEGER NOT NULL, part INTEGER NOT NULL, times BLOB NOT NULL, PRIMARY KEY (minuteMs, part)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE block (
     minuteMs INTEGER NOT NULL, seriesId INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
     PRIMARY KEY (minuteMs, seriesId, part)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE minuteRollup (
     hourMs INTEGER NOT NULL, seriesId INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (hourMs, seriesId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE hourRollup (
     dayMs INTEGER NOT NULL, seriesId INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (dayMs, seriesId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE process (
     minuteMs INTEGER NOT NULL, pid INTEGER NOT NULL, startTime INTEGER NOT NULL, machineId TEXT NOT NULL,
     name TEXT NOT NULL, swarmId TEXT, agentId TEXT, cpuSeconds REAL, peakRssBytes INTEGER, readBytes INTEGER,
     writeBytes INTEGER, PRIMARY KEY (minuteMs, pid, startTime)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE event (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machineId TEXT NOT NULL, swarmId TEXT,
     wallMs INTEGER NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE decision (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machineId TEXT NOT NULL, swarmId TEXT NOT NULL,
     wallMs INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX decisionOpen ON decision (state) WHERE state IN ('recommended', 'acting');
   CREATE INDEX decisionSwarm ON decision (swarmId, seq);
   CREATE TABLE model (
     swarmId TEXT NOT NULL, kind TEXT NOT NULL, machineId TEXT NOT NULL, version INTEGER NOT NULL,
     trainedAtMs INTEGER NOT NULL, fromMs INTEGER NOT NULL, toMs INTEGER NOT NULL, json TEXT NOT NULL,
     crc INTEGER NOT NULL, PRIMARY KEY (swarmId, kind)
   ) STRICT, WITHOUT ROWID;`,

  // Work. What was asked for, how it goes on, what came out; breakers and gates of lanes as JSON by their id.
  `CREATE TABLE task (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machineId TEXT NOT NULL, swarmId TEXT NOT NULL,
     lane TEXT NOT NULL, idempotencyKey TEXT, spec TEXT NOT NULL, input TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX taskKey ON task (swarmId, idempotencyKey) WHERE idempotencyKey IS NOT NULL;
   CREATE INDEX taskSwarm ON task (swarmId, seq);
   CREATE TABLE taskLife (
     id TEXT PRIMARY KEY, state TEXT NOT NULL, endedAtMs INTEGER, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX taskOpen ON taskLife (id) WHERE state IN ('waiting', 'running');
   CREATE INDEX taskEnded ON taskLife (endedAtMs, id) WHERE endedAtMs IS NOT NULL;
   CREATE TABLE taskOutput (id TEXT PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE guard (
     id TEXT PRIMARY KEY, machineId TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  // Imports of a past from elsewhere: which series, from when to when, so that it can be told apart and taken back. One
  // whose state is not 'published' was broken off: the next start removes what there is of it.
  `CREATE TABLE importRun (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machineId TEXT NOT NULL, swarmId TEXT NOT NULL,
     state TEXT NOT NULL, toMs INTEGER NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX importOfSwarm ON importRun (swarmId, seq);`,

  // Nothing changes but the meaning of a swarm's \`held\`: 0, 1, or when it ends. An engine from before would take a hold with
  // an end for none, and must not open this file.
  "",

  // What swarms were given of the machine, one row an allocation with all its steps.
  `CREATE TABLE allocation (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machineId TEXT NOT NULL, wallMs INTEGER NOT NULL,
     state TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX allocationOpen ON allocation (state) WHERE state = 'acting';`,

  // Accounts of processes: who one was once, what it used once a minute, and the same by hours for long ranges; its threads by
  // name; how long was looked at all in a minute; what profiles tell of how a main thread divides. Rows in \`process\` stay where they are, are read with what they have, and go with their age.
  `CREATE TABLE processLife (
     id INTEGER PRIMARY KEY AUTOINCREMENT, machineId TEXT NOT NULL, pid INTEGER NOT NULL, startTime INTEGER NOT NULL,
     role TEXT NOT NULL, name TEXT NOT NULL, parentPid INTEGER, swarmId TEXT, swarmLabel TEXT, agentId TEXT, agentName TEXT,
     lastMs INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX processLifePid ON processLife (pid, startTime);
   CREATE INDEX processLifeLast ON processLife (lastMs);
   CREATE TABLE processMinute (
     minuteMs INTEGER NOT NULL, lifeId INTEGER NOT NULL, seenMs INTEGER NOT NULL, cpuMs INTEGER, meanRssBytes INTEGER,
     peakRssBytes INTEGER, readBytes INTEGER, writeBytes INTEGER, PRIMARY KEY (minuteMs, lifeId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE processHour (
     hourMs INTEGER NOT NULL, lifeId INTEGER NOT NULL, minutes INTEGER NOT NULL, cpuMs INTEGER NOT NULL,
     cpuKnown INTEGER NOT NULL, rssByteSeconds REAL NOT NULL, rssKnown INTEGER NOT NULL, readBytes REAL NOT NULL,
     readKnown INTEGER NOT NULL, writeBytes REAL NOT NULL, writeKnown INTEGER NOT NULL, PRIMARY KEY (hourMs, lifeId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE accountedMinute (minuteMs INTEGER PRIMARY KEY, seenMs INTEGER NOT NULL) STRICT;
   CREATE TABLE threadName (
     id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, isMain INTEGER NOT NULL, lastMs INTEGER NOT NULL,
     UNIQUE (name, isMain)
   ) STRICT;
   CREATE TABLE threadMinute (
     minuteMs INTEGER NOT NULL, lifeId INTEGER NOT NULL, nameId INTEGER NOT NULL, cpuMs INTEGER NOT NULL,
     PRIMARY KEY (minuteMs, lifeId, nameId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE threadHour (
     hourMs INTEGER NOT NULL, lifeId INTEGER NOT NULL, nameId INTEGER NOT NULL, cpuMs INTEGER NOT NULL,
     PRIMARY KEY (hourMs, lifeId, nameId)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE profileStacks (
     id INTEGER PRIMARY KEY AUTOINCREMENT, machineId TEXT NOT NULL, pid INTEGER NOT NULL, startTime INTEGER NOT NULL,
     fromMs INTEGER NOT NULL, toMs INTEGER NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX profileStacksTime ON profileStacks (toMs);`,
];

const CHECKSUM_STEP = 1;

export const SCHEMA_VERSION = MIGRATIONS.length;

/** @throws CodedError `store.newer` */
export function migrate(db: DatabaseSync, path: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length) throw new CodedError("store.newer", { path, version, known: MIGRATIONS.length });
  for (let step = version; step < MIGRATIONS.length; step++) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]}`);
    if (step === CHECKSUM_STEP) addChecksums(db, ["swarm", "agent"]);
    db.exec(`PRAGMA user_version=${step + 1}; COMMIT;`);
  }
}
