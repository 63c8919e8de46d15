import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Lease,
  LeaseBook,
  type LeaseRequest,
  MOST_LEASES,
  unshownBytes,
} from "../../../src/engine/guard/leases.ts";
import { type Lane, LANES } from "../../../src/engine/protocol/lanes.ts";

const ANN = { pid: 100, startTime: 1 };
const BOB = { pid: 200, startTime: 2 };
const MANY = { limit: 1_000_000, usedByOthers: 0, leftBytes: 1e15 };

let ids = 0;
function ask(fields: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    id: `lease-${ids++}`,
    ...{ lane: "standard", units: 1, memoryBytes: 1, holder: ANN, key: null, baselineBytes: null, durationMs: 1_000 },
    ...fields,
  };
}

function granted(book: LeaseBook, fields: Partial<LeaseRequest> = {}, nowMs = 0): Lease {
  const verdict = book.request(ask(fields), MANY, nowMs);
  if (verdict.kind !== "granted") throw new Error(verdict.kind);
  return verdict.lease;
}

describe("a request", () => {
  test("is granted while the lane and the memory have room, and refused with what would fit", () => {
    const book = new LeaseBook();
    const room = { limit: 5, usedByOthers: 2, leftBytes: 1_000 };
    expect(book.request(ask({ units: 4, memoryBytes: 4 }), room, 0)).toEqual({ kind: "laneFull", fits: 3, leased: 0 });
    expect(book.request(ask({ units: 3, memoryBytes: 3_000 }), room, 0)).toEqual({ kind: "memory", fits: 1 });
    expect(book.request(ask({ units: 3, memoryBytes: 900 }), room, 0).kind).toBe("granted");
    expect(book.request(ask({ units: 1, memoryBytes: 1 }), room, 0)).toEqual({ kind: "laneFull", fits: 0, leased: 3 });
    expect(book.request(ask({ lane: "critical" }), room, 0).kind).toBe("granted");
  });

  test("without a known size gets one at a time, and none on a machine that was not measured", () => {
    const book = new LeaseBook();
    const room = { limit: 5, usedByOthers: 0, leftBytes: 10 };
    expect(book.request(ask({ units: 2, memoryBytes: null }), room, 0)).toEqual({ kind: "memory", fits: 1 });
    expect(book.request(ask({ memoryBytes: null }), room, 0).kind).toBe("granted");
    expect(book.request(ask({ memoryBytes: null }), { ...room, leftBytes: 0 }, 0)).toEqual({ kind: "memory", fits: 0 });
    expect(book.request(ask(), { ...room, leftBytes: null }, 0).kind).toBe("memoryUnknown");
    expect(book.request(ask(), { ...room, leftBytes: Number.NaN }, 0).kind).toBe("memoryUnknown");
  });

  test("with the key of one under way is that one, of the same holder only", () => {
    const book = new LeaseBook();
    const lease = granted(book, { key: "build" });
    expect(book.request(ask({ key: "build" }), { ...MANY, limit: 0 }, 5)).toEqual({ kind: "known", lease });
    expect(book.request(ask({ key: "build", holder: BOB }), MANY, 5).kind).toBe("granted");
    book.release(lease.id, ANN);
    expect(book.request(ask({ key: "build" }), MANY, 5).kind).toBe("granted");
  });

  test.each([
    ["units", 0],
    ["units", -1],
    ["units", 1.5],
    ["units", Number.NaN],
    ["units", Number.POSITIVE_INFINITY],
    ["memoryBytes", 0],
    ["memoryBytes", -5],
    ["memoryBytes", Number.POSITIVE_INFINITY],
    ["durationMs", 0],
    ["durationMs", Number.NaN],
    ["durationMs", Number.POSITIVE_INFINITY],
  ])("with %s %d is a RangeError that names it", (field, value) => {
    const book = new LeaseBook();
    expect(() => book.request(ask({ [field]: value }), MANY, 0)).toThrow(new RegExp(`${field} must be.*${value}`));
    expect(book.all()).toEqual([]);
  });

  test(`beyond ${MOST_LEASES} under way is refused`, () => {
    const book = new LeaseBook();
    for (let at = 0; at < MOST_LEASES; at++) granted(book);
    expect(book.request(ask(), MANY, 0)).toEqual({ kind: "tooMany", most: MOST_LEASES });
  });
});

