import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Pilot } from "../../../src/engine/act/pilot.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { uuidv7 } from "../../../src/engine/common/uuid.ts";
import { growthRoom } from "../../../src/engine/decide/capacity.ts";
import { Footprints } from "../../../src/engine/decide/footprints.ts";
import { sizingRules } from "../../../src/engine/decide/sizingRules.ts";
import type { SwarmsPort } from "../../../src/engine/ports.ts";
import type { Coded, Forecast } from "../../../src/engine/protocol/model.ts";
import type { ActionOutcome } from "../../../src/engine/protocol/rpc.ts";
import { FakeSwarm, MemoryLedger, signal, turn } from "./pilotWorld.ts";

const RUNS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 10_000 : 300;
const CAP = 20;

const size = fc.integer({ min: -3, max: 40 });
const load = fc.oneof(fc.double(), fc.double({ min: 0, max: 60, noNaN: true }), fc.constantFrom(Number.NaN, 1e300));
const event = fc.oneof(
  fc.record({ kind: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 40 }), load, mean: load }),
  fc.record({ kind: fc.constant("scale" as const), size, atOnce: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("undo" as const, "apply" as const) }),
  fc.record({ kind: fc.constant("hold" as const), held: fc.boolean() }),
  fc.record({ kind: fc.constant("answers" as const), obeys: fc.constantFrom("at once" as const, "later" as const) }),
  fc.record({ kind: fc.constant("answer" as const), confirmed: fc.boolean() }),
  fc.record({ kind: fc.constant("memory" as const), bytes: fc.constantFrom(null, 0, 1e9, 64e9) }),
  fc.record({ kind: fc.constant("worse" as const), failed: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constantFrom("restart" as const) }),
  fc.record({ kind: fc.constant("mode" as const), mode: fc.constantFrom("observe", "recommend", "auto") }),
);

/** An engine around one swarm: what survives its restart is the swarm's target and the ledger. */
function engine(swarm: FakeSwarm, ledger: MemoryLedger, clock: ManualClock, memory: () => number | null) {
  const swarms = {
    list: () => [swarm.view()],
    get: () => swarm.view(),
    scale: (_: string, target: number) => swarm.scale(target),
  } as unknown as SwarmsPort;
  const footprints = new Footprints({ models: { save: () => true, load: () => null }, targetOf: () => swarm.target });
  const nothing = (): void => undefined;
  const pilot = new Pilot({
    swarms,
    decisions: ledger,
    rules: sizingRules(footprints),
    tasks: () => ({ waitedMs: [], ranMs: Array.from({ length: 9 }, () => 1_000), failed: swarm.failed, cut: 0 }),
    pressure: () => null,
    clock,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    newId: uuidv7,
  });
  const tick = (low: number, mean: number): void => {
    clock.advance(1_000);
    const stamp = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const machine = {
      memoryAvailableBytes: memory(),
      memoryCapacityBytes: 64e9,
      cpuIdleCores: 1,
      pressure: { memory: 0, cpu: 0 },
    };
    const agents = Array.from({ length: Math.min(CAP, swarm.alive) }, (_, n) => ({
      id: `a${n}`,
      ready: true,
      rssBytes: 5e8,
      cpuCores: 0.5,
    }));
    footprints.look([{ swarmId: "s", agents, ranMs: [] }], machine, stamp);
    const points = [{ atMs: clock.wallMs() + 60_000, mean, lo: mean, hi: mean }];
    const forecast = { ready: true, model: "m", stepMs: 60_000, points } as unknown as Forecast;
    const reading = { monotonicMs: clock.monotonicMs(), low, high: low, source: "measured" as const };
    pilot.look([{ swarmId: "s", reading, forecast }], stamp, 1_000);
  };
  return { pilot, tick, room: () => footprints.room("s") };
}

