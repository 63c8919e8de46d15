import { describe, expect, test } from "vitest";
import type { Decision } from "../../../src/engine/protocol/model.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { FakeSwarm, MemoryLedger, signal, turn, world } from "./pilotWorld.ts";

describe("a trained network beside the scaler", () => {
  test("shows its advice in the status, and its scaler sees the pressure of the machine what tasks take and who is not ready", () => {
    const { scaler, swarm, pilot, look } = world();
    look();
    expect(pilot.status("s")).not.toHaveProperty("dqn");
    const advice = { to: 5, atMs: 1, decisions: 3, agreed: 2, more: 1, acts: false, reason: null };
    const seen: unknown[] = [];
    Object.assign(scaler, { advice: () => advice });
    const plain = scaler.look.bind(scaler);
    scaler.look = (view) => {
      seen.push(view);
      return plain(view);
    };
    swarm.agents = () => [{ state: "starting" }, { state: "working" }] as never[];
    const reading = { swarmId: "s", reading: null, forecast: null, pressureRatio: 0.25 };
    pilot.look([reading], { wallMs: 1, monotonicMs: 1 }, 1_000);
    expect(pilot.status("s")?.dqn).toEqual(advice);
    expect(seen).toMatchObject([{ pending: 1, pressureRatio: 0.25, taskSeconds: 7 }]);
    expect(swarm.asked).toEqual([]);
  });
});

describe("auto", () => {
  test("writes the decision down before it acts, one at a time, and its outcome after looking", async () => {
    const { scaler, swarm, ledger, look, states } = world();
    swarm.obeys = "later";
    scaler.next = 6;
    look();
    expect(states()).toEqual(["scaler 4→6 acting"]);
    scaler.next = 8;
    look();
    expect(swarm.asked).toEqual([6]);
    swarm.alive = 6;
    swarm.settle?.({ kind: "confirmed", live: 6, elapsedMs: 900 });
    await turn();
    expect(ledger.rows[0]?.state).toEqual({ kind: "confirmed", live: 6, elapsedMs: 900 });
    expect([scaler.actions, scaler.byOperator]).toEqual([[[4, 6]], [false]]);
  });

  test("does nothing that cannot be written down, says so once, and goes on when it can", async () => {
    const { scaler, swarm, ledger, look, states } = world();
    ledger.failing = true;
    scaler.next = 6;
    look();
    look();
    expect(swarm.asked).toEqual([]);
    ledger.failing = false;
    look();
    await turn();
    expect(states()).toEqual(["scaler 4→6 confirmed"]);
  });

  test("an end that could not be written is not lost", async () => {
    const { scaler, swarm, ledger, look, pilot } = world();
    swarm.obeys = "later";
    scaler.next = 6;
    look();
    ledger.failing = true;
    swarm.settle?.({ kind: "confirmed", live: 6, elapsedMs: 1 });
    await turn();
    expect(pilot.list({ limit: 1 })[0]?.state.kind).toBe("confirmed");
    ledger.failing = false;
    scaler.next = null;
    look();
    expect(ledger.rows[0]?.state.kind).toBe("confirmed");
  });

  test("leaves a swarm alone that is held, under way or not confirmed", () => {
    const { scaler, swarm, look, pilot } = world();
    scaler.next = 6;
    for (const [kind, code] of [
      ["held", "scaling.held"],
      ["scaling", "scaling.busy"],
      ["unconfirmed", "scaling.unconfirmed"],
    ] as const) {
      swarm.activityKind = kind;
      look();
      expect(pilot.status("s")).toMatchObject({ to: 4, reason: { code } });
    }
    swarm.activityKind = "steady";
    swarm.heldByOperator = true;
    look();
    expect(swarm.asked).toEqual([]);
  });

  test("what was unconfirmed at its deadline and is seen later is confirmed, with its real time", async () => {
    const { scaler, swarm, clock, ledger, look } = world();
    swarm.obeys = "later";
    scaler.next = 6;
    look();
    clock.advance(60_000);
    const reason = { code: "scale.deadline", args: {} };
    swarm.settle?.({ kind: "unconfirmed", live: 5, elapsedMs: 60_000, reason });
    await turn();
    scaler.next = null;
    swarm.activityKind = "unconfirmed";
    look();
    expect(ledger.rows[0]?.state.kind).toBe("unconfirmed");
    clock.advance(10_000);
    swarm.activityKind = "steady";
    swarm.alive = 6;
    look();
    expect(ledger.rows[0]?.state).toEqual({ kind: "confirmed", live: 6, elapsedMs: 70_000 });
  });
});

