import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import type { CapacityWish, LeaseWorld, TaskRunner } from "../../../src/engine/ports.ts";
import { faultTolerancePolicy } from "../../../src/engine/protocol/faultTolerance.ts";
import type { LeaseAnswer, LeaseRow } from "../../../src/engine/protocol/leases.ts";
import { LOOK_MS } from "../../../src/engine/work/processLooks.ts";
import { openStore, type Store } from "../../../src/engine/store/store.ts";
import { createWork } from "../../../src/engine/work/createWork.ts";
import type { Work } from "../../../src/engine/work/work.ts";
import { reasonText } from "../../../src/text/reasons.ts";

const silent = (): void => undefined;
const ANN = { pid: 100, startTime: 1 };
const BOB = { pid: 200, startTime: 2 };
const DOOR = { pid: 300, startTime: 3 };
const BY_ANN = { holder: ANN, door: DOOR };
const BY_BOB = { holder: BOB, door: DOOR };

let folder: string;
let store: Store;
let clock: ManualClock;
let work: Work;
let world: { -readonly [K in keyof LeaseWorld]: LeaseWorld[K] };
let alive: Set<number>;
let leftBytes: number | null;
let swarms: { readonly id: string; readonly label: string; readonly target: number }[] = [];

const disposable = { dispose: silent };
/** Agents that take what is asked of them, and are never idle. */
const runner = {
  ...{
    swarmId: "s",
    refusal: () => null,
    idleAgents: () => [],
    assign: () => false,
    cancelTask: silent,
    holds: () => false,
  },
  ...{
    output: () => Promise.resolve(null),
    onIdle: () => disposable,
    onHanded: () => disposable,
    onTaskEnd: () => disposable,
  },
} satisfies TaskRunner;

function open(bootId = "boot"): void {
  store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  work = createWork({
    ...{ store: store.tasks, policy: faultTolerancePolicy.parse({}), clock, rng: createRng(1) },
    ...{ runner: () => runner, swarms: () => swarms as never, faults: () => null, onEvent: silent },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...{ leaseWorld: world, bootId },
  });
}

