import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SpawnLedger } from "../../../src/engine/act/spawnLedger.ts";
import type { JournalEntry, SwarmJournal } from "../../../src/engine/ports.ts";

/** The journal's contract in memory: what was acknowledged survives a restart of the ledger. */
class MemoryJournal implements SwarmJournal {
  readonly installationId = "test";
  readonly rows = new Map<string, { entry: JournalEntry; ended: boolean }>();
  failing = false;

  openEntries = () => [...this.rows.values()].filter((row) => !row.ended).map((row) => row.entry);
  targets = () => new Map<string, number>();
  setTarget = () => undefined;
  holds = () => new Map<string, null>();
  setHold = () => undefined;
  reserve = (entry: JournalEntry) => {
    if (this.failing) throw new Error("disk full");
    this.rows.set(entry.spawnId, { entry, ended: false });
  };
  started = () => undefined;
  ended = (spawnId: string) => {
    if (this.failing) throw new Error("disk full");
    const row = this.rows.get(spawnId);
    if (row !== undefined) row.ended = true;
  };
}

const entry = (spawnId: string, swarmId = "s"): JournalEntry => ({
  spawnId,
  swarmId,
  epoch: 1,
  reservedAtMs: 0,
  pid: null,
  startTime: null,
});

describe("SpawnLedger", () => {
  test("refuses the spawn above the cap and says how many count", () => {
    const ledger = new SpawnLedger(new MemoryJournal());
    ledger.reserve(entry("a"), 1);
    expect(() => ledger.reserve(entry("b"), 1)).toThrow(/spawn\.cap.*"counted":1/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5])("a cap of %s allows none", (cap) => {
    expect(() => new SpawnLedger(new MemoryJournal()).reserve(entry("a"), cap)).toThrow(/spawn\.cap/);
  });

  test("what the journal could not take was not reserved", () => {
    const journal = new MemoryJournal();
    const ledger = new SpawnLedger(journal);
    journal.failing = true;
    expect(() => ledger.reserve(entry("a"), 5)).toThrow("disk full");
    expect(ledger.counted("s")).toBe(0);
  });

  test("what the journal could not close still counts", () => {
    const journal = new MemoryJournal();
    const ledger = new SpawnLedger(journal);
    ledger.reserve(entry("a"), 5);
    journal.failing = true;
    expect(() => ledger.release("a", 1, "exit")).toThrow("disk full");
    expect(ledger.counted("s")).toBe(1);
  });

  test("live + pending never exceed the cap: NaN and infinite wishes, lost answers, restarts", () => {
    const numRuns = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 100_000 : 10_000;
    const wish = fc.oneof(fc.integer({ min: -3, max: 60 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
    const step = fc.oneof(
      fc.record({ do: fc.constant("want" as const), wish, answered: fc.boolean() }),
      fc.record({ do: fc.constant("exit" as const), which: fc.nat(20) }),
      fc.record({ do: fc.constant("restart" as const) }),
      fc.record({ do: fc.constant("disk" as const), failing: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.array(step, { maxLength: 40 }), (cap, steps) => {
        const journal = new MemoryJournal();
        let ledger = new SpawnLedger(journal);
        // The world: a spawn that was asked for runs, whether or not its answer came through.
        const running = new Set<string>();
        let next = 0;
        for (const action of steps) {
          if (action.do === "want") {
            for (let n = 0; n < Math.min(action.wish, 12) || (Number.isNaN(action.wish) && n < 3); n++) {
              const id = `a${next++}`;
              try {
                ledger.reserve(entry(id), cap);
              } catch {
                // Refused or not written down: nothing was asked for.
                continue;
              }
              running.add(id);
            }
          } else if (action.do === "exit") {
            const id = [...running][action.which];
            if (id === undefined) continue;
            running.delete(id);
            try {
              ledger.release(id, 1, "exit");
            } catch {
              // Not written down: it goes on counting, which is on the safe side.
            }
          } else if (action.do === "restart") ledger = new SpawnLedger(journal);
          else journal.failing = action.failing;
          expect(running.size).toBeLessThanOrEqual(cap);
          expect(ledger.counted("s")).toBeGreaterThanOrEqual(running.size);
        }
      }),
      { numRuns },
    );
  });
});
