import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreConnection } from "../../../src/engine/store/connection.ts";
import { openDatabase } from "../../../src/engine/store/database.ts";
import { createJournal } from "../../../src/engine/store/journal.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sj-"));
  path = join(folder, "swarm.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (spawnId: string, reservedAtMs = 1) => ({
  spawnId,
  swarmId: "demo",
  epoch: 3,
  reservedAtMs,
  pid: null,
  startTime: null,
});

describe("the journal", () => {
  test("keeps its installation id, targets and open entries over a restart", () => {
    const first = openDatabase(path, 0).db;
    const journal = createJournal(new StoreConnection(first, path), "m");
    journal.reserve(entry("a", 1));
    journal.reserve(entry("b", 2));
    journal.started("b", 77, 1234);
    journal.ended("a", 5, "exit code 0");
    journal.setTarget("demo", 4);
    journal.setTarget("demo", 6);
    first.close();
    const again = createJournal(new StoreConnection(openDatabase(path, 0).db, path), "m");
    expect(again.installationId).toBe(journal.installationId);
    expect(again.openEntries()).toEqual([{ ...entry("b", 2), pid: 77, startTime: 1234 }]);
    expect(again.targets()).toEqual(new Map([["demo", 6]]));
  });

  test("keeps holds with their end over a restart, and forgets those that are lifted", () => {
    const first = openDatabase(path, 0).db;
    const journal = createJournal(new StoreConnection(first, path), "m");
    journal.setTarget("demo", 4);
    journal.setHold("demo", { untilMs: null });
    journal.setHold("api", { untilMs: 1_700_000_900_000 });
    journal.setHold("docs", { untilMs: null });
    journal.setHold("docs", null);
    first.close();
    const again = createJournal(new StoreConnection(openDatabase(path, 0).db, path), "m");
    expect(again.holds()).toEqual(
      new Map([
        ["demo", null],
        ["api", 1_700_000_900_000],
      ]),
    );
    expect(again.targets().get("demo")).toBe(4);
  });

  test("a write that fails is an error with its reason, not a silent loss", () => {
    const { db } = openDatabase(path, 0);
    const journal = createJournal(new StoreConnection(db, path), "m");
    journal.reserve(entry("a"));
    expect(() => journal.reserve(entry("a"))).toThrow(/store\.write.*UNIQUE/);
  });
});

describe("the database", () => {
  test("is opened for one process alone", () => {
    const { db } = openDatabase(path, 0);
    expect(() => new DatabaseSync(path).exec("SELECT * FROM agent")).toThrow(/locked/);
    db.close();
  });

  test("a damaged file is moved aside whole and said so; a new one begins", () => {
    writeFileSync(path, "this was a database once, long enough to be taken for one ".repeat(40));
    const { db, notices } = openDatabase(path, 42);
    expect(notices[0]).toMatchObject({ code: "store.quarantined", args: { path: `${path}.damaged-42` } });
    expect(existsSync(`${path}.damaged-42`)).toBe(true);
    expect(createJournal(new StoreConnection(db, path), "m").openEntries()).toEqual([]);
    db.close();
  });

  test("one of a newer version is refused and not touched", () => {
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version=99; CREATE TABLE future (x)");
    newer.close();
    expect(() => openDatabase(path, 0)).toThrow(/store\.newer.*99/);
    expect(readdirSync(folder).some((name) => name.includes("damaged"))).toBe(false);
  });
});

test("a store of the version before keeps its targets and agents, and their rows are checked from then on", () => {
  const old = new DatabaseSync(path);
  old.exec(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE swarm (id TEXT PRIMARY KEY, machineId TEXT NOT NULL, target INTEGER NOT NULL) STRICT;
    CREATE TABLE agent (
      spawnId TEXT PRIMARY KEY, machineId TEXT NOT NULL, swarmId TEXT NOT NULL, epoch INTEGER NOT NULL,
      reservedAtMs INTEGER NOT NULL, pid INTEGER, startTime INTEGER, endedAtMs INTEGER, how TEXT
    ) STRICT;
    INSERT INTO swarm VALUES ('demo', 'm', 5);
    INSERT INTO agent VALUES ('a', 'm', 'demo', 3, 1, NULL, NULL, NULL, NULL);
    PRAGMA user_version = 1;`);
  old.close();
  const { db, notices } = openDatabase(path, 0);
  const journal = createJournal(new StoreConnection(db, path), "m");
  expect(notices).toEqual([]);
  expect(journal.targets()).toEqual(new Map([["demo", 5]]));
  expect(journal.openEntries()).toEqual([entry("a", 1)]);
  db.exec("UPDATE swarm SET target = 6");
  db.close();
  expect(openDatabase(path, 7).notices.map(({ code }) => code)).toEqual(["store.quarantined"]);
});