describe("an end", () => {
  test("comes once: giving back twice, or after it was over, is no error and changes nothing", () => {
    const book = new LeaseBook();
    const lease = granted(book);
    expect(book.release(lease.id, ANN).kind).toBe("released");
    expect(book.release(lease.id, ANN)).toEqual({ kind: "over", how: "released" });
    const second = granted(book);
    expect(book.look(1_000, () => true)).toEqual([{ lease: second, how: "expired" }]);
    expect(book.release(second.id, ANN)).toEqual({ kind: "over", how: "expired" });
    expect(book.release("nobody's", ANN)).toEqual({ kind: "unknown" });
  });

  test("is its holder's, or an operator's; a later process of the same pid is somebody else", () => {
    const book = new LeaseBook();
    const lease = granted(book);
    for (const other of [BOB, { pid: ANN.pid, startTime: 9 }, { pid: ANN.pid, startTime: null }])
      expect(book.release(lease.id, other)).toEqual({ kind: "foreign" });
    expect(book.all()).toEqual([lease]);
    expect(book.release(lease.id, null).kind).toBe("released");
    expect(book.release(lease.id, ANN)).toEqual({ kind: "over", how: "takenBack" });
    expect(book.release(lease.id, BOB)).toEqual({ kind: "foreign" });
  });

  test("comes with the holder's, before its time; each process is asked about once", () => {
    const book = new LeaseBook();
    const own = [granted(book), granted(book), granted(book, { holder: BOB })];
    const asked: number[] = [];
    const gone = book.look(500, ({ pid }) => {
      asked.push(pid);
      return pid !== ANN.pid;
    });
    expect(gone).toEqual([own[0], own[1]].map((lease) => ({ lease, how: "holderGone" })));
    expect(asked).toEqual([ANN.pid, BOB.pid]);
  });

  test("moves with a renewal, which a lease that is over has not", () => {
    const book = new LeaseBook();
    const lease = granted(book);
    expect(book.renew(lease.id, 5_000, 900)?.untilMs).toBe(5_900);
    expect(book.look(1_000, () => true)).toEqual([]);
    expect(book.look(5_900, () => true)).toHaveLength(1);
    expect(book.renew(lease.id, 5_000, 6_000)).toBeNull();
  });
});

describe("memory that was given", () => {
  const holder = ANN;
  const base = { ...ask(), sinceMs: 0, untilMs: 1 };

  test("is kept free until it shows in the holder's processes, whose growth counts once for all its leases", () => {
    const leases = [
      { ...base, id: "a", memoryBytes: 100, baselineBytes: 1_000 },
      { ...base, id: "b", memoryBytes: 300, baselineBytes: 1_050 },
    ];
    expect(unshownBytes(leases, () => 1_000)).toBe(400);
    expect(unshownBytes(leases, () => 1_150)).toBe(250);
    expect(unshownBytes(leases, () => 9_000)).toBe(0);
    expect(unshownBytes(leases, () => 10)).toBe(400);
    expect(unshownBytes(leases, () => null)).toBe(400);
    expect(unshownBytes([{ ...base, holder, memoryBytes: null, baselineBytes: 1 }], () => 1)).toBe(0);
  });
});

type Step =
  | {
      readonly do: "request";
      readonly lane: Lane;
      readonly units: number;
      readonly bytes: number | null;
      readonly who: number;
      readonly ms: number;
      readonly key: string | null;
    }
  | { readonly do: "renew" | "release"; readonly pick: number; readonly who: number; readonly ms: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "die"; readonly who: number }
  | { readonly do: "tasks"; readonly lane: Lane; readonly count: number };

