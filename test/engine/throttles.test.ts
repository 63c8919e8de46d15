import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import type { Coded } from "../../src/engine/protocol/model.ts";
import type { BreakerRow, GuardState, LaneRow } from "../../src/engine/protocol/tasks.ts";
import { Throttles } from "../../src/engine/throttles.ts";
import { reasonText } from "../../src/text/reasons.ts";

const HOLDER = { pid: 5, startTime: 1 };
let clock: ManualClock;
let lane: Partial<LaneRow>;
let breakers: Partial<BreakerRow>[];
let swarm: Record<string, unknown>;
let refusal: Coded | null;
let leftBytes: number | null;
let waiting: number;
let throttles: Throttles;
let make: () => Throttles;

beforeEach(() => {
  clock = new ManualClock(0, 1_000_000);
  lane = { lane: "standard", gate: "open", inUse: 0, limit: 4, queued: 0, queueLimit: 2, leases: [] };
  breakers = [];
  swarm = {
    ...{ id: "s", label: "api", supportOf: null, target: 2, maxAgents: 4, heldByOperator: false, heldUntilMs: null },
    ...{ agentType: "worker", activity: () => ({ kind: "steady" }), agents: () => [{ state: "idle" }] },
  };
  refusal = null;
  leftBytes = 1e9;
  waiting = 0;
  make = () =>
    new Throttles({
      guard: () => ({ wallMs: clock.wallMs(), lanes: [lane], breakers, faults: null }) as GuardState,
      swarms: { list: () => [swarm as never] },
      footprints: { room: () => ({ leftBytes, reserveBytes: 5e8, promisedBytes: 0 }) as never },
      machineRefusal: () => refusal,
      storeProblem: () => null,
      outputRefusal: () => null,
      waitingIn: () => waiting,
      holdsLease: ({ pid }) => pid !== HOLDER.pid,
      clock,
    });
  throttles = make();
  throttles.look();
});

const gates = (query: Parameters<Throttles["report"]>[0] = {}) => throttles.report(query).gates;

describe("what holds back", () => {
  test("is nothing where nothing is closed; who holds no lease is told so", () => {
    expect(gates()).toEqual([]);
    expect(gates({ holder: HOLDER })).toMatchObject([{ gate: "noLease", sinceMs: null }]);
    expect(gates({ holder: { pid: 6, startTime: 1 } })).toEqual([]);
  });

  test("is a full lane, since it was first seen full, and at the latest until the first lease of it is over", () => {
    clock.advance(1_000);
    lane = {
      ...lane,
      inUse: 4,
      leases: [{ units: 3, untilMs: 1_060_000 } as never, { units: 1, untilMs: 1_030_000 } as never],
    };
    throttles.look();
    clock.advance(5_000);
    const [gate] = gates();
    expect(gate).toMatchObject({
      gate: "laneFull",
      lane: "standard",
      sinceMs: 1_001_000,
      sinceSource: "derived",
      untilMs: 1_030_000,
    });
    expect(reasonText(gate?.reason ?? { code: "", args: {} })).toBe(
      "The lane standard is full: 0 run and 4 are leased, of 4 at once.",
    );
    lane = { ...lane, leases: [], queued: 2 };
    expect(gates().map(({ gate: kind, untilMs }) => [kind, untilMs])).toEqual([
      ["laneFull", null],
      ["queueFull", null],
    ]);
    // It was open in between: what is closed now is closed since now.
    lane = { ...lane, inUse: 3 };
    throttles.look();
    clock.advance(1_000);
    lane = { ...lane, inUse: 4 };
    expect(gates()[0]?.sinceMs).toBe(1_007_000);
  });

  test("that was so before anybody looked is since nobody knows when", () => {
    lane = { ...lane, gate: "paused" };
    const fresh = make();
    fresh.look();
    clock.advance(60_000);
    expect(fresh.report({}).gates).toMatchObject([{ gate: "laneClosed", sinceMs: null, sinceSource: "unknown" }]);
  });

  test("is a breaker, with its own times", () => {
    const reason = { code: "breaker.failureRate", args: { failures: 7, calls: 20 } };
    breakers = [
      { id: "lane:standard", label: "standard", of: "lane", state: { kind: "open", sinceMs: 5, untilMs: 9, reason } },
      { id: "swarm:s", label: "api", of: "swarm", state: { kind: "forcedOpen", sinceMs: 7, by: "op" } },
      { id: "swarm:t", label: "t", of: "swarm", state: { kind: "closed" } },
      {
        id: "swarm:u",
        label: "u",
        of: "swarm",
        state: { kind: "halfOpen", sinceMs: 8, inUse: 1, successes: 1, needed: 3 },
      },
    ];
    expect(gates()).toMatchObject([
      { gate: "laneBreaker", lane: "standard", swarmId: null, sinceMs: 5, untilMs: 9, sinceSource: "measured" },
      { gate: "swarmBreaker", lane: null, swarmId: "s", sinceMs: 7, untilMs: null },
      { gate: "swarmBreaker", swarmId: "u", sinceMs: 8 },
    ]);
    expect(reasonText(gates()[0]?.reason ?? reason)).toBe("The breaker of the lane standard is open: 7 failed of 20.");
    expect(gates({ swarmId: "u" }).map(({ swarmId, lane: of }) => swarmId ?? of)).toEqual(["standard", "u"]);
    expect(gates({ lane: "critical", swarmId: "u" })).toHaveLength(1);
  });

  test("is a hold, busy agents, the maximum, a stop, the machine", () => {
    swarm = { ...swarm, heldByOperator: true, heldUntilMs: 5_000_000 };
    expect(gates()).toMatchObject([{ gate: "hold", swarmId: "s", untilMs: 5_000_000 }]);
    swarm = { ...swarm, heldByOperator: false, agents: () => [{ state: "working" }], target: 4 };
    waiting = 3;
    expect(gates().map(({ gate }) => gate)).toEqual(["agentsBusy", "atMaximum"]);
    swarm = { ...swarm, target: 0 };
    expect(gates().map(({ gate }) => gate)).toEqual(["stopped"]);
    swarm = { ...swarm, supportOf: "other" };
    refusal = { code: "lease.pressure", args: { resource: "cpu", pressure: 0.95, most: 0.9 } };
    leftBytes = 0;
    expect(gates().map(({ gate }) => gate)).toEqual(["pressure", "memory"]);
    leftBytes = null;
    expect(gates().map(({ gate }) => gate)).toEqual(["pressure"]);
  });
});
