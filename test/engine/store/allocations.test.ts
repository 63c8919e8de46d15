import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AllocationRecord } from "../../../src/engine/protocol/allocators.ts";
import { createAllocationLedger } from "../../../src/engine/store/allocations.ts";
import { StoreConnection } from "../../../src/engine/store/connection.ts";
import { openDatabase } from "../../../src/engine/store/database.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sa-"));
  path = join(folder, "swarm.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (id: string, state: AllocationRecord["state"] = { kind: "acting" }): AllocationRecord => ({
  id,
  wallMs: 1_700_000_000_000,
  by: "me",
  steps: [{ limits: { resource: "agents", swarmId: "demo", agents: 4 }, previous: null, state: { kind: "waiting" } }],
  state,
  undoOf: null,
  undoneBy: null,
});

const open = () => {
  const { db, notices } = openDatabase(path, 7);
  return { db, notices, ledger: createAllocationLedger(new StoreConnection(db, path), "m") };
};

test("the history of allocations is there after a restart, newest first, with those that were cut off", () => {
  const first = open();
  for (const id of ["a", "b", "c"]) first.ledger.add(record(id));
  first.ledger.update(record("b", { kind: "applied", elapsedMs: 12 }));
  first.db.close();
  const { ledger, db } = open();
  expect(ledger.list({ limit: 10 }).map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect(ledger.list({ limit: 1, before: "c" })).toEqual([record("b", { kind: "applied", elapsedMs: 12 })]);
  expect(ledger.open().map(({ id }) => id)).toEqual(["a", "c"]);
  expect(ledger.get("a")).toEqual(record("a"));
  expect(ledger.get("x")).toBeNull();
  db.close();
});

test("the history is bounded, and one that is under way is never forgotten", () => {
  const { ledger, db } = open();
  ledger.add(record("acting"));
  // As if 2,000 had come since.
  db.exec("UPDATE sqlite_sequence SET seq = 2500 WHERE name = 'allocation'");
  ledger.add(record("over", { kind: "interrupted" }));
  expect(ledger.list({ limit: 10 }).map(({ id }) => id)).toEqual(["over", "acting"]);
  ledger.update(record("acting", { kind: "interrupted" }));
  ledger.add(record("next"));
  expect(ledger.list({ limit: 10 }).map(({ id }) => id)).toEqual(["next", "over"]);
  db.close();
});

test("a row that is not what was written is found when the store is opened", () => {
  const { ledger, db } = open();
  ledger.add(record("a"));
  db.close();
  const changed = new DatabaseSync(path);
  changed.exec("UPDATE allocation SET body = replace(body, '\"agents\":4', '\"agents\":9')");
  changed.close();
  const again = open();
  expect(again.notices.map(({ code }) => code)).toEqual(["store.quarantined"]);
  again.db.close();
});

test("what cannot be written is an error", () => {
  const { ledger, db } = open();
  ledger.add(record("a"));
  expect(() => ledger.add(record("a"))).toThrow(/store\.write/);
  db.close();
});
