import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { Decision } from "../../../src/engine/protocol/model.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { FakeSwarm, MemoryLedger, signal, turn, world } from "./pilotWorld.ts";

const inSteps = (ledger = new MemoryLedger(), swarm = new FakeSwarm()) => {
  const made = world(ledger, swarm, true);
  /** Ticks of a second, with what they set off. */
  const ticks = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      made.clock.advance(1_000);
      made.look();
      await turn();
    }
  };
  return { ...made, ticks };
};

describe("a change in steps", () => {
  test("is written down with its steps, sees each before the next, and is confirmed at the end", async () => {
    const { pilot, swarm, ledger, states, ticks } = inSteps();
    const done = pilot.scale("s", 16, "me", 60_000, signal);
    await turn();
    expect(ledger.rows[0]?.plan).toEqual({ steps: [6, 10, 16], at: 6 });
    expect(swarm.asked).toEqual([6]);
    await ticks(2);
    expect(swarm.asked).toEqual([6]);
    expect(pilot.status("s")).toMatchObject({ reason: { code: "scaling.busy" } });
    await ticks(1);
    expect(swarm.asked).toEqual([6, 10]);
    await ticks(6);
    expect(await done).toMatchObject({ from: 4, to: 16, outcome: { kind: "confirmed", live: 16 } });
    expect(states()).toEqual(["operator 4→16 confirmed"]);
    expect(ledger.rows[0]?.plan?.at).toBe(16);
  });

  test("takes no further step before the one before is seen", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    swarm.obeys = "later";
    const done = pilot.scale("s", 16, "me", 600_000, signal);
    await ticks(59);
    expect(swarm.asked).toEqual([6]);
    swarm.settle?.({ kind: "unconfirmed", live: 5, elapsedMs: 60_000, reason: { code: "scale.deadline", args: {} } });
    expect((await done).outcome).toMatchObject({ kind: "unconfirmed", reason: { code: "scale.deadline" } });
    await ticks(5);
    expect(swarm.asked).toEqual([6]);
    expect(ledger.rows[0]?.state.kind).toBe("unconfirmed");
  });

  test("waits longer while its effect does not show, up to its pause", async () => {
    const { pilot, swarm, ticks } = inSteps();
    swarm.demand = 3;
    void pilot.scale("s", 9, "me", 60_000, signal);
    await ticks(14);
    expect(swarm.asked).toEqual([6]);
    await ticks(2);
    expect(swarm.asked).toEqual([6, 9]);
  });

  test("goes back to the last size that did no harm when errors rise, and says so", async () => {
    const { pilot, swarm, ledger, ticks, scaler } = inSteps();
    const done = pilot.scale("s", 16, "me", 60_000, signal);
    await turn();
    await ticks(3);
    expect(swarm.asked).toEqual([6, 10]);
    swarm.ranMs = [1, 1, 1, 1, 1];
    swarm.failed = 3;
    await ticks(1);
    expect(swarm.asked).toEqual([6, 10, 6]);
    expect((await done).outcome).toMatchObject({ kind: "unconfirmed", reason: { code: "plan.rolledBack" } });
    const [decision] = ledger.rows as [Decision];
    expect(decision).toMatchObject({ state: { kind: "rolledBack", to: 6 }, plan: { at: 6 } });
    expect(decision.state.kind === "rolledBack" && reasonText(decision.state.reason)).toBe(
      "At 10 agents 60% of the runs failed (unknown before), so it went back to 6.",
    );
    // The scaler waits after it as after any change.
    expect(scaler.actions.at(-1)).toEqual([10, 6]);
    await pilot.undo(decision.id, "me", 1_000, signal);
    expect(swarm.target).toBe(4);
  });

  test("fewer agents come back when tasks wait longer, unless an operator asked for fewer", async () => {
    const large = (): FakeSwarm => Object.assign(new FakeSwarm(), { target: 16, alive: 16 });
    const alone = inSteps(new MemoryLedger(), large());
    alone.scaler.next = 6;
    alone.look();
    await turn();
    alone.scaler.next = null;
    await alone.ticks(3);
    expect(alone.swarm.asked).toEqual([12, 9]);
    alone.swarm.waitedMs = [5_000, 5_000, 5_000, 5_000, 5_000];
    await alone.ticks(1);
    expect(alone.swarm.asked).toEqual([12, 9, 12]);
    const asked = inSteps(new MemoryLedger(), large());
    void asked.pilot.scale("s", 6, "me", 60_000, signal);
    await turn();
    asked.swarm.waitedMs = [5_000, 5_000, 5_000, 5_000, 5_000];
    await asked.ticks(20);
    expect(asked.swarm.asked).toEqual([12, 9, 7, 6]);
  });

  test("with more work than agents there are no pauses", async () => {
    const { scaler, swarm, look, ticks, states } = inSteps();
    scaler.currentRatio = 3;
    look();
    scaler.next = 16;
    look();
    await turn();
    expect(swarm.asked).toEqual([16]);
    expect(states()).toEqual(["scaler 4→16 confirmed"]);
    // And one that was begun slowly goes on at once.
    scaler.currentRatio = 0.9;
    scaler.next = 20;
    swarm.target = swarm.alive = 4;
    await ticks(2);
    expect(swarm.asked).toEqual([16, 6]);
    scaler.currentRatio = 2;
    scaler.next = null;
    await ticks(2);
    expect(swarm.asked).toEqual([16, 6, 20]);
  });

  test("is paused by a hold, also before its step is seen, and goes on after it", async () => {
    const { pilot, swarm, ticks } = inSteps();
    void pilot.scale("s", 9, "me", 600_000, signal);
    swarm.heldByOperator = true;
    await ticks(100);
    expect(swarm.asked).toEqual([6]);
    swarm.heldByOperator = false;
    await ticks(3);
    expect(swarm.asked).toEqual([6, 9]);
    const other = inSteps();
    other.swarm.obeys = "later";
    void other.pilot.scale("s", 9, "me", 600_000, signal);
    other.swarm.activityKind = "held";
    other.swarm.settle?.({ kind: "unconfirmed", live: 5, elapsedMs: 1, reason: { code: "hold.operator", args: {} } });
    await other.ticks(5);
    expect(other.swarm.asked).toEqual([6]);
    other.swarm.activityKind = "steady";
    await other.ticks(1);
    expect(other.swarm.asked).toEqual([6, 6]);
  });

  test("an undo ends it and restores what was before", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    const done = pilot.scale("s", 16, "me", 60_000, signal);
    await ticks(4);
    expect(swarm.target).toBe(10);
    const undone = await pilot.undo(ledger.rows[0]?.id ?? "", "me", 1_000, signal);
    expect(undone.result).toMatchObject({ from: 10, to: 4, outcome: { kind: "confirmed" } });
    expect(undone.notes).toEqual([]);
    expect((await done).outcome).toMatchObject({ kind: "unconfirmed", reason: { code: "scale.superseded" } });
    expect(ledger.rows[0]?.undoneBy).toBe(ledger.rows[1]?.id);
    await ticks(20);
    expect(swarm.target).toBe(4);
  });

  test("of two operators at once the newer one counts, and the older is told so", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    const first = pilot.scale("s", 16, "one", 60_000, signal);
    const second = pilot.scale("s", 4, "two", 60_000, signal);
    expect((await first).outcome).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "scale.superseded", args: { target: 4 } },
    });
    await ticks(20);
    expect((await second).outcome.kind).toBe("confirmed");
    expect(swarm.target).toBe(4);
    expect(ledger.rows.map(({ state }) => state.kind)).toEqual(["unconfirmed", "confirmed"]);
  });

  test("the caller is told at its deadline that it goes on", async () => {
    const { pilot, swarm, ticks, states } = inSteps();
    swarm.demand = 3;
    const done = pilot.scale("s", 16, "me", 10_000, signal);
    await ticks(11);
    expect((await done).outcome).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "plan.underWay", args: { at: 6, to: 16 } },
    });
    await ticks(60);
    expect(states()).toEqual(["operator 4→16 confirmed"]);
  });

  test("ends with its swarm, with a changed configuration, and with a mode that no longer allows it", async () => {
    const gone = inSteps();
    const removed = gone.pilot.scale("s", 16, "me", 60_000, signal);
    await turn();
    gone.swarm.gone = true;
    await gone.ticks(1);
    expect((await removed).outcome).toMatchObject({ reason: { code: "undo.swarmGone" } });
    const changed = inSteps();
    const bounded = changed.pilot.scale("s", 16, "me", 60_000, signal);
    await turn();
    changed.swarm.target = changed.swarm.alive = 5;
    await changed.ticks(1);
    expect((await bounded).outcome).toMatchObject({ reason: { code: "scale.superseded", args: { target: 5 } } });
    const observed = inSteps();
    observed.scaler.next = 16;
    observed.look();
    await turn();
    observed.swarm.mode = "observe";
    await observed.ticks(3);
    expect(observed.swarm.asked).toEqual([6]);
    expect(observed.ledger.rows[0]?.state).toMatchObject({ reason: { code: "plan.modeChanged" } });
  });

  test("takes no further step by itself that the machine has no room for any more", async () => {
    const { scaler, swarm, look, ticks, ledger } = inSteps();
    scaler.next = 16;
    look();
    await turn();
    swarm.room = 3;
    scaler.next = null;
    await ticks(3);
    expect(swarm.asked).toEqual([6]);
    expect(ledger.rows[0]).toMatchObject({ state: { kind: "unconfirmed", reason: { code: "plan.noRoom" } } });
  });

  test("a store that fails to write ends no plan wrongly: its rows are written later", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    void pilot.scale("s", 9, "me", 60_000, signal);
    ledger.failing = true;
    await ticks(3);
    ledger.failing = false;
    await ticks(4);
    expect(swarm.asked).toEqual([6, 9]);
    expect(ledger.rows[0]?.state.kind).toBe("confirmed");
  });

  test("a provider that throws ends it where it is, with the reason", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    const done = pilot.scale("s", 9, "me", 60_000, signal);
    const failed = expect(done).rejects.toThrow(/store\.write/);
    await turn();
    swarm.scale = () => Promise.reject(new CodedError("store.write", {}));
    await ticks(4);
    await failed;
    expect(ledger.rows[0]?.state).toMatchObject({ kind: "unconfirmed", reason: { code: "store.write" } });
  });
});