const who = fc.integer({ min: 0, max: 3 });
const ms = fc.integer({ min: 1, max: 500 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("request" as const),
    lane: fc.constantFrom(...LANES),
    units: fc.integer({ min: 1, max: 6 }),
    bytes: fc.option(fc.integer({ min: 1, max: 60 })),
    who,
    ms,
    key: fc.option(fc.constantFrom("a", "b")),
  }),
  fc.record({ do: fc.constantFrom("renew" as const, "release" as const), pick: fc.nat(), who, ms }),
  fc.record({ do: fc.constant("pass" as const), ms }),
  fc.record({ do: fc.constant("die" as const), who }),
  fc.record({
    do: fc.constant("tasks" as const),
    lane: fc.constantFrom(...LANES),
    count: fc.integer({ min: 0, max: 4 }),
  }),
);

test("at no interleaving of request, renewal, release, expiry and death is more given than there is", () => {
  const LIMIT = 8;
  const MEMORY = 200;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const book = new LeaseBook();
      const holders = [0, 1, 2, 3].map((at) => ({ pid: 10 + at, startTime: at }));
      const dead = new Set<number>();
      const tasks = new Map<Lane, number>();
      const known: string[] = [];
      let now = 0;
      const given = () => book.all().reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
      for (const [index, one] of steps.entries()) {
        const before = book.all();
        switch (one.do) {
          case "request": {
            const verdict = book.request(
              {
                ...{ id: `id ${index}`, lane: one.lane, units: one.units, memoryBytes: one.bytes, key: one.key },
                ...{ holder: holders[one.who] ?? ANN, baselineBytes: null, durationMs: one.ms },
              },
              { limit: LIMIT, usedByOthers: tasks.get(one.lane) ?? 0, leftBytes: MEMORY - given() },
              now,
            );
            if (verdict.kind === "granted") known.push(verdict.lease.id);
            else expect(book.all()).toEqual(before);
            // The refusal says the truth: so many would have been granted.
            if (verdict.kind === "laneFull" || verdict.kind === "memory") expect(verdict.fits).toBeLessThan(one.units);
            break;
          }
          case "renew": {
            const id = known[one.pick % Math.max(1, known.length)] ?? "";
            const lease = book.get(id);
            const renewed = book.renew(id, one.ms, now);
            expect(renewed === null).toBe(lease === null);
            if (renewed !== null) expect(renewed).toEqual({ ...lease, untilMs: now + one.ms });
            break;
          }
          case "release": {
            const id = known[one.pick % Math.max(1, known.length)] ?? "";
            const holder = holders[one.who] ?? ANN;
            const owner = book.holderOf(id);
            const result = book.release(id, holder);
            if (owner === null) expect(result.kind).toBe("unknown");
            else if (owner.pid !== holder.pid) expect(result.kind).toBe("foreign");
            else expect(["released", "over"]).toContain(result.kind);
            if (result.kind !== "released") expect(book.all()).toEqual(before);
            // Idempotent: the same again changes nothing and says how it ended.
            if (result.kind === "released") expect(book.release(id, holder)).toEqual({ kind: "over", how: "released" });
            break;
          }
          case "pass":
            now += one.ms;
            break;
          case "die":
            dead.add(one.who);
            break;
          case "tasks":
            // Tasks keep to the limit as well: what leases hold is taken.
            tasks.set(one.lane, Math.min(one.count, LIMIT - book.unitsIn(one.lane)));
            break;
        }
        const ended = book.look(now, ({ startTime }) => !dead.has(startTime ?? -1));
        for (const { lease, how } of ended)
          expect(how === "expired" ? lease.untilMs <= now : dead.has(lease.holder.startTime ?? -1)).toBe(true);
        for (const lane of LANES) expect(book.unitsIn(lane) + (tasks.get(lane) ?? 0)).toBeLessThanOrEqual(LIMIT);
        expect(given()).toBeLessThanOrEqual(MEMORY);
        for (const { untilMs, holder } of book.all()) {
          expect(untilMs).toBeGreaterThan(now);
          expect(dead.has(holder.startTime ?? -1)).toBe(false);
        }
      }
    }),
    { numRuns: 300 },
  );
});
