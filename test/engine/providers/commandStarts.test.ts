import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Spawner } from "../../../src/engine/act/spawner.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { JournalEntry, KeeperPort, SwarmJournal, TaskOutcome } from "../../../src/engine/ports.ts";
import { CommandStarts } from "../../../src/engine/providers/commandStarts.ts";
import type { CommandRun } from "../../../src/engine/providers/commandRun.ts";

/** A journal in memory that outlives the engine. */
class Journal {
  readonly entries = new Map<string, JournalEntry>();
  readonly installationId = "i";
  openEntries = () => [...this.entries.values()];
  reserve = (entry: JournalEntry) => void this.entries.set(entry.spawnId, entry);
  started = () => undefined;
  ended = (spawnId: string) => void this.entries.delete(spawnId);
}

type Answer = "ok" | "failed" | "lostRuns" | "lostNothing";

/** Row 9 with tasks: however many tasks come and whatever the keeper answers, no more processes than the cap. */
const RUNS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 100_000 : 10_000;

test(
  `row 9: ${RUNS} sequences of tasks, lost answers, ends and restarts: never more processes than the cap, one end a start`,
  { timeout: 600_000 },
  async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("task" as const),
          answer: fc.constantFrom<Answer>("ok", "ok", "failed", "lostRuns", "lostNothing"),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("exit" as const), which: fc.nat() }) },
      { weight: 2, arbitrary: fc.constant({ do: "sync" } as const) },
      { weight: 1, arbitrary: fc.constant({ do: "restart" } as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 30 }), async (cap, steps) => {
        const clock = new ManualClock(0, 1_700_000_000_000);
        const journal = new Journal();
        /** What really runs. */
        const world = new Set<string>();
        let answer: Answer = "ok";
        const keeper = {
          spawn: async ({ spawnId }: { spawnId: string }) => {
            if (answer === "failed") throw new CodedError("keeper.spawn-failed", { detail: "ENOENT" });
            if (answer !== "lostNothing") world.add(spawnId);
            if (answer !== "ok") throw new CodedError("keeper.deadline");
            return { pid: 100, startTime: 1 };
          },
          write: async () => undefined,
          closeStdin: async () => undefined,
        } as unknown as KeeperPort;
        const seen = new Map<string, { added: number; ended: number; outcome?: TaskOutcome }>();
        const create = () => {
          const spawner = new Spawner({ keeper, journal: journal as unknown as SwarmJournal, epoch: 1, clock });
          const starts = new CommandStarts({
            swarmId: "s",
            keeper,
            spawner,
            launch: async () => ({ command: "c", args: [], cwd: "/", env: {}, spoolBytes: 4096 }),
            maxAgents: () => cap,
            add: ({ id }) => {
              (seen.get(id) as { added: number }).added++;
              return {} as CommandRun;
            },
            handed: () => undefined,
            unfed: () => undefined,
            failed: () => undefined,
            uncertain: () => undefined,
            ended: (id, _task, outcome) => {
              const entry = seen.get(id) as { ended: number; outcome?: TaskOutcome };
              entry.ended++;
              entry.outcome = outcome;
            },
          });
          return { spawner, starts };
        };
        let { spawner, starts } = create();
        const settle = async () => {
          for (let turn = 0; turn < 8; turn++) await Promise.resolve();
        };
        const check = () => {
          if (world.size > cap) throw new Error(`${world.size} run, the cap is ${cap}`);
          for (const [id, { added, ended, outcome }] of seen) {
            if (added + ended > 1) throw new Error(`${id}: added ${added} times, ended ${ended} times`);
            if (ended === 1 && world.has(id)) throw new Error(`${id} runs although it was told as ${outcome?.kind}`);
          }
        };
        for (const one of steps) {
          if (one.do === "task") {
            answer = one.answer;
            const id = spawner.newSpawnId();
            seen.set(id, { added: 0, ended: 0 });
            starts.begin(
              id,
              { id: `task of ${id}`, input: { kind: "prompt", prompt: "x" } },
              new AbortController().signal,
            );
            await settle();
          } else if (one.do === "exit") {
            const id = [...world][one.which % Math.max(1, world.size)];
            if (id === undefined) continue;
            // Seen by whoever watches it: the keeper's list has it, then it is gone.
            starts.found(id);
            world.delete(id);
            spawner.release(id, "exit");
          } else if (one.do === "sync") {
            // The keeper's list is read again: what it has is taken over, what it has not is released.
            for (const { spawnId } of journal.openEntries())
              if (world.has(spawnId)) starts.found(spawnId);
              else spawner.release(spawnId, "not with the keeper");
            starts.look();
          } else ({ spawner, starts } = create());
          check();
        }
      }),
      { numRuns: RUNS },
    );
    expect(RUNS).toBeGreaterThan(0);
  },
);