describe("after a restart", () => {
  test("a plan between its steps is interrupted where it is, can be undone, and is never gone on with", async () => {
    const ledger = new MemoryLedger();
    const before = inSteps(ledger);
    void before.pilot.scale("s", 16, "me", 60_000, signal);
    await before.ticks(4);
    const swarm = new FakeSwarm();
    swarm.target = swarm.alive = 10;
    const { ticks, pilot } = inSteps(ledger, swarm);
    await ticks(30);
    expect(swarm.asked).toEqual([]);
    expect(ledger.rows[0]).toMatchObject({ plan: { at: 10 }, state: { kind: "interrupted" } });
    const [row] = pilot.list({ limit: 1 });
    expect(row?.undoRefusal).toBeNull();
    await pilot.undo(row?.id ?? "", "me", 1_000, signal);
    expect(swarm.target).toBe(4);
  });
});

describe("what a change has brought", () => {
  test("is measured over the same time before and after, and kept with the decision", async () => {
    const { pilot, swarm, ledger, ticks } = inSteps();
    swarm.waitedMs = [4_100, 4_100, 4_100, 4_100, 4_100];
    await pilot.scale("s", 6, "me", 60_000, signal);
    swarm.waitedMs = [800, 800, 800, 800, 800];
    await ticks(59);
    expect(ledger.rows[0]?.impact).toBeUndefined();
    await ticks(1);
    expect(ledger.rows[0]?.impact).toMatchObject({
      windowMs: 60_000,
      before: { waitedP95Ms: 4_100 },
      after: { waitedP95Ms: 800 },
    });
  });

  test("is not told when the next change came before it could show", async () => {
    const { pilot, ledger, ticks } = inSteps();
    await pilot.scale("s", 6, "me", 60_000, signal);
    await ticks(30);
    await pilot.scale("s", 8, "me", 60_000, signal);
    await ticks(60);
    expect(ledger.rows.map(({ impact }) => impact !== undefined)).toEqual([false, true]);
  });
});