describe("while agents end that finish their tasks first", () => {
  test("the swarm grows when it has to, and ends no more of them", async () => {
    const { scaler, swarm, look, states, pilot } = world();
    swarm.obeys = "later";
    scaler.next = 3;
    look();
    swarm.draining = true;
    swarm.activityKind = "scaling";
    scaler.next = 2;
    look();
    expect(pilot.status("s")).toMatchObject({ to: 3, reason: { code: "scaling.busy" } });
    const ended = swarm.settle;
    scaler.next = 6;
    look();
    ended?.({ kind: "unconfirmed", live: 4, elapsedMs: 9, reason: { code: "scale.superseded", args: { target: 6 } } });
    await turn();
    expect(states()).toEqual(["scaler 4→3 unconfirmed", "scaler 3→6 acting"]);
  });

  test("is waited for as long as their tasks may take", async () => {
    const { scaler, swarm, look } = world();
    swarm.busy = true;
    scaler.next = 3;
    look();
    expect(swarm.deadlines).toEqual([660_000]);
    await turn();
    scaler.next = 5;
    look();
    expect(swarm.deadlines[1]).toBe(60_000);
  });
});

describe("recommend", () => {
  const recommending = () => {
    const swarm = new FakeSwarm();
    swarm.mode = "recommend";
    return world(new MemoryLedger(), swarm);
  };

  test("keeps one recommendation, which does not flicker, and withdraws it when it is no longer needed", () => {
    const { scaler, swarm, look, states, pilot } = recommending();
    scaler.next = 6;
    look();
    expect(states()).toEqual(["scaler 4→6 recommended"]);
    for (const next of [7, 6, null, 6]) {
      scaler.next = next;
      look();
    }
    expect(states()).toEqual(["scaler 4→6 recommended"]);
    scaler.next = 7;
    for (let n = 0; n < 3; n++) look();
    expect(states()).toEqual(["scaler 4→6 withdrawn", "scaler 4→7 recommended"]);
    scaler.next = null;
    for (let n = 0; n < 3; n++) look();
    expect(states()[1]).toBe("scaler 4→7 withdrawn");
    expect(pilot.status("s")?.recommendationId).toBeNull();
    expect(swarm.asked).toEqual([]);
  });

  test("applied, it is carried out once; dismissed, it does not come back for a cooldown unless it grows", async () => {
    const { scaler, swarm, clock, look, states, pilot, ledger } = recommending();
    scaler.next = 6;
    look();
    const id = ledger.rows[0]?.id ?? "";
    const { outcome } = await pilot.apply(id, "me", 1_000, signal);
    expect(outcome.kind).toBe("confirmed");
    expect(ledger.rows[0]).toMatchObject({ by: "me", state: { kind: "confirmed" } });
    await expect(pilot.apply(id, "me", 1_000, signal)).rejects.toThrow(/decision\.over/);
    expect(swarm.asked).toEqual([6]);
    scaler.next = 9;
    look();
    pilot.dismiss(ledger.rows[1]?.id ?? "", "me");
    look();
    expect(states()).toHaveLength(2);
    scaler.next = 12;
    look();
    expect(states()[2]).toBe("scaler 6→12 recommended");
    pilot.dismiss(ledger.rows[2]?.id ?? "", "me");
    clock.advance(300_001);
    look();
    expect(states()[3]).toBe("scaler 6→12 recommended");
  });

  test("in observe nothing is recommended, and what waited is withdrawn", () => {
    const { scaler, swarm, look, states, pilot } = recommending();
    scaler.next = 6;
    look();
    swarm.mode = "observe";
    look();
    expect(states()).toEqual(["scaler 4→6 withdrawn"]);
    expect(pilot.status("s")).toBeNull();
  });
});

