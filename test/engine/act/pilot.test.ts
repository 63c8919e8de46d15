import { describe, expect, test } from "vitest";
import { Pilot } from "../../../src/engine/act/pilot.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { uuidv7 } from "../../../src/engine/common/uuid.ts";
import type { DecisionLedger, ScalerPort, ScalerVerdict, SwarmsPort, SwarmView } from "../../../src/engine/ports.ts";
import { scalingPolicy } from "../../../src/engine/protocol/config.ts";
import type { Decision, SwarmActivity, SwarmMode } from "../../../src/engine/protocol/model.ts";
import type { ActionOutcome } from "../../../src/engine/protocol/rpc.ts";

/** Keeps decisions as a file would: copies, in order of writing. */
class MemoryLedger implements DecisionLedger {
  rows: Decision[] = [];
  failing = false;
  add = (decision: Decision) => {
    if (this.failing) throw new CodedError("store.write", {});
    this.rows.push(structuredClone(decision));
  };
  update = (decision: Decision) => {
    if (this.failing) throw new CodedError("store.write", {});
    this.rows = this.rows.map((row) => (row.id === decision.id ? structuredClone(decision) : row));
  };
  get = (id: string) => this.rows.find((row) => row.id === id) ?? null;
  list = ({ swarmId, limit }: { swarmId?: string | undefined; limit: number }) =>
    this.rows
      .filter((row) => swarmId === undefined || row.swarmId === swarmId)
      .toReversed()
      .slice(0, limit);
  open = () => this.rows.filter(({ state }) => state.kind === "recommended" || state.kind === "acting");
}

/** One swarm that does what it is told at once, never, or when asked to. */
class FakeSwarm {
  readonly id = "s";
  readonly label = "s";
  readonly supportOf = null;
  readonly minAgents = 2;
  readonly maxAgents = 20;
  readonly timeScale = 1;
  readonly scaling = scalingPolicy.parse({});
  target = 4;
  alive = 4;
  mode: SwarmMode = "auto";
  heldByOperator = false;
  activityKind: SwarmActivity["kind"] = "steady";
  settle: ((outcome: ActionOutcome) => void) | null = null;
  obeys: "at once" | "later" = "at once";
  readonly asked: number[] = [];

  startUpMs = () => null;
  agents = () => [];
  live = () => this.alive;
  activity = () => ({ kind: this.activityKind });
  refusal = (to: number) => (to > 20 ? { code: "scale.aboveMax", args: {} } : null);

  view(): SwarmView {
    return this as unknown as SwarmView;
  }

  scale(target: number): Promise<ActionOutcome> {
    this.asked.push(target);
    this.target = target;
    if (this.obeys === "at once") {
      this.alive = target;
      return Promise.resolve({ kind: "confirmed", live: target, elapsedMs: 5 });
    }
    return new Promise((resolve) => (this.settle = resolve));
  }
}

class FakeScaler implements ScalerPort {
  next: number | null = null;
  readonly actions: [number, number][] = [];
  look({ target, live }: { target: number; live: number }): ScalerVerdict {
    const inputs = { live, target } as ScalerVerdict["inputs"];
    return { to: this.next ?? target, reason: { code: "scaling.up", args: {} }, inputs };
  }
  acted(from: number, to: number): void {
    this.actions.push([from, to]);
  }
}

function world(ledger = new MemoryLedger(), swarm = new FakeSwarm()) {
  const clock = new ManualClock();
  const scaler = new FakeScaler();
  const swarms = {
    list: () => [swarm.view()],
    get: () => swarm.view(),
    scale: (_: string, target: number) => swarm.scale(target),
  } as unknown as SwarmsPort;
  const nothing = () => undefined;
  const pilot = new Pilot({
    swarms,
    decisions: ledger,
    newScaler: () => scaler,
    cooldownMs: () => 300_000,
    clock,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    newId: (ms) => uuidv7(ms),
  });
  const look = (): void =>
    pilot.look(
      [{ swarmId: "s", reading: null, forecast: null }],
      { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() },
      1_000,
    );
  const states = () => ledger.rows.map(({ origin, from, to, state }) => `${origin} ${from}→${to} ${state.kind}`);
  return { clock, scaler, swarm, pilot, ledger, look, states };
}

/** Promises that are settled get their turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
const signal = new AbortController().signal;

describe("a trained network beside the scaler", () => {
  test("shows its advice in the status, and its scaler sees the pressure of the machine and who is not ready", () => {
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
    expect(seen).toMatchObject([{ pending: 1, pressureRatio: 0.25 }]);
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
    expect(scaler.actions).toEqual([[4, 6]]);
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
    const { pilot, states, ledger } = world();
    await pilot.scale("s", 9, "me", 1_000, signal);
    await pilot.scale("s", 5, "me", 1_000, signal);
    const [first, second] = ledger.rows.map(({ id }) => id) as [string, string];
    await expect(pilot.undo(first, "me", 1_000, signal)).rejects.toThrow(/undo\.superseded/);
    await pilot.undo(second, "me", 1_000, signal);
    await expect(pilot.undo(second, "me", 1_000, signal)).rejects.toThrow(/undo\.done/);
    expect(states().at(-1)).toBe("undo 5→9 confirmed");
    const [newest] = pilot.list({ limit: 1 });
    expect(newest?.undoRefusal).toBeNull();
    await pilot.undo(newest?.id ?? "", "me", 1_000, signal);
    expect(states().at(-1)).toBe("undo 9→5 confirmed");
    await expect(pilot.undo("no", "me", 1_000, signal)).rejects.toThrow(/decision\.unknown/);
  });
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
