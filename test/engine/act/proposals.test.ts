import { describe, expect, test } from "vitest";
import { PROPOSAL_MS } from "../../../src/engine/act/proposals.ts";
import { signal, turn, world } from "./pilotWorld.ts";

const ask = ({ pilot }: ReturnType<typeof world>, target: number) => pilot.ask("s", target, "claude 7", 1_000, signal);

describe("a size that an agent asks for", () => {
  test("is refused in observe, for a stop, for what is there already, and outside the bounds", async () => {
    const one = world();
    one.look();
    for (const [target, code] of [
      [0, "scale.operatorOnly"],
      [4, "scale.already"],
      [1_000, "scale.aboveMax"],
    ] as const)
      expect(await ask(one, target)).toMatchObject({ kind: "refused", reason: { code } });
    one.swarm.mode = "observe";
    expect(await ask(one, 6)).toMatchObject({ kind: "refused", reason: { code: "scale.observed" } });
    one.swarm.mode = "auto";
    one.swarm.heldByOperator = true;
    expect(await ask(one, 6)).toMatchObject({ kind: "refused", reason: { code: "scaling.held" } });
    expect([one.swarm.asked, one.ledger.rows]).toEqual([[], []]);
  });

  test("waits in recommend for an operator, who applies it", async () => {
    const one = world();
    one.swarm.mode = "recommend";
    one.look();
    const asked = await ask(one, 6);
    expect(asked).toMatchObject({ kind: "recommended", from: 4, to: 6 });
    expect(one.states()).toEqual(["agent 4→6 recommended"]);
    expect(one.swarm.asked).toEqual([]);
    // The same wish again is the same row.
    expect(await ask(one, 6)).toEqual(asked);
    // The scaler's own opinion leaves it alone.
    for (let n = 0; n < 5; n++) one.look();
    const id = asked.kind === "recommended" ? asked.decisionId : "";
    await one.pilot.apply(id, "operator", 1_000, signal);
    await turn();
    expect(one.states()).toEqual(["agent 4→6 confirmed"]);
    expect(one.swarm.asked).toEqual([6]);
    await expect(one.pilot.apply(id, "operator", 1_000, signal)).rejects.toThrow("decision.over");
  });

  test("goes when it is dismissed, overtaken, replaced, or nobody has answered", async () => {
    const one = world();
    one.swarm.mode = "recommend";
    one.look();
    const idOf = async (target: number) => {
      const asked = await ask(one, target);
      return asked.kind === "recommended" ? asked.decisionId : "";
    };
    one.pilot.dismiss(await idOf(6), "operator");
    await idOf(7);
    await idOf(5);
    one.clock.advance(PROPOSAL_MS);
    one.look();
    await idOf(3);
    one.swarm.target = 8;
    one.look();
    const reasons = one.ledger.rows.map(({ state }) => (state.kind === "withdrawn" ? state.reason.code : state.kind));
    expect(reasons.toSorted()).toEqual(
      ["decision.dismissed", "decision.replaced", "decision.unanswered", "decision.overtaken"].toSorted(),
    );
    expect(one.swarm.asked).toEqual([]);
  });

  test("is done in auto within the room of the machine, and is a decision of its own", async () => {
    const one = world();
    one.look();
    const done = await ask(one, 6);
    expect(done).toMatchObject({ kind: "done", result: { from: 4, to: 6, outcome: { kind: "confirmed" } } });
    expect(one.states()).toEqual(["agent 4→6 confirmed"]);
    expect(one.scaler.byOperator).toEqual([true]);
    one.swarm.room = 1;
    expect(await ask(one, 9)).toMatchObject({ kind: "refused" });
    expect(one.swarm.asked).toEqual([6]);
  });
});