/** As after kill -9: nothing is left but what is on disk. */
function restart(bootId?: string): void {
  store.close();
  open(bootId);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leases-"));
  clock = new ManualClock(0, 1_700_000_000_000);
  alive = new Set([ANN.pid, BOB.pid]);
  leftBytes = 1e9;
  swarms = [];
  world = {
    room: (swarmId) => ({ leftBytes, eachBytes: swarmId === null ? null : 100e6 }),
    refusal: () => null,
    isThere: ({ pid }) => alive.has(pid),
    speaksFor: ({ pid }) => pid === DOOR.pid,
    treeBytes: () => 50e6,
  };
  open();
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function ask(wish: Partial<CapacityWish> = {}): LeaseAnswer {
  const usual = { lane: "background", units: 1, seconds: 60, swarmId: null, bytesEach: 1e6, key: null } as const;
  return work.leases.request({ ...usual, holder: ANN, door: DOOR, ...wish }, "ann 100");
}

function lease(wish: Partial<CapacityWish> = {}): LeaseRow {
  const answer = ask(wish);
  if (answer.kind !== "granted") throw new Error(reasonText(answer.reason));
  return answer.lease;
}

function code(answer: LeaseAnswer): string {
  return answer.kind === "granted" ? "granted" : answer.reason.code;
}

const background = () => work.guard().lanes.find(({ lane: name }) => name === "background");

describe("a lease of capacity", () => {
  test("takes places of its lane like a task, and a refusal tells what there is and when to ask again", () => {
    lease({ units: 3, seconds: 20 });
    clock.advance(5_000);
    expect(background()).toMatchObject({ inUse: 3, limit: 5, leases: [{ units: 3, by: "ann 100", holder: ANN }] });
    const refused = ask({ units: 3 });
    expect(refused).toEqual({
      kind: "refused",
      reason: {
        code: "lease.laneFull",
        args: { lane: "background", units: 3, fits: 2, limit: 5, inUse: 0, leased: 3, queued: 0 },
      },
      fits: 2,
      // When the first lease of the lane is over.
      retryAfterMs: 15_000,
    });
    expect(code(ask({ units: 2 }))).toBe("granted");
    expect(code(ask())).toBe("lease.laneFull");
    expect(code(ask({ lane: "critical" }))).toBe("granted");
  });

  test("leaves as many places to waiting tasks as their agents could take next, and no more", () => {
    swarms = [{ id: "s", label: "s", target: 2 }];
    const tasks = Array.from({ length: 30 }, () => ({ input: { kind: "prompt", prompt: "p" } as const }));
    work.submit({ swarmId: "s", lane: "background", tasks }, "op");
    expect(background()).toMatchObject({ inUse: 0, queued: 30, limit: 5 });
    expect(ask({ units: 4 })).toMatchObject({ reason: { code: "lease.laneFull", args: { fits: 3, queued: 30 } } });
    expect(code(ask({ units: 3 }))).toBe("granted");
    expect(code(ask())).toBe("lease.laneFull");
  });

  test("comes back with release, with its time, and with the end of its process, and then somebody else has the places", () => {
    const first = lease({ units: 5 });
    expect(work.leases.release(first.id, BY_ANN)).toEqual({ leaseId: first.id, ended: "released", now: true });
    expect(work.leases.release(first.id, BY_ANN)).toEqual({ leaseId: first.id, ended: "released", now: false });
    const second = lease({ units: 5, seconds: 10 });
    clock.advance(10_000);
    expect(code(ask({ units: 5, holder: BOB }))).toBe("granted");
    expect(work.leases.release(second.id, BY_ANN)).toMatchObject({ ended: "expired", now: false });
    alive.delete(BOB.pid);
    clock.advance(LOOK_MS);
    work.look();
    expect(background()).toMatchObject({ inUse: 0, leases: [] });
  });

  test("is nobody else's to end or to renew, but an operator's to take back", () => {
    const { id } = lease();
    expect(() => work.leases.release(id, BY_BOB)).toThrow(CodedError);
    expect(() => work.leases.renew(id, BY_BOB, 60)).toThrow("lease.foreign");
    expect(() => work.leases.release("nothing", BY_ANN)).toThrow("lease.unknown");
    expect(work.leases.release(id, null)).toEqual({ leaseId: id, ended: "takenBack", now: true });
    expect(() => work.leases.renew(id, BY_ANN, 60)).toThrow("lease.over");
  });

  test("is not to be ended or renewed by whoever only knows its holder", () => {
    const { id } = lease();
    const liar = { holder: ANN, door: BOB };
    expect(() => work.leases.release(id, liar)).toThrow("lease.holderUnseen");
    expect(() => work.leases.renew(id, liar, 60)).toThrow("lease.holderUnseen");
    expect(background()).toMatchObject({ leases: [{ id }] });
    expect(work.leases.release(id, BY_ANN)).toMatchObject({ now: true });
  });

  test("lasts longer when it is renewed, but not while the lane lets fewer work than do", () => {
    const { id, untilMs } = lease({ units: 4, seconds: 60 });
    clock.advance(30_000);
    const renewed = work.leases.renew(id, BY_ANN, 60);
    expect(renewed).toMatchObject({ kind: "granted", lease: { untilMs: untilMs + 30_000 } });
    const lanes = { background: { capacity: 2 } };
    work.reconfigure(faultTolerancePolicy.parse({ lanes }));
    expect(code(work.leases.renew(id, BY_ANN, 60))).toBe("lease.overLimit");
    expect(background()).toMatchObject({ inUse: 4, limit: 2 });
  });

  test("is there after a restart for what was left of it, and not for a process of another boot or one that is gone", () => {
    const { id } = lease({ units: 2, seconds: 60 });
    lease({ units: 1, seconds: 60, holder: BOB });
    clock.advance(20_000);
    restart();
    expect(background()).toMatchObject({ inUse: 3, leases: [{ id, units: 2, holder: ANN }, { holder: BOB }] });
    // What ends while nobody runs has ended; a wall clock that was set back makes nothing longer.
    alive.delete(BOB.pid);
    clock.advance(39_000);
    clock.jumpWall(-3_600_000);
    restart();
    expect(background()).toMatchObject({ inUse: 2 });
    clock.advance(60_000);
    work.look();
    expect(background()).toMatchObject({ inUse: 0 });
    lease();
    restart("another boot");
    expect(background()).toMatchObject({ inUse: 0, leases: [] });
  });

  test("that was damaged on disk is none, and the rest goes on", () => {
    lease();
    for (const damage of ["{", "null", '{"bootId":"boot","savedAtMs":1,"leases":[{"id":1}]}']) {
      store.tasks.saveGuard("leases", damage);
      restart();
      expect(background()).toMatchObject({ inUse: 0, leases: [] });
      expect(code(ask())).toBe("granted");
    }
  });

  test("that cannot be written down is not given", () => {
    const save = store.tasks.saveGuard;
    Object.assign(store.tasks, {
      saveGuard: () => {
        throw new CodedError("store.write");
      },
    });
    expect(() => ask()).toThrow("store.write");
    expect(background()).toMatchObject({ inUse: 0, leases: [] });
    Object.assign(store.tasks, { saveGuard: save });
    expect(code(ask())).toBe("granted");
  });
});

describe("memory", () => {
  test("is what the asker says or what the swarm's agents are known to take, whichever is more", () => {
    expect(lease({ bytesEach: 1e6, swarmId: "s", units: 2 }).memoryBytes).toBe(200e6);
    expect(lease({ bytesEach: 300e6, swarmId: "s" }).memoryBytes).toBe(300e6);
    expect(lease({ bytesEach: null, swarmId: "s" }).memoryBytes).toBe(100e6);
    expect(lease({ bytesEach: null }).memoryBytes).toBeNull();
    // 600 MB were given; none of it shows yet.
    expect(work.leases.unshownBytes()).toBe(600e6);
    world.treeBytes = () => 250e6;
    expect(work.leases.unshownBytes()).toBe(400e6);
  });

  test("that is not there, not known, or not measured is not given", () => {
    leftBytes = 250e6;
    expect(ask({ bytesEach: 100e6, units: 3 })).toMatchObject({
      reason: { code: "lease.memory", args: { fits: 2, neededBytes: 300e6, leftBytes: 250e6 } },
      fits: 2,
    });
    expect(ask({ bytesEach: null, units: 2 })).toMatchObject({ reason: { code: "lease.learning" }, fits: 1 });
    leftBytes = null;
    expect(code(ask())).toBe("lease.memoryUnknown");
  });
});

test("a hundred requests of one process are one look at it", () => {
  let looks = 0;
  world.isThere = ({ pid }) => {
    looks++;
    return alive.has(pid);
  };
  restart();
  for (let at = 0; at < 100; at++) ask({ lane: "standard" });
  expect(looks).toBe(1);
  clock.advance(LOOK_MS);
  ask();
  expect(looks).toBe(2);
});

test("the same request again is the same lease, whatever speaks against a new one by then, and nobody else's", () => {
  const { id } = lease({ key: "k", units: 2 });
  const again = (wish: Partial<CapacityWish> = {}) => {
    const answer = ask({ key: "k", units: 2, ...wish });
    return answer.kind === "granted" ? answer.lease.id : answer.reason.code;
  };
  const pressed = { code: "lease.pressure", args: { resource: "cpu", pressure: 0.95, most: 0.9 } };
  world.refusal = () => pressed;
  expect([again(), again({ key: "other" })]).toEqual([id, "lease.pressure"]);
  world.refusal = () => null;
  work.laneAction("background", "pause");
  expect([again(), again({ holder: BOB })]).toEqual([id, "lease.laneClosed"]);
  work.laneAction("background", "resume");
  work.breakerAction("lane:background", "forceOpen", "op", undefined);
  expect(again()).toBe(id);
  leftBytes = null;
  expect(again()).toBe(id);
  // Who may ask is looked at before all.
  clock.advance(LOOK_MS);
  expect(again({ door: BOB })).toBe("lease.holderUnseen");
});

describe("nothing is given", () => {
  test("to a process that is not to be seen, or by a door that it has not started", () => {
    expect(code(ask({ holder: { pid: 9, startTime: 9 } }))).toBe("lease.holderUnseen");
    expect(code(ask({ door: BOB }))).toBe("lease.holderUnseen");
  });

  test("by a lane that is paused or draining, or whose breaker is not closed", () => {
    const code1 = () => code(ask());
    work.laneAction("background", "pause");
    expect(code1()).toBe("lease.laneClosed");
    work.laneAction("background", "drain");
    expect(code1()).toBe("lease.laneClosed");
    work.laneAction("background", "resume");
    work.breakerAction("lane:background", "forceOpen", "op", undefined);
    expect(code1()).toBe("lease.breakerForced");
    work.breakerAction("lane:background", "reset", "op", undefined);
    expect(code1()).toBe("granted");
  });

  test("while the machine or the swarm says no, with its own words", () => {
    world.refusal = () => ({ code: "lease.pressure", args: { resource: "cpu", pressure: 0.95, most: 0.9 } });
    const refused = ask();
    expect(refused).toMatchObject({ retryAfterMs: 10_000, fits: 0 });
    expect(refused.kind === "refused" && reasonText(refused.reason)).toBe(
      "Processes waited for a processor during 95% of the last ten seconds, more than 90%: nothing is given away meanwhile. Try again when the machine is quieter.",
    );
  });
});