describe("an operator", () => {
  test("who asks for a size makes a decision; one that is refused or changes nothing makes none", async () => {
    const { pilot, states, look, scaler } = world();
    look();
    await pilot.scale("s", 9, "me", 1_000, signal);
    await pilot.scale("s", 9, "me", 1_000, signal);
    expect((await pilot.scale("s", 21, "me", 1_000, signal)).outcome.kind).toBe("refused");
    expect(states()).toEqual(["operator 4→9 confirmed"]);
    expect(scaler.actions).toEqual([[4, 9]]);
  });

  test("undoes the newest only, once, and the undo can be undone", async () => {
    const { pilot, states, ledger, scaler } = world();
    await pilot.scale("s", 9, "me", 1_000, signal);
    await pilot.scale("s", 5, "me", 1_000, signal);
    const [first, second] = ledger.rows.map(({ id }) => id) as [string, string];
    await expect(pilot.undo(first, "me", 1_000, signal)).rejects.toThrow(/undo\.superseded/);
    await pilot.undo(second, "me", 1_000, signal);
    // So that a scaler does not turn round at once what was no scaler's idea.
    expect(scaler.byOperator).toEqual([true, true, true]);
    await expect(pilot.undo(second, "me", 1_000, signal)).rejects.toThrow(/undo\.done/);
    expect(states().at(-1)).toBe("undo 5→9 confirmed");
    const [newest] = pilot.list({ limit: 1 });
    expect(newest?.undoRefusal).toBeNull();
    await pilot.undo(newest?.id ?? "", "me", 1_000, signal);
    expect(states().at(-1)).toBe("undo 9→5 confirmed");
    const answer = await pilot.undo(pilot.list({ limit: 1 })[0]?.id ?? "", "me", 1_000, signal);
    expect(answer.notes).toEqual([{ code: "undo.newAgents", args: { count: 4 } }]);
    await expect(pilot.undo("no", "me", 1_000, signal)).rejects.toThrow(/decision\.unknown/);
  });
});

test("an undo says what it does not bring back, and keeps it with its decision", async () => {
  const { pilot, swarm, ledger } = world();
  await pilot.scale("s", 2, "me", 1_000, signal);
  swarm.cut = 1;
  const { notes, result } = await pilot.undo(ledger.rows[0]?.id ?? "", "me", 1_000, signal);
  expect(result).toMatchObject({ from: 2, to: 4, outcome: { kind: "confirmed" } });
  expect(notes.map(reasonText)).toEqual([
    "2 agents that ended are not brought back: new ones take their places, without what those had in memory.",
    "1 task cut off with their agents waits again and runs from the beginning, under their retry rules.",
  ]);
  expect(ledger.rows[1]?.notes).toEqual(notes);
});

describe("after a restart", () => {
  test("actions whose target is in force go on, others were never begun, recommendations are over", async () => {
    const ledger = new MemoryLedger();
    const row = (id: string, to: number, kind: "acting" | "recommended") =>
      ({
        id,
        swarmId: "s",
        from: 4,
        to,
        wallMs: 1_699_999_990_000,
        state: kind === "acting" ? { kind, sinceMs: 0 } : { kind },
      }) as Decision;
    ledger.rows = [row("a", 9, "acting"), row("b", 6, "recommended"), row("c", 7, "acting")];
    const swarm = new FakeSwarm();
    swarm.target = 7;
    swarm.alive = 5;
    const { look, states, scaler } = world(ledger, swarm);
    look();
    await turn();
    expect(ledger.rows.map(({ state }) => state.kind)).toEqual(["interrupted", "withdrawn", "confirmed"]);
    // Ten seconds ago by the wall clock: the cooldown goes on from there.
    expect(scaler.actions[0]).toEqual([4, 7]);
    expect(ledger.rows[2]?.state).toMatchObject({ elapsedMs: 10_005 });
    expect(states()).toHaveLength(3);
  });
});
