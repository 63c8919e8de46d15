import { expect, test } from "vitest";
import { blameFigures } from "../../src/engine/analyse/blame/figures.ts";
import { ManualClock } from "../../src/engine/common/clock.ts";
import type { AccountsPort, AccountSum } from "../../src/engine/ports.ts";
import { SwarmBlame } from "../../src/engine/swarmBlame.ts";

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE + 30_000;
const signal = new AbortController().signal;

function blame(processes: readonly Partial<AccountSum>[], asked: unknown[] = []) {
  const clock = new ManualClock(0, NOW);
  const accounts: Pick<AccountsPort, "sums"> = {
    *sums(...args) {
      asked.push(args);
      for (let piece = 0; piece < 3; piece++) yield;
      return { processes: processes as AccountSum[], measuredMinutes: 5, measuredMs: 5 * MINUTE, oldestMs: 9 };
    },
  };
  const overview = () => ({ swarms: [{ id: "demo", label: "Demo" }] as never });
  let pauses = 0;
  const pause = () => Promise.resolve(void pauses++);
  return { port: new SwarmBlame({ accounts, overview, clock, pause, makeBlame: blameFigures }), pauses: () => pauses };
}

test("a range is of whole minutes that are over, read piece by piece", async () => {
  const asked: unknown[] = [];
  const { port, pauses } = blame([], asked);
  const report = await port.report({ swarmId: null, fromMs: NOW - 90_000, toMs: NOW, by: "cpu" }, signal);
  expect(report).toMatchObject({
    fromMs: 999 * MINUTE,
    toMs: 1_000 * MINUTE,
    rangeMinutes: 1,
    measuredMinutes: 5,
    total: 0,
  });
  expect(asked).toEqual([[null, 999 * MINUTE, 1_000 * MINUTE, true]]);
  expect(pauses()).toBeGreaterThanOrEqual(3);
  // A range to come has nothing yet.
  const later = await port.report({ swarmId: null, fromMs: NOW + MINUTE, toMs: NOW + 9 * MINUTE, by: "io" }, signal);
  expect(later).toMatchObject({ rangeMinutes: 0, fromMs: later.toMs });
});

test("a swarm that is gone is told by its name of then; one that nobody knows is refused", async () => {
  const gone = blame(
    [{ swarmId: "old", swarmLabel: "Old One" } as AccountSum].map((one) => ({
      ...one,
      ...{ cpuSeconds: { sum: null, unknownMinutes: 1 }, threads: [], profiles: [] },
    })),
  );
  const range = { fromMs: NOW - MINUTE, toMs: NOW, by: "cpu" as const };
  await expect(gone.port.report({ swarmId: "old", ...range }, signal)).resolves.toMatchObject({
    swarmLabel: "Old One",
  });
  const { port } = blame([]);
  await expect(port.report({ swarmId: "demo", ...range }, signal)).resolves.toMatchObject({ swarmLabel: "Demo" });
  await expect(port.report({ swarmId: "x", ...range }, signal)).rejects.toMatchObject({ code: "swarm.unknown" });
});

test("a caller that gives up is not waited for", async () => {
  const { port } = blame([]);
  const range = { swarmId: null, fromMs: 0, toMs: NOW, by: "cpu" as const };
  await expect(port.report(range, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});