test(
  `row 9: ${RUNS} sequences of loads and forecasts that are none, lost answers, holds, undos, plans and restarts`,
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 25 }), async (events) => {
        const swarm = new FakeSwarm();
        const ledger = new MemoryLedger();
        const clock = new ManualClock();
        let memory: number | null = 64e9;
        const ask = swarm.scale.bind(swarm);
        const waiting = new Set<(outcome: ActionOutcome) => void>();
        const answer = (reason: Coded | null): void => {
          const seen = { live: swarm.alive, elapsedMs: 1 };
          for (const settle of waiting)
            settle(reason === null ? { kind: "confirmed", ...seen } : { kind: "unconfirmed", ...seen, reason });
          waiting.clear();
        };
        swarm.scale = (target, deadlineMs) => {
          // Whoever asks, at any instant: a count, never above the cap, and no growth on hold.
          expect(Number.isInteger(target) && target >= 0 && target <= CAP).toBe(true);
          if (swarm.heldByOperator) expect(target).toBeLessThanOrEqual(swarm.target);
          if (target !== swarm.target) answer({ code: "scale.superseded", args: { target } });
          const asked = ask(target, deadlineMs);
          if (swarm.settle !== null) waiting.add(swarm.settle);
          return asked;
        };
        swarm.refusal = (to) => {
          if (!Number.isInteger(to) || to < 0 || to > CAP) return { code: "scale.aboveMax", args: {} };
          return swarm.heldByOperator && to > swarm.target ? { code: "scale.onHold", args: {} } : null;
        };
        let now = engine(swarm, ledger, clock, () => memory);
        const calls: Promise<unknown>[] = [];
        const quiet = (call: Promise<unknown>): void => void calls.push(call.catch(() => undefined));
        for (const one of events) {
          if (one.kind === "ticks")
            for (let n = 0; n < one.count; n++) {
              const before = swarm.asked.length;
              const target = swarm.target;
              const running = ledger.open().some(({ state, plan }) => state.kind === "acting" && plan !== undefined);
              now.tick(one.load, one.mean);
              const grown = swarm.asked.slice(before).filter((to) => to > target);
              // What memory was not measured for is not started by itself.
              if (memory === null && !running) expect(grown).toEqual([]);
              await turn();
            }
          else if (one.kind === "scale") quiet(now.pilot.scale("s", one.size, "me", 5_000, signal, one.atOnce));
          else if (one.kind === "undo") {
            const row = now.pilot.list({ limit: 5 }).find(({ undoRefusal }) => undoRefusal === null);
            if (row !== undefined) quiet(now.pilot.undo(row.id, "me", 5_000, signal));
          } else if (one.kind === "apply") {
            const row = now.pilot.list({ limit: 5 }).find(({ state }) => state.kind === "recommended");
            if (row !== undefined) quiet(now.pilot.apply(row.id, "me", 5_000, signal));
          } else if (one.kind === "hold") swarm.heldByOperator = one.held;
          else if (one.kind === "answers") swarm.obeys = one.obeys;
          else if (one.kind === "answer") {
            if (one.confirmed) swarm.alive = swarm.target;
            answer(one.confirmed ? null : { code: "scale.deadline", args: {} });
          } else if (one.kind === "memory") memory = one.bytes;
          else if (one.kind === "worse") swarm.failed = one.failed;
          else if (one.kind === "mode") swarm.mode = one.mode as typeof swarm.mode;
          else {
            now.pilot.dispose();
            now = engine(swarm, ledger, clock, () => memory);
          }
          await turn();
        }
        // With an obedient swarm and nothing wrong everything that was begun comes to its end.
        swarm.obeys = "at once";
        swarm.alive = swarm.target;
        swarm.heldByOperator = false;
        swarm.mode = "observe";
        answer(null);
        for (let n = 0; n < 80; n++) {
          now.tick(0, 0);
          await turn();
        }
        await Promise.all(calls);
        expect(now.pilot.list({ limit: 50 }).filter(({ state }) => state.kind === "acting")).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
);

test("room is what it is, also when everything about it is odd", () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), fc.double(), fc.double(), (available, capacity, one, promised) => {
      const footprint = { rssBytes: one, cpuCores: one, taskSeconds: null, agents: 3, tasks: 0 };
      const machine = {
        memoryAvailableBytes: available,
        memoryCapacityBytes: capacity,
        cpuIdleCores: available,
        pressure: { memory: 0, cpu: 0 },
      };
      const room = growthRoom(machine, footprint, one, promised);
      expect(Number.isInteger(room.agents) && room.agents >= 0).toBe(true);
    }),
    // Something left, for agents that take −0: minus infinity of them.
    { examples: [[256_000_000.5, 5e-324, -0, 0]] },
  );
});
